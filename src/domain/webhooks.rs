//! Addresses that a tenant wants to be told at what happens in it, signed as Standard Webhooks say.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Acting;
use crate::domain::installation::Installation;
use crate::domain::tenant_caller::{Admin, TenantCaller};
use crate::domain::throttle;
use crate::domain::webhook_events::{self, ALL, EVENT_TYPES, Happened, TEST};
use crate::error::{Code, Error, Result};
use crate::id::WebhookId;
use crate::secret::{Place, Secret, UnsealError, Vault};
use crate::store::Scope;
use crate::store::webhook_deliveries::{self, Delivery};
use crate::store::webhooks::{self, Secrets, Webhook};

/// Webhooks of one tenant at most.
const MAX: i64 = 20;

/// How long the old secret signs beside a new one.
const ROTATION: Duration = Duration::from_secs(24 * 60 * 60);

/// What every secret begins with.
pub const SECRET_PREFIX: &str = "whsec_";

const URL_MAX: usize = 1_000;
const DESCRIPTION_MAX: usize = 200;

/// Checks the address of a webhook: `https`, or `http` where that is allowed, a host, no credentials, no fragment.
pub fn parse_url(text: &str, is_http_allowed: bool) -> std::result::Result<Url, &'static str> {
    const WRONG: &str = "must be an address such as https://acme.example/hooks, without credentials and fragment";
    let text = text.trim();
    if text.len() > URL_MAX || text.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err(WRONG);
    }
    let url = Url::parse(text).map_err(|_| WRONG)?;
    if !url.has_host() || !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(WRONG);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_http_allowed => Ok(url),
        "http" => Err("must be an https address; the operator has not allowed others"),
        _ => Err(WRONG),
    }
}

/// The event types of these names, in the order of the catalogue and none twice; or `*` alone.
pub fn parse_events(names: &[String]) -> std::result::Result<Vec<String>, &'static str> {
    if names.iter().any(|name| name == ALL) && names.iter().all(|name| name == ALL) {
        return Ok(vec![ALL.to_owned()]);
    }
    let is_known = |name: &String| EVENT_TYPES.iter().any(|known| known.name == name);
    if names.is_empty() || !names.iter().all(is_known) {
        return Err("must be one or more of the documented event types, or * alone");
    }
    let wanted = EVENT_TYPES.iter().filter(|known| names.iter().any(|name| name == known.name));
    Ok(wanted.map(|known| known.name.to_owned()).collect())
}

/// Checks what people say of a webhook, which may be nothing.
pub fn parse_description(text: &str) -> std::result::Result<String, &'static str> {
    let text = text.trim();
    if text.chars().count() > DESCRIPTION_MAX || text.chars().any(char::is_control) {
        return Err("must be a line of text of at most 200 characters");
    }
    Ok(text.to_owned())
}

/// What an admin sets of a webhook; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct WebhookChange {
    /// Where it is told.
    pub url: Option<Url>,
    /// What it is told of.
    pub events: Option<Vec<String>>,
    /// What people say of it.
    pub description: Option<String>,
    /// Whether it is told anything.
    pub is_enabled: Option<bool>,
}

fn place<'a>(id: &'a WebhookId, column: &'static str) -> Place<'a> {
    Place { table: "webhooks", row: id.as_ref(), column }
}

const SECRET: &str = "secret_sealed";
const OLD_SECRET: &str = "old_secret_sealed";

fn seal(tx: &mut Tx<'_>, vault: &Vault, place: Place<'_>, secret: &[u8]) -> Vec<u8> {
    let nonce = tx.random();
    vault.seal(place, secret, &nonce)
}

/// 32 random bytes.
fn make_secret(tx: &mut Tx<'_>) -> Secret {
    Secret::new(format!("{SECRET_PREFIX}{}", STANDARD.encode(tx.random::<32>())))
}

