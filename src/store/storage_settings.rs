//! Where tenants keep their exports, and which days of their audit were exported.

use super::scope::Scope;
use super::tenants::{Tenant, tenant_columns};
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx};

/// What is stored of a tenant.
#[derive(Clone, Debug)]
pub struct Stored {
    /// `S3`, `AZURE` or `LOCAL`.
    pub provider: String,
    /// Name of the bucket or container.
    pub bucket: String,
    /// Region of the bucket.
    pub region: String,
    /// Address of what speaks S3.
    pub endpoint: Option<String>,
    /// Secrets, sealed.
    pub credentials_sealed: Option<Vec<u8>>,
    /// Begin of the day that is exported next.
    pub next_day_at: Time,
    /// When that is tried.
    pub next_try_at: Time,
    /// How often it failed.
    pub attempts: i64,
    /// Why it failed the last time.
    pub last_error: Option<String>,
    /// When the store was set.
    pub updated_at: Time,
}

/// What is stored of a tenant, if anything is.
pub fn find(tx: &mut Tx<'_>, scope: &Scope) -> Result<Option<Stored>> {
    tx.optional(
        "SELECT provider, bucket, region, endpoint, credentials_sealed, next_day_at, next_try_at, attempts, last_error, \
         updated_at FROM storage_settings WHERE tenant_id = ?1",
        args![scope.tenant_id()],
        |row| {
            Ok(Stored {
                provider: row.get(0)?,
                bucket: row.get(1)?,
                region: row.get(2)?,
                endpoint: row.get(3)?,
                credentials_sealed: row.get(4)?,
                next_day_at: row.get(5)?,
                next_try_at: row.get(6)?,
                attempts: row.get(7)?,
                last_error: row.get(8)?,
                updated_at: row.get(9)?,
            })
        },
    )
}

/// Stores it, in place of what was stored before.
pub fn put(tx: &mut Tx<'_>, scope: &Scope, new: &Stored) -> Result<()> {
    tx.execute(
        "INSERT INTO storage_settings (tenant_id, provider, bucket, region, endpoint, credentials_sealed, updated_at, \
         next_day_at, next_try_at, attempts, last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT (tenant_id) DO UPDATE SET provider = excluded.provider, bucket = excluded.bucket, \
         region = excluded.region, endpoint = excluded.endpoint, credentials_sealed = excluded.credentials_sealed, \
         updated_at = excluded.updated_at, next_day_at = excluded.next_day_at, next_try_at = excluded.next_try_at, \
         attempts = excluded.attempts, last_error = excluded.last_error",
        args![
            scope.tenant_id(),
            &new.provider,
            &new.bucket,
            &new.region,
            new.endpoint.as_ref(),
            new.credentials_sealed.as_ref(),
            new.updated_at,
            new.next_day_at,
            new.next_try_at,
            new.attempts,
            new.last_error.as_ref()
        ],
    )?;
    Ok(())
}

/// The tenant whose export has been due for the longest time.
pub fn operator_due(tx: &mut Tx<'_>) -> Result<Option<Tenant>> {
    let now = tx.now();
    tx.optional(
        concat!(
            "SELECT ",
            tenant_columns!(),
            " FROM storage_settings s JOIN tenants t ON t.id = s.tenant_id WHERE s.next_try_at <= ?1 \
             ORDER BY s.next_try_at, t.id LIMIT 1"
        ),
        args![now],
        |row| Tenant::read(row, 0),
    )
}

/// Says when the export is tried again; until then nobody else tries it.
pub fn set_next_try(tx: &mut Tx<'_>, scope: &Scope, at: Time) -> Result<()> {
    tx.execute("UPDATE storage_settings SET next_try_at = ?2 WHERE tenant_id = ?1", args![scope.tenant_id(), at])?;
    Ok(())
}

/// Forgets it; `false` if nothing was stored.
pub fn delete(tx: &mut Tx<'_>, scope: &Scope) -> Result<bool> {
    Ok(tx.execute("DELETE FROM storage_settings WHERE tenant_id = ?1", args![scope.tenant_id()])? == 1)
}

/// Notes that a try of `day_at` at the store set at `updated_at` failed, and when the next one is, and returns how many
/// have; nothing if the store was changed or another server has moved on meanwhile.
pub fn set_failed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (day_at, updated_at): (Time, Time),
    error: &str,
    next_try_at: Time,
) -> Result<Option<i64>> {
    tx.optional(
        "UPDATE storage_settings SET attempts = attempts + 1, last_error = ?2, next_try_at = ?3 \
         WHERE tenant_id = ?1 AND next_day_at = ?4 AND updated_at = ?5 RETURNING attempts",
        args![scope.tenant_id(), error, next_try_at, day_at, updated_at],
        |row| row.get(0),
    )
}

/// Tenants whose export has failed at least so often since it last went on.
pub fn operator_count_failing(tx: &mut Tx<'_>, attempts: i64) -> Result<i64> {
    tx.one("SELECT count(*) FROM storage_settings WHERE attempts >= ?1", args![attempts], |row| row.get(0))
}

/// Moves on to the day after `day_at`, which is in the store set at `updated_at`; `false` if the store was changed or another
/// server has moved on meanwhile.
pub fn move_on(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (day_at, updated_at): (Time, Time),
    next_day_at: Time,
    next_try_at: Time,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE storage_settings SET next_day_at = ?3, next_try_at = ?4, attempts = 0, last_error = NULL \
         WHERE tenant_id = ?1 AND next_day_at = ?2 AND updated_at = ?5",
        args![scope.tenant_id(), day_at, next_day_at, next_try_at, updated_at],
    )?;
    Ok(changed == 1)
}

/// A day that was exported.
#[derive(Clone, Debug)]
pub struct Export {
    /// Begin of the day.
    pub day_at: Time,
    /// Name of the object.
    pub object: String,
    /// How many events are in it.
    pub events: i64,
    /// Its size in bytes.
    pub size: i64,
    /// When it was written.
    pub exported_at: Time,
}

/// Notes a day that was exported.
pub fn insert_export(tx: &mut Tx<'_>, scope: &Scope, export: &Export) -> Result<()> {
    tx.execute(
        "INSERT INTO audit_exports (tenant_id, day_at, object, events, size, exported_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        args![scope.tenant_id(), export.day_at, &export.object, export.events, export.size, export.exported_at],
    )?;
    Ok(())
}

/// Begin of the last day that was exported.
pub fn last_export(tx: &mut Tx<'_>, scope: &Scope) -> Result<Option<Time>> {
    tx.one("SELECT max(day_at) FROM audit_exports WHERE tenant_id = ?1", args![scope.tenant_id()], |row| row.get(0))
}

/// Part of the days that were exported, newest first, and how many there are.
pub fn exports(tx: &mut Tx<'_>, scope: &Scope, limit: i64, offset: i64) -> Result<(Vec<Export>, i64)> {
    let found = tx.all(
        "SELECT day_at, object, events, size, exported_at FROM audit_exports WHERE tenant_id = ?1 \
         ORDER BY day_at DESC LIMIT ?2 OFFSET ?3",
        args![scope.tenant_id(), limit, offset],
        |row| {
            Ok(Export {
                day_at: row.get(0)?,
                object: row.get(1)?,
                events: row.get(2)?,
                size: row.get(3)?,
                exported_at: row.get(4)?,
            })
        },
    )?;
    let total =
        tx.one("SELECT count(*) FROM audit_exports WHERE tenant_id = ?1", args![scope.tenant_id()], |row| row.get(0))?;
    Ok((found, total))
}
