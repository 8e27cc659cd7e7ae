//! What a tenant may use, and what it has used (contract 29).

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::periods;
use crate::domain::service_keys::{EntitlementsRead, ServiceCaller};
use crate::domain::tenant_caller::{TenantCaller, Viewer};
use crate::domain::usage::hour_of;
use crate::error::{Code, Error, Result};
use crate::id::TenantId;
use crate::store::memberships;
use crate::store::plans::BillingCycle;
use crate::store::subscriptions::{self, Subscription};
use crate::store::tenants::{self, Tenant};
use crate::store::usage::{self, Counts};

/// Limits and use of a tenant.
pub struct Entitlements {
    /// The tenant.
    pub tenant: Tenant,
    /// Its plan, with the limits.
    pub subscription: Subscription,
    /// Begin of the month that limits of a month are counted in.
    pub month_start: Time,
    /// Its end.
    pub month_end: Time,
    /// What was used in that month, in all environments; the hour in which it began counts whole.
    pub used: Counts,
    /// Active and disabled members.
    pub member_count: i64,
}

/// Of the caller's tenant.
pub fn own(tx: &mut Tx<'_>, by: &TenantCaller<Viewer>) -> Result<Entitlements> {
    of(tx, by.tenant.clone())
}

/// Of any tenant, for a service.
pub fn of_tenant(tx: &mut Tx<'_>, _: &ServiceCaller<EntitlementsRead>, id: &TenantId) -> Result<Entitlements> {
    let tenant = tenants::operator_by_id(tx, id)?.ok_or_else(|| Error::new(Code::NotFound))?;
    of(tx, tenant)
}

fn of(tx: &mut Tx<'_>, tenant: Tenant) -> Result<Entitlements> {
    let subscription = subscriptions::active(tx, tenant.scope())?;
    let (month_start, month_end) = month_of(&subscription, tx.now())?;
    let used = usage::total(tx, tenant.scope(), hour_of(month_start), month_end)?;
    let member_count = memberships::count(tx, tenant.scope())?;
    Ok(Entitlements { tenant, subscription, month_start, month_end, used, member_count })
}

/// The month of a subscription that holds `now`. With a monthly cycle it is the period, with a yearly one a part of it.
fn month_of(subscription: &Subscription, now: Time) -> Result<(Time, Time)> {
    let anchor = subscription.anchor_at;
    let mut number = match subscription.terms.billing_cycle {
        BillingCycle::Monthly => subscription.periods,
        BillingCycle::Yearly => (subscription.periods - 1) * 12 + 1,
    };
    let mut start = subscription.start_at;
    loop {
        let end = periods::end(anchor, BillingCycle::Monthly, number)?;
        if now < end {
            return Ok((start, end));
        }
        (start, number) = (end, number + 1);
    }
}
