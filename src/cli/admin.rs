//! Platform admins.

use serde_json::json;

use super::failure::Outcome;
use super::user::parse_email;
use super::{output, session, user};
use crate::config::Flags;
use crate::domain::caller::Operator;
use crate::domain::fields::Name;
use crate::domain::{operators, passwords};
use crate::error::Error;
use crate::store::users;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Make an account that administers the installation
    Create {
        #[arg(long)]
        email: String,
        #[arg(long, default_value = "Platform")]
        first_name: String,
        #[arg(long, default_value = "Admin")]
        last_name: String,
        /// Read the password from standard input instead of asking for it
        #[arg(long)]
        password_stdin: bool,
    },
    /// Print a one-time link that sets a new password, or set it here
    ResetPassword {
        #[arg(long)]
        email: String,
        /// Set the password that stands on standard input, in place of a link
        #[arg(long)]
        password_stdin: bool,
    },
    /// Take every second factor of an account away, for who has lost it
    DisableMfa {
        #[arg(long)]
        email: String,
    },
    /// List the platform admins
    List,
    /// Make an account a platform admin
    Promote {
        #[arg(long)]
        email: String,
    },
    /// Take the administration from an account
    Demote {
        #[arg(long)]
        email: String,
    },
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    match command {
        Command::Create { email, first_name, last_name, password_stdin } => {
            create(flags, json, &email, (&first_name, &last_name), password_stdin)
        }
        Command::ResetPassword { email, password_stdin } => reset_password(flags, json, &email, password_stdin),
        Command::DisableMfa { email } => disable_mfa(flags, json, &email),
        Command::List => list(flags, json),
        Command::Promote { email } => set_admin(flags, json, &email, true),
        Command::Demote { email } => set_admin(flags, json, &email, false),
    }
}

fn create(flags: &Flags, json: bool, email: &str, names: (&str, &str), password_stdin: bool) -> Outcome {
    let email = parse_email(email)?;
    let name = |field: &'static str, text| Name::parse(text).map_err(|message| Error::field(field, message));
    let names = (name("first_name", names.0)?, name("last_name", names.1)?);
    let password = session::read_password(password_stdin)?;
    session::with_app(flags, async |app| {
        let hash = session::hash_password(&app, &password, email.as_ref()).await?;
        let created =
            app.write(&Operator, move |tx, by| operators::create_admin(tx, by, &email, &names, &hash)).await?;
        let sentence = format!("{} is a platform admin now ({})", created.email, created.id);
        output::thing(json, &user::to_json(&created), &sentence);
        Ok(())
    })?
}

fn reset_password(flags: &Flags, json: bool, email: &str, password_stdin: bool) -> Outcome {
    let email = parse_email(email)?;
    let password = if password_stdin { Some(session::read_password(true)?) } else { None };
    session::with_app(flags, async |app| {
        let installation = app.installation();
        let Some(password) = password else {
            let link = app.write(&Operator, move |tx, by| operators::reset_link(tx, by, &installation, &email)).await?;
            output::thing(
                json,
                &json!({"link": link.expose(), "expires_in": passwords::RESET_LIFETIME.as_secs()}),
                link.expose(),
            );
            output::note("The link works once, within an hour.");
            return Ok(());
        };
        let hash = session::hash_password(&app, &password, email.as_ref()).await?;
        let changed = app
            .write(&Operator, move |tx, by| {
                let user = operators::find(tx, &email)?;
                passwords::set_by_operator(tx, by, &installation, &user, &hash)?;
                Ok(user)
            })
            .await?;
        let sentence = format!("The password of {} is set; every session of the account has ended", changed.email);
        output::thing(json, &user::to_json(&changed), &sentence);
        Ok(())
    })?
}

fn list(flags: &Flags, json: bool) -> Outcome {
    session::with_app(flags, async |app| {
        let admins = app.read(|tx| Ok(users::operator_list_admins(tx)?)).await?;
        user::print(json, &admins);
        Ok(())
    })?
}

fn set_admin(flags: &Flags, json: bool, email: &str, is_admin: bool) -> Outcome {
    let email = parse_email(email)?;
    session::with_app(flags, async |app| {
        let changed =
            app.write(&Operator, move |tx, by| operators::set_platform_admin(tx, by, &email, is_admin)).await?;
        let state = if is_admin { "is a platform admin now" } else { "is no platform admin any more" };
        output::thing(json, &user::to_json(&changed), &format!("{} {state}", changed.email));
        if is_admin && changed.email_verified_at.is_none() {
            output::note("Nobody has proved this address yet: make sure that the account is theirs.");
        }
        Ok(())
    })?
}

fn disable_mfa(flags: &Flags, json: bool, email: &str) -> Outcome {
    let email = parse_email(email)?;
    session::with_app(flags, async |app| {
        let (installation, address) = (app.installation(), email.clone());
        let removed =
            app.write(&Operator, move |tx, by| operators::reset_factors(tx, by, &installation, &address)).await?;
        let value = json!({"email": email.as_ref(), "factors_removed": removed});
        let sentence = match removed {
            0 => format!("{email} has no second factor"),
            _ => format!("{email} signs in without a second factor now"),
        };
        output::thing(json, &value, &sentence);
        Ok(())
    })?
}
