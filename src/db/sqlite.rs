//! SQLite: one writer that commits in groups, readers on their own threads.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Receiver;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection as SqliteConnection, ErrorCode, OpenFlags};

use super::error::{DbError, Reason, Result};
use super::job::{Job, Opened, QUEUE, Verdict, Wakers, spawn};
use super::migrate::{self, Schema};
use super::tx::{Connection, Source, Tx};
use crate::clock::Clock;

/// Writes that share one commit at most. The batch grows with the queue: many waiting writers, few flushes.
const BATCH: usize = 256;

/// Reads that share one transaction at most.
const READ_BATCH: usize = 8;

/// `busy_timeout` comes first, so that the statements after it wait for another process instead of failing. The page cache
/// (64 MiB, taken as needed) holds the leaves that the ids of usage rows fall on at random; with the default of 2 MiB they
/// spill into the log before every commit, and a log of 16 MiB between checkpoints writes each page back less often.
const SETTINGS: &str = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; \
     PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;";

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Self::Other(error.to_string());
        };
        if matches!(
            failure.extended_code,
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        ) {
            return Self::Unique(constraint_name(message.as_deref().unwrap_or_default()));
        }
        match failure.code {
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Unavailable(Reason::Locked, error.to_string()),
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly => {
                Self::Unavailable(Reason::Disk, error.to_string())
            }
            _ => Self::Other(error.to_string()),
        }
    }
}

/// `UNIQUE constraint failed: t.a, t.b` to `t__a__b`, the name that the index has by convention.
fn constraint_name(message: &str) -> String {
    let columns = message.rsplit(": ").next().unwrap_or_default();
    let mut name = String::new();
    for column in columns.split(", ") {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if name.is_empty() {
            name.push_str(table);
        }
        name.push_str("__");
        name.push_str(column);
    }
    name
}

pub(super) fn open(path: &Path, clock: &Clock, wakers: &Arc<Wakers>, migrate: bool) -> Result<Opened> {
    let turn = take_turn(path)?;
    let mut connection = SqliteConnection::open(path)?;
    connection.execute_batch(SETTINGS)?;
    connection.set_prepared_statement_cache_capacity(256);
    let schema = migrate::sqlite_migrate(&mut connection, migrate)?;
    drop(turn);

    let (writes, write_queue) = crossbeam_channel::bounded(QUEUE);
    let (reads, read_queue) = crossbeam_channel::bounded::<Box<dyn Job>>(QUEUE);
    let mut threads = Vec::new();
    let mut writer = Writer { connection, clock: clock.clone(), source: Source::new()?, wakers: Arc::clone(wakers) };
    threads.push(spawn("db-writer", move || writer.run(&write_queue))?);

    // One more than cores, so that a slow scan or two do not hold up the point reads; each further one costs switches.
    let readers = thread::available_parallelism().map_or(2, usize::from).max(2) + 1;
    let pool = reader_pool(path, readers)?;
    for _ in 0..readers {
        let mut reader =
            Reader { pool: pool.clone(), connection: None, clock: clock.clone(), source: Source::new()?, readers };
        let queue = read_queue.clone();
        threads.push(spawn("db-reader", move || reader.run(&queue))?);
    }
    Ok(Opened { reads, writes, threads, schema, engine: "sqlite" })
}

/// Waits until no other process opens this database: two that made the same new one would stumble over each other's
/// tables. The turn ends when the file is closed.
fn take_turn(path: &Path) -> Result<File> {
    let path = path.with_file_name("open.lock");
    let failed = |error| DbError::Unavailable(Reason::Disk, format!("{} cannot be locked: {error}", path.display()));
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

pub(super) fn inspect(path: &Path) -> Result<Schema> {
    let mut connection =
        if path.exists() { SqliteConnection::open(path)? } else { SqliteConnection::open_in_memory()? };
    connection.execute_batch("PRAGMA busy_timeout = 10000")?;
    migrate::sqlite_schema(&mut connection)
}

fn reader_pool(path: &Path, size: usize) -> Result<r2d2::Pool<SqliteConnectionManager>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let manager = SqliteConnectionManager::file(path).with_flags(flags).with_init(|connection| {
        connection.set_prepared_statement_cache_capacity(256);
        connection.execute_batch("PRAGMA busy_timeout = 10000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;")
    });
    r2d2::Pool::builder()
        .max_size(u32::try_from(size).unwrap_or(u32::MAX))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(5))
        .build(manager)
        .map_err(|error| DbError::Unavailable(Reason::Disk, error.to_string()))
}

