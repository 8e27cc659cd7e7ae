//! Arguments of statements, bound without copying.

use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use rusqlite::types::{ToSqlOutput, ValueRef};

use crate::clock::Time;

/// One argument of a statement. Printed without what it holds: the PostgreSQL driver may log it.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// SQL NULL.
    Null,
    /// A boolean; 0 or 1 on SQLite.
    Bool(bool),
    /// A 64-bit integer.
    Int(i64),
    /// A text without NUL bytes.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Makes the argument list of a statement from anything that converts into a [`Value`].
#[macro_export]
macro_rules! args {
    ($($argument:expr),* $(,)?) => { &[$($crate::db::Value::from($argument)),*] as &[$crate::db::Value<'_>] };
}

macro_rules! from {
    ($($lifetime:lifetime $source:ty => $variant:ident $convert:expr;)*) => { $(
        impl<$lifetime> From<$source> for Value<$lifetime> {
            fn from(source: $source) -> Self { Value::$variant($convert(source)) }
        }
    )* };
}

from! {
    'a bool => Bool |source| source;
    'a i64 => Int |source| source;
    'a Time => Int Time::millis;
    'a &'a str => Text |source| source;
    'a &'a String => Text String::as_str;
    'a &'a [u8] => Blob |source| source;
    'a &'a Vec<u8> => Blob Vec::as_slice;
}

impl<'a, T> From<Option<T>> for Value<'a>
where
    Value<'a>: From<T>,
{
    fn from(source: Option<T>) -> Self {
        source.map_or(Value::Null, Value::from)
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Bool(flag) => ValueRef::Integer(i64::from(flag)),
            Value::Int(number) => ValueRef::Integer(number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Bool(flag) => flag.to_sql_checked(kind, out),
            Value::Int(number) => number.to_sql_checked(kind, out),
            Value::Text(text) => text.to_sql_checked(kind, out),
            Value::Blob(bytes) => bytes.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true // each variant checks for itself above
    }

    to_sql_checked!();
}
