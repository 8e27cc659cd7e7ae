//! Attempts to prove something and mails asked for, kept while they count against a limit.

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx};

/// What was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A password; the subject is the email address.
    Password,
    /// An emailed code; the subject is the user's id.
    Otp,
    /// Asking for a code by mail; the subject is the email address.
    OtpMail,
    /// Asking for a reset link; the subject is the email address.
    ResetMail,
    /// Asking for a change of address; the subject is the user's id.
    ChangeMail,
    /// Inviting somebody; the subject is the tenant, the person who invites, or the tenant and the invited address.
    InviteMail,
    /// A notice of what happened in a tenant; the subject is what it happened to.
    NoticeMail,
    /// A test of a tenant's store; the subject is the tenant's id.
    StoreTest,
    /// A change of a tenant's store; the subject is the tenant's id.
    StoreChange,
    /// A test of a webhook, or a delivery that is made again; the subject is the tenant's id.
    WebhookCall,
    /// A test message to the mail server; the subject is the id of the person who sends it.
    MailTest,
    /// A code of a second factor; the subject is the user's id.
    Factor,
    /// A recovery code; the subject is the user's id.
    RecoveryCode,
    /// That a second factor takes no code for a while; the subject is the user's id.
    FactorLock,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Otp => "otp",
            Self::OtpMail => "otp_mail",
            Self::ResetMail => "reset_mail",
            Self::ChangeMail => "change_mail",
            Self::InviteMail => "invite_mail",
            Self::NoticeMail => "notice_mail",
            Self::StoreTest => "store_test",
            Self::StoreChange => "store_change",
            Self::WebhookCall => "webhook_call",
            Self::MailTest => "mail_test",
            Self::Factor => "factor",
            Self::RecoveryCode => "recovery_code",
            Self::FactorLock => "factor_lock",
        }
    }
}

/// Stores an attempt under an id made by the caller.
pub fn insert(tx: &mut Tx<'_>, id: &str, kind: Kind, subject: &str, address: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO attempts (id, kind, subject, address, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        args![id, kind.as_str(), subject, address, now],
    )?;
    Ok(())
}

/// Gives an attempt back: it does not count any more.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM attempts WHERE id = ?1", args![id])?;
    Ok(())
}

/// Gives every attempt on a subject back and returns how many there were.
pub fn delete_of_subject(tx: &mut Tx<'_>, kind: Kind, subject: &str) -> Result<u64> {
    tx.execute("DELETE FROM attempts WHERE kind = ?1 AND subject = ?2", args![kind.as_str(), subject])
}

/// Attempts on a subject since `since`: how many, and the oldest of them.
pub fn count(tx: &mut Tx<'_>, kind: Kind, subject: &str, since: Time) -> Result<(u64, Option<Time>)> {
    tx.one(
        "SELECT count(*), min(at) FROM attempts WHERE kind = ?1 AND subject = ?2 AND at > ?3",
        args![kind.as_str(), subject, since],
        |row| Ok((u64::try_from(row.get::<i64>(0)?).unwrap_or(0), row.get(1)?)),
    )
}

/// The same for attempts from one address.
pub fn count_from(
    tx: &mut Tx<'_>,
    kind: Kind,
    subject: &str,
    address: &str,
    since: Time,
) -> Result<(u64, Option<Time>)> {
    tx.one(
        "SELECT count(*), min(at) FROM attempts WHERE kind = ?1 AND subject = ?2 AND at > ?3 AND address = ?4",
        args![kind.as_str(), subject, since, address],
        |row| Ok((u64::try_from(row.get::<i64>(0)?).unwrap_or(0), row.get(1)?)),
    )
}

/// Deletes attempts from before `before`.
pub fn delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM attempts WHERE at < ?1", args![before])
}
