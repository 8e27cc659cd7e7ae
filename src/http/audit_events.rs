//! The audit, for admins of an organization and for platform admins.

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

use super::access::{PlatformAdmin, Scoped};
use super::openapi::Operation;
use super::query::{FromQuery, Query, Values, Window};
use super::reply::Reply;
use super::span::parse_time;
use crate::app::App;
use crate::domain::audit_events::{self, Reader};
use crate::domain::fields::Fields;
use crate::domain::tenant_caller::Admin;
use crate::error::Result;
use crate::id::{Id as _, TenantId, UserId};
use crate::store::audit_search::{Action, Actor, Filter, Found};

/// Longest name of a kind or an action, and longest id of a target.
const TEXT_MAX: usize = 200;

const ACTOR_KINDS: [&str; 4] = ["user", "anonymous", "operator", "system"];

/// Who acted.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditActor {
    /// `user`, `anonymous`, `operator` (the command line) or `system`.
    #[schema(example = "user")]
    kind: String,
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    id: Option<String>,
    /// The person's address now; null when the account is gone.
    #[schema(example = "dev@acme.com")]
    email: Option<String>,
    /// The person's name now.
    #[schema(example = "Jane Doe")]
    name: Option<String>,
    /// The platform admin who acted as this person.
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02r")]
    impersonator_id: Option<String>,
}

/// What it was done to.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditTarget {
    #[schema(example = "invite")]
    kind: String,
    #[schema(example = "inv_01h455vb4pex5vsknk084sn02q")]
    id: Option<String>,
}

/// Values by name.
fn values_by_name() -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .description(Some(
            "Names and new values of what changed, without secrets; null where there is nothing to tell.",
        ))
        .examples([json!({"role": "viewer"})])
        .build()
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEvent {
    #[schema(example = "evt_01h455vb4pex5vsknk084sn02q")]
    id: String,
    /// Its number in its chain; null for a moment, until it is linked.
    #[schema(example = 17)]
    number: Option<i64>,
    /// What authenticates it and everything before it in its chain.
    #[schema(example = "Xq3pT1cZ1mY4bV2l8Jt0m5H6u7k9sWq0rE3xN4yP5zA")]
    link: Option<String>,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    at: String,
    actor: AuditActor,
    #[schema(example = "invite.created")]
    action: String,
    target: AuditTarget,
    /// The organization in whose audit it stands; null for what belongs to none.
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tenant_id: Option<String>,
    /// What that organization is called now.
    #[schema(example = "Acme Corp")]
    tenant_name: Option<String>,
    #[schema(example = "019ab1f0-7c4b-7e0e-8f0a-3b1d2c4e5f60")]
    request_id: Option<String>,
    #[schema(example = "192.0.2.7")]
    address: Option<String>,
    #[schema(schema_with = values_by_name)]
    changes: Option<Map<String, Json>>,
}

impl From<Found> for AuditEvent {
    fn from(Found { linked, actor_email, actor_name, tenant_name }: Found) -> Self {
        let event = linked.event;
        Self {
            id: event.id.to_string(),
            number: event.place.as_ref().map(|place| place.number),
            link: event.place.as_ref().map(|place| URL_SAFE_NO_PAD.encode(&place.link)),
            at: event.at.to_string(),
            actor: AuditActor {
                kind: event.actor_kind,
                id: event.actor_id,
                email: actor_email,
                name: actor_name,
                impersonator_id: event.impersonator_id,
            },
            action: event.action,
            target: AuditTarget { kind: event.target_kind, id: event.target_id },
            tenant_id: event.tenant_id,
            tenant_name,
            request_id: event.request_id,
            address: event.address,
            changes: event.changes.and_then(|text| serde_json::from_str(&text).ok()),
        }
    }
}

/// Part of the audit.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEventList {
    items: Vec<AuditEvent>,
    /// How many there are on all pages.
    #[schema(example = 128)]
    total: i64,
}

fn parse_actor(text: &str) -> std::result::Result<Actor, &'static str> {
    if ACTOR_KINDS.contains(&text) {
        return Ok(Actor::Kind(text.to_owned()));
    }
    match UserId::parse(text) {
        Some(id) => Ok(Actor::Person(id.to_string())),
        None => Err("must be the id of a user, or user, anonymous, operator or system"),
    }
}

fn is_word(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=TEXT_MAX).contains(&text.len()) && text.bytes().all(is_letter)
}

fn parse_action(text: &str) -> std::result::Result<Action, &'static str> {
    match text.split_once('.') {
        Some((area, "")) if is_word(area) => Ok(Action::Begins(text.to_owned())),
        Some((area, deed)) if is_word(area) && is_word(deed) => Ok(Action::Is(text.to_owned())),
        _ => Err("must be an action such as user.created, or the begin of some such as user."),
    }
}

/// Kind and id, either of which may be left out.
type Target = (Option<String>, Option<String>);

