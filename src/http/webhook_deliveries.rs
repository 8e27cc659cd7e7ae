//! What webhooks were told, and what became of it.

use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::access::Scoped;
use super::body::{PathId, PathIds};
use super::openapi::Operation;
use super::query::{FromQuery, Query, Values, Window};
use super::reply::Reply;
use crate::app::App;
use crate::domain::fields::Fields;
use crate::domain::tenant_caller::Admin;
use crate::domain::webhook_deliveries;
use crate::error::Result;
use crate::id::{DeliveryId, WebhookId};
use crate::store::webhook_deliveries::{Attempt, Delivery, DeliveryStatus};

/// A delivery.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryItem {
    #[schema(example = "dlv_01h455vb4pex5vsknk084sn02q")]
    id: String,
    /// The `webhook-id` of every attempt. Deliveries of one event to several webhooks share it.
    #[schema(example = "msg_01h455vb4pex5vsknk084sn02q")]
    message_id: String,
    #[serde(rename = "type")]
    #[schema(example = "member.joined")]
    event_type: String,
    /// `pending`, `delivered` or `failed`.
    #[schema(example = "pending")]
    status: &'static str,
    /// Attempts so far.
    #[schema(example = 1)]
    attempts: i64,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    /// When it is tried next; null unless it is pending.
    #[schema(format = DateTime, example = "2024-01-15T10:30:05Z")]
    next_attempt_at: Option<String>,
    /// When it was delivered or given up.
    #[schema(format = DateTime, example = "2024-01-15T10:30:01Z")]
    settled_at: Option<String>,
    /// The HTTP status that the last attempt was answered with.
    #[schema(example = 500)]
    last_status: Option<i64>,
    /// Why the last attempt failed.
    #[schema(example = "The target failed.")]
    last_error: Option<String>,
}

impl From<Delivery> for DeliveryItem {
    fn from(delivery: Delivery) -> Self {
        let is_pending = delivery.status == DeliveryStatus::Pending;
        Self {
            id: delivery.id.to_string(),
            message_id: delivery.message_id.to_string(),
            event_type: delivery.event_type,
            status: delivery.status.as_str(),
            attempts: delivery.attempts,
            created_at: delivery.created_at.to_string(),
            next_attempt_at: is_pending.then(|| delivery.due_at.to_string()),
            settled_at: delivery.settled_at.map(|at| at.to_string()),
            last_status: delivery.last_status,
            last_error: delivery.last_error,
        }
    }
}

/// Part of the deliveries.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryList {
    items: Vec<DeliveryItem>,
    /// How many there are on all pages.
    #[schema(example = 120)]
    total: i64,
}

/// Which deliveries are wanted.
pub(super) struct Wanted {
    status: Option<DeliveryStatus>,
    window: Window,
}

impl FromQuery for Wanted {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let status = query.get("status").and_then(|text| {
            fields.take("status", DeliveryStatus::parse(text).ok_or("must be pending, delivered or failed"))
        });
        Some(Self { status, window: Window::take(query, fields)? })
    }

    fn describe(operation: &mut Operation) {
        let names = DeliveryStatus::ALL.map(DeliveryStatus::as_str);
        operation.has_query("status", false, "Only those of this status.", json!({"type": "string", "enum": names}));
        Window::describe(operation);
    }
}

pub(super) async fn list(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    webhook_id: PathId<WebhookId>,
    Query(Wanted { status, window }): Query<Wanted>,
) -> Result<Reply<DeliveryList>> {
    let webhook_id = webhook_id.get()?;
    let listed =
        app.read(move |tx| webhook_deliveries::list(tx, &caller, &webhook_id, status, window.limit, window.offset));
    let (found, total) = listed.await?;
    Ok(Reply(DeliveryList { items: found.into_iter().map(DeliveryItem::from).collect(), total }))
}

/// An attempt.
#[derive(Serialize, ToSchema)]
pub(super) struct AttemptItem {
    /// From 1 on. A number that is left out is one whose outcome nobody knows: the server died meanwhile.
    #[schema(example = 1)]
    number: i64,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    at: String,
    /// How long it took.
    #[schema(example = 35)]
    duration_ms: i64,
    /// The HTTP status that it was answered with; null where there was no answer.
    #[schema(example = 500)]
    status: Option<i64>,
    /// Why it failed; null if it did not.
    #[schema(example = "The target failed.")]
    error: Option<String>,
}

impl From<Attempt> for AttemptItem {
    fn from(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            at: attempt.at.to_string(),
            duration_ms: attempt.duration,
            status: attempt.status,
            error: attempt.error,
        }
    }
}

/// A delivery with what is sent and every attempt.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryDetail {
    delivery: DeliveryItem,
    /// The body as it is sent, byte by byte.
    #[schema(example = r#"{"type":"webhook.test","timestamp":"2024-01-15T10:30:00Z","data":{}}"#)]
    payload: String,
    /// Oldest first.
    attempts: Vec<AttemptItem>,
}

pub(super) async fn show(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    ids: PathIds<WebhookId, DeliveryId>,
) -> Result<Reply<DeliveryDetail>> {
    let (webhook_id, id) = ids.get()?;
    let shown = app.read(move |tx| webhook_deliveries::show(tx, &caller, &webhook_id, &id));
    let (delivery, attempts) = shown.await?;
    let payload = delivery.body.clone();
    let attempts = attempts.into_iter().map(AttemptItem::from).collect();
    Ok(Reply(DeliveryDetail { delivery: delivery.into(), payload, attempts }))
}

pub(super) async fn redeliver(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    ids: PathIds<WebhookId, DeliveryId>,
) -> Result<Reply<DeliveryItem>> {
    let (webhook_id, id) = ids.get()?;
    let restarted = app.write(&caller, move |tx, by| webhook_deliveries::redeliver(tx, by, &webhook_id, &id));
    Ok(Reply(restarted.await?.into()))
}
