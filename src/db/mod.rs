//! The database behind one face: SQLite inside the process, or PostgreSQL.
//!
//! Callers hand in closures over a [`Tx`]; threads of this module run them. On SQLite one writer thread takes the queued
//! writes, runs each in a savepoint of one transaction and commits once with `synchronous=FULL`; reads run on their own
//! threads and never wait for it. On PostgreSQL every closure has its own transaction, SERIALIZABLE for writes, and runs
//! again when it lost against another one. A closure may therefore run more than once: it acts only through its `Tx`.

mod migrate;
mod postgres;
mod row;
mod sqlite;
mod tx;
mod value;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError};
use tokio::sync::{Notify, oneshot};

pub use migrate::{Migration, Schema};
pub use row::{Column, Row};
pub use tx::{Topic, Tx};
pub use value::Value;

use crate::clock::Clock;
use crate::error::{Code, Error};
use crate::secret::Secret;

/// What statements return.
pub type Result<T> = std::result::Result<T, DbError>;

/// Why a statement failed.
#[derive(Debug)]
pub enum DbError {
    /// A unique constraint, by its name `table__column__column`.
    Unique(String),
    /// The transaction lost against a concurrent one and may run again.
    Serialization,
    /// The database cannot be reached or written: full disk, lost connection, overload.
    Unavailable(String),
    /// A row that must exist does not.
    Missing,
    /// Anything else; a defect in the program or the data.
    Other(String),
}

impl DbError {
    /// Whether this is a violation of the named unique constraint.
    pub fn is_unique(&self, constraint: &str) -> bool {
        matches!(self, Self::Unique(name) if name == constraint)
    }
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unique(name) => write!(f, "the unique constraint {name} is violated"),
            Self::Serialization => f.write_str("the transaction lost against concurrent ones too often"),
            Self::Unavailable(cause) => write!(f, "the database is unavailable: {cause}"),
            Self::Missing => f.write_str("a row that must exist does not"),
            Self::Other(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for DbError {}

/// Where the data is.
#[derive(Clone, Debug)]
pub enum Location {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as a connection URL, which may hold a password.
    Postgres(Secret),
}

/// On whose behalf a write runs. It is read again inside the write's own transaction, so that a queued write never
/// commits on authority that ended meanwhile.
pub trait Authority: Clone + Send + 'static {
    /// Fails when the authority does not hold any more; else the authority as it is now.
    fn confirm(&self, tx: &mut Tx<'_>) -> crate::error::Result<Self>;
}

/// Handle on the database. Clones share its threads, which end when the last clone is dropped and [`Db::close`] waits
/// for them.
#[derive(Clone)]
pub struct Db(Arc<Shared>);

struct Shared {
    reads: Sender<Box<dyn Job>>,
    writes: Sender<Box<dyn Job>>,
    wakers: Arc<Wakers>,
    schema: Schema,
    engine: &'static str,
}

/// The threads behind a [`Db`].
pub struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    /// Waits until every queued closure has run and the connections are closed. All clones of the [`Db`] must be gone.
    pub fn join(self) {
        for thread in self.0 {
            if thread.join().is_err() {
                tracing::error!("a database thread ended with a panic");
            }
        }
    }
}

/// Wakes jobs when a transaction that concerns them has committed.
#[derive(Default)]
pub(crate) struct Wakers([Notify; Topic::COUNT]);

impl Wakers {
    fn wake(&self, topics: u8) {
        for (index, notify) in self.0.iter().enumerate() {
            if topics & (1 << index) != 0 {
                notify.notify_one();
            }
        }
    }
}

impl Db {
    /// Opens the database, creating it when there is none, and applies pending migrations if `migrate` is set.
    /// A database that is newer than the program, or behind it without `migrate`, is refused in plain words.
    /// Blocks; must not run on an async worker.
    pub fn open(location: &Location, clock: &Clock, migrate: bool) -> Result<(Self, Threads)> {
        let wakers = Arc::new(Wakers::default());
        let (queues, threads, schema, engine) = match location {
            Location::Sqlite(path) => sqlite::open(path, clock, &wakers, migrate)?,
            Location::Postgres(url) => postgres::open(url, clock, &wakers, migrate)?,
        };
        let (reads, writes) = queues;
        Ok((Self(Arc::new(Shared { reads, writes, wakers, schema, engine })), Threads(threads)))
    }

