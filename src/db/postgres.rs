//! PostgreSQL: a pool of connections, each used on a blocking thread of its own.

use std::sync::Arc;
use std::time::Duration;

use postgres::config::SslMode;
use postgres::{Client, Config, IsolationLevel, NoTls};
use rand::RngExt as _;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::error::{DbError, Reason, Result};
use super::job::{Job, Opened, QUEUE, Verdict, Wakers, spawn};
use super::migrate::{self, Schema};
use super::tx::{Connection, Source, Statements, Tx};
use crate::clock::Clock;
use crate::secret::Secret;

/// What connections are called on the server.
const NAME: &str = "trueport";

const CONNECTIONS: u32 = 16;

/// How often a transaction that lost against another one is run again before the client is asked to.
const ATTEMPTS: u32 = 30;

/// A lock that another node holds, or a query that runs away, ends in an error instead of holding a thread. Compiling a
/// query takes longer than any of these runs.
const SETTINGS: &str = "SET lock_timeout = '10s'; SET statement_timeout = '60s'; \
     SET idle_in_transaction_session_timeout = '60s'; SET jit = off";

impl From<postgres::Error> for DbError {
    fn from(error: postgres::Error) -> Self {
        let Some(reported) = error.as_db_error() else {
            // The driver has no test for a connection that breaks in the middle of an answer.
            return if error.is_closed() || error.to_string().contains("communicating") {
                Self::Unavailable(Reason::Server, error.to_string())
            } else {
                Self::Other(error.to_string())
            };
        };
        let code = reported.code().code();
        match (code, &code[..2.min(code.len())]) {
            ("23505", _) => Self::Unique(reported.constraint().unwrap_or_default().to_owned()),
            ("40001" | "40P01", _) => Self::Serialization,
            ("53100", _) => Self::DiskFull,
            ("55P03", _) => Self::Unavailable(Reason::Locked, reported.message().to_owned()),
            // Connection, resources, operator intervention, read-only standby.
            (_, "08" | "53" | "57") | ("25006", _) => Self::Unavailable(Reason::Server, reported.message().to_owned()),
            // The message without its details, which may quote the row.
            _ => Self::Other(format!("{}: {}", code, reported.message())),
        }
    }
}

/// A connection with the statements prepared on it.
struct Connected {
    client: Client,
    statements: Statements,
}

struct Manager {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Manager {
    fn new(url: &Secret) -> Result<Self> {
        let mut config: Config = url.expose().parse().map_err(|_| {
            // The parser's message may quote the URL, and the URL may hold a password.
            DbError::Other("the database URL is not a PostgreSQL connection URL".into())
        })?;
        config.application_name(NAME);
        // A server that vanished without a word must not hold a thread for hours.
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(10));
        }
        config.keepalives_idle(Duration::from_secs(30));
        let tls = match config.get_ssl_mode() {
            SslMode::Disable => None,
            mode => match MakeRustlsConnect::with_native_certs() {
                Ok((connect, _)) => Some(connect),
                // Without any trusted certificate no TLS connection can be made; one that is only preferred need not.
                Err(_) if mode == SslMode::Prefer => None,
                Err(_) => return Err(DbError::Other("the system has no trusted certificates for TLS".into())),
            },
        };
        Ok(Self { config, tls })
    }

    fn client(&self) -> Result<Client> {
        let connected = match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        };
        connected
            .map_err(|error| DbError::Unavailable(Reason::Server, format!("PostgreSQL cannot be reached: {error}")))
    }
}

impl r2d2::ManageConnection for Manager {
    type Connection = Connected;
    type Error = DbError;

    fn connect(&self) -> Result<Connected> {
        let mut client = self.client()?;
        client.batch_execute(SETTINGS)?;
        Ok(Connected { client, statements: Statements::new() })
    }

    fn is_valid(&self, connected: &mut Connected) -> Result<()> {
        Ok(connected.client.simple_query("")?).map(|_| ())
    }

    fn has_broken(&self, connected: &mut Connected) -> bool {
        connected.client.is_closed()
    }
}

