//! What webhooks are told, and what became of it.

use super::scope::Scope;
use crate::args;
use crate::clock::Time;
use crate::db::{Column, DbError, Result, Row, Tx};
use crate::id::{DeliveryId, MessageId, WebhookId};

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// To be delivered, for the first time or again.
    Pending,
    /// Taken by the target.
    Delivered,
    /// Given up.
    Failed,
}

impl DeliveryStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Failed];

    /// Its name in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// The status of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl Column for DeliveryStatus {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Self::parse(&row.get::<String>(index)?).ok_or_else(|| DbError::Other("an unknown delivery status".to_owned()))
    }
}

/// What a webhook is told, and what became of it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Names the event to the target: the same at every attempt, and for every webhook that is told of it.
    pub message_id: MessageId,
    /// Name of the event type.
    pub event_type: String,
    /// The JSON that is sent.
    pub body: String,
    /// How it stands.
    pub status: DeliveryStatus,
    /// Attempts so far.
    pub attempts: i64,
    /// Those that were made before somebody had it delivered again.
    pub earlier_attempts: i64,
    /// When the event was.
    pub created_at: Time,
    /// When to try next, while it is pending.
    pub due_at: Time,
    /// When it was delivered or given up.
    pub settled_at: Option<Time>,
    /// The HTTP status that the last attempt was answered with.
    pub last_status: Option<i64>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// Columns of [`Delivery`], in the order that [`read_delivery`] expects.
macro_rules! delivery_columns {
    () => {
        "id, webhook_id, message_id, event_type, body, status, attempts, earlier_attempts, created_at, due_at, \
         settled_at, last_status, last_error"
    };
}

fn read_delivery(row: &Row<'_>) -> Result<Delivery> {
    Ok(Delivery {
        id: row.get(0)?,
        webhook_id: row.get(1)?,
        message_id: row.get(2)?,
        event_type: row.get(3)?,
        body: row.get(4)?,
        status: row.get(5)?,
        attempts: row.get(6)?,
        earlier_attempts: row.get(7)?,
        created_at: row.get(8)?,
        due_at: row.get(9)?,
        settled_at: row.get(10)?,
        last_status: row.get(11)?,
        last_error: row.get(12)?,
    })
}

/// Stores a new delivery.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, new: &Delivery) -> Result<()> {
    tx.execute(
        "INSERT INTO webhook_deliveries (id, tenant_id, webhook_id, message_id, event_type, body, status, attempts, \
         earlier_attempts, created_at, due_at, settled_at, last_status, last_error) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        args![
            &new.id,
            scope.tenant_id(),
            &new.webhook_id,
            &new.message_id,
            &new.event_type,
            &new.body,
            new.status.as_str(),
            new.attempts,
            new.earlier_attempts,
            new.created_at,
            new.due_at,
            new.settled_at,
            new.last_status,
            new.last_error.as_ref()
        ],
    )?;
    Ok(())
}

/// How many deliveries of a webhook are pending; counts no further than `at_most`.
pub fn count_pending(tx: &mut Tx<'_>, scope: &Scope, webhook_id: &WebhookId, at_most: i64) -> Result<i64> {
    tx.one(
        "SELECT count(*) FROM (SELECT 1 FROM webhook_deliveries WHERE webhook_id = ?2 AND status = 'pending' \
         AND tenant_id = ?1 LIMIT ?3) p",
        args![scope.tenant_id(), webhook_id, at_most],
        |row| row.get(0),
    )
}

/// Part of the deliveries of a webhook, newest first, and how many there are; of one status, if one is given.
pub fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    webhook_id: &WebhookId,
    status: Option<DeliveryStatus>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Delivery>, i64)> {
    let status = status.map_or("", DeliveryStatus::as_str);
    let found = tx.all(
        concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM webhook_deliveries WHERE tenant_id = ?1 AND webhook_id = ?2 AND (?3 = '' OR status = ?3) \
             ORDER BY created_at DESC, id DESC LIMIT ?4 OFFSET ?5"
        ),
        args![scope.tenant_id(), webhook_id, status, limit, offset],
        read_delivery,
    )?;
    let total = tx.one(
        "SELECT count(*) FROM webhook_deliveries WHERE tenant_id = ?1 AND webhook_id = ?2 \
         AND (?3 = '' OR status = ?3)",
        args![scope.tenant_id(), webhook_id, status],
        |row| row.get(0),
    )?;
    Ok((found, total))
}

/// The delivery with this id.
pub fn by_id(tx: &mut Tx<'_>, scope: &Scope, webhook_id: &WebhookId, id: &DeliveryId) -> Result<Option<Delivery>> {
    let sql = concat!(
        "SELECT ",
        delivery_columns!(),
        " FROM webhook_deliveries WHERE tenant_id = ?1 AND webhook_id = ?2 AND id = ?3"
    );
    tx.optional(sql, args![scope.tenant_id(), webhook_id, id], read_delivery)
}

