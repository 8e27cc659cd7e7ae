//! The command line: one file per command group. The only place that prints.

mod admin;
mod config;
mod docs;
mod health;
mod mail;
mod migrate;
mod output;
mod serve;
mod session;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::OpenError;
use crate::config::{ConfigError, Flags};
use crate::error::{Code, Error};

/// On-premise platform backend: accounts, organizations, tokens and configuration in one executable
#[derive(Parser)]
#[command(name = "trueport", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    /// Print data as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve,
    /// Platform admins
    #[command(subcommand)]
    Admin(admin::Command),
    /// Accounts
    #[command(subcommand)]
    User(user::Command),
    /// The database's schema
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Global configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Mails and the way they go out
    #[command(subcommand)]
    Mail(mail::Command),
    /// Ask a running server whether it can serve (exit code 4 if not)
    Health(health::Arguments),
    /// Print the OpenAPI document
    Openapi,
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man,
}

/// How a command ended without doing what it was told.
enum Failure {
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

type Outcome = Result<(), Failure>;

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error.code() {
            Code::NotFound | Code::Conflict | Code::EmailTaken => Self::NotFoundOrExists(error.to_string()),
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
    fn parts(self) -> (u8, String) {
        match self {
            Self::Failed(text) => (1, text),
            Self::Usage(text) => (2, text),
            Self::NotFoundOrExists(text) => (3, text),
            Self::CheckFailed(text) => (4, text),
            Self::Config(text) => (78, text),
        }
    }
}

/// Parses the arguments, runs the command and returns its exit code.
pub fn run() -> ExitCode {
    // Whatever is written holds people's data: for the owner only.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    let cli = Cli::parse();
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let (code, text) = failure.parts();
            output::error(&text);
            ExitCode::from(code)
        }
    }
}

fn dispatch(cli: Cli) -> Outcome {
    let Cli { flags, json, command } = cli;
    match command {
        Command::Serve => serve::run(&flags),
        Command::Admin(command) => admin::run(&flags, json, command),
        Command::User(command) => user::run(&flags, json, command),
        Command::Migrate(command) => migrate::run(&flags, json, command),
        Command::Config(command) => config::run(&flags, json, command),
        Command::Mail(command) => mail::run(&flags, json, command),
        Command::Health(arguments) => health::run(&flags, json, &arguments),
        Command::Openapi => docs::openapi(),
        Command::Completions { shell } => docs::completions(shell),
        Command::Man => docs::man(),
    }
}