/// Takes reads that wait and runs them in one transaction, each answered at once. All of them were asked for before the
/// transaction began, so none sees a state from before its question. Sharing it spares the file locks at its two ends,
/// which cost as much as a read; a reader takes no more than its share, so that the others have work too.
struct Reader {
    pool: r2d2::Pool<SqliteConnectionManager>,
    /// Kept from read to read while nothing is wrong with it.
    connection: Option<r2d2::PooledConnection<SqliteConnectionManager>>,
    clock: Clock,
    source: Source,
    readers: usize,
}

impl Reader {
    fn run(&mut self, queue: &Receiver<Box<dyn Job>>) {
        while let Ok(first) = queue.recv() {
            let share = (queue.len() / self.readers).min(READ_BATCH - 1);
            let mut batch = vec![first];
            batch.extend(queue.try_iter().take(share));
            batch.retain(|job| !job.is_abandoned());
            let mut waiting = batch.into_iter();
            if let Err(fault) = self.answer(&mut waiting) {
                waiting.for_each(|job| job.answer(Some(fault.clone())));
            }
        }
    }

    fn answer(&mut self, batch: &mut impl Iterator<Item = Box<dyn Job>>) -> Result<()> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.pool.get().map_err(|error| DbError::Unavailable(Reason::Disk, error.to_string()))?,
        };
        // Statements are cached, unlike rusqlite's own for transactions.
        statement(&connection, "BEGIN")?;
        for mut job in batch {
            let now = self.clock.now();
            let connection = Connection::Sqlite(&connection);
            job.run(&mut Tx { connection, now, source: &mut self.source, topics: 0 });
            job.answer(None);
        }
        statement(&connection, "COMMIT").inspect_err(|_| {
            // The connection goes back to the pool; it must not stay inside the transaction.
            let _ = statement(&connection, "ROLLBACK");
        })?;
        self.connection = Some(connection);
        Ok(())
    }
}

struct Writer {
    connection: SqliteConnection,
    clock: Clock,
    source: Source,
    wakers: Arc<Wakers>,
}

impl Writer {
    fn run(&mut self, queue: &Receiver<Box<dyn Job>>) {
        // Left over where the thread broke down inside a transaction.
        self.roll_back();
        while let Ok(first) = queue.recv() {
            let mut batch = vec![first];
            batch.extend(queue.try_iter().take(BATCH - 1));
            batch.retain(|job| !job.is_abandoned());
            match self.commit(&mut batch) {
                Ok(topics) => {
                    self.wakers.wake(topics);
                    batch.into_iter().for_each(|job| job.answer(None));
                }
                Err(fault) => {
                    self.roll_back();
                    tracing::error!(writes = batch.len(), "nothing was written: {fault}");
                    let fault = match fault {
                        DbError::DiskFull | DbError::Unavailable(..) => fault,
                        other => DbError::Unavailable(Reason::Disk, other.to_string()),
                    };
                    batch.into_iter().for_each(|job| job.answer(Some(fault.clone())));
                }
            }
        }
        // Leaves one file behind where nothing else has it open.
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
            tracing::warn!("the write-ahead log was not folded in at the end: {error}");
        }
    }

    /// Runs each job in a savepoint and commits them together. An error means that none of them is stored.
    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<u8> {
        let mut topics = 0;
        let connection = &self.connection;
        statement(connection, "BEGIN IMMEDIATE")?;
        for job in batch {
            statement(connection, "SAVEPOINT job")?;
            let mut tx = Tx {
                connection: Connection::Sqlite(connection),
                now: self.clock.now(),
                source: &mut self.source,
                topics: 0,
            };
            let verdict = job.run(&mut tx);
            let announced = tx.topics;
            if connection.is_autocommit() {
                // SQLite undoes the whole transaction by itself on some errors, such as a full disk.
                return Err(DbError::DiskFull);
            }
            if verdict == Verdict::Keep {
                topics |= announced;
            } else {
                statement(connection, "ROLLBACK TO job")?;
            }
            statement(connection, "RELEASE job")?;
        }
        statement(connection, "COMMIT")?;
        Ok(topics)
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = statement(&self.connection, "ROLLBACK")
        {
            tracing::error!("a failed transaction could not be rolled back: {error}");
        }
    }
}

fn statement(connection: &SqliteConnection, sql: &'static str) -> Result<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn violations_are_named_like_their_index() {
        assert_eq!(super::constraint_name("UNIQUE constraint failed: users.email"), "users__email");
        assert_eq!(super::constraint_name("UNIQUE constraint failed: t.a, t.b"), "t__a__b");
    }
}
