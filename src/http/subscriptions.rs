//! The plan of an organization.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use super::access::{PlatformAdmin, Scoped};
use super::body::{Body, PathId};
use super::plans::price;
use super::query::{Query, Window};
use super::reply::{Created, Reply};
use crate::app::App;
use crate::domain::subscriptions;
use crate::domain::tenant_caller::{Admin, Viewer};
use crate::error::{Code, Error, Result};
use crate::id::{Id as _, PlanId, TenantId};
use crate::store::subscriptions::Subscription;

/// The plan that is wanted.
#[derive(Deserialize, ToSchema)]
pub(super) struct PlanRequest {
    #[schema(example = "plan_pro")]
    plan_id: String,
}

impl PlanRequest {
    fn parse(&self) -> Result<PlanId> {
        PlanId::parse(&self.plan_id).ok_or_else(|| Error::new(Code::NotFound).with_detail("Plan not found."))
    }
}

/// A subscription.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriptionReply {
    #[schema(example = "sub_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "plan_pro")]
    plan_id: String,
    #[schema(example = "Pro")]
    plan_name: String,
    /// `ACTIVE`, `CANCELLED` or `EXPIRED`.
    #[schema(example = "ACTIVE")]
    status: &'static str,
    /// Begin of the period.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    start_date: String,
    /// End of the period.
    #[schema(format = DateTime, example = "2024-02-15T10:30:00Z")]
    end_date: String,
}

impl From<Subscription> for SubscriptionReply {
    fn from(subscription: Subscription) -> Self {
        Self {
            id: subscription.id.to_string(),
            plan_id: subscription.plan_id.to_string(),
            plan_name: subscription.terms.name,
            status: subscription.status.as_str(),
            start_date: subscription.start_at.to_string(),
            end_date: subscription.end_at.to_string(),
        }
    }
}

pub(super) async fn activate(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Body(request): Body<PlanRequest>,
) -> Result<Created<SubscriptionReply>> {
    let (plan_id, installation) = (request.parse()?, app.installation());
    let active = app.write(&caller, move |tx, by| subscriptions::activate(tx, by, &installation, &plan_id)).await?;
    Ok(Created(active.into()))
}

pub(super) async fn set(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    tenant_id: PathId<TenantId>,
    Body(request): Body<PlanRequest>,
) -> Result<Reply<SubscriptionReply>> {
    let (plan_id, tenant_id, installation) = (request.parse()?, tenant_id.get()?, app.installation());
    let active =
        app.write(&admin, move |tx, by| subscriptions::set(tx, by, &installation, &tenant_id, &plan_id)).await?;
    Ok(Reply(active.into()))
}

/// When the plan is to end.
#[derive(Deserialize, ToSchema)]
pub(super) struct CancelRequest {
    /// True: it stays until the period is over. False: it ends at once.
    #[schema(example = true)]
    at_period_end: bool,
}

/// A subscription with its price and what becomes of it.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriptionItem {
    #[schema(example = "sub_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "plan_pro")]
    plan_id: String,
    #[schema(example = "Pro")]
    plan_name: String,
    /// `ACTIVE`, `CANCELLED` or `EXPIRED`.
    #[schema(example = "ACTIVE")]
    status: &'static str,
    /// Begin of the period.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    start_date: String,
    /// End of the period.
    #[schema(format = DateTime, example = "2024-02-15T10:30:00Z")]
    end_date: String,
    /// For each period, in major units, as it was when the subscription began.
    #[schema(value_type = f64, example = 299)]
    price: Number,
    /// `MONTHLY` or `YEARLY`.
    #[schema(example = "MONTHLY")]
    billing_cycle: &'static str,
    /// Whether another period follows.
    #[schema(example = true)]
    auto_renew: bool,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    /// Since when it does not count any more; null while it does.
    #[schema(format = DateTime, example = "2024-02-15T10:30:00Z")]
    ended_at: Option<String>,
}

impl From<Subscription> for SubscriptionItem {
    fn from(subscription: Subscription) -> Self {
        Self {
            id: subscription.id.to_string(),
            plan_id: subscription.plan_id.to_string(),
            plan_name: subscription.terms.name,
            status: subscription.status.as_str(),
            start_date: subscription.start_at.to_string(),
            end_date: subscription.end_at.to_string(),
            price: price(subscription.terms.price_minor),
            billing_cycle: subscription.terms.billing_cycle.as_str(),
            auto_renew: subscription.auto_renew,
            created_at: subscription.created_at.to_string(),
            ended_at: subscription.ended_at.map(|at| at.to_string()),
        }
    }
}

pub(super) async fn cancel(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Body(request): Body<CancelRequest>,
) -> Result<Reply<SubscriptionItem>> {
    let installation = app.installation();
    let cancelled =
        app.write(&caller, move |tx, by| subscriptions::cancel(tx, by, &installation, request.at_period_end));
    Ok(Reply(cancelled.await?.into()))
}

/// Part of the subscriptions that an organization ever had.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriptionList {
    items: Vec<SubscriptionItem>,
    /// How many there are on all pages.
    #[schema(example = 3)]
    total: i64,
}

pub(super) async fn list(
    Scoped(caller): Scoped<Viewer>,
    State(app): State<App>,
    Query(window): Query<Window>,
) -> Result<Reply<SubscriptionList>> {
    let (found, total) = app.read(move |tx| subscriptions::list(tx, &caller, window.limit, window.offset)).await?;
    Ok(Reply(SubscriptionList { items: found.into_iter().map(SubscriptionItem::from).collect(), total }))
}
