//! A tenant's plan over time: chosen, changed, cancelled, renewed, over (contract 28 and 29).

use std::time::Duration;

use crate::clock::Time;
use crate::db::{DbError, Tx};
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, PlatformAdmin, System};
use crate::domain::installation::Installation;
use crate::domain::outbox::Mail;
use crate::domain::tenant_caller::{Admin, TenantCaller, Viewer};
use crate::domain::{periods, plans};
use crate::error::{Code, Error, Result};
use crate::id::{Id as _, PlanId, TenantId};
use crate::store::plans::{self as plan_rows, Plan};
use crate::store::subscriptions::{self, Subscription, SubscriptionStatus};
use crate::store::tenants::{self, Tenant, TenantStatus};
use crate::store::users;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Subscriptions that one transaction of the job takes on.
const BATCH: i64 = 100;

/// Puts a tenant on a plan from `start_at` on.
fn begin(tx: &mut Tx<'_>, tenant: &Tenant, plan: &Plan, start_at: Time) -> Result<Subscription> {
    // Shown in whole seconds, so that is what it is.
    let start_at = start_at.whole_second();
    let new = Subscription {
        id: tx.new_id(),
        plan_id: plan.id.clone(),
        status: SubscriptionStatus::Active,
        terms: plan.terms.clone(),
        anchor_at: start_at,
        periods: 1,
        start_at,
        end_at: periods::end(start_at, plan.terms.billing_cycle, 1)?,
        auto_renew: true,
        created_at: tx.now(),
        ended_at: None,
    };
    match subscriptions::insert(tx, tenant.scope(), &new) {
        // Another transaction was first; the next run sees what it did.
        Err(error) if error.is_unique("subscriptions__tenant_id") => Err(DbError::Serialization.into()),
        inserted => Ok(inserted.map(|()| new)?),
    }
}

/// Puts a new tenant on the first plan.
pub fn begin_first(tx: &mut Tx<'_>, tenant: &Tenant, start_at: Time) -> Result<Subscription> {
    let first = plan_rows::by_id(tx, &PlanId::from_stored(plans::FIRST.to_owned()))?;
    let first = first.ok_or_else(|| Error::internal("the first plan is missing"))?;
    begin(tx, tenant, &first, start_at)
}

/// Part of what the tenant ever had, newest first, and how many there are.
pub fn list(tx: &mut Tx<'_>, by: &TenantCaller<Viewer>, limit: i64, offset: i64) -> Result<(Vec<Subscription>, i64)> {
    Ok(subscriptions::list(tx, by.scope(), limit, offset)?)
}

/// Puts the tenant on a plan at once. The plan that it has is refused, unless it was cancelled at the period's end:
/// then that is undone.
pub fn activate(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    plan_id: &PlanId,
) -> Result<Subscription> {
    let current = subscriptions::active(tx, by.scope())?;
    if current.plan_id == *plan_id && !current.auto_renew {
        return resume(tx, by, &by.tenant, current);
    }
    let plan = plans::find_offered(tx, plan_id)?;
    if !plan.is_self_service {
        return Err(Error::new(Code::PlanNotSelfService));
    }
    switch(tx, by, installation, &by.tenant, &plan)
}

/// Undoes a cancellation at the period's end.
fn resume(tx: &mut Tx<'_>, by: &impl Acting, tenant: &Tenant, current: Subscription) -> Result<Subscription> {
    subscriptions::set_auto_renew(tx, tenant.scope(), &current.id, true)?;
    record(tx, by, tenant, "subscription.resumed", &current, Changes::none())?;
    Ok(Subscription { auto_renew: true, ..current })
}

/// Puts a tenant on any plan at a platform admin's word; a retired one too.
pub fn set(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    installation: &Installation,
    tenant_id: &TenantId,
    plan_id: &PlanId,
) -> Result<Subscription> {
    let unknown = |what: &str| Error::new(Code::NotFound).with_detail(format!("{what} not found."));
    let tenant = tenants::operator_by_id(tx, tenant_id)?.ok_or_else(|| unknown("Organization"))?;
    let plan = plan_rows::by_id(tx, plan_id)?.ok_or_else(|| unknown("Plan"))?;
    switch(tx, by, installation, &tenant, &plan)
}

fn switch(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    installation: &Installation,
    tenant: &Tenant,
    plan: &Plan,
) -> Result<Subscription> {
    let current = subscriptions::active(tx, tenant.scope())?;
    if current.plan_id == plan.id && current.auto_renew {
        return Err(Error::new(Code::AlreadySubscribed));
    }
    if current.plan_id == plan.id {
        return resume(tx, by, tenant, current);
    }
    let now = tx.now();
    subscriptions::finish(tx, tenant.scope(), &current.id, SubscriptionStatus::Cancelled, now)?;
    let new = begin(tx, tenant, plan, now)?;
    let changes = Changes::none().with("old_plan_id", current.plan_id.as_ref());
    record(tx, by, tenant, "subscription.activated", &new, changes)?;
    tell_owner(tx, installation, tenant, "plan_changed", |mail| {
        mail.with("plan_name", new.terms.name.as_str()).with("old_plan_name", current.terms.name.as_str())
    })?;
    Ok(new)
}

