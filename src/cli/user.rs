//! Accounts.

use serde_json::{Value as Json, json};

use super::failure::{Failure, Outcome};
use super::{output, session};
use crate::config::Flags;
use crate::domain::caller::Operator;
use crate::domain::fields::Email;
use crate::domain::operators;
use crate::store::Page;
use crate::store::users::{self, User};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List accounts, newest first
    List {
        /// Only addresses that hold this text
        #[arg(long, default_value = "")]
        email: String,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..))]
        limit: i64,
    },
    /// Forget the failed attempts that lock an account
    Unlock {
        #[arg(long)]
        email: String,
    },
    /// Disable an account and end its sessions
    Disable {
        #[arg(long)]
        email: String,
    },
    /// Enable a disabled account
    Enable {
        #[arg(long)]
        email: String,
    },
    /// End every session of an account, or of everybody as after the leak of a key
    EndSessions {
        #[arg(long, required_unless_present = "all", conflicts_with = "all")]
        email: Option<String>,
        /// Of everybody
        #[arg(long)]
        all: bool,
    },
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    match command {
        Command::List { email, limit } => {
            list(flags, json, Page { needle: email.to_ascii_lowercase(), limit: Some(limit), offset: 0 })
        }
        Command::Unlock { email } => unlock(flags, json, &email),
        Command::Disable { email } => set_disabled(flags, json, &email, true),
        Command::Enable { email } => set_disabled(flags, json, &email, false),
        Command::EndSessions { email: Some(email), .. } => end_sessions(flags, json, &email),
        Command::EndSessions { email: None, .. } => end_every_session(flags, json),
    }
}

pub(super) fn parse_email(text: &str) -> Result<Email, Failure> {
    Email::parse(text).map_err(|message| Failure::Usage(format!("--email {message}")))
}

pub(super) fn to_json(user: &User) -> Json {
    json!({
        "id": user.id.as_ref(),
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "status": if user.is_disabled { "disabled" } else { "active" },
        "is_platform_admin": user.is_platform_admin,
        "email_verified_at": user.email_verified_at.map(|at| at.to_string()),
        "created_at": user.created_at.to_string(),
        "last_login_at": user.last_login_at.map(|at| at.to_string()),
    })
}

pub(super) fn print(json: bool, users: &[User]) {
    let rows: Vec<Json> = users.iter().map(to_json).collect();
    let columns =
        ["id", "email", "first_name", "last_name", "status", "is_platform_admin", "created_at", "last_login_at"];
    output::rows(json, &columns, &rows);
}

fn list(flags: &Flags, json: bool, page: Page) -> Outcome {
    session::with_app(flags, async |app| {
        let (found, _) = app.read(move |tx| Ok(users::operator_list(tx, &page)?)).await?;
        print(json, &found);
        Ok(())
    })?
}

fn unlock(flags: &Flags, json: bool, email: &str) -> Outcome {
    let email = parse_email(email)?;
    session::with_app(flags, async |app| {
        let address = email.clone();
        let forgotten = app.write(&Operator, move |tx, by| operators::unlock(tx, by, &address)).await?;
        let value = json!({"email": email.as_ref(), "attempts_forgotten": forgotten});
        output::thing(json, &value, &format!("{email} is unlocked; {forgotten} failed attempts are forgotten"));
        Ok(())
    })?
}

fn set_disabled(flags: &Flags, json: bool, email: &str, is_disabled: bool) -> Outcome {
    let email = parse_email(email)?;
    session::with_app(flags, async |app| {
        let changed = app.write(&Operator, move |tx, by| operators::set_disabled(tx, by, &email, is_disabled)).await?;
        let state = if is_disabled { "disabled; its sessions have ended" } else { "enabled" };
        output::thing(json, &to_json(&changed), &format!("{} is {state}", changed.email));
        Ok(())
    })?
}

fn end_sessions(flags: &Flags, json: bool, email: &str) -> Outcome {
    let email = parse_email(email)?;
    session::with_app(flags, async |app| {
        let address = email.clone();
        let ended = app.write(&Operator, move |tx, by| operators::end_sessions(tx, by, &address)).await?;
        let value = json!({"email": email.as_ref(), "sessions_ended": ended});
        output::thing(json, &value, &format!("{ended} sessions of {email} have ended"));
        Ok(())
    })?
}

fn end_every_session(flags: &Flags, json: bool) -> Outcome {
    session::with_app(flags, async |app| {
        let installation = app.installation();
        let ended = app.write(&Operator, move |tx, by| operators::end_every_session(tx, by, &installation)).await?;
        output::thing(json, &json!({"sessions_ended": ended}), &format!("{ended} sessions have ended"));
        Ok(())
    })?
}
