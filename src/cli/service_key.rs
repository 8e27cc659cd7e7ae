//! Keys of the platform's own services.

use serde_json::{Value as Json, json};

use super::failure::{Failure, Outcome};
use super::{output, session};
use crate::config::Flags;
use crate::domain::caller::Operator;
use crate::domain::fields::Name;
use crate::domain::service_keys;
use crate::id::ServiceKeyId;
use crate::store::service_keys::ServiceKey;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make a key; it is shown this once
    Create {
        /// What people call it
        #[arg(long)]
        name: String,
        /// What it may do
        #[arg(long = "scope", required = true, num_args = 1.., value_parser = service_keys::SCOPES.to_vec())]
        scopes: Vec<String>,
    },
    /// List keys, newest first
    List {
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..))]
        limit: i64,
    },
    /// Revoke a key
    Revoke {
        /// Its id
        id: String,
    },
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    match command {
        Command::Create { name, scopes } => create(flags, json, &name, &scopes),
        Command::List { limit } => list(flags, json, limit),
        Command::Revoke { id } => revoke(flags, json, &id),
    }
}

fn to_json(key: &ServiceKey) -> Json {
    json!({
        "id": key.id.as_ref(),
        "name": key.name,
        "scopes": key.scopes,
        "created_at": key.created_at.to_string(),
        "revoked_at": key.revoked_at.map(|at| at.to_string()),
    })
}

fn create(flags: &Flags, json: bool, name: &str, scopes: &[String]) -> Outcome {
    let name = Name::parse(name).map_err(|message| Failure::Usage(format!("--name {message}")))?;
    let scopes = service_keys::parse_scopes(scopes).map_err(|message| Failure::Usage(format!("--scope {message}")))?;
    session::with_app(flags, async |app| {
        let made = app.write(&Operator, move |tx, by| service_keys::create(tx, by, &name, &scopes));
        let (key, secret) = made.await?;
        let mut value = to_json(&key);
        value["key"] = json!(secret.expose());
        output::note("The key is shown this once:");
        output::thing(json, &value, secret.expose());
        Ok(())
    })?
}

fn list(flags: &Flags, json: bool, limit: i64) -> Outcome {
    session::with_app(flags, async |app| {
        let (found, _) = app.read(move |tx| service_keys::list(tx, &Operator, limit, 0)).await?;
        let mut items: Vec<Json> = found.iter().map(to_json).collect();
        if !json {
            for (item, key) in items.iter_mut().zip(&found) {
                item["scopes"] = json!(key.scopes.join(" "));
            }
        }
        output::rows(json, &["id", "name", "scopes", "created_at", "revoked_at"], &items);
        Ok(())
    })?
}

fn revoke(flags: &Flags, json: bool, id: &str) -> Outcome {
    let Ok(id) = id.parse::<ServiceKeyId>() else {
        return Err(Failure::NotFoundOrExists(format!("there is no service key with the id {id:?}")));
    };
    session::with_app(flags, async |app| {
        let revoked = id.clone();
        app.write(&Operator, move |tx, by| service_keys::revoke(tx, by, &revoked)).await?;
        output::thing(json, &json!({"id": id.as_ref(), "revoked": true}), &format!("{id} does not work any more"));
        Ok(())
    })?
}
