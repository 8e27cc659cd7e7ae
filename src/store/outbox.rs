//! Mails on their way.

use crate::args;
use crate::clock::Time;
use crate::db::{Column, DbError, Result, Row, Tx};
use crate::id::MessageId;

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// To be sent.
    Waiting,
    /// Taken by the mail server.
    Sent,
    /// Refused by the mail server for good.
    Failed,
    /// Not sent while it was of use.
    Expired,
}

impl Status {
    /// The name that is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Waiting, Self::Sent, Self::Failed, Self::Expired].into_iter().find(|status| status.as_str() == name)
    }
}

impl Column for Status {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let text: String = row.get(index)?;
        Self::parse(&text).ok_or_else(|| DbError::Other(format!("unknown outbox status {text}")))
    }
}

/// A message without what it says.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Address it goes to.
    pub recipient: String,
    /// Name of its template.
    pub template: String,
    /// How it stands.
    pub status: Status,
    /// Tries so far.
    pub attempts: i64,
    /// When it was made.
    pub created_at: Time,
    /// When it is tried next, while it waits.
    pub due_at: Time,
    /// When it was sent, refused or given up.
    pub settled_at: Option<Time>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// From when on it is of no use.
    pub expires_at: Time,
}

/// A message to be sent now.
#[derive(Clone)]
pub struct Due {
    /// Its id.
    pub id: MessageId,
    /// Address it goes to.
    pub recipient: String,
    /// Name of its template.
    pub template: String,
    /// Its `Message-ID`, the same at every try.
    pub message_id: String,
    /// What the template needs, sealed.
    pub variables_sealed: Vec<u8>,
    /// Tries before this one.
    pub attempts: i64,
    /// Tries after which nobody knew whether it was delivered.
    pub unknown_outcomes: i64,
    /// When it was made; its `Date`.
    pub created_at: Time,
}

/// Stores a message that is due at once.
pub fn insert(tx: &mut Tx<'_>, due: &Due, expires_at: Time) -> Result<()> {
    tx.execute(
        "INSERT INTO outbox (id, recipient, template, variables_sealed, message_id, created_at, due_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)",
        args![
            &due.id,
            &due.recipient,
            &due.template,
            &due.variables_sealed,
            &due.message_id,
            due.created_at,
            expires_at
        ],
    )?;
    Ok(())
}

/// Takes up to `limit` due messages that are still of use, what expires first being first, so that notices do not hold up
/// codes: nobody else takes them before `until`. A message that is due later and has no error is one that somebody has
/// taken.
pub fn claim(tx: &mut Tx<'_>, limit: i64, until: Time) -> Result<Vec<Due>> {
    let now = tx.now();
    let due = tx.all(
        "SELECT id, recipient, template, message_id, variables_sealed, attempts, unknown_outcomes, created_at FROM outbox \
         WHERE status = 'waiting' AND due_at <= ?1 AND expires_at > ?1 AND variables_sealed IS NOT NULL \
         ORDER BY expires_at, id LIMIT ?2",
        args![now, limit],
        |row| {
            Ok(Due {
                id: row.get(0)?,
                recipient: row.get(1)?,
                template: row.get(2)?,
                message_id: row.get(3)?,
                variables_sealed: row.get(4)?,
                attempts: row.get(5)?,
                unknown_outcomes: row.get(6)?,
                created_at: row.get(7)?,
            })
        },
    )?;
    for message in &due {
        tx.execute(
            "UPDATE outbox SET due_at = ?2, attempts = attempts + 1, last_error = NULL WHERE id = ?1",
            args![&message.id, until],
        )?;
    }
    Ok(due)
}

/// Puts a message that could not be sent back until `due_at`; `is_unknown` if it may have been delivered all the same.
pub fn postpone(tx: &mut Tx<'_>, id: &MessageId, due_at: Time, error: &str, is_unknown: bool) -> Result<()> {
    tx.execute(
        "UPDATE outbox SET due_at = ?2, last_error = ?3, unknown_outcomes = unknown_outcomes + ?4 \
         WHERE id = ?1 AND status = 'waiting'",
        args![id, due_at, error, i64::from(is_unknown)],
    )?;
    Ok(())
}

/// Makes waiting messages that failed before due at once.
pub fn hasten(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        "UPDATE outbox SET due_at = ?1 WHERE status = 'waiting' AND due_at > ?1 AND last_error IS NOT NULL",
        args![now],
    )
}

