//! Accounts and organizations that a platform admin makes for others.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::admin_tenants::AdminTenant;
use super::admin_users::AdminUserItem;
use super::body::Body;
use super::reply::{Confidential, Created};
use super::tenants::take_billing_email;
use crate::app::App;
use crate::domain::fields::{Email, Fields, Name};
use crate::domain::provisioning::{self, Person, SetPasswordLink};
use crate::domain::slugs::Slug;
use crate::domain::tenants::Founding;
use crate::error::Result;

/// Somebody for whom an account is made.
#[derive(Deserialize, ToSchema)]
pub(super) struct ProvisionUserRequest {
    /// ASCII, at most 254 characters; stored trimmed and in lower case.
    #[schema(example = "dev@acme.com")]
    email: String,
    /// 1 to 100 characters; made of the address if left out.
    #[schema(example = "Jane")]
    first_name: Option<String>,
    /// 1 to 100 characters.
    #[schema(example = "Doe")]
    last_name: Option<String>,
}

/// Reads a person from the fields that are called so.
fn take_person(
    fields: &mut Fields,
    email: (&str, &str),
    first: (&str, Option<&str>),
    last: (&str, Option<&str>),
) -> Option<Person> {
    let email = fields.take(email.0, Email::parse(email.1));
    let mut name = |(field, text): (&str, Option<&str>)| text.and_then(|text| fields.take(field, Name::parse(text)));
    let (first_name, last_name) = (name(first), name(last));
    email.map(|email| Person { email, first_name, last_name })
}

/// An account that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct ProvisionedUser {
    #[serde(flatten)]
    user: AdminUserItem,
    /// To be handed to the person, who sets a password with it. It is shown this once and works once.
    #[schema(example = "https://platform.acme.com/#/reset-password?token=q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    set_password_url: String,
    #[schema(format = DateTime, example = "2024-01-15T11:30:00Z")]
    set_password_expires_at: String,
}

pub(super) async fn create_user(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Body(request): Body<ProvisionUserRequest>,
) -> Result<Confidential<Created<ProvisionedUser>>> {
    let mut fields = Fields::default();
    let names = (("first_name", request.first_name.as_deref()), ("last_name", request.last_name.as_deref()));
    let person = take_person(&mut fields, ("email", &request.email), names.0, names.1);
    let (person, installation) = (fields.finish(person)?, app.installation());
    let (user, link) =
        app.write(&admin, move |tx, by| provisioning::create_user(tx, by, &installation, &person)).await?;
    Ok(Confidential(Created(ProvisionedUser {
        user: user.into(),
        set_password_url: link.url.expose().to_owned(),
        set_password_expires_at: link.expires_at.to_string(),
    })))
}

/// An organization that is made for somebody.
#[derive(Deserialize, ToSchema)]
pub(super) struct ProvisionTenantRequest {
    /// 1 to 100 characters.
    #[schema(example = "Acme Corp")]
    name: String,
    /// 3 to 63 lower-case letters, digits and hyphens, neither first nor last a hyphen. Made from the name if left out.
    #[schema(example = "acme-corp")]
    slug: Option<String>,
    /// Where invoices go; the owner's address if left out.
    #[schema(example = "billing@acme.com")]
    billing_email: Option<String>,
    /// Whose it is. An account is made where there is none.
    #[schema(example = "dev@acme.com")]
    owner_email: String,
    /// For a new account; made of the address if left out.
    #[schema(example = "Jane")]
    owner_first_name: Option<String>,
    /// For a new account.
    #[schema(example = "Doe")]
    owner_last_name: Option<String>,
}

impl ProvisionTenantRequest {
    fn parse(&self) -> Result<(Founding, Person)> {
        let mut fields = Fields::default();
        let name = fields.take("name", Name::parse(&self.name));
        let slug = self.slug.as_deref().and_then(|slug| fields.take("slug", Slug::parse_unreserved(slug)));
        let billing_email = take_billing_email(&mut fields, self.billing_email.as_deref());
        let first = ("owner_first_name", self.owner_first_name.as_deref());
        let last = ("owner_last_name", self.owner_last_name.as_deref());
        let owner = take_person(&mut fields, ("owner_email", &self.owner_email), first, last);
        let (name, owner) = fields.finish(name.zip(owner))?;
        Ok((Founding { name, slug, billing_email }, owner))
    }
}

/// An organization that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct ProvisionedTenant {
    #[serde(flatten)]
    tenant: AdminTenant,
    /// Where the owner's account was made too, or its address was never proved, so that its password and sessions were ended
    /// (somebody else may have made it): to be handed to the owner, who sets a password with it. It is shown this once
    /// and works once.
    #[schema(example = "https://platform.acme.com/#/reset-password?token=q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    set_password_url: Option<String>,
    #[schema(format = DateTime, example = "2024-01-15T11:30:00Z")]
    set_password_expires_at: Option<String>,
}

pub(super) async fn create_tenant(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Body(request): Body<ProvisionTenantRequest>,
) -> Result<Confidential<Created<ProvisionedTenant>>> {
    let ((founding, owner), installation) = (request.parse()?, app.installation());
    let made = app.write(&admin, move |tx, by| provisioning::create_tenant(tx, by, &installation, &owner, &founding));
    let (detail, link) = made.await?;
    let (url, expires_at) = match link {
        Some(SetPasswordLink { url, expires_at }) => (Some(url.expose().to_owned()), Some(expires_at.to_string())),
        None => (None, None),
    };
    Ok(Confidential(Created(ProvisionedTenant {
        tenant: detail.into(),
        set_password_url: url,
        set_password_expires_at: expires_at,
    })))
}
