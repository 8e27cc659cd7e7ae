//! Numbers of the whole installation, kept by the writes that change them: accounts and organizations by triggers, the
//! rest by the functions here.
//!
//! A number is the sum of several rows. On PostgreSQL writers run at the same time and would wait for each other on one
//! row, so each adds to one of `SHARDS`; SQLite has one writer and one row.

use crate::args;
use crate::clock::Time;
use crate::db::{Engine, Result, Tx};

/// Rows of one number. The triggers of PostgreSQL know it, too.
const SHARDS: u32 = 16;

/// What is counted by the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Organizations, by their creation.
    Tenants,
    /// Accounts, by their creation.
    Users,
    /// Requests through the gateway.
    Requests,
    /// Those that broke a rule.
    Violations,
    /// Sign-ins that succeeded.
    SignIns,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 5] = [Self::Tenants, Self::Users, Self::Requests, Self::Violations, Self::SignIns];

    /// Its name in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenants => "tenants",
            Self::Users => "users",
            Self::Requests => "requests",
            Self::Violations => "violations",
            Self::SignIns => "sign_ins",
        }
    }

    /// The metric of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == text)
    }
}

/// How much there is now, by name.
pub struct Current(Vec<(String, i64)>);

impl Current {
    /// What is called `name`, all parts of it together: `tenants` has one for each status.
    pub fn of(&self, name: &str) -> i64 {
        let is_of = |each: &str| each.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.0.iter().filter(|(each, _)| is_of(each)).map(|(_, amount)| amount).sum()
    }
}

/// How much there is now.
pub fn operator_current(tx: &mut Tx<'_>) -> Result<Current> {
    let sql = "SELECT name, CAST(sum(amount) AS BIGINT) FROM totals GROUP BY name";
    tx.all(sql, args![], |row| Ok((row.get(0)?, row.get(1)?))).map(Current)
}

/// Adds to hours.
pub fn operator_add(tx: &mut Tx<'_>, amounts: &[(Metric, Time, i64)]) -> Result<()> {
    let shard = match tx.engine() {
        Engine::Sqlite => 0,
        Engine::Postgres => i64::from(tx.random_below(SHARDS)),
    };
    for (metric, hour_at, amount) in amounts {
        tx.execute(
            "INSERT INTO hourly_totals (metric, hour_at, shard, amount) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (metric, hour_at, shard) DO UPDATE SET amount = hourly_totals.amount + excluded.amount",
            args![metric.as_str(), *hour_at, shard, *amount],
        )?;
    }
    Ok(())
}

/// The hours in `[from, to)` that have something, in their order.
pub fn operator_hours(tx: &mut Tx<'_>, metric: Metric, from: Time, to: Time) -> Result<Vec<(Time, i64)>> {
    tx.all(
        "SELECT hour_at, CAST(sum(amount) AS BIGINT) FROM hourly_totals \
         WHERE metric = ?1 AND hour_at >= ?2 AND hour_at < ?3 GROUP BY hour_at ORDER BY hour_at",
        args![metric.as_str(), from, to],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The sum of the hours before `before`.
pub fn operator_sum_before(tx: &mut Tx<'_>, metric: Metric, before: Time) -> Result<i64> {
    tx.one(
        "SELECT CAST(coalesce(sum(amount), 0) AS BIGINT) FROM hourly_totals WHERE metric = ?1 AND hour_at < ?2",
        args![metric.as_str(), before],
        |row| row.get(0),
    )
}

/// Deletes the hours before `before` of what is not needed to count what there is.
pub fn operator_delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM hourly_totals WHERE metric NOT IN ('tenants', 'users') AND hour_at < ?1", args![before])
}

/// Puts the rows of each hour before `before` together: nobody adds to them any more.
pub fn operator_fold(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute(
        "INSERT INTO hourly_totals (metric, hour_at, shard, amount) \
         SELECT metric, hour_at, 0, CAST(sum(amount) AS BIGINT) FROM hourly_totals \
         WHERE hour_at < ?1 AND shard > 0 GROUP BY metric, hour_at \
         ON CONFLICT (metric, hour_at, shard) DO UPDATE SET amount = hourly_totals.amount + excluded.amount",
        args![before],
    )?;
    tx.execute("DELETE FROM hourly_totals WHERE hour_at < ?1 AND shard > 0", args![before])
}
