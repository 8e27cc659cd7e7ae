//! Mails: rows written in the transaction that caused them, sent later by a job (contract 22).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::db::{Topic, Tx};
use crate::domain::installation::Installation;
use crate::error::{Error, Result};
use crate::id::MessageId;
use crate::secret::{Place, UnsealError, Vault};
use crate::store::outbox::{self, Due};
use crate::store::tenants::Tenant;
use crate::store::users::User;

/// How long a notice without a link is worth sending.
pub const NOTICE_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A mail to be written. The template's name is that of its files under `assets/mail`.
pub struct Mail<'a> {
    template: &'static str,
    recipient: &'a str,
    variables: BTreeMap<String, String>,
    lifetime: Duration,
}

impl<'a> Mail<'a> {
    /// A mail to the person's address, worth sending for a week.
    pub fn to(user: &'a User, template: &'static str) -> Self {
        let variables = BTreeMap::from([("first_name".to_owned(), user.first_name.clone())]);
        Self { template, recipient: &user.email, variables, lifetime: NOTICE_LIFETIME }
    }

    /// A mail to an address that nobody has an account under.
    pub fn to_stranger(recipient: &'a str, template: &'static str) -> Self {
        let variables = BTreeMap::from([("first_name".to_owned(), String::new())]);
        Self { template, recipient, variables, lifetime: NOTICE_LIFETIME }
    }

    /// Tells of an organization, by its name.
    #[must_use]
    pub fn about(self, tenant: &Tenant) -> Self {
        self.with("tenant_name", tenant.name.as_str()).with("tenant_slug", tenant.slug.as_str())
    }

    /// Sends it to another address than the person's.
    #[must_use]
    pub fn at(mut self, recipient: &'a str) -> Self {
        self.recipient = recipient;
        self
    }

    /// Gives the template a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Not worth sending after this time, because what it holds has expired.
    #[must_use]
    pub fn within(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Puts it into the outbox.
    pub fn send(mut self, tx: &mut Tx<'_>, installation: &Installation) -> Result<MessageId> {
        self.variables.insert("base_url".to_owned(), installation.base_url().to_owned());
        let id: MessageId = tx.new_id();
        let plain = serde_json::to_vec(&self.variables).map_err(Error::internal)?;
        let nonce = tx.random();
        let variables_sealed = installation.vault().seal(place(&id), &plain, &nonce);
        let message_id = format!("<{}@{}>", letters(&tx.random()), installation.mail_host());
        let due = Due {
            id,
            recipient: self.recipient.to_owned(),
            template: self.template.to_owned(),
            message_id,
            variables_sealed,
            attempts: 0,
            unknown_outcomes: 0,
            created_at: tx.now(),
        };
        let expires_at = tx.now() + self.lifetime;
        outbox::insert(tx, &due, expires_at)?;
        tx.announce(Topic::Mail);
        Ok(due.id)
    }
}

/// Opens the variables of a stored message.
pub fn variables(
    vault: &Vault,
    id: &MessageId,
    sealed: &[u8],
) -> std::result::Result<BTreeMap<String, String>, UnsealError> {
    let plain = vault.unseal(place(id), sealed)?;
    serde_json::from_slice(&plain).map_err(|_| UnsealError::Damaged)
}

fn place(id: &MessageId) -> Place<'_> {
    Place { table: "outbox", row: id.as_ref(), column: "variables_sealed" }
}

/// Random bytes as letters: an OTP mail shall hold one six-digit number only, in its head too (contract 21).
fn letters(bytes: &[u8; 16]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| char::from(b'a' + nibble)).collect()
}

/// Waiting time after `attempts` earlier tries: five seconds, doubled each time, half an hour at most.
pub fn backoff(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(0, 10)).unwrap_or(0);
    Duration::from_secs((5_u64 << doublings).min(1_800))
}
