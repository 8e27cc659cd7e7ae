//! Which plan a tenant has, over its periods, on which terms.

use super::scope::Scope;
use crate::args;
use crate::clock::Time;
use crate::db::{Column, DbError, Result, Row, Tx};
use crate::id::SubscriptionId;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillingCycle {
    /// A calendar month.
    Monthly,
    /// A calendar year.
    Yearly,
}

impl Column for BillingCycle {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        match row.get::<String>(index)?.as_str() {
            "MONTHLY" => Ok(Self::Monthly),
            "YEARLY" => Ok(Self::Yearly),
            _ => Err(DbError::Other("an unknown billing cycle".to_owned())),
        }
    }
}

/// The subscription that a tenant has now.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Name of the plan.
    pub plan_name: String,
    /// `ACTIVE`, `CANCELLED` or `EXPIRED`.
    pub status: String,
    /// End of the period; it is not part of it.
    pub end_at: Time,
}

/// The billing cycle of a plan, retired or not.
pub fn billing_cycle(tx: &mut Tx<'_>, plan_id: &str) -> Result<Option<BillingCycle>> {
    tx.optional("SELECT billing_cycle FROM plans WHERE id = ?1", args![plan_id], |row| row.get(0))
}

/// Stores an active subscription to a plan, on the plan's terms as they are. A second one of the same tenant is a
/// violation of `subscriptions__tenant_id`.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, id: &SubscriptionId, plan_id: &str, end_at: Time) -> Result<()> {
    let now = tx.now();
    let inserted = tx.execute(
        "INSERT INTO subscriptions (id, tenant_id, plan_id, status, plan_name, price_minor, billing_cycle, features, \
         limits, anchor_at, periods, start_at, end_at, created_at) SELECT ?1, ?2, id, 'ACTIVE', name, price_minor, \
         billing_cycle, features, limits, ?4, 1, ?4, ?5, ?4 FROM plans WHERE id = ?3",
        args![id, scope.tenant_id(), plan_id, now, end_at],
    )?;
    if inserted == 1 { Ok(()) } else { Err(DbError::Missing) }
}

/// The subscription that a tenant has now; it always has one.
pub fn active(tx: &mut Tx<'_>, scope: &Scope) -> Result<Subscription> {
    tx.one(
        "SELECT plan_name, status, end_at FROM subscriptions WHERE tenant_id = ?1 AND status = 'ACTIVE'",
        args![scope.tenant_id()],
        |row| Ok(Subscription { plan_name: row.get(0)?, status: row.get(1)?, end_at: row.get(2)? }),
    )
}
