//! Global configuration.

use serde_json::{Value as Json, json};

use super::failure::{Failure, Outcome};
use super::{output, session};
use crate::config::Flags;
use crate::domain::caller::Operator;
use crate::domain::configs;
use crate::domain::settings::{self, Entry, GenType, InForce, Settings, Source};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Show one value
    Get { key: String },
    /// Store a value; a running server heeds it within a second
    Set {
        key: String,
        /// The value; left out with --value-stdin
        value: Option<String>,
        /// Read the value from standard input; the only way for a secret
        #[arg(long)]
        value_stdin: bool,
    },
    /// Show every value
    List,
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    match command {
        Command::Get { key } => get(flags, json, &key),
        Command::Set { key, value, value_stdin } => set(flags, &key, value, value_stdin),
        Command::List => list(flags, json),
    }
}

fn find(key: &str) -> Result<&'static Entry, Failure> {
    settings::entry(key).ok_or_else(|| configs::unknown_key(key).into())
}

fn row(entry: &Entry, settings: &Settings) -> Json {
    let in_force = settings.get(entry.key);
    let is_set = in_force.map(|in_force| match entry.gen_type {
        // Stored and empty is as good as not set.
        GenType::Secret => in_force.value != entry.default_value(),
        _ => in_force.source != Source::Default,
    });
    json!({
        "key": entry.key,
        "value": in_force.map(shown),
        "is_set": is_set,
        "source": in_force.map(|in_force| in_force.source.as_str()),
        "is_locked": in_force.map(|in_force| in_force.is_locked),
        "type": entry.gen_type.as_str(),
        "label": entry.label,
    })
}

fn shown(in_force: &InForce) -> Json {
    in_force.value.to_json()
}

fn get(flags: &Flags, json: bool, key: &str) -> Outcome {
    let entry = find(key)?;
    session::with_app(flags, async |app| {
        let row = row(entry, app.installation().settings());
        let plain = match &row["value"] {
            Json::String(text) => text.clone(),
            Json::Null => format!("(secret, {})", if row["is_set"] == true { "set" } else { "not set" }),
            other => other.to_string(),
        };
        output::thing(json, &row, &plain);
        Ok(())
    })?
}

fn set(flags: &Flags, key: &str, value: Option<String>, value_stdin: bool) -> Outcome {
    let entry = find(key)?;
    let value = match (value, value_stdin) {
        (None, true) => session::read_line()?.expose().to_owned(),
        (Some(_), false) if matches!(entry.gen_type, GenType::Secret) => {
            return Err(Failure::Usage(format!("{key} is a secret; give it with --value-stdin")));
        }
        (Some(value), false) => value,
        _ => return Err(Failure::Usage("give the value either after the key or with --value-stdin".to_owned())),
    };
    session::with_app(flags, async |app| {
        let installation = app.installation();
        app.write(&Operator, move |tx, by| {
            configs::set_global(tx, by, &installation, entry.key, &entry.from_text(&value), None).map(drop)
        })
        .await?;
        output::note(&format!("{} is stored", entry.key));
        Ok(())
    })?
}

fn list(flags: &Flags, json: bool) -> Outcome {
    session::with_app(flags, async |app| {
        let installation = app.installation();
        let rows: Vec<Json> = settings::entries().map(|entry| row(entry, installation.settings())).collect();
        output::rows(json, &["key", "value", "source", "is_locked", "label"], &rows);
        Ok(())
    })?
}
