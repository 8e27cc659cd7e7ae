//! Organizations: the own ones, and the one of a scoped token.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::{Anonymous, Global, Scoped};
use super::body::Body;
use super::openapi::Operation;
use super::query::{FromQuery, Part, Query, Values};
use super::reply::{Created, Listed, Reply};
use crate::app::App;
use crate::domain::fields::{Email, Fields, Name};
use crate::domain::slugs::{self, Slug};
use crate::domain::tenant_caller::{Admin, Owner, Viewer};
use crate::domain::tenants::{self, Founding, TenantChange};
use crate::error::Result;
use crate::store::subscriptions::Subscription;
use crate::store::tenants::{OwnTenant, Tenant};

/// A new organization.
#[derive(Deserialize, ToSchema)]
pub(super) struct CreateTenantRequest {
    /// 1 to 100 characters.
    #[schema(example = "Acme Corp")]
    name: String,
    /// 3 to 63 lower-case letters, digits and hyphens, neither first nor last a hyphen. Made from the name if left out.
    #[schema(example = "acme-corp")]
    slug: Option<String>,
    /// Where invoices go; the caller's address if left out.
    #[schema(example = "billing@acme.com")]
    billing_email: Option<String>,
}

impl CreateTenantRequest {
    fn parse(&self) -> Result<Founding> {
        let mut fields = Fields::default();
        let name = fields.take("name", Name::parse(&self.name));
        let slug = self.slug.as_deref().and_then(|slug| fields.take("slug", Slug::parse_unreserved(slug)));
        let billing_email = take_billing_email(&mut fields, self.billing_email.as_deref());
        let name = fields.finish(name)?;
        Ok(Founding { name, slug, billing_email })
    }
}

pub(super) fn take_billing_email(fields: &mut Fields, text: Option<&str>) -> Option<Email> {
    text.and_then(|text| fields.take("billing_email", Email::parse(text)))
}

/// An organization that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedTenant {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "Acme Corp")]
    name: String,
    #[schema(example = "acme-corp")]
    slug: String,
    /// `active`, `suspended` or `archived`.
    #[schema(example = "active")]
    status: &'static str,
    #[schema(example = "billing@acme.com")]
    billing_email: String,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
}

pub(super) async fn create(
    Global(caller): Global,
    State(app): State<App>,
    Body(request): Body<CreateTenantRequest>,
) -> Result<Created<CreatedTenant>> {
    let (founding, installation) = (request.parse()?, app.installation());
    let tenant = app.write(&caller, move |tx, by| tenants::create(tx, by, &installation, &founding)).await?;
    Ok(Created(CreatedTenant {
        id: tenant.id().to_string(),
        status: tenant.status.as_str(),
        created_at: tenant.created_at.to_string(),
        name: tenant.name,
        slug: tenant.slug,
        billing_email: tenant.billing_email,
    }))
}

/// One of the own organizations.
#[derive(Serialize, ToSchema)]
pub(super) struct TenantItem {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "Acme Corp")]
    name: String,
    #[schema(example = "acme-corp")]
    slug: String,
    /// What the person is in it: `owner`, `admin`, `member` or `viewer`.
    #[schema(example = "owner")]
    role: &'static str,
    /// `active`, `suspended` or `archived`.
    #[schema(example = "active")]
    status: &'static str,
}

impl From<OwnTenant> for TenantItem {
    fn from(tenant: OwnTenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            name: tenant.name,
            slug: tenant.slug,
            role: tenant.role.as_str(),
            status: tenant.status.as_str(),
        }
    }
}

pub(super) async fn list(
    Global(caller): Global,
    State(app): State<App>,
    Query(part): Query<Part>,
) -> Result<Listed<Vec<TenantItem>>> {
    let is_part = part.is_part;
    let (found, total) = app.read(move |tx| tenants::list(tx, &caller, &part.page)).await?;
    Ok(Listed { items: found.into_iter().map(TenantItem::from).collect(), total: is_part.then_some(total) })
}

/// The slug that is asked for.
pub(super) struct WantedSlug(Slug);

impl FromQuery for WantedSlug {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let slug = query.get("slug").ok_or("is missing").and_then(Slug::parse);
        fields.take("slug", slug).map(Self)
    }

    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string", "pattern": "^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$"});
        operation.has_query("slug", true, "The slug that is wanted.", schema);
    }
}

