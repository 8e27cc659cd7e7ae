//! Events as lines of JSON, as exports and downloads have them and the verification reads them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

use crate::clock::Time;
use crate::id::{EventId, Id as _};
use crate::store::audit_events::{Event, Linked, Place};

/// An event as one line without its end. It says everything that the event's link covers: `at_ms` is the time in full,
/// `previous` the link before, and the changes stand there as they are stored, letter by letter.
pub fn write(linked: &Linked) -> String {
    let Linked { event, previous } = linked;
    let encode = |bytes: &Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    let line = json!({
        "id": event.id.as_ref(),
        "at": event.at.to_string(),
        "at_ms": event.at.millis(),
        "actor": {"kind": event.actor_kind, "id": event.actor_id, "impersonator_id": event.impersonator_id},
        "action": event.action,
        "target": {"kind": event.target_kind, "id": event.target_id},
        "tenant_id": event.tenant_id,
        "request_id": event.request_id,
        "address": event.address,
        "number": event.place.as_ref().map(|place| place.number),
        "previous": previous.as_ref().map(encode),
        "link": event.place.as_ref().map(|place| encode(&place.link)),
    });
    let mut line = line.to_string();
    // Behind all others, before the brace that ends the object.
    line.pop();
    line + ",\"changes\":" + changes(event) + "}"
}

/// The stored text; where somebody made something else of it, nothing that would break the line.
fn changes(event: &Event) -> &str {
    let text = event.changes.as_deref().unwrap_or("null");
    let is_line = !text.contains('\n') && serde_json::from_str::<Json>(text).is_ok();
    if is_line { text } else { "null" }
}

#[derive(Deserialize)]
struct Line<'a> {
    id: String,
    at_ms: i64,
    actor: Actor,
    action: String,
    target: Target,
    tenant_id: Option<String>,
    request_id: Option<String>,
    address: Option<String>,
    number: Option<i64>,
    previous: Option<String>,
    link: Option<String>,
    #[serde(borrow)]
    changes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Actor {
    kind: String,
    id: Option<String>,
    impersonator_id: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    kind: String,
    id: Option<String>,
}

/// Reads a line that `write` made. The chain is the one that the event belongs to.
pub fn parse(line: &str) -> std::result::Result<Linked, String> {
    let line: Line<'_> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let decode = |text: String| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    let mut event = Event {
        id: EventId::from_stored(line.id),
        at: Time::from_millis(line.at_ms),
        actor_kind: line.actor.kind,
        actor_id: line.actor.id,
        impersonator_id: line.actor.impersonator_id,
        action: line.action,
        target_kind: line.target.kind,
        target_id: line.target.id,
        tenant_id: line.tenant_id,
        request_id: line.request_id,
        address: line.address,
        changes: line.changes.map(|text| text.get().to_owned()),
        place: None,
    };
    let chain = super::audit_chain::chain_of(&event).to_owned();
    event.place = line.number.map(|number| Place { chain, number, link: line.link.map(decode).unwrap_or_default() });
    Ok(Linked { event, previous: line.previous.map(decode) })
}
