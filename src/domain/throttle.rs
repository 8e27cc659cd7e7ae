//! Limits on guessing (contract 18 and 19), kept in the database.

use std::time::Duration;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::caller::Origin;
use crate::error::{Code, Error, Outcome, Quota, Result};
use crate::id::{TenantId, UserId};
use crate::store::attempts::{self, Kind};
use crate::store::sessions;

const FAILURES_FROM_ADDRESS: u64 = 10;
const FAILURES_FROM_ADDRESS_WINDOW: Duration = Duration::from_secs(15 * 60);
const FAILURES: u64 = 100;
const FAILURES_WINDOW: Duration = Duration::from_secs(60 * 60);
const CODE_FAILURES: u64 = 10;
const CODE_FAILURES_WINDOW: Duration = Duration::from_secs(60 * 60);
const FACTOR_FAILURES: u64 = 20;
const RECOVERY_FAILURES: u64 = 20;

const INVITES_TO_ADDRESS: u64 = 30;
const NOTICES: u64 = 10;
const STORE_CALLS: u64 = 120;
const WEBHOOK_CALLS: u64 = 240;
const MAIL_TESTS: u64 = 60;
const HOUR: Duration = Duration::from_secs(60 * 60);

const BETWEEN_MAILS: Duration = Duration::from_secs(60);

/// How long a sign-in makes an address exempt from the limit on the email address alone.
pub const KNOWN_ADDRESS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The longest time for which an attempt counts.
pub const LONGEST_WINDOW: Duration = FAILURES_WINDOW;

/// An attempt that counts as failed until it is given back.
#[derive(Clone, Debug)]
pub struct Attempt(String);

impl Attempt {
    /// Gives the attempt back after it succeeded.
    pub fn give_back(&self, tx: &mut Tx<'_>) -> Result<()> {
        Ok(attempts::delete(tx, &self.0)?)
    }
}

/// Counts an attempt at the password of `email`, before it is checked. Denied when too many failed, also for the right
/// password. `user_id` is whose address it is, if anybody's.
pub fn reserve_password(
    tx: &mut Tx<'_>,
    email: &str,
    user_id: Option<&UserId>,
    origin: &Origin,
) -> Result<Outcome<Attempt>> {
    let address = origin.address_key();
    let now = tx.now();
    let since = now - FAILURES_FROM_ADDRESS_WINDOW;
    let (failed, oldest) = attempts::count_from(tx, Kind::Password, email, &address, since)?;
    if failed >= FAILURES_FROM_ADDRESS {
        return Ok(Outcome::Denied(refused(FAILURES_FROM_ADDRESS, FAILURES_FROM_ADDRESS_WINDOW, oldest, now)));
    }
    let (failed, oldest) = attempts::count(tx, Kind::Password, email, now - FAILURES_WINDOW)?;
    if failed >= FAILURES && !is_known(tx, user_id, &address, now)? {
        return Ok(Outcome::Denied(refused(FAILURES, FAILURES_WINDOW, oldest, now)));
    }
    insert(tx, Kind::Password, email, &address).map(Outcome::Granted)
}

fn is_known(tx: &mut Tx<'_>, user_id: Option<&UserId>, address: &str, now: Time) -> Result<bool> {
    match user_id {
        Some(user_id) => Ok(sessions::knows_address(tx, user_id, address, now - KNOWN_ADDRESS)?),
        None => Ok(false),
    }
}

fn refused(limit: u64, window: Duration, oldest: Option<Time>, now: Time) -> Error {
    let reset = oldest.map_or(window, |oldest| (oldest + window).since(now));
    Error::limited(Code::TooManyAttempts, Quota { limit, remaining: 0, reset })
}

/// Counts an attempt at the emailed code of a person in the transaction that checks it; `None` when too many failed.
pub fn reserve_code(tx: &mut Tx<'_>, user_id: &UserId, origin: &Origin) -> Result<Option<Attempt>> {
    let since = tx.now() - CODE_FAILURES_WINDOW;
    let (failed, _) = attempts::count(tx, Kind::Otp, user_id.as_ref(), since)?;
    if failed >= CODE_FAILURES {
        return Ok(None);
    }
    insert(tx, Kind::Otp, user_id.as_ref(), &origin.address_key()).map(Some)
}

