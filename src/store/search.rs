//! Substring search, the one thing that each engine does its own way.
//!
//! SQLite has FTS5 tables that triggers fill, read without touching a row, in the order of the lists: one of the tenants'
//! search texts by trigrams with their places, a phrase of which is exactly a substring, and one of the addresses by
//! [`pieces`]. Only a text of three or more characters has a trigram; a shorter one is looked for in every tenant's row.
//! PostgreSQL uses its trigram indexes (GIN, `pg_trgm`) for the `LIKE` of a scan by itself, where the pattern makes that the
//! quicker way; it looks at every row that they find, so addresses stand in short rows of their own.

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
    /// `phrase` makes what SQLite's index is asked for; it may have none.
    pub(super) fn of(tx: &mut Tx<'_>, page: &Page, phrase: fn(&str) -> Option<String>) -> Result<Self> {
        if page.needle.is_empty() {
            return Ok(Self::All);
        }
        if tx.engine() == Engine::Postgres {
            // A plan for any pattern reads the whole trigram index for one that has no trigram, which takes longer than
            // reading the table.
            tx.execute("SET LOCAL plan_cache_mode = force_custom_plan", args![])?;
        } else if let Some(phrase) = phrase(&page.needle) {
            return Ok(Self::Index(phrase));
        }
        Ok(Self::Scan(page.pattern()))
    }
}

/// The phrase of a needle's trigrams, if it has any.
pub(super) fn trigrams(needle: &str) -> Option<String> {
    needle.chars().nth(2)?;
    Some(format!("\"{}\"", needle.replace('"', "\"\"")))
}

/// The phrase of an address's part, which may be short. The index holds each address cut into pieces of three characters,
/// from its first, its second and its third (V0027). In one of the three a cut falls where the part begins: there it is a
/// run of whole pieces and the beginning of one.
pub(super) fn pieces(part: &str) -> Option<String> {
    // What is in no address would be a gap between pieces, or what stands between the three.
    let known = part.chars().map(|letter| if letter.is_ascii_graphic() { letter } else { char::REPLACEMENT_CHARACTER });
    let letters: Vec<char> = known.collect();
    let pieces: Vec<String> = letters.chunks(3).map(String::from_iter).collect();
    let unfinished = if letters.len().is_multiple_of(3) { "" } else { "*" };
    Some(format!("\"{}\"{unfinished}", pieces.join(" ").replace('"', "\"\"")))
}
