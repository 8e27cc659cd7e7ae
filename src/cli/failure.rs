//! How commands fail, and with which exit code (contract 39).

use crate::app::OpenError;
use crate::config::ConfigError;
use crate::error::{Code, Error};

/// How a command ended without doing what it was told.
pub(super) enum Failure {
    /// Exit code 1.
    Failed(String),
    /// Exit code 2.
    Usage(String),
    /// Exit code 3.
    NotFoundOrExists(String),
    /// Exit code 4.
    CheckFailed(String),
    /// Exit code 78.
    Config(String),
}

/// How a command ended.
pub(super) type Outcome = Result<(), Failure>;

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.code() {
            Code::NotFound | Code::Conflict | Code::EmailTaken | Code::SlugTaken => {
                Self::NotFoundOrExists(error.to_string())
            }
            Code::Validation => Self::Usage(error.to_string()),
            // Whoever runs the command line may know what is behind it.
            Code::Internal | Code::Unavailable => Self::Failed(error.cause().unwrap_or_else(|| error.to_string())),
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Config(error) => error.into(),
            OpenError::Failed(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Failure {
    /// Exit code and text.
    pub(super) fn parts(self) -> (u8, String) {
        match self {
            Self::Failed(text) => (1, text),
            Self::Usage(text) => (2, text),
            Self::NotFoundOrExists(text) => (3, text),
            Self::CheckFailed(text) => (4, text),
            Self::Config(text) => (78, text),
        }
    }
}