/// Counts an attempt at the app's code of a person in the transaction that checks it; `None` while the factor is locked.
pub fn reserve_factor(tx: &mut Tx<'_>, user_id: &UserId, origin: &Origin) -> Result<Option<Attempt>> {
    let since = tx.now() - HOUR;
    let (locks, _) = attempts::count(tx, Kind::FactorLock, user_id.as_ref(), since)?;
    if locks > 0 {
        return Ok(None);
    }
    insert(tx, Kind::Factor, user_id.as_ref(), &origin.address_key()).map(Some)
}

/// Counts an attempt at a recovery code of a person in the transaction that checks it; `None` when too many from this address
/// failed within an hour.
pub fn reserve_recovery_code(tx: &mut Tx<'_>, user_id: &UserId, origin: &Origin) -> Result<Option<Attempt>> {
    let (since, address) = (tx.now() - HOUR, origin.address_key());
    let (failed, _) = attempts::count_from(tx, Kind::RecoveryCode, user_id.as_ref(), &address, since)?;
    if failed >= RECOVERY_FAILURES {
        return Ok(None);
    }
    insert(tx, Kind::RecoveryCode, user_id.as_ref(), &address).map(Some)
}

/// Locks the second factor of a person for an hour if too many attempts failed within one; tells whether it does.
pub fn lock_factor_if_spent(tx: &mut Tx<'_>, user_id: &UserId) -> Result<bool> {
    let since = tx.now() - HOUR;
    let (failed, _) = attempts::count(tx, Kind::Factor, user_id.as_ref(), since)?;
    if failed < FACTOR_FAILURES {
        return Ok(false);
    }
    attempts::delete_of_subject(tx, Kind::Factor, user_id.as_ref())?;
    insert(tx, Kind::FactorLock, user_id.as_ref(), "")?;
    Ok(true)
}

/// Forgets the wrong codes of a second factor, its recovery codes among them, and its lock; returns how many wrong codes
/// there were.
pub fn forgive_factor(tx: &mut Tx<'_>, user_id: &UserId) -> Result<u64> {
    attempts::delete_of_subject(tx, Kind::FactorLock, user_id.as_ref())?;
    let recovery_codes = attempts::delete_of_subject(tx, Kind::RecoveryCode, user_id.as_ref())?;
    Ok(recovery_codes + attempts::delete_of_subject(tx, Kind::Factor, user_id.as_ref())?)
}

/// Counts that somebody asks for a mail to `subject`; a denial when that was done less than a minute ago. It writes
/// whether the subject exists or not, so that the time it takes does not tell.
pub fn reserve_mail(tx: &mut Tx<'_>, kind: Kind, subject: &str, origin: &Origin) -> Result<Outcome<()>> {
    let now = tx.now();
    let (asked, last) = attempts::count(tx, kind, subject, now - BETWEEN_MAILS)?;
    if asked > 0 {
        return Ok(Outcome::Denied(refused(1, BETWEEN_MAILS, last, now)));
    }
    insert(tx, kind, subject, &origin.address_key())?;
    Ok(Outcome::Granted(()))
}

/// Counts an invitation mail against what a tenant and what a person may send in an hour.
pub fn reserve_invite(
    tx: &mut Tx<'_>,
    tenant_id: &TenantId,
    user_id: &UserId,
    limit: u64,
    origin: &Origin,
) -> Result<()> {
    reserve_mails(tx, Kind::InviteMail, tenant_id.as_ref(), limit, origin)?;
    reserve_mails(tx, Kind::InviteMail, user_id.as_ref(), limit, origin)
}

/// Counts an invitation mail against what one address may be sent by one tenant in an hour.
pub fn reserve_invite_to(tx: &mut Tx<'_>, tenant_id: &TenantId, email: &str, origin: &Origin) -> Result<()> {
    reserve_mails(tx, Kind::InviteMail, &format!("{tenant_id} {email}"), INVITES_TO_ADDRESS, origin)
}

