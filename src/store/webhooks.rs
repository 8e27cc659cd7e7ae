//! Addresses of a tenant that are told what happens in it.

use super::scope::Scope;
use super::tenants::{Tenant, tenant_columns};
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Tx};
use crate::id::WebhookId;

/// A webhook without its secrets.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where it is told.
    pub url: String,
    /// Names of the event types that it wants, or `*` alone.
    pub events: Vec<String>,
    /// What people say of it.
    pub description: String,
    /// Whether it is told anything.
    pub is_enabled: bool,
    /// Why the program disabled it, `gone` or `failing`; none where a person did.
    pub disabled_reason: Option<String>,
    /// Since when every attempt has failed.
    pub failing_since: Option<Time>,
    /// Until when the secret before the last rotation signs too.
    pub old_secret_until: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it was changed last.
    pub updated_at: Time,
}

/// Columns of [`Webhook`], in the order that [`read_webhook`] expects, from an alias `w`.
macro_rules! webhook_columns {
    () => {
        "w.id, w.url, w.events, w.description, w.is_enabled, w.disabled_reason, w.failing_since, w.old_secret_until, \
         w.created_at, w.updated_at"
    };
}

/// How many columns a [`Webhook`] has.
const WEBHOOK_COLUMNS: usize = 10;

fn read_webhook(row: &Row<'_>) -> Result<Webhook> {
    Ok(Webhook {
        id: row.get(0)?,
        url: row.get(1)?,
        events: words(&row.get::<String>(2)?),
        description: row.get(3)?,
        is_enabled: row.get(4)?,
        disabled_reason: row.get(5)?,
        failing_since: row.get(6)?,
        old_secret_until: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
    })
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Stores a new webhook.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, new: &Webhook, secret_sealed: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO webhooks (id, tenant_id, url, events, description, is_enabled, secret_sealed, created_at, \
         updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        args![
            &new.id,
            scope.tenant_id(),
            &new.url,
            &new.events.join(" "),
            &new.description,
            new.is_enabled,
            secret_sealed,
            new.created_at,
            new.updated_at
        ],
    )?;
    Ok(())
}

/// Part of the webhooks, newest first, and how many there are.
pub fn list(tx: &mut Tx<'_>, scope: &Scope, limit: i64, offset: i64) -> Result<(Vec<Webhook>, i64)> {
    let found = tx.all(
        concat!(
            "SELECT ",
            webhook_columns!(),
            " FROM webhooks w WHERE w.tenant_id = ?1 ORDER BY w.created_at DESC, w.id DESC LIMIT ?2 OFFSET ?3"
        ),
        args![scope.tenant_id(), limit, offset],
        read_webhook,
    )?;
    Ok((found, count(tx, scope)?))
}

/// How many webhooks there are.
pub fn count(tx: &mut Tx<'_>, scope: &Scope) -> Result<i64> {
    tx.one("SELECT count(*) FROM webhooks WHERE tenant_id = ?1", args![scope.tenant_id()], |row| row.get(0))
}

/// The webhook with this id.
pub fn by_id(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId) -> Result<Option<Webhook>> {
    let sql = concat!("SELECT ", webhook_columns!(), " FROM webhooks w WHERE w.tenant_id = ?1 AND w.id = ?2");
    tx.optional(sql, args![scope.tenant_id(), id], read_webhook)
}

/// The enabled webhooks, each with the names of the event types that it wants.
pub fn subscribed(tx: &mut Tx<'_>, scope: &Scope) -> Result<Vec<(WebhookId, Vec<String>)>> {
    tx.all(
        "SELECT id, events FROM webhooks WHERE tenant_id = ?1 AND is_enabled ORDER BY created_at, id",
        args![scope.tenant_id()],
        |row| Ok((row.get(0)?, words(&row.get::<String>(1)?))),
    )
}

/// Stores what people may change of a webhook, and how it does. It is left in peace no longer.
pub fn update(tx: &mut Tx<'_>, scope: &Scope, webhook: &Webhook) -> Result<()> {
    tx.execute(
        "UPDATE webhooks SET url = ?3, events = ?4, description = ?5, is_enabled = ?6, disabled_reason = ?7, \
         failing_since = ?8, updated_at = ?9, rests_until = 0 WHERE tenant_id = ?1 AND id = ?2",
        args![
            scope.tenant_id(),
            &webhook.id,
            &webhook.url,
            &webhook.events.join(" "),
            &webhook.description,
            webhook.is_enabled,
            webhook.disabled_reason.as_ref(),
            webhook.failing_since,
            webhook.updated_at
        ],
    )?;
    Ok(())
}