pub(super) fn open(url: &Secret, clock: &Clock, wakers: &Arc<Wakers>, migrate: bool) -> Result<Opened> {
    let manager = Manager::new(url)?;
    let schema = migrate::postgres_migrate(&mut manager.client()?, migrate)?;
    let pool = r2d2::Pool::builder()
        .max_size(CONNECTIONS)
        .min_idle(Some(2))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(10))
        .build(manager)
        .map_err(|error| DbError::Unavailable(Reason::Server, error.to_string()))?;

    let (writes, write_queue) = crossbeam_channel::bounded::<Box<dyn Job>>(QUEUE);
    let (reads, read_queue) = crossbeam_channel::bounded::<Box<dyn Job>>(QUEUE);
    let mut threads = Vec::new();
    for index in 0..CONNECTIONS {
        // Half of the threads take writes only and half reads only, so that neither starves the other.
        let writing = index % 2 == 0;
        let queue = if writing { write_queue.clone() } else { read_queue.clone() };
        let mut worker = Worker {
            pool: pool.clone(),
            clock: clock.clone(),
            source: Source::new()?,
            wakers: Arc::clone(wakers),
            writing,
        };
        threads.push(spawn("db-worker", move || {
            for mut job in &queue {
                let fault = worker.run(&mut *job).err();
                job.answer(fault);
            }
        })?);
    }
    Ok(Opened { reads, writes, threads, schema, engine: "postgresql" })
}

pub(super) fn inspect(url: &Secret) -> Result<Schema> {
    migrate::postgres_schema(&mut Manager::new(url)?.client()?)
}

/// Connections of a program that has just ended may be seen a moment longer.
pub(super) fn is_in_use(url: &Secret) -> Result<bool> {
    let mut client = Manager::new(url)?.client()?;
    let sql = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
               AND application_name = $1 AND pid <> pg_backend_pid())";
    for _ in 0..20 {
        if !client.query_one(sql, &[&NAME])?.get::<_, bool>(0) {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(true)
}

struct Worker {
    pool: r2d2::Pool<Manager>,
    clock: Clock,
    source: Source,
    wakers: Arc<Wakers>,
    writing: bool,
}

impl Worker {
    fn run(&mut self, job: &mut dyn Job) -> Result<()> {
        let mut stale = 0;
        let mut lost = 0;
        while !job.is_abandoned() {
            match self.attempt(job) {
                Err(Failure::NotBegun(_)) if stale < CONNECTIONS => stale += 1,
                Err(Failure::Failed(DbError::Serialization)) if lost < ATTEMPTS => {
                    // Waits longer each time, and not in step with the one it lost against.
                    let ceiling = 2_u64 << lost.min(6);
                    std::thread::sleep(Duration::from_millis(self.source.rng.random_range(1..=ceiling)));
                    lost += 1;
                }
                Err(Failure::NotBegun(error) | Failure::Failed(error)) => return Err(error),
                Ok(()) => return Ok(()),
            }
        }
        Err(DbError::Unavailable(Reason::Process, "nobody waits for the answer".into()))
    }

    fn attempt(&mut self, job: &mut dyn Job) -> std::result::Result<(), Failure> {
        let mut connected = self.pool.get().map_err(|error| DbError::Unavailable(Reason::Server, error.to_string()))?;
        let Connected { client, statements } = &mut *connected;
        let level = if self.writing { IsolationLevel::Serializable } else { IsolationLevel::RepeatableRead };
        let transaction = client
            .build_transaction()
            .isolation_level(level)
            .read_only(!self.writing)
            .start()
            .map_err(|error| Failure::NotBegun(error.into()))?;
        let mut tx = Tx {
            connection: Connection::Postgres { transaction, statements },
            now: self.clock.now(),
            source: &mut self.source,
            topics: 0,
        };
        let verdict = job.run(&mut tx);
        let topics = tx.topics;
        let Connection::Postgres { transaction, .. } = tx.connection else { return Ok(()) };
        match verdict {
            Verdict::Keep => {
                transaction.commit().map_err(DbError::from)?;
                self.wakers.wake(topics);
            }
            // Where even this fails the connection is lost, and the transaction with it.
            Verdict::Undo => drop(transaction.rollback()),
            Verdict::RunAgain => {
                transaction.rollback().map_err(DbError::from)?;
                return Err(DbError::Serialization.into());
            }
        }
        Ok(())
    }
}

/// Why an attempt did not end.
enum Failure {
    /// A pooled connection turned out to be dead before anything ran on it; another one may live.
    NotBegun(DbError),
    Failed(DbError),
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::Failed(error)
    }
}
