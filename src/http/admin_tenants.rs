//! Organizations, for platform admins.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::body::{Body, PathId};
use super::openapi::Operation;
use super::query::{FromQuery, Query, Values, Window, parse_needle};
use super::reply::Reply;
use super::tenants::CurrentSubscription;
use crate::app::App;
use crate::domain::admin_tenants::{self, TenantDetail};
use crate::domain::fields::Fields;
use crate::error::{Code, Error, Result};
use crate::id::{Id as _, TenantId, UserId};
use crate::store::Page;
use crate::store::tenants::{TenantStatus, TenantSummary};

const REASON_MAX: usize = 500;

/// An organization in the list.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminTenantItem {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "Acme Corp")]
    name: String,
    #[schema(example = "acme-corp")]
    slug: String,
    /// `active`, `suspended` or `archived`.
    #[schema(example = "active")]
    status: &'static str,
    /// Name of the plan.
    #[schema(example = "Pro")]
    subscription_plan: Option<String>,
    /// Active and disabled members.
    #[schema(example = 12)]
    member_count: i64,
}

impl From<TenantSummary> for AdminTenantItem {
    fn from(summary: TenantSummary) -> Self {
        Self {
            id: summary.tenant.id().to_string(),
            status: summary.tenant.status.as_str(),
            name: summary.tenant.name,
            slug: summary.tenant.slug,
            subscription_plan: summary.plan_name,
            member_count: summary.member_count,
        }
    }
}

/// Part of the organizations.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminTenantList {
    items: Vec<AdminTenantItem>,
    /// How many there are on all pages.
    #[schema(example = 847)]
    total: i64,
}

fn parse_status(text: &str) -> std::result::Result<TenantStatus, &'static str> {
    TenantStatus::parse(text).ok_or("must be active, suspended or archived")
}

/// Which organizations are wanted.
pub(super) struct TenantQuery {
    status: Option<TenantStatus>,
    page: Page,
}

impl FromQuery for TenantQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let status = query.get("status").and_then(|text| fields.take("status", parse_status(text)));
        let needle = fields.take("q", parse_needle(query.get("q").unwrap_or_default())).unwrap_or_default();
        let Window { limit, offset } = Window::take(query, fields)?;
        Some(Self { status, page: Page { needle, limit: Some(limit), offset } })
    }

    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string", "enum": ["active", "suspended", "archived"]});
        operation.has_query("status", false, "Only those with this status.", schema);
        operation.has_query("q", false, "Only those whose name or slug holds this text.", json!({"type": "string"}));
        Window::describe(operation);
    }
}

pub(super) async fn list(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Query(query): Query<TenantQuery>,
) -> Result<Reply<AdminTenantList>> {
    let (found, total) = app.read(move |tx| admin_tenants::list(tx, &admin, query.status, &query.page)).await?;
    Ok(Reply(AdminTenantList { items: found.into_iter().map(AdminTenantItem::from).collect(), total }))
}

/// Who owns an organization.
#[derive(Serialize, ToSchema)]
pub(super) struct TenantOwner {
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    user_id: String,
    #[schema(example = "dev@acme.com")]
    email: String,
}

/// An organization in detail.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminTenant {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "Acme Corp")]
    name: String,
    #[schema(example = "acme-corp")]
    slug: String,
    /// `active`, `suspended` or `archived`.
    #[schema(example = "suspended")]
    status: &'static str,
    /// Why it has this status.
    #[schema(example = "Payment overdue")]
    status_reason: Option<String>,
    #[schema(example = "billing@acme.com")]
    billing_email: String,
    /// Null only where an archived organization has lost its owner.
    owner: Option<TenantOwner>,
    /// Active and disabled members.
    #[schema(example = 12)]
    member_count: i64,
    subscription: CurrentSubscription,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
}

impl From<TenantDetail> for AdminTenant {
    fn from(detail: TenantDetail) -> Self {
        let TenantDetail { tenant, owner, subscription, member_count } = detail;
        Self {
            id: tenant.id().to_string(),
            status: tenant.status.as_str(),
            created_at: tenant.created_at.to_string(),
            name: tenant.name,
            slug: tenant.slug,
            status_reason: tenant.status_reason,
            billing_email: tenant.billing_email,
            owner: owner.map(|owner| TenantOwner { user_id: owner.id.to_string(), email: owner.email }),
            member_count,
            subscription: subscription.into(),
        }
    }
}

pub(super) async fn show(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<TenantId>,
) -> Result<Reply<AdminTenant>> {
    let id = id.get()?;
    let detail = app.read(move |tx| admin_tenants::show(tx, &admin, &id)).await?;
    Ok(Reply(detail.into()))
}

/// Another status.
#[derive(Deserialize, ToSchema)]
pub(super) struct StatusRequest {
    /// `active`, `suspended` or `archived`.
    #[schema(example = "suspended")]
    status: String,
    /// Why, for people; at most 500 characters.
    #[schema(example = "Payment overdue")]
    reason: Option<String>,
}

pub(super) fn parse_reason(text: &str) -> std::result::Result<String, &'static str> {
    let text = text.trim();
    let fits = text.chars().count() <= REASON_MAX && !text.chars().any(|letter| letter.is_control() && letter != '\n');
    if fits { Ok(text.to_owned()) } else { Err("must be a text of at most 500 characters") }
}

impl StatusRequest {
    fn parse(&self) -> Result<(TenantStatus, Option<String>)> {
        let mut fields = Fields::default();
        let status = fields.take("status", parse_status(&self.status));
        let reason = self.reason.as_deref().and_then(|reason| fields.take("reason", parse_reason(reason)));
        Ok((fields.finish(status)?, reason.filter(|reason| !reason.is_empty())))
    }
}

pub(super) async fn set_status(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<TenantId>,
    Body(request): Body<StatusRequest>,
) -> Result<Reply<AdminTenant>> {
    let ((status, reason), id, installation) = (request.parse()?, id.get()?, app.installation());
    let changed = app
        .write(&admin, move |tx, by| admin_tenants::set_status(tx, by, &installation, &id, status, reason.as_deref()));
    Ok(Reply(changed.await?.into()))
}

/// The member who becomes the owner.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewOwnerRequest {
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    user_id: String,
}

pub(super) async fn transfer_ownership(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<TenantId>,
    Body(request): Body<NewOwnerRequest>,
) -> Result<Reply<AdminTenant>> {
    let id = id.get()?;
    let user_id =
        UserId::parse(&request.user_id).ok_or_else(|| Error::new(Code::NotFound).with_detail("Member not found."))?;
    let installation = app.installation();
    let changed =
        app.write(&admin, move |tx, by| admin_tenants::transfer_ownership(tx, by, &installation, &id, &user_id));
    Ok(Reply(changed.await?.into()))
}
