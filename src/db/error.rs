//! Why statements fail.

use std::fmt;

/// What statements return.
pub type Result<T> = std::result::Result<T, DbError>;

/// Why a statement failed.
#[derive(Clone, Debug)]
pub enum DbError {
    /// A unique constraint, by its name `table__column__column`.
    Unique(String),
    /// The transaction lost against a concurrent one and may run again.
    Serialization,
    /// The database cannot be reached or written: lost connection, failing disk, overload.
    Unavailable(String),
    /// The disk is full.
    DiskFull,
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
            Self::DiskFull => f.write_str("the disk is full"),
            Self::Missing => f.write_str("a row that must exist does not"),
            Self::Other(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for DbError {}
