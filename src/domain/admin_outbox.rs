//! The mails as platform admins see them: how they stand, and the link of one to hand over where no mail server is set
//! (contract 22).

use crate::db::{Topic, Tx};
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::PlatformAdmin;
use crate::domain::fields::Email;
use crate::domain::installation::Installation;
use crate::domain::outbox as mails;
use crate::domain::throttle;
use crate::error::{Code, Error, Result};
use crate::id::MessageId;
use crate::secret::Secret;
use crate::store::outbox::{self, Message, Status};
use crate::store::users;

/// Variables that are links with a token. A code is never among them.
const LINKS: [&str; 3] = ["invite_url", "reset_url", "verify_url"];

/// Part of the messages, newest first, and how many there are.
pub fn list(
    tx: &mut Tx<'_>,
    _: &PlatformAdmin,
    status: Option<Status>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Message>, i64)> {
    Ok((outbox::operator_list(tx, status, limit, offset)?, outbox::operator_count(tx, status)?))
}

/// A message that waits and is still of use, with what it says.
fn find_waiting(tx: &mut Tx<'_>, id: &MessageId) -> Result<(Message, Vec<u8>)> {
    let found = outbox::operator_find(tx, id)?;
    let (message, sealed) = found.ok_or_else(|| Error::new(Code::NotFound).with_detail("Message not found."))?;
    let is_waiting = message.status == Status::Waiting && message.expires_at > tx.now();
    let sealed = sealed.filter(|_| is_waiting).ok_or_else(|| Error::new(Code::MailSettled))?;
    Ok((message, sealed))
}

fn record(tx: &mut Tx<'_>, by: &PlatformAdmin, action: &'static str, message: &Message) -> Result<()> {
    let changes =
        Changes::none().with("recipient", message.recipient.as_str()).with("template", message.template.as_str());
    Ok(audit::record(tx, by, action, &Target::new("message", &message.id), changes)?)
}

/// Sends a message that waits after a failure at once.
pub fn retry(tx: &mut Tx<'_>, by: &PlatformAdmin, id: &MessageId) -> Result<()> {
    let (message, _) = find_waiting(tx, id)?;
    outbox::hasten_one(tx, id)?;
    tx.announce(Topic::Mail);
    record(tx, by, "outbox.retried", &message)
}

/// The link of a message that waits. Never a code, and never the link with which a platform admin's password is set: one
/// admin must not become another one.
pub fn reveal(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    installation: &Installation,
    id: &MessageId,
) -> Result<(Message, Secret)> {
    let (message, sealed) = find_waiting(tx, id)?;
    let variables = mails::variables(installation.vault(), id, &sealed).map_err(Error::internal)?;
    let link = LINKS.iter().find_map(|name| variables.get(*name).map(|link| (*name, link)));
    let (name, link) = link.ok_or_else(|| Error::new(Code::NotRevealable))?;
    if name == "reset_url" && users::by_email(tx, &message.recipient)?.is_some_and(|user| user.is_platform_admin) {
        return Err(Error::new(Code::NotRevealable));
    }
    record(tx, by, "outbox.revealed", &message)?;
    Ok((message, Secret::new(link.clone())))
}

/// Counts and records a test message before it is sent: it leaves a trace also if nobody waits for its outcome.
pub fn begin_test(tx: &mut Tx<'_>, by: &PlatformAdmin, installation: &Installation, to: &Email) -> Result<()> {
    let caller = by.caller();
    throttle::reserve_mail_test(tx, &caller.user.id, &caller.origin)?;
    let changes = Changes::none().with("recipient", to.as_ref());
    Ok(audit::record(tx, by, "mail.tested", &Target::new("installation", installation.id()), changes)?)
}
