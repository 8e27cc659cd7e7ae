//! Members of organizations.

use serde_json::{Value as Json, json};

use super::failure::Outcome;
use super::{output, session};
use crate::config::Flags;
use crate::domain::operators;
use crate::store::memberships;
use crate::store::{Page, fold};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List the members of an organization, in the order in which they joined
    List {
        /// Slug or id of the organization
        tenant: String,
        /// Only those whose name or address holds this text
        #[arg(long, default_value = "")]
        q: String,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..))]
        limit: i64,
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
        offset: i64,
    },
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    match command {
        Command::List { tenant, q, limit, offset } => {
            let page = Page { needle: fold(q.trim()), limit: Some(limit), offset };
            list(flags, json, tenant, page)
        }
    }
}

fn list(flags: &Flags, json: bool, name: String, page: Page) -> Outcome {
    session::with_app(flags, async |app| {
        let found = app.read(move |tx| {
            let tenant = operators::find_tenant(tx, &name)?;
            Ok(memberships::list(tx, tenant.scope(), &page)?.0)
        });
        let rows: Vec<Json> = found
            .await?
            .iter()
            .map(|member| {
                json!({
                    "id": member.id.as_ref(),
                    "user_id": member.user.id.as_ref(),
                    "email": member.user.email,
                    "first_name": member.user.first_name,
                    "last_name": member.user.last_name,
                    "role": member.role.as_str(),
                    "status": if member.is_disabled { "disabled" } else { "active" },
                    "joined_at": member.joined_at.to_string(),
                    "last_login_at": member.user.last_login_at.map(|at| at.to_string()),
                    "mfa_enabled": member.has_factor,
                })
            })
            .collect();
        let columns = ["user_id", "email", "first_name", "last_name", "role", "status", "joined_at", "last_login_at"];
        output::rows(json, &columns, &rows);
        Ok(())
    })?
}