/// Makes messages that were taken due again. Right only where whoever took them has ended.
pub fn release(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        "UPDATE outbox SET due_at = ?1 WHERE status = 'waiting' AND due_at > ?1 AND last_error IS NULL",
        args![now],
    )
}

/// Ends a message and erases what it said.
pub fn settle(tx: &mut Tx<'_>, id: &MessageId, status: Status, error: Option<&str>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE outbox SET status = ?2, settled_at = ?3, last_error = ?4, variables_sealed = NULL \
         WHERE id = ?1 AND status = 'waiting'",
        args![id, status.as_str(), now, error],
    )?;
    Ok(())
}

/// Number of messages that wait.
pub fn count_waiting(tx: &mut Tx<'_>) -> Result<u64> {
    let count: i64 = tx.one("SELECT count(*) FROM outbox WHERE status = 'waiting'", args![], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Whether a waiting message is of no use any more.
pub fn has_expired(tx: &mut Tx<'_>) -> Result<bool> {
    let now = tx.now();
    let first: Option<Time> =
        tx.one("SELECT min(expires_at) FROM outbox WHERE status = 'waiting'", args![], |row| row.get(0))?;
    Ok(first.is_some_and(|first| first <= now))
}

/// Gives up waiting messages that are of no use any more.
pub fn expire(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    tx.execute(
        "UPDATE outbox SET status = 'expired', settled_at = ?1, variables_sealed = NULL \
         WHERE status = 'waiting' AND expires_at <= ?1 AND (due_at <= ?1 OR last_error IS NOT NULL)",
        args![now],
    )
}

/// Moment at which the next waiting message is due.
pub fn next_due(tx: &mut Tx<'_>) -> Result<Option<Time>> {
    tx.one("SELECT min(due_at) FROM outbox WHERE status = 'waiting'", args![], |row| row.get(0))
}

macro_rules! message_columns {
    () => {
        "id, recipient, template, status, attempts, created_at, due_at, settled_at, last_error, expires_at"
    };
}

fn read_message(row: &Row<'_>) -> Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        recipient: row.get(1)?,
        template: row.get(2)?,
        status: row.get(3)?,
        attempts: row.get(4)?,
        created_at: row.get(5)?,
        due_at: row.get(6)?,
        settled_at: row.get(7)?,
        last_error: row.get(8)?,
        expires_at: row.get(9)?,
    })
}

/// Messages that stand so, or all, newest first.
pub fn operator_list(tx: &mut Tx<'_>, status: Option<Status>, limit: i64, offset: i64) -> Result<Vec<Message>> {
    match status {
        None => tx.all(
            concat!("SELECT ", message_columns!(), " FROM outbox ORDER BY created_at DESC, id DESC LIMIT ?1 OFFSET ?2"),
            args![limit, offset],
            read_message,
        ),
        Some(status) => tx.all(
            concat!(
                "SELECT ",
                message_columns!(),
                " FROM outbox WHERE status = ?3 ORDER BY created_at DESC, id DESC LIMIT ?1 OFFSET ?2"
            ),
            args![limit, offset, status.as_str()],
            read_message,
        ),
    }
}

/// How many messages stand so, or are there at all.
pub fn operator_count(tx: &mut Tx<'_>, status: Option<Status>) -> Result<i64> {
    match status {
        None => tx.one("SELECT count(*) FROM outbox", args![], |row| row.get(0)),
        Some(status) => {
            tx.one("SELECT count(*) FROM outbox WHERE status = ?1", args![status.as_str()], |row| row.get(0))
        }
    }
}

/// A message, and its sealed variables unless they are erased.
pub fn operator_find(tx: &mut Tx<'_>, id: &MessageId) -> Result<Option<(Message, Option<Vec<u8>>)>> {
    tx.optional(
        concat!("SELECT ", message_columns!(), ", variables_sealed FROM outbox WHERE id = ?1"),
        args![id],
        |row| Ok((read_message(row)?, row.get(10)?)),
    )
}

/// Makes a waiting message due at once, unless somebody is sending it.
pub fn hasten_one(tx: &mut Tx<'_>, id: &MessageId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE outbox SET due_at = ?2 WHERE id = ?1 AND status = 'waiting' AND due_at > ?2 AND last_error IS NOT NULL",
        args![id, now],
    )?;
    Ok(())
}

/// Deletes messages that were settled before `before`.
pub fn delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM outbox WHERE settled_at < ?1", args![before])
}
