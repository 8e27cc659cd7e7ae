//! Organizations.

use serde_json::{Value as Json, json};

use super::failure::{Failure, Outcome};
use super::{output, session};
use crate::config::Flags;
use crate::db::Tx;
use crate::domain::caller::Operator;
use crate::domain::fields::{Email, Name};
use crate::domain::operators;
use crate::domain::slugs::Slug;
use crate::domain::tenants::Founding;
use crate::store::tenants::{self, Tenant, TenantStatus, TenantSummary};
use crate::store::{Page, fold};
use crate::store::{memberships, subscriptions, users};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// List organizations, newest first
    List {
        /// Only those with this status
        #[arg(long, value_parser = parse_status)]
        status: Option<TenantStatus>,
        /// Only those whose name or slug holds this text
        #[arg(long, default_value = "")]
        q: String,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..))]
        limit: i64,
        #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
        offset: i64,
    },
    /// Show an organization
    Show {
        /// Its slug or id
        tenant: String,
    },
    /// Create an organization for somebody with an account
    Create {
        #[arg(long)]
        name: String,
        /// Made from the name if left out
        #[arg(long)]
        slug: Option<String>,
        /// Address of the account that owns it
        #[arg(long)]
        owner_email: String,
        /// Where invoices go; the owner's address if left out
        #[arg(long)]
        billing_email: Option<String>,
    },
    /// Close an organization for a while
    Suspend {
        /// Its slug or id
        tenant: String,
        /// Why, for people; at most 500 characters
        #[arg(long, value_parser = parse_reason)]
        reason: Option<String>,
    },
    /// Open a suspended or archived organization again
    Activate {
        /// Its slug or id
        tenant: String,
        /// Why, for people; at most 500 characters
        #[arg(long, value_parser = parse_reason)]
        reason: Option<String>,
    },
    /// Close an organization for good
    Archive {
        /// Its slug or id
        tenant: String,
        /// Why, for people; at most 500 characters
        #[arg(long, value_parser = parse_reason)]
        reason: Option<String>,
    },
}

fn parse_status(text: &str) -> Result<TenantStatus, String> {
    TenantStatus::parse(text).ok_or_else(|| "must be active, suspended or archived".to_owned())
}

fn parse_reason(text: &str) -> Result<String, String> {
    let is_line = text.chars().count() <= 500 && !text.chars().any(char::is_control);
    if is_line { Ok(text.trim().to_owned()) } else { Err("must be a line of at most 500 characters".to_owned()) }
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    match command {
        Command::List { status, q, limit, offset } => {
            let page = Page { needle: fold(q.trim()), limit: Some(limit), offset };
            list(flags, json, status, page)
        }
        Command::Show { tenant } => show(flags, json, tenant),
        Command::Create { name, slug, owner_email, billing_email } => {
            let (owner, founding) = parse_founding(&name, slug.as_deref(), &owner_email, billing_email.as_deref())?;
            create(flags, json, owner, founding)
        }
        Command::Suspend { tenant, reason } => set_status(flags, json, tenant, TenantStatus::Suspended, reason),
        Command::Activate { tenant, reason } => set_status(flags, json, tenant, TenantStatus::Active, reason),
        Command::Archive { tenant, reason } => set_status(flags, json, tenant, TenantStatus::Archived, reason),
    }
}

fn parse_founding(
    name: &str,
    slug: Option<&str>,
    owner_email: &str,
    billing_email: Option<&str>,
) -> Result<(Email, Founding), Failure> {
    let usage = |flag: &str, message: &str| Failure::Usage(format!("--{flag} {message}"));
    let owner = Email::parse(owner_email).map_err(|message| usage("owner-email", message))?;
    let name = Name::parse(name).map_err(|message| usage("name", message))?;
    let slug = slug.map(Slug::parse_unreserved).transpose().map_err(|message| usage("slug", message))?;
    let billing_email =
        billing_email.map(Email::parse).transpose().map_err(|message| usage("billing-email", message))?;
    Ok((owner, Founding { name, slug, billing_email }))
}

fn to_json(tenant: &Tenant) -> Json {
    json!({
        "id": tenant.id().as_ref(),
        "name": tenant.name,
        "slug": tenant.slug,
        "status": tenant.status.as_str(),
        "status_reason": tenant.status_reason,
        "billing_email": tenant.billing_email,
        "created_at": tenant.created_at.to_string(),
    })
}

fn summary(item: &TenantSummary) -> Json {
    let mut row = to_json(&item.tenant);
    row["owner_email"] = json!(item.owner_email);
    row["plan"] = json!(item.plan_name);
    row["member_count"] = json!(item.member_count);
    row
}

fn list(flags: &Flags, json: bool, status: Option<TenantStatus>, page: Page) -> Outcome {
    session::with_app(flags, async |app| {
        let (found, _) = app.read(move |tx| Ok(tenants::operator_list(tx, status, &page)?)).await?;
        let rows: Vec<Json> = found.iter().map(summary).collect();
        output::rows(
            json,
            &["id", "slug", "name", "status", "plan", "member_count", "owner_email", "created_at"],
            &rows,
        );
        Ok(())
    })?
}

fn show(flags: &Flags, json: bool, name: String) -> Outcome {
    session::with_app(flags, async |app| {
        let found = app.read(move |tx| {
            let tenant = operators::find_tenant(tx, &name)?;
            let owner = match &tenant.owner_id {
                Some(owner_id) => users::by_id(tx, owner_id)?,
                None => None,
            };
            let plan = subscriptions::active(tx, tenant.scope())?;
            let (_, member_count) = memberships::list(tx, tenant.scope(), &Page { limit: Some(1), ..Page::default() })?;
            Ok(TenantSummary {
                owner_email: owner.map(|owner| owner.email),
                plan_name: Some(plan.terms.name),
                member_count,
                tenant,
            })
        });
        let names = [
            "id",
            "slug",
            "name",
            "status",
            "status_reason",
            "plan",
            "member_count",
            "owner_email",
            "billing_email",
            "created_at",
        ];
        output::fields(json, &names, &summary(&found.await?));
        Ok(())
    })?
}

fn create(flags: &Flags, json: bool, owner: Email, founding: Founding) -> Outcome {
    session::with_app(flags, async |app| {
        let installation = app.installation();
        let write =
            move |tx: &mut Tx<'_>, by: &Operator| operators::create_tenant(tx, by, &installation, &owner, &founding);
        let (made, link) = app.write(&Operator, write).await?;
        let (mut data, mut sentence) = (to_json(&made), format!("{} is made with the slug {}", made.name, made.slug));
        if let Some(link) = link {
            data["set_password_url"] = json!(link.expose());
            sentence = format!("{sentence}\n{}", link.expose());
            output::note(
                "The owner's address was never proved, so whoever held the account is put out of it. The link, with which \
                 the owner sets a password, works once, within an hour.",
            );
        }
        output::thing(json, &data, &sentence);
        Ok(())
    })?
}

fn set_status(flags: &Flags, json: bool, name: String, status: TenantStatus, reason: Option<String>) -> Outcome {
    session::with_app(flags, async |app| {
        let changed = app.write(&Operator, move |tx, by| {
            operators::set_tenant_status(tx, by, &name, status, reason.as_deref().filter(|reason| !reason.is_empty()))
        });
        let changed = changed.await?;
        output::thing(json, &to_json(&changed), &format!("{} is {}", changed.slug, changed.status.as_str()));
        Ok(())
    })?
}
