//! Substring search, the one thing that each engine does its own way.
//!
//! SQLite keeps the trigrams of emails and of the tenants' search texts, with their places, in FTS5 tables that triggers
//! fill: a phrase of them is exactly a substring. They are read without touching a row, in the order of the lists. Only
//! a text of three or more characters has a trigram; a shorter one is looked for in every row. PostgreSQL uses its
//! trigram index (GIN, `pg_trgm`) for the `LIKE` of such a scan by itself, where the pattern makes that the quicker way.

use super::page::Page;
use crate::args;
use crate::db::{Engine, Result, Tx};

/// How what holds a needle is found.
pub(super) enum Search {
    /// There is no needle.
    All,
    /// By this phrase, a part of an expression for `MATCH`.
    Index(String),
    /// By this pattern for `LIKE … ESCAPE '\\'`.
    Scan(String),
}

impl Search {
    pub(super) fn of(tx: &mut Tx<'_>, page: &Page) -> Result<Self> {
        if page.needle.is_empty() {
            return Ok(Self::All);
        }
        if tx.engine() == Engine::Postgres {
            // A plan for any pattern reads the whole trigram index for one that has no trigram, which takes longer than
            // reading the table.
            tx.execute("SET LOCAL plan_cache_mode = force_custom_plan", args![])?;
        } else if page.needle.chars().nth(2).is_some() {
            return Ok(Self::Index(format!("\"{}\"", page.needle.replace('"', "\"\""))));
        }
        Ok(Self::Scan(page.pattern()))
    }
}
