//! The database's schema.

use serde_json::{Value as Json, json};

use super::failure::Outcome;
use super::{output, session};
use crate::clock::Clock;
use crate::config::Flags;
use crate::db::{Db, Schema};
use crate::error::Error;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Show which migrations the database has
    Status,
    /// Apply the migrations it does not have yet; refuses beside a running server
    Up,
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    let config = session::prepare(flags)?;
    session::start_log(&config, Some("warn"))?;
    match command {
        Command::Status => {
            let schema = Db::inspect(&config.location).map_err(Error::from)?;
            print(json, &schema);
        }
        Command::Up => {
            let _lock = session::lock_alone(&config)?;
            let before = Db::inspect(&config.location).map_err(Error::from)?;
            let (db, threads) = Db::open(&config.location, &Clock::system(), true).map_err(Error::from)?;
            print(json, db.schema());
            drop(db);
            threads.join();
            output::note(&format!("{} migrations applied", before.pending()));
        }
    }
    Ok(())
}

fn print(json: bool, schema: &Schema) {
    let rows: Vec<Json> = schema
        .migrations
        .iter()
        .map(|migration| json!({"version": migration.version, "name": migration.name, "applied": migration.applied}))
        .collect();
    output::rows(json, &["version", "name", "applied"], &rows);
    let (database, program) = (schema.database_version, schema.program_version());
    output::note(&format!("The database is at version {database}, this program at {program}."));
}