/// What signs at this moment, the newest secret first.
pub fn open_secrets(
    vault: &Vault,
    id: &WebhookId,
    stored: &Secrets,
    now: Time,
) -> std::result::Result<Vec<Secret>, UnsealError> {
    let open = |sealed: &[u8], column| {
        let plain = vault.unseal(place(id, column), sealed)?;
        Ok(Secret::new(String::from_utf8_lossy(&plain)))
    };
    let mut secrets = vec![open(&stored.sealed, SECRET)?];
    if let Some((sealed, _)) = stored.old.as_ref().filter(|(_, until)| *until > now) {
        secrets.push(open(sealed, OLD_SECRET)?);
    }
    Ok(secrets)
}

/// What the audit says of a webhook. Its path is left out: with some receivers it is what lets a caller in.
fn about(webhook: &Webhook) -> Changes {
    let host = Url::parse(&webhook.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    Changes::none()
        .with("host", host)
        .with("events", webhook.events.as_slice())
        .with("description", webhook.description.as_str())
        .with("enabled", webhook.is_enabled)
}

pub(super) fn record(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    scope: &Scope,
    action: &'static str,
    id: &WebhookId,
    changes: Changes,
) -> Result<()> {
    Ok(audit::record(tx, by, action, &Target::new("webhook", id).of(scope), changes)?)
}

/// Makes a webhook. Its secret is shown this once.
pub fn create(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    url: &Url,
    set: &WebhookChange,
) -> Result<(Webhook, Secret)> {
    if webhooks::count(tx, by.scope())? >= MAX {
        return Err(Error::new(Code::WebhookLimitReached));
    }
    let now = tx.now();
    let webhook = Webhook {
        id: tx.new_id(),
        url: url.to_string(),
        events: set.events.clone().unwrap_or_else(|| vec![ALL.to_owned()]),
        description: set.description.clone().unwrap_or_default(),
        is_enabled: set.is_enabled.unwrap_or(true),
        disabled_reason: None,
        failing_since: None,
        old_secret_until: None,
        created_at: now,
        updated_at: now,
    };
    let secret = make_secret(tx);
    let sealed = seal(tx, installation.vault(), place(&webhook.id, SECRET), secret.expose().as_bytes());
    webhooks::insert(tx, by.scope(), &webhook, &sealed)?;
    record(tx, by, by.scope(), "webhook.created", &webhook.id, about(&webhook))?;
    Ok((webhook, secret))
}

/// Part of the webhooks, newest first, and how many there are.
pub fn list(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, limit: i64, offset: i64) -> Result<(Vec<Webhook>, i64)> {
    Ok(webhooks::list(tx, by.scope(), limit, offset)?)
}

/// A webhook of the caller's tenant.
pub fn show(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, id: &WebhookId) -> Result<Webhook> {
    let found = webhooks::by_id(tx, by.scope(), id)?;
    found.ok_or_else(|| Error::new(Code::NotFound).with_detail("Webhook not found."))
}

/// A webhook that can be told something now.
pub(super) fn find_enabled(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, id: &WebhookId) -> Result<Webhook> {
    let webhook = show(tx, by, id)?;
    if webhook.is_enabled { Ok(webhook) } else { Err(Error::new(Code::WebhookDisabled)) }
}

/// Changes a webhook. One that is disabled gives up what waits; one that is enabled again, or has another address, starts
/// with a clean slate.
pub fn change(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, id: &WebhookId, change: &WebhookChange) -> Result<Webhook> {
    let before = show(tx, by, id)?;
    let mut after = before.clone();
    after.url = change.url.as_ref().map_or(after.url, Url::to_string);
    after.events = change.events.clone().unwrap_or(after.events);
    after.description = change.description.clone().unwrap_or(after.description);
    after.is_enabled = change.is_enabled.unwrap_or(after.is_enabled);
    let is_moved = after.url != before.url;
    let is_same = !is_moved
        && after.events == before.events
        && after.description == before.description
        && after.is_enabled == before.is_enabled;
    if is_same {
        return Ok(before);
    }
    if is_moved || (after.is_enabled && !before.is_enabled) {
        after.failing_since = None;
    }
    if after.is_enabled {
        after.disabled_reason = None;
    } else if before.is_enabled {
        give_up_pending(tx, by.scope(), id)?;
    }
    after.updated_at = tx.now();
    webhooks::update(tx, by.scope(), &after)?;
    let changes = about(&after).with("url_changed", is_moved);
    record(tx, by, by.scope(), "webhook.updated", id, changes)?;
    Ok(after)
}

/// What waits for a webhook that was disabled would else arrive days later, when it is enabled again.
pub(super) fn give_up_pending(tx: &mut Tx<'_>, scope: &Scope, id: &WebhookId) -> Result<()> {
    Ok(webhook_deliveries::give_up(tx, scope, id, "The webhook was disabled.")?)
}

/// Deletes a webhook with its log.
pub fn delete(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, id: &WebhookId) -> Result<()> {
    let webhook = show(tx, by, id)?;
    webhooks::delete(tx, by.scope(), id)?;
    record(tx, by, by.scope(), "webhook.deleted", id, about(&webhook))
}

/// Gives a webhook another secret, which is shown this once; the old one signs too for a while.
pub fn rotate_secret(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    id: &WebhookId,
) -> Result<(Webhook, Secret)> {
    show(tx, by, id)?;
    let (vault, until) = (installation.vault(), tx.now() + ROTATION);
    let stored = webhooks::secrets(tx, by.scope(), id)?;
    let current = vault.unseal(place(id, SECRET), &stored.sealed).ok();
    // A secret that cannot be read signs nothing; this is how one gets rid of it.
    let old = current.map(|current| (seal(tx, vault, place(id, OLD_SECRET), &current), until));
    let secret = make_secret(tx);
    let sealed = seal(tx, vault, place(id, SECRET), secret.expose().as_bytes());
    webhooks::set_secrets(tx, by.scope(), id, &Secrets { sealed, old })?;
    record(tx, by, by.scope(), "webhook.secret_rotated", id, Changes::none())?;
    Ok((show(tx, by, id)?, secret))
}

/// Has a webhook told of a test, in the way of every event.
pub fn test(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, id: &WebhookId) -> Result<Delivery> {
    throttle::reserve_webhook_call(tx, by.tenant.id(), &by.caller.origin)?;
    let webhook = find_enabled(tx, by, id)?;
    let (scope, message_id) = (by.scope(), tx.new_id());
    let happened =
        Happened { action: "webhook.tested", target: ("webhook", Some(id.as_ref())), changes: &serde_json::Map::new() };
    let body = webhook_events::body(tx, scope, by, TEST, &happened);
    let delivery = webhook_events::enqueue(tx, scope, &webhook.id, &message_id, TEST, &body)?;
    webhooks::wake(tx, scope, id)?;
    let changes = Changes::none().with("delivery_id", delivery.id.as_ref());
    record(tx, by, scope, "webhook.tested", id, changes)?;
    Ok(delivery)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_hold_a_host_and_no_credentials() {
        for good in ["https://acme.example/hooks?key=1", " https://acme.example:8443\n", "https://[2606:4700::1111]/"] {
            assert!(parse_url(good, false).is_ok(), "{good}");
        }
        assert_eq!(parse_url("http://acme.example", true).map(String::from), Ok("http://acme.example/".to_owned()));
        for bad in [
            "",
            "acme.example",
            "http://acme.example",
            "ftp://acme.example",
            "file:///etc/passwd",
            "https://",
            "https://jane@acme.example",
            "https://jane:secret@acme.example",
            "https://acme.example/#a",
            "https://acme.example/a b",
            "https://acme.example/\0",
            "https://256.1.1.1/",
            "javascript:alert(1)",
            &format!("https://acme.example/{}", "a".repeat(URL_MAX)),
        ] {
            assert!(parse_url(bad, false).is_err(), "{bad:?}");
        }
        assert!(parse_url("ftp://acme.example", true).is_err());
    }

    #[test]
    fn events_are_known_ones_or_all() {
        let parse = |names: &[&str]| parse_events(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let known = parse(&["tenant.archived", "member.joined", "member.joined"]).expect("good");
        assert_eq!(known, ["member.joined", "tenant.archived"]);
        assert_eq!(parse(&["*", "*"]).expect("good"), ["*"]);
        for bad in [&[][..], &["*", "member.joined"], &["member.*"], &["webhook.test"], &["MEMBER.JOINED"], &[""]] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
