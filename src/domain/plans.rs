//! The catalogue of plans, which platform admins keep (contract 29).

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::PlatformAdmin;
use crate::error::{Code, Error, Result};
use crate::id::PlanId;
use crate::store::plans::{self, Plan, Terms};

/// The plan that every tenant starts on and falls back to. It always renews and is always offered.
pub const FIRST: &str = "plan_dev";

/// Plans that a tenant can choose.
pub fn offered(tx: &mut Tx<'_>) -> Result<Vec<Plan>> {
    Ok(plans::list(tx)?.into_iter().filter(|plan| plan.retired_at.is_none()).collect())
}

/// Every plan, retired ones too.
pub fn list(tx: &mut Tx<'_>, _: &PlatformAdmin) -> Result<Vec<Plan>> {
    Ok(plans::list(tx)?)
}

/// A plan that is offered; 404 for any other.
pub fn find_offered(tx: &mut Tx<'_>, id: &PlanId) -> Result<Plan> {
    let found = plans::by_id(tx, id)?.filter(|plan| plan.retired_at.is_none());
    found.ok_or_else(unknown)
}

fn unknown() -> Error {
    Error::new(Code::NotFound).with_detail("Plan not found.")
}

/// Makes a plan.
pub fn create(tx: &mut Tx<'_>, by: &PlatformAdmin, terms: &Terms, is_self_service: bool) -> Result<Plan> {
    let plan = Plan { id: tx.new_id(), terms: terms.clone(), is_self_service, retired_at: None, created_at: tx.now() };
    plans::put(tx, &plan)?;
    record(tx, by, "plan.created", &plan)?;
    Ok(plan)
}

/// Changes a plan. Who has it keeps its terms; who chooses it from now on gets the new ones.
pub fn change(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    id: &PlanId,
    change: &impl Fn(&mut Terms, &mut bool),
) -> Result<Plan> {
    let mut plan = plans::by_id(tx, id)?.ok_or_else(unknown)?;
    change(&mut plan.terms, &mut plan.is_self_service);
    plans::put(tx, &plan)?;
    record(tx, by, "plan.updated", &plan)?;
    Ok(plan)
}

/// Takes a plan out of the catalogue. Who has it keeps it.
pub fn retire(tx: &mut Tx<'_>, by: &PlatformAdmin, id: &PlanId) -> Result<()> {
    let mut plan = plans::by_id(tx, id)?.ok_or_else(unknown)?;
    if id.as_ref() == FIRST {
        return Err(Error::new(Code::PlanInUse));
    }
    if plan.retired_at.is_none() {
        plan.retired_at = Some(tx.now());
        plans::put(tx, &plan)?;
        record(tx, by, "plan.retired", &plan)?;
    }
    Ok(())
}

fn record(tx: &mut Tx<'_>, by: &PlatformAdmin, action: &'static str, plan: &Plan) -> Result<()> {
    let terms = &plan.terms;
    let changes = Changes::none()
        .with("name", terms.name.as_str())
        .with("price_minor", terms.price_minor)
        .with("billing_cycle", terms.billing_cycle.as_str())
        .with("features", terms.features.as_slice())
        .with("requests_per_month", terms.limits.requests_per_month)
        .with("api_keys", terms.limits.api_keys)
        .with("log_retention_days", terms.limits.log_retention_days)
        .with("ml_violation_detection", terms.limits.ml_violation_detection)
        .with("custom_ml_models", terms.limits.custom_ml_models)
        .with("self_service", plan.is_self_service);
    Ok(audit::record(tx, by, action, &Target::new("plan", &plan.id), changes)?)
}
