//! What webhooks are told of: events of a tenant's audit, each under a public name that stays (Standard Webhooks).

use serde_json::{Map, Value as Json, json};

use crate::db::{Result, Topic, Tx};
use crate::domain::caller::Acting;
use crate::id::{MessageId, WebhookId};
use crate::store::Scope;
use crate::store::webhook_deliveries::{self, Delivery, DeliveryStatus};
use crate::store::webhooks;

/// A type of events that webhooks can be told of.
pub struct EventType {
    /// Action of the audit that it is made from.
    action: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What happened.
    pub summary: &'static str,
}

macro_rules! event_types {
    ($($action:literal => $name:literal $summary:literal;)*) => {
        /// Every type. What is not in this table is told to nobody.
        pub const EVENT_TYPES: &[EventType] =
            &[$(EventType { action: $action, name: $name, summary: $summary }),*];
    };
}

event_types! {
    "membership.created" => "member.joined" "Somebody accepted an invitation.";
    "membership.role_changed" => "member.role_changed" "A member has another role.";
    "membership.disabled" => "member.disabled" "A membership was disabled.";
    "membership.enabled" => "member.enabled" "A membership was enabled again.";
    "membership.removed" => "member.removed" "A member was removed.";
    "membership.left" => "member.left" "A member left.";
    "invite.created" => "invite.created" "Somebody was invited.";
    "invite.reissued" => "invite.reissued" "Somebody who was invited already was invited again.";
    "invite.resent" => "invite.resent" "An invitation was sent again.";
    "invite.revoked" => "invite.revoked" "An invitation was taken back.";
    "subscription.activated" => "subscription.activated" "The organization is on another plan.";
    "subscription.cancelled" => "subscription.cancelled" "The plan was cancelled, at once or at the end of its period.";
    "subscription.resumed" => "subscription.resumed" "A cancellation at the end of the period was undone.";
    "subscription.renewed" => "subscription.renewed" "The plan runs for another period.";
    "subscription.expired" => "subscription.expired" "The plan has ended.";
    "config.updated" => "config.updated" "The organization set a value of its configuration.";
    "config.reset" => "config.reset" "The organization took a value of its configuration away.";
    "storage.updated" => "storage.updated" "The organization keeps its exports in another place, or with other credentials.";
    "storage.deleted" => "storage.deleted" "The organization keeps its exports nowhere any more.";
    "tenant.updated" => "tenant.updated" "The organization has another name or billing address.";
    "tenant.suspended" => "tenant.suspended" "The organization was suspended.";
    "tenant.activated" => "tenant.activated" "The organization can be worked in again.";
    "tenant.archived" => "tenant.archived" "The organization was closed.";
    "tenant.ownership_transferred" => "tenant.ownership_transferred" "Another member is the owner.";
}

/// Stands for every type, also those that later versions add.
pub const ALL: &str = "*";

/// The type of a test that somebody asked for; no webhook has to want it.
pub const TEST: &str = "webhook.test";

/// Deliveries of one webhook that wait at most.
const WAITING_MAX: i64 = 1_000;

/// Something that happened in a tenant.
pub struct Happened<'a> {
    /// Action of the audit.
    pub action: &'a str,
    /// Kind and id of what it was done to.
    pub target: (&'a str, Option<&'a str>),
    /// What changed.
    pub changes: &'a Map<String, Json>,
}

/// Queues what the tenant's webhooks are told of this, in the transaction that does it.
pub fn publish(tx: &mut Tx<'_>, scope: &Scope, by: &impl Acting, happened: &Happened<'_>) -> Result<()> {
    let Some(found) = EVENT_TYPES.iter().find(|known| known.action == happened.action) else { return Ok(()) };
    let mut wanting = webhooks::subscribed(tx, scope)?;
    wanting.retain(|(_, events)| events.iter().any(|event| event == ALL || event == found.name));
    if wanting.is_empty() {
        return Ok(());
    }
    let body = body(tx, scope, by, found.name, happened);
    let message_id = tx.new_id();
    for (webhook_id, _) in &wanting {
        enqueue(tx, scope, webhook_id, &message_id, found.name, &body)?;
    }
    Ok(())
}

/// The JSON that is sent. Whatever is in it stays in it: people's programs read it.
pub fn body(tx: &Tx<'_>, scope: &Scope, by: &impl Acting, name: &str, happened: &Happened<'_>) -> String {
    let (kind, id) = happened.target;
    json!({
        "type": name,
        "timestamp": tx.now().to_string(),
        "data": {
            "tenant_id": scope.tenant_id().as_ref(),
            "actor": {
                "kind": by.kind(),
                "id": by.user_id().map(AsRef::<str>::as_ref),
                "impersonator_id": by.impersonator_id().map(AsRef::<str>::as_ref),
            },
            "target": {"kind": kind, "id": id},
            "changes": happened.changes,
        },
    })
    .to_string()
}

/// Queues one delivery. Where too many wait already it is kept as failed, to be delivered again by hand.
pub fn enqueue(
    tx: &mut Tx<'_>,
    scope: &Scope,
    webhook_id: &WebhookId,
    message_id: &MessageId,
    event_type: &str,
    body: &str,
) -> Result<Delivery> {
    let is_full = webhook_deliveries::count_pending(tx, scope, webhook_id, WAITING_MAX)? >= WAITING_MAX;
    let now = tx.now();
    let delivery = Delivery {
        id: tx.new_id(),
        webhook_id: webhook_id.clone(),
        message_id: message_id.clone(),
        event_type: event_type.to_owned(),
        body: body.to_owned(),
        status: if is_full { DeliveryStatus::Failed } else { DeliveryStatus::Pending },
        attempts: 0,
        earlier_attempts: 0,
        created_at: now,
        due_at: now,
        settled_at: is_full.then_some(now),
        last_status: None,
        last_error: is_full.then(|| "Too many deliveries waited already.".to_owned()),
    };
    webhook_deliveries::insert(tx, scope, &delivery)?;
    if !is_full {
        webhooks::set_due(tx, scope, webhook_id)?;
        tx.announce(Topic::Webhooks);
    }
    Ok(delivery)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_of_one_form() {
        let names: BTreeSet<&str> = EVENT_TYPES.iter().map(|known| known.name).collect();
        let actions: BTreeSet<&str> = EVENT_TYPES.iter().map(|known| known.action).collect();
        assert_eq!((names.len(), actions.len()), (EVENT_TYPES.len(), EVENT_TYPES.len()));
        for name in names {
            let (noun, verb) = name.split_once('.').expect("a noun and what became of it");
            let is_word =
                |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_word(noun) && is_word(verb) && name != TEST, "{name}");
        }
    }
}