/// Cancels the plan: at the period's end, or at once, and then the tenant is on the first plan. Returns what was
/// cancelled as it is then.
pub fn cancel(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    at_period_end: bool,
) -> Result<Subscription> {
    let current = subscriptions::active(tx, by.scope())?;
    if current.plan_id.as_ref() == plans::FIRST {
        return Err(Error::new(Code::NotCancellable));
    }
    let changes = Changes::none().with("at_period_end", at_period_end);
    if at_period_end {
        if current.auto_renew {
            subscriptions::set_auto_renew(tx, by.scope(), &current.id, false)?;
            record(tx, by, &by.tenant, "subscription.cancelled", &current, changes)?;
        }
        return Ok(Subscription { auto_renew: false, ..current });
    }
    let now = tx.now();
    subscriptions::finish(tx, by.scope(), &current.id, SubscriptionStatus::Cancelled, now)?;
    begin_first(tx, &by.tenant, now)?;
    record(tx, by, &by.tenant, "subscription.cancelled", &current, changes)?;
    tell_of_end(tx, installation, &by.tenant, &current)?;
    Ok(Subscription { status: SubscriptionStatus::Cancelled, auto_renew: false, ended_at: Some(now), ..current })
}

fn tell_of_end(tx: &mut Tx<'_>, installation: &Installation, tenant: &Tenant, ended: &Subscription) -> Result<()> {
    tell_owner(tx, installation, tenant, "subscription_ended", |mail| mail.with("plan_name", ended.terms.name.as_str()))
}

fn tell_owner<'a>(
    tx: &mut Tx<'_>,
    installation: &Installation,
    tenant: &Tenant,
    template: &'static str,
    fill: impl FnOnce(Mail<'_>) -> Mail<'_> + 'a,
) -> Result<()> {
    let owner = match &tenant.owner_id {
        Some(owner_id) if tenant.status != TenantStatus::Archived => users::by_id(tx, owner_id)?,
        _ => None,
    };
    if let Some(owner) = owner {
        fill(Mail::to(&owner, template).about(tenant)).send(tx, installation)?;
    }
    Ok(())
}

fn record(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    tenant: &Tenant,
    action: &'static str,
    subscription: &Subscription,
    changes: Changes,
) -> Result<()> {
    let changes = changes.with("plan_id", subscription.plan_id.as_ref());
    let target = Target::new("subscription", &subscription.id).of(tenant.scope());
    Ok(audit::record(tx, by, action, &target, changes)?)
}

/// How long before the end of the last period the owner is told.
fn ends_soon(installation: &Installation) -> Duration {
    let days = installation.settings().integer("billing.ends_soon_days");
    DAY * u32::try_from(days).unwrap_or(0)
}

/// Whether there is something to settle. Asked often, since the clock may have jumped.
pub fn is_due(tx: &mut Tx<'_>, installation: &Installation) -> Result<bool> {
    let before = tx.now() + ends_soon(installation);
    Ok(!subscriptions::operator_over(tx, 1)?.is_empty() || !subscriptions::operator_ending(tx, before, 1)?.is_empty())
}

/// Renews or ends some of what is over, and tells owners of what ends soon. After a time in which nothing ran, every
/// subscription is where it would be had this run all along.
pub fn settle(tx: &mut Tx<'_>, by: &System, installation: &Installation) -> Result<()> {
    let over = subscriptions::operator_over(tx, BATCH)?;
    for (subscription, tenant) in &over {
        if subscription.auto_renew {
            renew(tx, by, tenant, subscription)?;
        } else {
            expire(tx, by, installation, tenant, subscription)?;
        }
    }
    let before = tx.now() + ends_soon(installation);
    let ending = subscriptions::operator_ending(tx, before, BATCH)?;
    for (subscription, tenant) in &ending {
        subscriptions::set_reminded(tx, tenant.scope(), &subscription.id)?;
        tell_owner(tx, installation, tenant, "subscription_ends_soon", |mail| {
            mail.with("plan_name", subscription.terms.name.as_str()).with("when", subscription.end_at.to_string())
        })?;
    }
    Ok(())
}

/// Moves a subscription to the period that runs now.
fn renew(tx: &mut Tx<'_>, by: &System, tenant: &Tenant, subscription: &Subscription) -> Result<()> {
    let (now, cycle) = (tx.now(), subscription.terms.billing_cycle);
    let (mut periods, mut start_at, mut end_at) = (subscription.periods, subscription.start_at, subscription.end_at);
    while end_at <= now {
        periods += 1;
        start_at = end_at;
        end_at = periods::end(subscription.anchor_at, cycle, periods)?;
    }
    subscriptions::set_period(tx, tenant.scope(), &subscription.id, periods, (start_at, end_at))?;
    let changes = Changes::none().with("start_date", start_at.to_string()).with("end_date", end_at.to_string());
    record(tx, by, tenant, "subscription.renewed", subscription, changes)
}

fn expire(
    tx: &mut Tx<'_>,
    by: &System,
    installation: &Installation,
    tenant: &Tenant,
    subscription: &Subscription,
) -> Result<()> {
    let over = subscription.end_at;
    subscriptions::finish(tx, tenant.scope(), &subscription.id, SubscriptionStatus::Expired, over)?;
    let next = begin_first(tx, tenant, over)?;
    let changes = Changes::none().with("next_plan_id", next.plan_id.as_ref());
    record(tx, by, tenant, "subscription.expired", subscription, changes)?;
    tell_of_end(tx, installation, tenant, subscription)
}