    /// The schema of a database that may not be at this program's version, without changing it.
    pub fn inspect(location: &Location) -> Result<Schema> {
        match location {
            Location::Sqlite(path) => sqlite::inspect(path),
            Location::Postgres(url) => postgres::inspect(url),
        }
    }

    /// Runs `closure` in a read-only transaction that sees one state of the database.
    pub async fn read<T, F>(&self, closure: F) -> crate::error::Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> crate::error::Result<T> + Send + 'static,
    {
        submit(&self.0.reads, closure).await
    }

    /// Confirms `authority` and runs `closure` with it as it is now, in one transaction. Returns when the transaction is
    /// on disk. `Err` from the closure undoes what it wrote.
    pub async fn write<A, T, F>(&self, authority: &A, closure: F) -> crate::error::Result<T>
    where
        A: Authority,
        T: Send + 'static,
        F: Fn(&mut Tx<'_>, &A) -> crate::error::Result<T> + Send + 'static,
    {
        let authority = authority.clone();
        submit(&self.0.writes, move |tx| {
            let confirmed = authority.confirm(tx)?;
            closure(tx, &confirmed)
        })
        .await
    }

    /// Waits until a transaction with this topic has committed here since the last wait.
    pub async fn changed(&self, topic: Topic) {
        self.0.wakers.0[topic as usize].notified().await;
    }

    /// Number of writes that wait for the writer.
    pub fn queued_writes(&self) -> usize {
        self.0.writes.len()
    }

    /// The schema as it was opened.
    pub fn schema(&self) -> &Schema {
        &self.0.schema
    }

    /// `sqlite` or `postgresql`.
    pub fn engine(&self) -> &'static str {
        self.0.engine
    }
}

/// Writes that may wait for the writer before further ones are refused; some seconds of work.
const QUEUE: usize = 16_384;

type Queues = (Sender<Box<dyn Job>>, Sender<Box<dyn Job>>);
type Opened = (Queues, Vec<JoinHandle<()>>, Schema, &'static str);

async fn submit<T, F>(queue: &Sender<Box<dyn Job>>, closure: F) -> crate::error::Result<T>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> crate::error::Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job = Task { closure, result: None, reply };
    queue.try_send(Box::new(job)).map_err(|refused| match refused {
        TrySendError::Full(_) => Error::new(Code::Overloaded).retry_after(std::time::Duration::from_secs(1)),
        TrySendError::Disconnected(_) => Error::from(DbError::Unavailable("the database is closed".into())),
    })?;
    match answer.await {
        Ok(result) => result,
        Err(_) => Err(Error::from(DbError::Unavailable("the database closed before it answered".into()))),
    }
}

/// A closure in a queue, its type erased.
trait Job: Send {
    /// Runs the closure and keeps its result. A panic in it becomes an internal error.
    fn run(&mut self, tx: &mut Tx<'_>) -> Verdict;
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Sends the result, or `fault` in its place when the transaction could not be committed.
    fn answer(self: Box<Self>, fault: Option<DbError>);
}

/// What to do with what a closure wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Keep,
    Undo,
    RunAgain,
}

struct Task<F, T> {
    closure: F,
    result: Option<crate::error::Result<T>>,
    reply: oneshot::Sender<crate::error::Result<T>>,
}

impl<F, T> Job for Task<F, T>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> crate::error::Result<T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Verdict {
        let closure = &self.closure;
        let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| closure(tx)));
        let result = attempt.unwrap_or_else(|_| Err(Error::internal("a database closure panicked")));
        let verdict = match &result {
            Ok(_) => Verdict::Keep,
            Err(error) if error.is_serialization_failure() => Verdict::RunAgain,
            Err(_) => Verdict::Undo,
        };
        self.result = Some(result);
        verdict
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn answer(self: Box<Self>, fault: Option<DbError>) {
        let result = match (fault, self.result) {
            (Some(fault), Some(Ok(_)) | None) => Err(fault.into()),
            (_, Some(result)) => result,
            (None, None) => Err(Error::internal("a database closure was answered before it ran")),
        };
        // The one who asked may have gone; then nobody is left to tell.
        let _ = self.reply.send(result);
    }
}
