//! The database behind one face: SQLite inside the process, or PostgreSQL.
//!
//! Callers hand in closures over a [`Tx`]; threads of this module run them. On SQLite one writer thread takes the queued
//! writes, runs each in a savepoint of one transaction and commits once with `synchronous=FULL`; reads run on their own
//! threads and never wait for it. On PostgreSQL every closure has its own transaction, SERIALIZABLE for writes, and runs
//! again when it lost against another one. A closure may therefore run more than once: it acts only through its `Tx`.

pub mod error;
mod job;
mod migrate;
mod postgres;
mod row;
mod sqlite;
mod tx;
mod value;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::Sender;
use job::{Job, Opened, Wakers, submit};

pub use error::{DbError, Result};
pub use migrate::{Migration, Schema};
pub use row::{Column, Row};
pub use tx::{Engine, Topic, Tx};
pub use value::Value;

use crate::clock::Clock;
use crate::secret::Secret;

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

/// Handle on the database. Clones share its threads, which end when the last clone is dropped and [`Threads::join`] waits
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

impl Db {
    /// Opens the database, creating it when there is none, and applies pending migrations if `migrate` is set.
    /// A database that is newer than the program, or behind it without `migrate`, is refused in plain words.
    /// Blocks; must not run on an async worker.
    pub fn open(location: &Location, clock: &Clock, migrate: bool) -> Result<(Self, Threads)> {
        let wakers = Arc::new(Wakers::default());
        let opened = match location {
            Location::Sqlite(path) => sqlite::open(path, clock, &wakers, migrate)?,
            Location::Postgres(url) => postgres::open(url, clock, &wakers, migrate)?,
        };
        let Opened { reads, writes, threads, schema, engine } = opened;
        Ok((Self(Arc::new(Shared { reads, writes, wakers, schema, engine })), Threads(threads)))
    }

    /// The schema of a database that may not be at this program's version, without changing it.
    pub fn inspect(location: &Location) -> Result<Schema> {
        match location {
            Location::Sqlite(path) => sqlite::inspect(path),
            Location::Postgres(url) => postgres::inspect(url),
        }
    }

    /// Whether another server or command is connected to the database. Of an SQLite file the data folder's lock tells that.
    pub fn is_in_use(location: &Location) -> Result<bool> {
        match location {
            Location::Sqlite(_) => Ok(false),
            Location::Postgres(url) => postgres::is_in_use(url),
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
        self.0.wakers.wait(topic).await;
    }

    /// Number of writes that wait for the writer.
    pub fn queued_writes(&self) -> usize {
        self.0.writes.len()
    }

    /// The schema as it was opened.
    pub fn schema(&self) -> &Schema {
        &self.0.schema
    }

    /// Whether no other server works on the same database.
    pub fn is_exclusive(&self) -> bool {
        self.0.engine == "sqlite"
    }

    /// `sqlite` or `postgresql`.
    pub fn engine(&self) -> &'static str {
        self.0.engine
    }
}