/// Whether a slug is free.
#[derive(Serialize, ToSchema)]
pub(super) struct Availability {
    #[schema(example = "acme-corp")]
    slug: String,
    /// Neither taken, now or earlier, nor reserved.
    #[schema(example = false)]
    available: bool,
}

pub(super) async fn check_availability(
    _: Anonymous,
    State(app): State<App>,
    Query(WantedSlug(slug)): Query<WantedSlug>,
) -> Result<Reply<Availability>> {
    let wanted = slug.clone();
    let available = app.read(move |tx| slugs::is_available(tx, &wanted)).await?;
    Ok(Reply(Availability { slug: slug.as_ref().to_owned(), available }))
}

/// The plan that an organization has now.
#[derive(Serialize, ToSchema)]
pub(super) struct CurrentSubscription {
    /// Name of the plan.
    #[schema(example = "Pro")]
    plan: String,
    /// `ACTIVE`, `CANCELLED` or `EXPIRED`.
    #[schema(example = "ACTIVE")]
    status: &'static str,
    /// End of the period.
    #[schema(format = DateTime, example = "2025-01-15T00:00:00Z")]
    end_date: String,
}

impl From<Subscription> for CurrentSubscription {
    fn from(subscription: Subscription) -> Self {
        Self {
            plan: subscription.terms.name,
            status: subscription.status.as_str(),
            end_date: subscription.end_at.to_string(),
        }
    }
}

/// The organization of a scoped token.
#[derive(Serialize, ToSchema)]
pub(super) struct TenantInfo {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "Acme Corp")]
    name: String,
    #[schema(example = "acme-corp")]
    slug: String,
    /// `active`, `suspended` or `archived`.
    #[schema(example = "active")]
    status: &'static str,
    #[schema(example = "billing@acme.com")]
    billing_email: String,
    subscription: CurrentSubscription,
}

impl From<(Tenant, Subscription)> for TenantInfo {
    fn from((tenant, subscription): (Tenant, Subscription)) -> Self {
        Self {
            id: tenant.id().to_string(),
            status: tenant.status.as_str(),
            name: tenant.name,
            slug: tenant.slug,
            billing_email: tenant.billing_email,
            subscription: subscription.into(),
        }
    }
}

pub(super) async fn show(Scoped(caller): Scoped<Viewer>, State(app): State<App>) -> Result<Reply<TenantInfo>> {
    let tenant = caller.tenant.clone();
    let subscription = app.read(move |tx| tenants::subscription(tx, &caller)).await?;
    Ok(Reply((tenant, subscription).into()))
}

/// What to change; a field left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct UpdateTenantRequest {
    /// 1 to 100 characters.
    #[schema(example = "Acme Corporation")]
    name: Option<String>,
    /// Where invoices go.
    #[schema(example = "billing@acme.com")]
    billing_email: Option<String>,
}

impl UpdateTenantRequest {
    fn parse(&self) -> Result<TenantChange> {
        let mut fields = Fields::default();
        let name = self.name.as_deref().and_then(|name| fields.take("name", Name::parse(name)));
        let billing_email = take_billing_email(&mut fields, self.billing_email.as_deref());
        fields.check()?;
        Ok(TenantChange { name, billing_email })
    }
}

pub(super) async fn update(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Body(request): Body<UpdateTenantRequest>,
) -> Result<Reply<TenantInfo>> {
    let change = request.parse()?;
    let updated = app.write(&caller, move |tx, by| tenants::update(tx, by, &change)).await?;
    Ok(Reply(updated.into()))
}

/// The slug of the organization, typed again.
#[derive(Deserialize, ToSchema)]
pub(super) struct ArchiveRequest {
    #[schema(example = "acme-corp")]
    slug: String,
}

pub(super) async fn archive(
    Scoped(caller): Scoped<Owner>,
    State(app): State<App>,
    Body(request): Body<ArchiveRequest>,
) -> Result<Reply<TenantInfo>> {
    let archived = app.write(&caller, move |tx, by| tenants::archive(tx, by, &request.slug)).await?;
    Ok(Reply(archived.into()))
}
