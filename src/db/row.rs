//! Rows of a result, read in place.

use postgres::types::{FromSql, Type};

use super::error::{DbError, Result};
use crate::clock::Time;

/// A row of a result, valid while the statement stands on it.
pub enum Row<'r> {
    /// Of SQLite.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Of PostgreSQL.
    Postgres(&'r postgres::Row),
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads the column at `index`, counted from 0.
    fn read(row: &Row<'_>, index: usize) -> Result<Self>;
}

impl Row<'_> {
    /// The column at `index`, counted from 0.
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        T::read(self, index)
    }

    fn is_null(&self, index: usize) -> Result<bool> {
        match self {
            Row::Sqlite(row) => {
                Ok(matches!(row.get_ref(index).map_err(DbError::from)?, rusqlite::types::ValueRef::Null))
            }
            Row::Postgres(row) => Ok(row.try_get::<_, Presence>(index).map_err(DbError::from)?.0),
        }
    }
}

/// Whether a value of any type is NULL.
struct Presence(bool);

impl<'a> FromSql<'a> for Presence {
    fn from_sql(_: &Type, _: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(false))
    }

    fn from_sql_null(_: &Type) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(true))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

macro_rules! columns {
    ($($kind:ty),*) => { $(
        impl Column for $kind {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                match row {
                    Row::Sqlite(row) => row.get(index).map_err(DbError::from),
                    Row::Postgres(row) => row.try_get(index).map_err(DbError::from),
                }
            }
        }
    )* };
}

columns!(i64, bool, String, Vec<u8>);

impl Column for Time {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        row.get(index).map(Time::from_millis)
    }
}

impl<T: Column> Column for Option<T> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        if row.is_null(index)? { Ok(None) } else { T::read(row, index).map(Some) }
    }
}