fn parse_target(text: &str) -> std::result::Result<Target, &'static str> {
    let (kind, id) = match text.split_once(':') {
        Some((kind, id)) => (kind, id),
        None if is_word(text) => (text, ""),
        None => ("", text),
    };
    let is_id = id.chars().count() <= TEXT_MAX && !id.chars().any(char::is_control);
    if (kind.is_empty() && id.is_empty()) || !(kind.is_empty() || is_word(kind)) || !is_id {
        return Err("must be a kind such as invite, an id, or both as invite:inv_…");
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok((some(kind), some(id)))
}

impl FromQuery for Filter {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let target = query.get("target").and_then(|text| fields.take("target", parse_target(text)));
        let (target_kind, target_id) = target.unwrap_or_default();
        let from = query.get("from").and_then(|text| fields.take("from", parse_time(text)));
        let to = query.get("to").and_then(|text| fields.take("to", parse_time(text)));
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            fields.take::<(), _>("from", Err("must be before `to`"));
        }
        Some(Self {
            actor: query.get("actor").and_then(|text| fields.take("actor", parse_actor(text))),
            action: query.get("action").and_then(|text| fields.take("action", parse_action(text))),
            target_kind,
            target_id,
            from,
            to,
        })
    }

    fn describe(operation: &mut Operation) {
        let text = json!({"type": "string"});
        let time = json!({"type": "string", "format": "date-time"});
        let actor = "Only what this person did, by id, or whoever is of this kind: user, anonymous, operator, system.";
        operation.has_query("actor", false, actor, text.clone());
        let action = "Only this action, such as `user.created`, or all that begin so, such as `user.`.";
        operation.has_query("action", false, action, text.clone());
        let target = "Only what was done to this: a kind such as `invite`, an id, or both as `invite:inv_…`.";
        operation.has_query("target", false, target, text);
        operation.has_query("from", false, "Not before.", time.clone());
        operation.has_query("to", false, "Before.", time);
    }
}

/// Events of an organization that are wanted.
pub(super) struct AuditQuery {
    filter: Filter,
    window: Window,
}

impl FromQuery for AuditQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        Some(Self { filter: Filter::take(query, fields)?, window: Window::take(query, fields)? })
    }

    fn describe(operation: &mut Operation) {
        Filter::describe(operation);
        Window::describe(operation);
    }
}

/// With the organization whose events are wanted, where a platform admin asks.
pub(super) struct OfTenant<T> {
    pub(super) tenant_id: Option<TenantId>,
    pub(super) query: T,
}

impl<T: FromQuery> FromQuery for OfTenant<T> {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let parse = |text| TenantId::parse(text).ok_or("must be the id of an organization");
        let tenant_id = query.get("tenant_id").and_then(|text| fields.take("tenant_id", parse(text)));
        Some(Self { tenant_id, query: T::take(query, fields)? })
    }

    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string", "pattern": TenantId::pattern()});
        operation.has_query("tenant_id", false, "Only what stands in the audit of this organization.", schema);
        T::describe(operation);
    }
}

fn listed((found, total): (Vec<Found>, i64)) -> Reply<AuditEventList> {
    Reply(AuditEventList { items: found.into_iter().map(AuditEvent::from).collect(), total })
}

pub(super) async fn list_own(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Query(AuditQuery { filter, window }): Query<AuditQuery>,
) -> Result<Reply<AuditEventList>> {
    let reader = Reader::of_tenant(caller);
    let found = app.read(move |tx| audit_events::list(tx, &reader, &filter, window.limit, window.offset)).await?;
    Ok(listed(found))
}

pub(super) async fn list_all(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Query(OfTenant { tenant_id, query }): Query<OfTenant<AuditQuery>>,
) -> Result<Reply<AuditEventList>> {
    let AuditQuery { filter, window } = query;
    let read = move |tx: &mut crate::db::Tx<'_>| {
        let reader = Reader::of_installation(tx, admin.clone(), tenant_id.as_ref())?;
        audit_events::list(tx, &reader, &filter, window.limit, window.offset)
    };
    Ok(listed(app.read(read).await?))
}

/// How the chains of the audit are. Whether every event is whole, `trueport audit verify` tells.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditState {
    /// One for each organization, and one for what belongs to none.
    #[schema(example = 12)]
    chains: i64,
    /// Events that are not linked yet; more than for a second only where something is wrong.
    #[schema(example = 0)]
    unlinked: i64,
    /// When all chains were sealed together last.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    sealed_at: Option<String>,
    /// Whether each chain still holds the event that was its last one then; if not, somebody has changed the database.
    #[schema(example = true)]
    seal_holds: bool,
    /// The first chains, 20 at most, whose begin or end somebody has changed: `platform`, or the id of an organization.
    #[schema(example = json!([]))]
    broken: Vec<String>,
}

pub(super) async fn state(PlatformAdmin(admin): PlatformAdmin, State(app): State<App>) -> Result<Reply<AuditState>> {
    let installation = app.installation();
    let read = move |tx: &mut crate::db::Tx<'_>| audit_events::state(tx, &admin, installation.vault().audit_key());
    let audit_events::State { chains, unlinked, sealed_at, seal_holds, broken } = app.read(read).await?;
    Ok(Reply(AuditState { chains, unlinked, sealed_at: sealed_at.map(|at| at.to_string()), seal_holds, broken }))
}
