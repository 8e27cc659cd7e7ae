//! Why statements fail.

use std::fmt;

/// What statements return.
pub type Result<T> = std::result::Result<T, DbError>;

/// What keeps the database from working, as far as anybody may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Another process or transaction holds what is needed.
    Locked,
    /// The disk or file system refuses.
    Disk,
    /// The database server cannot be reached or is going down.
    Server,
    /// This process is short of something or about to end.
    Process,
}

impl Reason {
    /// For whoever asked, without addresses, paths or statements.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Locked => "The database is held by another process for too long. Try again later.",
            Self::Disk => "The server's disk fails, so its data cannot be stored or read. Try again later.",
            Self::Server => "The database server cannot be reached. Try again later.",
            Self::Process => "The server cannot work on its data at the moment. Try again later.",
        }
    }
}

/// Why a statement failed.
#[derive(Clone, Debug)]
pub enum DbError {
    /// A unique constraint, by its name `table__column__column`.
    Unique(String),
    /// The transaction lost against a concurrent one and may run again.
    Serialization,
    /// The database cannot be reached or written: lost connection, failing disk, overload.
    Unavailable(Reason, String),
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
            Self::Unavailable(_, cause) => write!(f, "the database is unavailable: {cause}"),
            Self::DiskFull => f.write_str("the disk is full"),
            Self::Missing => f.write_str("a row that must exist does not"),
            Self::Other(cause) => f.write_str(cause),
        }
    }
}

impl std::error::Error for DbError {}
