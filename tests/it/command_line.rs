//! The command line (contract 36 to 39, 41 and 46): what each command does, prints, and ends with.
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

mod accounts;
mod demo;
mod mail;
mod output;
mod service_keys;
mod settings;
mod tenants;

use crate::executable::{Finished, Installation};

const EMAIL: &str = "admin@example.com";

/// `arguments` are split at blanks.
async fn run(installation: &Installation, arguments: &str, input: &str) -> Finished {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    installation.run_with_input(&arguments, input).await
}