/// The delivery of a webhook that has been due for the longest time.
pub fn next(tx: &mut Tx<'_>, scope: &Scope, webhook_id: &WebhookId) -> Result<Option<Delivery>> {
    let now = tx.now();
    tx.optional(
        concat!(
            "SELECT ",
            delivery_columns!(),
            " FROM webhook_deliveries WHERE webhook_id = ?2 AND status = 'pending' AND due_at <= ?3 AND tenant_id = ?1 \
             ORDER BY due_at, id LIMIT 1"
        ),
        args![scope.tenant_id(), webhook_id, now],
        read_delivery,
    )
}

/// When the next delivery of a webhook is due.
pub fn next_due(tx: &mut Tx<'_>, scope: &Scope, webhook_id: &WebhookId) -> Result<Option<Time>> {
    tx.one(
        "SELECT min(due_at) FROM webhook_deliveries WHERE webhook_id = ?2 AND status = 'pending' AND tenant_id = ?1",
        args![scope.tenant_id(), webhook_id],
        |row| row.get(0),
    )
}

/// Counts an attempt that begins.
pub fn count_attempt(tx: &mut Tx<'_>, scope: &Scope, id: &DeliveryId) -> Result<()> {
    tx.execute(
        "UPDATE webhook_deliveries SET attempts = attempts + 1 WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id],
    )?;
    Ok(())
}

/// Notes what became of the last attempt: delivered or given up, or to be tried again at `due_at`.
pub fn note(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &DeliveryId,
    status: DeliveryStatus,
    due_at: Time,
    (answered, error): (Option<i64>, Option<&str>),
) -> Result<()> {
    let settled_at = (status != DeliveryStatus::Pending).then_some(tx.now());
    tx.execute(
        "UPDATE webhook_deliveries SET status = ?3, due_at = ?4, settled_at = ?5, last_status = ?6, last_error = ?7 \
         WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, status.as_str(), due_at, settled_at, answered, error],
    )?;
    Ok(())
}

/// Makes a delivery due at once, with all its attempts before it.
pub fn restart(tx: &mut Tx<'_>, scope: &Scope, id: &DeliveryId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE webhook_deliveries SET status = 'pending', due_at = ?3, settled_at = NULL, earlier_attempts = attempts \
         WHERE tenant_id = ?1 AND id = ?2",
        args![scope.tenant_id(), id, now],
    )?;
    Ok(())
}

/// Gives up every pending delivery of a webhook.
pub fn give_up(tx: &mut Tx<'_>, scope: &Scope, webhook_id: &WebhookId, error: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE webhook_deliveries SET status = 'failed', settled_at = ?3, last_error = ?4 \
         WHERE webhook_id = ?2 AND status = 'pending' AND tenant_id = ?1",
        args![scope.tenant_id(), webhook_id, now, error],
    )?;
    Ok(())
}

/// An attempt whose outcome is known.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Its number, from 1 on.
    pub number: i64,
    /// When it began.
    pub at: Time,
    /// How many milliseconds it took.
    pub duration: i64,
    /// The HTTP status that it was answered with.
    pub status: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
}

/// Stores an attempt; `false` if it is stored already.
pub fn insert_attempt(tx: &mut Tx<'_>, scope: &Scope, id: &DeliveryId, attempt: &Attempt) -> Result<bool> {
    let inserted = tx.execute(
        "INSERT INTO webhook_attempts (delivery_id, number, tenant_id, at, duration, status, error) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (delivery_id, number) DO NOTHING",
        args![
            id,
            attempt.number,
            scope.tenant_id(),
            attempt.at,
            attempt.duration,
            attempt.status,
            attempt.error.as_ref()
        ],
    )?;
    Ok(inserted == 1)
}

/// The attempts of a delivery, oldest first.
pub fn attempts(tx: &mut Tx<'_>, scope: &Scope, id: &DeliveryId) -> Result<Vec<Attempt>> {
    tx.all(
        "SELECT number, at, duration, status, error FROM webhook_attempts WHERE delivery_id = ?2 AND tenant_id = ?1 \
         ORDER BY number",
        args![scope.tenant_id(), id],
        |row| {
            Ok(Attempt {
                number: row.get(0)?,
                at: row.get(1)?,
                duration: row.get(2)?,
                status: row.get(3)?,
                error: row.get(4)?,
            })
        },
    )
}

/// Deletes up to `limit` deliveries that were settled before `before`.
pub fn operator_delete_old(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM webhook_deliveries WHERE id IN \
         (SELECT id FROM webhook_deliveries WHERE settled_at < ?1 LIMIT ?2)",
        args![before, limit],
    )
}

/// A webhook that has more than `kept` settled deliveries.
pub fn operator_overfull(tx: &mut Tx<'_>, kept: i64) -> Result<Option<WebhookId>> {
    tx.optional(
        "SELECT webhook_id FROM webhook_deliveries WHERE status <> 'pending' \
         GROUP BY webhook_id HAVING count(*) > ?1 LIMIT 1",
        args![kept],
        |row| row.get(0),
    )
}

/// Deletes settled deliveries of a webhook but the newest `kept`, up to `limit` of them.
pub fn operator_trim(tx: &mut Tx<'_>, webhook_id: &WebhookId, kept: i64, limit: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE webhook_id = ?1 \
         AND status <> 'pending' ORDER BY created_at DESC, id DESC LIMIT ?3 OFFSET ?2)",
        args![webhook_id, kept, limit],
    )
}