fn reserve_mails(tx: &mut Tx<'_>, kind: Kind, subject: &str, limit: u64, origin: &Origin) -> Result<()> {
    let now = tx.now();
    let (sent, oldest) = attempts::count(tx, kind, subject, now - HOUR)?;
    if sent >= limit {
        return Err(refused(limit, HOUR, oldest, now)
            .with_detail("Too many invitations were sent within an hour. Wait and try again."));
    }
    insert(tx, kind, subject, &origin.address_key())?;
    Ok(())
}

/// Counts a test of a tenant's store, which makes the server call an address of the tenant's choice.
pub fn reserve_store_test(tx: &mut Tx<'_>, tenant_id: &TenantId, origin: &Origin) -> Result<()> {
    let detail = "The store was tested too often within an hour. Wait and try again.";
    reserve_call(tx, Kind::StoreTest, tenant_id.as_ref(), STORE_CALLS, origin, detail)
}

/// Counts a change of a tenant's store: a day that is due is tried there at once, which calls the address, too.
pub fn reserve_store_change(tx: &mut Tx<'_>, tenant_id: &TenantId, origin: &Origin) -> Result<()> {
    let detail = "The store was changed too often within an hour. Wait and try again.";
    reserve_call(tx, Kind::StoreChange, tenant_id.as_ref(), STORE_CALLS, origin, detail)
}

/// Counts a test of a tenant's webhook, or a delivery that is made again: the same for webhooks.
pub fn reserve_webhook_call(tx: &mut Tx<'_>, tenant_id: &TenantId, origin: &Origin) -> Result<()> {
    let detail = "Webhooks were tested or told again too often within an hour. Wait and try again.";
    reserve_call(tx, Kind::WebhookCall, tenant_id.as_ref(), WEBHOOK_CALLS, origin, detail)
}

/// Counts a test message of a platform admin, which makes the server call the mail server.
pub fn reserve_mail_test(tx: &mut Tx<'_>, user_id: &UserId, origin: &Origin) -> Result<()> {
    let detail = "Too many test messages were sent within an hour. Wait and try again.";
    reserve_call(tx, Kind::MailTest, user_id.as_ref(), MAIL_TESTS, origin, detail)
}

fn reserve_call(
    tx: &mut Tx<'_>,
    kind: Kind,
    subject: &str,
    limit: u64,
    origin: &Origin,
    detail: &'static str,
) -> Result<()> {
    let now = tx.now();
    let (made, oldest) = attempts::count(tx, kind, subject, now - HOUR)?;
    if made >= limit {
        return Err(refused(limit, HOUR, oldest, now).with_detail(detail));
    }
    insert(tx, kind, subject, &origin.address_key())?;
    Ok(())
}

/// Whether people may be told once more what happened to `subject`, such as a membership: a change that is made again and
/// again must not fill the outbox.
pub fn may_notify(tx: &mut Tx<'_>, subject: &str) -> Result<bool> {
    let since = tx.now() - HOUR;
    let (sent, _) = attempts::count(tx, Kind::NoticeMail, subject, since)?;
    if sent < NOTICES {
        insert(tx, Kind::NoticeMail, subject, "")?;
    }
    Ok(sent < NOTICES)
}

fn insert(tx: &mut Tx<'_>, kind: Kind, subject: &str, address: &str) -> Result<Attempt> {
    // An attempt is never shown, so its id borrows the form of an event's.
    let attempt = Attempt(tx.new_id::<crate::id::EventId>().to_string());
    attempts::insert(tx, &attempt.0, kind, subject, address)?;
    Ok(attempt)
}

/// Forgets the failures of a person, but for those of a second factor, and returns how many there were.
pub fn forgive(tx: &mut Tx<'_>, user_id: &UserId, email: &str) -> Result<u64> {
    let passwords = attempts::delete_of_subject(tx, Kind::Password, email)?;
    Ok(passwords + attempts::delete_of_subject(tx, Kind::Otp, user_id.as_ref())?)
}

/// Forgets the failed codes of a person who has just given the right one.
pub fn forgive_codes(tx: &mut Tx<'_>, user_id: &UserId) -> Result<()> {
    attempts::delete_of_subject(tx, Kind::Otp, user_id.as_ref())?;
    Ok(())
}
