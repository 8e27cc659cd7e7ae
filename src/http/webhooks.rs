//! Addresses that an organization wants to be told at what happens in it.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::access::Scoped;
use super::body::{Body, PathId};
use super::query::{Query, Window};
use super::reply::{Confidential, Created, NoContent, Reply};
use super::webhook_deliveries::DeliveryItem;
use crate::app::App;
use crate::domain::fields::Fields;
use crate::domain::tenant_caller::Admin;
use crate::domain::webhooks::{self, WebhookChange, parse_description, parse_events, parse_url};
use crate::error::Result;
use crate::id::WebhookId;
use crate::secret::Secret;
use crate::store::webhooks::Webhook;

/// A webhook.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookReply {
    #[schema(example = "whk_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "https://acme.example/hooks")]
    url: String,
    /// Event types that it is told of; `*` alone for all.
    #[schema(example = json!(["member.joined", "member.left"]))]
    events: Vec<String>,
    #[schema(example = "Our directory")]
    description: String,
    #[schema(example = true)]
    enabled: bool,
    /// Why it was disabled where no person did it: `gone` (it answered 410) or `failing` (every attempt failed for days).
    #[schema(example = "failing")]
    disabled_reason: Option<String>,
    /// Since when every attempt has failed; null if the last one did not.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    failing_since: Option<String>,
    /// Until when the secret before the last rotation signs too.
    #[schema(format = DateTime, example = "2024-01-16T10:30:00Z")]
    old_secret_expires_at: Option<String>,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    updated_at: String,
    /// What signs. It is shown this once: in the replies that make a webhook or rotate its secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfyh8l6wqM=")]
    secret: Option<String>,
}

impl From<Webhook> for WebhookReply {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            url: webhook.url,
            events: webhook.events,
            description: webhook.description,
            enabled: webhook.is_enabled,
            disabled_reason: webhook.disabled_reason,
            failing_since: webhook.failing_since.map(|at| at.to_string()),
            old_secret_expires_at: webhook.old_secret_until.map(|at| at.to_string()),
            created_at: webhook.created_at.to_string(),
            updated_at: webhook.updated_at.to_string(),
            secret: None,
        }
    }
}

impl WebhookReply {
    fn with(webhook: Webhook, secret: &Secret) -> Self {
        Self { secret: Some(secret.expose().to_owned()), ..webhook.into() }
    }
}

/// Part of the webhooks.
#[derive(Serialize, ToSchema)]
pub(super) struct WebhookList {
    items: Vec<WebhookReply>,
    /// How many there are on all pages.
    #[schema(example = 2)]
    total: i64,
}

pub(super) async fn list(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Query(window): Query<Window>,
) -> Result<Reply<WebhookList>> {
    let (found, total) = app.read(move |tx| webhooks::list(tx, &caller, window.limit, window.offset)).await?;
    Ok(Reply(WebhookList { items: found.into_iter().map(WebhookReply::from).collect(), total }))
}

/// A new webhook.
#[derive(Deserialize, ToSchema)]
pub(super) struct CreateWebhookRequest {
    /// `https`, or `http` where the operator allows private targets. It is called as it stands; no redirect is followed.
    #[schema(example = "https://acme.example/hooks")]
    url: String,
    /// Event types to be told of; `*` alone for all, also those of later versions.
    #[schema(example = json!(["member.joined", "member.left"]))]
    events: Vec<String>,
    /// At most 200 characters.
    #[schema(example = "Our directory")]
    description: Option<String>,
    /// True if it is left out.
    #[schema(example = true)]
    enabled: Option<bool>,
}

/// Takes an address that may be called as far as its text tells; what its name leads to is looked at when it is called.
fn take_url(fields: &mut Fields, app: &App, text: &str) -> Option<Url> {
    let policy = app.store_policy().targets;
    let url = parse_url(text, policy.allow_private).and_then(|url| match policy.check_url(&url) {
        Ok(()) => Ok(url),
        Err(_) => Err("must be a public address; the operator has not allowed others"),
    });
    fields.take("url", url)
}

fn take_rest(
    fields: &mut Fields,
    events: Option<&[String]>,
    description: Option<&str>,
    is_enabled: Option<bool>,
) -> WebhookChange {
    WebhookChange {
        url: None,
        events: events.and_then(|names| fields.take("events", parse_events(names))),
        description: description.and_then(|text| fields.take("description", parse_description(text))),
        is_enabled,
    }
}

pub(super) async fn create(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Body(request): Body<CreateWebhookRequest>,
) -> Result<Confidential<Created<WebhookReply>>> {
    let mut fields = Fields::default();
    let url = take_url(&mut fields, &app, &request.url);
    let rest = take_rest(&mut fields, Some(&request.events), request.description.as_deref(), request.enabled);
    let (url, installation) = (fields.finish(url)?, app.installation());
    let (webhook, secret) =
        app.write(&caller, move |tx, by| webhooks::create(tx, by, &installation, &url, &rest)).await?;
    Ok(Confidential(Created(WebhookReply::with(webhook, &secret))))
}

pub(super) async fn show(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    id: PathId<WebhookId>,
) -> Result<Reply<WebhookReply>> {
    let id = id.get()?;
    Ok(Reply(app.read(move |tx| webhooks::show(tx, &caller, &id)).await?.into()))
}

/// What to change of a webhook; what is left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangeWebhookRequest {
    /// As for a new webhook.
    #[schema(example = "https://acme.example/hooks")]
    url: Option<String>,
    /// Event types to be told of; `*` alone for all.
    #[schema(example = json!(["*"]))]
    events: Option<Vec<String>>,
    /// At most 200 characters.
    #[schema(example = "Our directory")]
    description: Option<String>,
    /// Whether it is told anything.
    #[schema(example = false)]
    enabled: Option<bool>,
}

pub(super) async fn change(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    id: PathId<WebhookId>,
    Body(request): Body<ChangeWebhookRequest>,
) -> Result<Reply<WebhookReply>> {
    let mut fields = Fields::default();
    let url = request.url.as_deref().and_then(|text| take_url(&mut fields, &app, text));
    let rest = take_rest(&mut fields, request.events.as_deref(), request.description.as_deref(), request.enabled);
    fields.check()?;
    let (id, change) = (id.get()?, WebhookChange { url, ..rest });
    Ok(Reply(app.write(&caller, move |tx, by| webhooks::change(tx, by, &id, &change)).await?.into()))
}

pub(super) async fn delete(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    id: PathId<WebhookId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&caller, move |tx, by| webhooks::delete(tx, by, &id)).await?;
    Ok(NoContent)
}

pub(super) async fn rotate_secret(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    id: PathId<WebhookId>,
) -> Result<Confidential<Reply<WebhookReply>>> {
    let (id, installation) = (id.get()?, app.installation());
    let rotated = app.write(&caller, move |tx, by| webhooks::rotate_secret(tx, by, &installation, &id));
    let (webhook, secret) = rotated.await?;
    Ok(Confidential(Reply(WebhookReply::with(webhook, &secret))))
}

pub(super) async fn test(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    id: PathId<WebhookId>,
) -> Result<Created<DeliveryItem>> {
    let id = id.get()?;
    Ok(Created(app.write(&caller, move |tx, by| webhooks::test(tx, by, &id)).await?.into()))
}
