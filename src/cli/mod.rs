//! The command line: one file per command group. The only place that prints.

mod admin;
mod audit;
mod config;
mod demo;
mod docs;
mod failure;
mod health;
mod mail;
mod member;
mod migrate;
mod output;
mod serve;
mod service_key;
mod session;
mod tenant;
mod user;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::Flags;
use failure::Outcome;

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
    /// Organizations
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Members of organizations
    #[command(subcommand)]
    Member(member::Command),
    /// Keys of services such as the gateway
    #[command(subcommand)]
    ServiceKey(service_key::Command),
    /// The database's schema
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Global configuration
    #[command(subcommand)]
    Config(config::Command),
    /// The audit
    #[command(subcommand)]
    Audit(audit::Command),
    /// Mails and the way they go out
    #[command(subcommand)]
    Mail(mail::Command),
    /// Made-up data, to look at and to measure with
    #[command(subcommand)]
    Demo(demo::Command),
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
        Command::Tenant(command) => tenant::run(&flags, json, command),
        Command::Member(command) => member::run(&flags, json, command),
        Command::ServiceKey(command) => service_key::run(&flags, json, command),
        Command::Migrate(command) => migrate::run(&flags, json, command),
        Command::Config(command) => config::run(&flags, json, command),
        Command::Audit(command) => audit::run(&flags, json, command),
        Command::Mail(command) => mail::run(&flags, json, command),
        Command::Demo(command) => demo::run(&flags, json, command),
        Command::Health(arguments) => health::run(&flags, json, &arguments),
        Command::Openapi => docs::openapi(),
        Command::Completions { shell } => docs::completions(Cli::command(), shell),
        Command::Man => docs::man(Cli::command()),
    }
}
