//! Requests and violations that the gateway counted, by the hour.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::scope::Scope;
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx, Value};
use crate::id::TenantId;

/// Start of the SHA-256 of the id that a service gave a row.
pub type RowDigest = [u8; 16];

/// Digests that one statement stores.
const CHUNK: usize = 100;

/// One statement for many digests: on PostgreSQL each statement is a journey of its own.
static REMEMBER_CHUNK: LazyLock<&'static str> = LazyLock::new(|| {
    let rows: Vec<String> = (2..CHUNK + 2).map(|index| format!("(?{index}, ?1)")).collect();
    // Made once, for as long as the program runs, as statements are.
    Box::leak(remember(&rows.join(", ")).into_boxed_str())
});

fn remember(rows: &str) -> String {
    format!(
        "INSERT INTO usage_ids (digest, received_at) VALUES {rows} ON CONFLICT (digest) DO NOTHING RETURNING digest"
    )
}

/// Remembers these digests, which must differ from each other, and returns those that were not known before.
pub fn operator_remember(tx: &mut Tx<'_>, digests: &[RowDigest]) -> Result<HashSet<RowDigest>> {
    let now = tx.now();
    let mut fresh = HashSet::with_capacity(digests.len());
    let (chunks, rest) = digests.as_chunks::<CHUNK>();
    let mut store = |sql: &'static str, digests: &[RowDigest]| -> Result<()> {
        let arguments: Vec<Value<'_>> =
            std::iter::once(Value::from(now)).chain(digests.iter().map(|digest| Value::Blob(digest))).collect();
        let stored = tx.all(sql, &arguments, |row| row.get::<Vec<u8>>(0))?;
        fresh.extend(stored.iter().filter_map(|digest| RowDigest::try_from(digest.as_slice()).ok()));
        Ok(())
    };
    for chunk in chunks {
        store(&REMEMBER_CHUNK, chunk)?;
    }
    for digest in rest {
        store(
            "INSERT INTO usage_ids (digest, received_at) VALUES (?2, ?1) ON CONFLICT (digest) DO NOTHING RETURNING digest",
            std::slice::from_ref(digest),
        )?;
    }
    Ok(fresh)
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests through the gateway.
    pub requests: i64,
    /// Those that broke a rule.
    pub violations: i64,
}

/// Adds to an hour of a tenant.
pub fn operator_add(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    environment: &str,
    hour_at: Time,
    counts: Counts,
) -> Result<()> {
    tx.execute(
        "INSERT INTO usage_hours (tenant_id, environment, hour_at, requests, violations) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (tenant_id, environment, hour_at) DO UPDATE SET \
         requests = usage_hours.requests + excluded.requests, violations = usage_hours.violations + excluded.violations",
        args![tenant_id, environment, hour_at, counts.requests, counts.violations],
    )?;
    Ok(())
}

/// The hours of a tenant in `[from, to)` that have something, in their order; of one environment, or of all together.
pub fn hours(
    tx: &mut Tx<'_>,
    scope: &Scope,
    environment: Option<&str>,
    from: Time,
    to: Time,
) -> Result<Vec<(Time, Counts)>> {
    tx.all(
        "SELECT hour_at, CAST(sum(requests) AS BIGINT), CAST(sum(violations) AS BIGINT) FROM usage_hours \
         WHERE tenant_id = ?1 AND environment IN ('prod', 'staging', 'dev') AND (?2 = '' OR environment = ?2) \
         AND hour_at >= ?3 AND hour_at < ?4 GROUP BY hour_at ORDER BY hour_at",
        args![scope.tenant_id(), environment.unwrap_or(""), from, to],
        |row| Ok((row.get(0)?, Counts { requests: row.get(1)?, violations: row.get(2)? })),
    )
}

/// Everything that a tenant used in `[from, to)`.
pub fn total(tx: &mut Tx<'_>, scope: &Scope, from: Time, to: Time) -> Result<Counts> {
    tx.one(
        "SELECT CAST(coalesce(sum(requests), 0) AS BIGINT), CAST(coalesce(sum(violations), 0) AS BIGINT) \
         FROM usage_hours WHERE tenant_id = ?1 AND environment IN ('prod', 'staging', 'dev') \
         AND hour_at >= ?2 AND hour_at < ?3",
        args![scope.tenant_id(), from, to],
        |row| Ok(Counts { requests: row.get(0)?, violations: row.get(1)? }),
    )
}

/// Deletes at most `limit` digests received before `before`.
pub fn operator_forget(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM usage_ids WHERE digest IN (SELECT digest FROM usage_ids WHERE received_at < ?1 LIMIT ?2)",
        args![before, limit],
    )
}

/// Deletes at most `limit` hours before `before`.
pub fn operator_delete_old(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM usage_hours WHERE (tenant_id, environment, hour_at) IN \
         (SELECT tenant_id, environment, hour_at FROM usage_hours WHERE hour_at < ?1 LIMIT ?2)",
        args![before, limit],
    )
}