/// Deletes a webhook and all that it was told; `false` if there is none with this id.
pub fn delete(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId) -> Result<bool> {
    let deleted = tx.execute("DELETE FROM webhooks WHERE tenant_id = ?1 AND id = ?2", args![scope.tenant_id(), id])?;
    Ok(deleted == 1)
}

/// What signs, sealed.
#[derive(Clone)]
pub struct Secrets {
    /// The secret.
    pub sealed: Vec<u8>,
    /// The one before the last rotation, and until when it signs too.
    pub old: Option<(Vec<u8>, Time)>,
}

/// The secrets of a webhook, which must be there.
pub fn secrets(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId) -> Result<Secrets> {
    tx.one(
        "SELECT secret_sealed, old_secret_sealed, old_secret_until FROM webhooks WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id],
        |row| {
            let old = row.get::<Option<Vec<u8>>>(1)?.zip(row.get::<Option<Time>>(2)?);
            Ok(Secrets { sealed: row.get(0)?, old })
        },
    )
}

/// Stores other secrets.
pub fn set_secrets(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId, secrets: &Secrets) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE webhooks SET secret_sealed = ?3, old_secret_sealed = ?4, old_secret_until = ?5, updated_at = ?6 \
         WHERE tenant_id = ?1 AND id = ?2",
        args![
            scope.tenant_id(),
            id,
            &secrets.sealed,
            secrets.old.as_ref().map(|(sealed, _)| sealed),
            secrets.old.as_ref().map(|(_, until)| *until),
            now
        ],
    )?;
    Ok(())
}

/// Erases old secrets that sign no more.
pub fn operator_forget_old_secrets(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        "UPDATE webhooks SET old_secret_sealed = NULL, old_secret_until = NULL WHERE old_secret_until <= ?1",
        args![now],
    )
}

/// Notes that a delivery of a webhook is due now, or as soon as it is left in peace no longer.
pub fn set_due(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE webhooks SET next_due_at = CASE WHEN rests_until > ?3 THEN rests_until ELSE ?3 END \
         WHERE tenant_id = ?1 AND id = ?2 AND (next_due_at IS NULL OR next_due_at > ?3)",
        args![scope.tenant_id(), id, now],
    )?;
    Ok(())
}

/// Has a webhook told now what is due, also while it is left in peace.
pub fn wake(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE webhooks SET next_due_at = ?3, rests_until = 0 WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, now],
    )?;
    Ok(())
}

/// The webhook that has been due for the longest time and that nobody is at, of a tenant for whom fewer than `at_once`
/// are under way.
pub fn operator_due(tx: &mut Tx<'_>, at_once: i64) -> Result<Option<(Webhook, Tenant)>> {
    let now = tx.now();
    tx.optional(
        concat!(
            "SELECT ",
            webhook_columns!(),
            ", ",
            tenant_columns!(),
            " FROM webhooks w JOIN tenants t ON t.id = w.tenant_id WHERE w.next_due_at <= ?1 AND w.taken_until <= ?1 \
             AND (SELECT count(*) FROM webhooks o WHERE o.tenant_id = w.tenant_id AND o.taken_until > ?1) < ?2 \
             ORDER BY w.next_due_at, w.id LIMIT 1"
        ),
        args![now, at_once],
        |row| Ok((read_webhook(row)?, Tenant::read(row, WEBHOOK_COLUMNS)?)),
    )
}

/// Takes a webhook: nobody else delivers to it before `until`.
pub fn take(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId, until: Time) -> Result<()> {
    tx.execute(
        "UPDATE webhooks SET taken_until = ?3 WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, until],
    )?;
    Ok(())
}

/// Stores when the next delivery of a webhook is due.
pub fn set_next_due(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId, next_due_at: Option<Time>) -> Result<()> {
    tx.execute(
        "UPDATE webhooks SET next_due_at = ?3 WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, next_due_at],
    )?;
    Ok(())
}

/// Gives a webhook back that was taken until `taken_until`, unless another one has taken it since; leaves it in peace
/// until `rests_until`.
pub fn give_back(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId, taken_until: Time, rests_until: Time) -> Result<()> {
    tx.execute(
        "UPDATE webhooks SET taken_until = 0, rests_until = ?4 \
         WHERE tenant_id = ?1 AND id = ?2 AND taken_until = ?3",
        args![scope.tenant_id(), id, taken_until, rests_until],
    )?;
    Ok(())
}

/// Gives every webhook back. Right only where whoever took them has ended.
pub fn operator_release(tx: &mut Tx<'_>) -> Result<u64> {
    tx.execute("UPDATE webhooks SET taken_until = 0 WHERE taken_until > 0", args![])
}
