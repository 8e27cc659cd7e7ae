//! Which plan a tenant has, over its periods, on which terms.

use super::plans::Terms;
use super::scope::Scope;
use super::tenants::{Tenant, tenant_columns};
use crate::args;
use crate::clock::Time;
use crate::db::{Column, DbError, Result, Row, Tx, Value};
use crate::id::{PlanId, SubscriptionId};

/// Whether a subscription is the one that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionStatus {
    /// Yes.
    Active,
    /// Not any more: another one took its place at somebody's word.
    Cancelled,
    /// Not any more: its last period is over.
    Expired,
}

impl SubscriptionStatus {
    const ALL: [Self; 3] = [Self::Active, Self::Cancelled, Self::Expired];

    /// Its name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }
}

impl Column for SubscriptionStatus {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let text: String = row.get(index)?;
        let found = Self::ALL.into_iter().find(|status| status.as_str() == text);
        found.ok_or_else(|| DbError::Other("an unknown subscription status".to_owned()))
    }
}

impl From<SubscriptionStatus> for Value<'_> {
    fn from(status: SubscriptionStatus) -> Self {
        status.as_str().into()
    }
}

/// A tenant's plan over its periods.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// The plan.
    pub plan_id: PlanId,
    /// Whether it counts.
    pub status: SubscriptionStatus,
    /// The plan's terms as they were when it began.
    pub terms: Terms,
    /// What the periods are counted from.
    pub anchor_at: Time,
    /// Number of the period, from 1.
    pub periods: i64,
    /// Begin of the period.
    pub start_at: Time,
    /// End of the period; it is not part of it.
    pub end_at: Time,
    /// Whether another period follows.
    pub auto_renew: bool,
    /// When it began.
    pub created_at: Time,
    /// Since when it does not count any more.
    pub ended_at: Option<Time>,
}

/// Columns of [`Subscription`], in the order that [`read_subscription`] expects, from an alias `s`.
macro_rules! subscription_columns {
    () => {
        "s.id, s.plan_id, s.status, s.plan_name, s.price_minor, s.billing_cycle, s.features, s.limits, s.anchor_at, \
         s.periods, s.start_at, s.end_at, s.auto_renew, s.created_at, s.ended_at"
    };
}

fn read_subscription(row: &Row<'_>) -> Result<Subscription> {
    Ok(Subscription {
        id: row.get(0)?,
        plan_id: row.get(1)?,
        status: row.get(2)?,
        terms: Terms::read(row, 3)?,
        anchor_at: row.get(8)?,
        periods: row.get(9)?,
        start_at: row.get(10)?,
        end_at: row.get(11)?,
        auto_renew: row.get(12)?,
        created_at: row.get(13)?,
        ended_at: row.get(14)?,
    })
}

/// Stores a new subscription. A second active one of the same tenant is a violation of `subscriptions__tenant_id`.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, new: &Subscription) -> Result<()> {
    tx.execute(
        "INSERT INTO subscriptions (id, tenant_id, plan_id, status, plan_name, price_minor, billing_cycle, features, \
         limits, anchor_at, periods, start_at, end_at, auto_renew, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        args![
            &new.id,
            scope.tenant_id(),
            &new.plan_id,
            new.status,
            &new.terms.name,
            new.terms.price_minor,
            new.terms.billing_cycle,
            &new.terms.features_text(),
            &new.terms.limits_text(),
            new.anchor_at,
            new.periods,
            new.start_at,
            new.end_at,
            new.auto_renew,
            new.created_at
        ],
    )?;
    Ok(())
}

/// The subscription that counts; a tenant always has one.
pub fn active(tx: &mut Tx<'_>, scope: &Scope) -> Result<Subscription> {
    tx.one(
        concat!(
            "SELECT ",
            subscription_columns!(),
            " FROM subscriptions s WHERE s.tenant_id = ?1 AND s.status = 'ACTIVE'"
        ),
        args![scope.tenant_id()],
        read_subscription,
    )
}

/// Part of the subscriptions that the tenant ever had, newest first, and how many there are.
pub fn list(tx: &mut Tx<'_>, scope: &Scope, limit: i64, offset: i64) -> Result<(Vec<Subscription>, i64)> {
    let found = tx.all(
        concat!(
            "SELECT ",
            subscription_columns!(),
            " FROM subscriptions s WHERE s.tenant_id = ?1 ORDER BY s.created_at DESC, s.id DESC LIMIT ?2 OFFSET ?3"
        ),
        args![scope.tenant_id(), limit, offset],
        read_subscription,
    )?;
    let total =
        tx.one("SELECT count(*) FROM subscriptions WHERE tenant_id = ?1", args![scope.tenant_id()], |row| row.get(0))?;
    Ok((found, total))
}

/// Notes that a subscription does not count any more.
pub fn finish(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &SubscriptionId,
    status: SubscriptionStatus,
    ended_at: Time,
) -> Result<()> {
    tx.execute(
        "UPDATE subscriptions SET status = ?3, ended_at = ?4 WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, status, ended_at],
    )?;
    Ok(())
}

/// Says whether another period follows; a reminder that it ends can then be due again.
pub fn set_auto_renew(tx: &mut Tx<'_>, scope: &Scope, id: &SubscriptionId, auto_renew: bool) -> Result<()> {
    tx.execute(
        "UPDATE subscriptions SET auto_renew = ?3, reminded_at = NULL WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, auto_renew],
    )?;
    Ok(())
}

/// Stores the period that runs now.
pub fn set_period(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &SubscriptionId,
    periods: i64,
    (start_at, end_at): (Time, Time),
) -> Result<()> {
    tx.execute(
        "UPDATE subscriptions SET periods = ?3, start_at = ?4, end_at = ?5 WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, periods, start_at, end_at],
    )?;
    Ok(())
}

/// Notes that the owner was told of the end.
pub fn set_reminded(tx: &mut Tx<'_>, scope: &Scope, id: &SubscriptionId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE subscriptions SET reminded_at = ?3 WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, now],
    )?;
    Ok(())
}

fn read_with_tenant(row: &Row<'_>) -> Result<(Subscription, Tenant)> {
    Ok((read_subscription(row)?, Tenant::read(row, 15)?))
}

/// At most `limit` active subscriptions whose period is over, the oldest end first.
pub fn operator_over(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<(Subscription, Tenant)>> {
    let now = tx.now();
    tx.all(
        concat!(
            "SELECT ",
            subscription_columns!(),
            ", ",
            tenant_columns!(),
            " FROM subscriptions s JOIN tenants t ON t.id = s.tenant_id \
             WHERE s.status = 'ACTIVE' AND s.end_at <= ?1 ORDER BY s.end_at, s.id LIMIT ?2"
        ),
        args![now, limit],
        read_with_tenant,
    )
}

/// At most `limit` active subscriptions that will end for good by `before` and whose owner was not told yet.
pub fn operator_ending(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<Vec<(Subscription, Tenant)>> {
    let now = tx.now();
    tx.all(
        concat!(
            "SELECT ",
            subscription_columns!(),
            ", ",
            tenant_columns!(),
            " FROM subscriptions s JOIN tenants t ON t.id = s.tenant_id WHERE s.status = 'ACTIVE' \
             AND s.end_at > ?1 AND s.end_at <= ?2 AND NOT s.auto_renew AND s.reminded_at IS NULL \
             ORDER BY s.end_at, s.id LIMIT ?3"
        ),
        args![now, before, limit],
        read_with_tenant,
    )
}
