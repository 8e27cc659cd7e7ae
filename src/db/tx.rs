//! A transaction: statements, one time stamp, randomness.

use std::collections::HashMap;

use postgres::types::ToSql;
use rand::Rng as _;
use rand::rngs::StdRng;

use super::error::{DbError, Reason, Result};
use super::row::Row;
use super::value::Value;
use crate::clock::Time;
use crate::id::{Id, IdSequence};

/// What a committed transaction may concern, beyond those who asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A message was put into the outbox.
    Mail,
    /// A configuration value or a signing key changed.
    Settings,
    /// Something was written to the audit.
    Audit,
    /// A webhook is to be told something.
    Webhooks,
}

impl Topic {
    pub(super) const COUNT: usize = 4;
}

/// What runs the statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Inside the process: one writes at a time.
    Sqlite,
    /// A server: many write at a time.
    Postgres,
}

/// A running transaction. All time and randomness inside it come from here, so that it is the same at each run.
pub struct Tx<'c> {
    pub(super) connection: Connection<'c>,
    pub(super) now: Time,
    pub(super) source: &'c mut Source,
    pub(super) topics: u8,
}

/// What a database thread makes random bytes and ids from.
pub(super) struct Source {
    pub(super) rng: StdRng,
    ids: IdSequence,
}

impl Source {
    pub(super) fn new() -> Result<Self> {
        let rng = crate::entropy::generator().map_err(|cause| DbError::Unavailable(Reason::Process, cause))?;
        Ok(Self { rng, ids: IdSequence::default() })
    }
}

pub(super) enum Connection<'c> {
    Sqlite(&'c rusqlite::Connection),
    Postgres { transaction: postgres::Transaction<'c>, statements: &'c mut Statements },
}

/// Prepared statements of one PostgreSQL connection, by their text as written.
pub(super) type Statements = HashMap<&'static str, postgres::Statement>;

impl Tx<'_> {
    /// The moment of this transaction.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Which engine runs, for the little that is not one text for both.
    pub fn engine(&self) -> Engine {
        match self.connection {
            Connection::Sqlite(_) => Engine::Sqlite,
            Connection::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Random bytes from a cryptographic generator.
    pub fn random<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.source.rng.fill_bytes(&mut bytes);
        bytes
    }

    /// A number below `bound`, every one equally likely.
    pub fn random_below(&mut self, bound: u32) -> u32 {
        rand::RngExt::random_range(&mut self.source.rng, 0..bound)
    }

    /// A new id of this transaction's time.
    pub fn new_id<I: Id>(&mut self) -> I {
        let random = self.random();
        let (at, random) = self.source.ids.next(self.now, random);
        I::generate(at, &random)
    }

    /// Bytes that the database takes, its log not counted. Each engine tells in its own way.
    pub fn database_bytes(&mut self) -> Result<i64> {
        let sql = match &self.connection {
            Connection::Sqlite(_) => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            Connection::Postgres { .. } => "SELECT pg_database_size(current_database())",
        };
        self.one(sql, &[], |row| row.get(0))
    }

    /// Wakes whoever waits for `topic` once this transaction has committed.
    pub fn announce(&mut self, topic: Topic) {
        self.topics |= 1 << topic as u8;
    }

    /// Runs a statement and returns the number of rows it changed. Parameters are written `?1`, `?2`, ….
    pub fn execute(&mut self, sql: &'static str, arguments: &[Value<'_>]) -> Result<u64> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let changed = connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(arguments.iter()))?;
                Ok(changed as u64)
            }
            Connection::Postgres { transaction, statements } => {
                let statement = prepared(transaction, statements, sql)?;
                Ok(transaction.execute(&statement, &references(arguments))?)
            }
        }
    }

    /// Every row of a query.
    pub fn all<T>(
        &mut self,
        sql: &'static str,
        arguments: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        match &mut self.connection {
            Connection::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(arguments.iter()))?;
                let mut found = Vec::new();
                while let Some(row) = rows.next()? {
                    found.push(read(&Row::Sqlite(row))?);
                }
                Ok(found)
            }
            Connection::Postgres { transaction, statements } => {
                let statement = prepared(transaction, statements, sql)?;
                let rows = transaction.query(&statement, &references(arguments))?;
                rows.iter().map(|row| read(&Row::Postgres(row))).collect()
            }
        }
    }

    /// The first row of a query, if there is one.
    pub fn optional<T>(
        &mut self,
        sql: &'static str,
        arguments: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.all(sql, arguments, read)?.into_iter().next())
    }

    /// The row of a query that always has one, such as a count.
    pub fn one<T>(
        &mut self,
        sql: &'static str,
        arguments: &[Value<'_>],
        read: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.optional(sql, arguments, read)?.ok_or(DbError::Missing)
    }
}

fn prepared(
    transaction: &mut postgres::Transaction<'_>,
    statements: &mut Statements,
    sql: &'static str,
) -> Result<postgres::Statement> {
    if let Some(statement) = statements.get(sql) {
        return Ok(statement.clone());
    }
    let statement = transaction.prepare(&with_dollars(sql))?;
    statements.insert(sql, statement.clone());
    Ok(statement)
}

fn references<'a>(arguments: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    arguments.iter().map(|argument| argument as &(dyn ToSql + Sync)).collect()
}

/// `?1` to `$1`, outside string literals: the one difference between the engines' statements.
fn with_dollars(sql: &str) -> String {
    let mut quoted = false;
    let rewrite = |character| {
        if character == '\'' {
            quoted = !quoted;
        }
        if character == '?' && !quoted { '$' } else { character }
    };
    sql.chars().map(rewrite).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn parameters_are_rewritten_outside_literals_only() {
        assert_eq!(
            super::with_dollars("SELECT 'what?1', 'it''s ?', a FROM t WHERE a = ?1 AND b = ?2"),
            "SELECT 'what?1', 'it''s ?', a FROM t WHERE a = $1 AND b = $2"
        );
    }
}
