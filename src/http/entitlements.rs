//! What an organization may use, and what it has used.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Scoped, Service};
use super::body::PathId;
use super::plans::PlanLimits;
use super::reply::Reply;
use crate::app::App;
use crate::domain::entitlements::{self, Entitlements};
use crate::domain::service_keys::EntitlementsRead;
use crate::domain::tenant_caller::Viewer;
use crate::error::Result;
use crate::id::TenantId;

/// What was used in the running month.
#[derive(Serialize, ToSchema)]
pub(super) struct Used {
    /// Begin of the month, counted from the day on which the plan began.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    from: String,
    /// Its end.
    #[schema(format = DateTime, example = "2024-02-15T10:30:00Z")]
    to: String,
    /// Requests in all environments.
    #[schema(example = 123_456)]
    requests: i64,
    /// Those that broke a rule.
    #[schema(example = 12)]
    violations: i64,
}

/// Limits and use of an organization.
#[derive(Serialize, ToSchema)]
pub(super) struct EntitlementsReply {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tenant_id: String,
    /// `active`, `suspended` or `archived`.
    #[schema(example = "active")]
    tenant_status: &'static str,
    #[schema(example = "plan_pro")]
    plan_id: String,
    #[schema(example = "Pro")]
    plan_name: String,
    limits: PlanLimits,
    used: Used,
    /// Active and disabled members.
    #[schema(example = 12)]
    member_count: i64,
}

impl From<Entitlements> for EntitlementsReply {
    fn from(found: Entitlements) -> Self {
        Self {
            tenant_id: found.tenant.id().to_string(),
            tenant_status: found.tenant.status.as_str(),
            plan_id: found.subscription.plan_id.to_string(),
            plan_name: found.subscription.terms.name,
            limits: found.subscription.terms.limits.into(),
            used: Used {
                from: found.month_start.to_string(),
                to: found.month_end.to_string(),
                requests: found.used.requests,
                violations: found.used.violations,
            },
            member_count: found.member_count,
        }
    }
}

pub(super) async fn own(Scoped(caller): Scoped<Viewer>, State(app): State<App>) -> Result<Reply<EntitlementsReply>> {
    let found = app.read(move |tx| entitlements::own(tx, &caller)).await?;
    Ok(Reply(found.into()))
}

pub(super) async fn of_tenant(
    Service(service): Service<EntitlementsRead>,
    State(app): State<App>,
    tenant_id: PathId<TenantId>,
) -> Result<Reply<EntitlementsReply>> {
    let tenant_id = tenant_id.get()?;
    let found = app.read(move |tx| entitlements::of_tenant(tx, &service, &tenant_id)).await?;
    Ok(Reply(found.into()))
}
