//! The mails, for platform admins.

use std::time::Duration;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::body::{Body, PathId};
use super::openapi::Operation;
use super::query::{FromQuery, Query, Values, Window};
use super::reply::{Confidential, NoContent, Reply};
use crate::app::App;
use crate::domain::admin_outbox;
use crate::domain::fields::{Email, Fields};
use crate::error::{Code, Error, Result};
use crate::id::MessageId;
use crate::mail;
use crate::store::outbox::{Message, Status};

/// A mail without what it says.
#[derive(Serialize, ToSchema)]
pub(super) struct MessageItem {
    #[schema(example = "msg_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "dev@acme.com")]
    recipient: String,
    /// What kind of mail it is.
    #[schema(example = "invitation")]
    template: String,
    /// `waiting`, `sent`, `failed` (refused for good) or `expired`.
    #[schema(example = "waiting")]
    status: &'static str,
    /// Tries so far.
    #[schema(example = 2)]
    attempts: i64,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    /// When it is tried next, while it waits.
    #[schema(format = DateTime, example = "2024-01-15T10:31:00Z")]
    due_at: Option<String>,
    /// From when on it is of no use and is given up.
    #[schema(format = DateTime, example = "2024-01-22T10:30:00Z")]
    expires_at: String,
    /// When it was sent, refused or given up.
    #[schema(format = DateTime, example = "2024-01-15T10:31:01Z")]
    settled_at: Option<String>,
    /// Why the last try failed.
    #[schema(example = "the mail server did not answer in time")]
    last_error: Option<String>,
}

impl From<Message> for MessageItem {
    fn from(message: Message) -> Self {
        let is_waiting = message.status == Status::Waiting;
        Self {
            id: message.id.to_string(),
            recipient: message.recipient,
            template: message.template,
            status: message.status.as_str(),
            attempts: message.attempts,
            created_at: message.created_at.to_string(),
            due_at: is_waiting.then(|| message.due_at.to_string()),
            expires_at: message.expires_at.to_string(),
            settled_at: message.settled_at.map(|at| at.to_string()),
            last_error: message.last_error,
        }
    }
}

/// Part of the mails.
#[derive(Serialize, ToSchema)]
pub(super) struct MessageList {
    items: Vec<MessageItem>,
    /// How many there are on all pages.
    #[schema(example = 12)]
    total: i64,
}

/// Which mails are wanted.
pub(super) struct MessageQuery {
    status: Option<Status>,
    window: Window,
}

impl FromQuery for MessageQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let parse = |text| Status::parse(text).ok_or("must be waiting, sent, failed or expired");
        let status = query.get("status").and_then(|text| fields.take("status", parse(text)));
        Some(Self { status, window: Window::take(query, fields)? })
    }

    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string", "enum": ["waiting", "sent", "failed", "expired"]});
        operation.has_query("status", false, "Only those that stand so.", schema);
        Window::describe(operation);
    }
}

pub(super) async fn list(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Query(MessageQuery { status, window }): Query<MessageQuery>,
) -> Result<Reply<MessageList>> {
    let (found, total) =
        app.read(move |tx| admin_outbox::list(tx, &admin, status, window.limit, window.offset)).await?;
    Ok(Reply(MessageList { items: found.into_iter().map(MessageItem::from).collect(), total }))
}

pub(super) async fn retry(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<MessageId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&admin, move |tx, by| admin_outbox::retry(tx, by, &id)).await?;
    Ok(NoContent)
}

/// A link to hand over.
#[derive(Serialize, ToSchema)]
pub(super) struct RevealedLink {
    #[schema(example = "dev@acme.com")]
    recipient: String,
    /// What kind of mail it is of.
    #[schema(example = "invitation")]
    template: String,
    /// For the recipient alone.
    #[schema(example = "https://platform.acme.com/#/invite?token=q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    link: String,
    /// From when on it does not work.
    #[schema(format = DateTime, example = "2024-01-22T10:30:00Z")]
    expires_at: String,
}

pub(super) async fn reveal(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<MessageId>,
) -> Result<Confidential<Reply<RevealedLink>>> {
    let (id, installation) = (id.get()?, app.installation());
    let (message, link) = app.write(&admin, move |tx, by| admin_outbox::reveal(tx, by, &installation, &id)).await?;
    Ok(Confidential(Reply(RevealedLink {
        recipient: message.recipient,
        template: message.template,
        link: link.expose().to_owned(),
        expires_at: message.expires_at.to_string(),
    })))
}

/// Whom a test message goes to.
#[derive(Deserialize, ToSchema)]
pub(super) struct MailTestRequest {
    /// ASCII, at most 254 characters.
    #[schema(example = "admin@acme.com")]
    to: String,
}

/// How a test message fared.
#[derive(Serialize, ToSchema)]
pub(super) struct MailTest {
    /// Whether the mail server took it.
    #[schema(example = false)]
    ok: bool,
    /// What it failed at: `not_set`, `settings`, `unreachable`, `timeout`, `encryption`, `sign_in`, `sender`, `recipient`,
    /// `refused` or `interrupted`; null if at nothing.
    #[schema(example = "sign_in")]
    reason: Option<&'static str>,
    /// The same for a person.
    #[schema(example = "The server at mail.acme.com:587 refused the sign-in: 535 authentication failed.")]
    message: String,
}

/// Test messages that are on their way at the same time at most.
static TESTS: Semaphore = Semaphore::const_new(4);

pub(super) async fn test(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Body(request): Body<MailTestRequest>,
) -> Result<Reply<MailTest>> {
    let mut fields = Fields::default();
    let to = fields.take("to", Email::parse(&request.to));
    let to = fields.finish(to)?;
    // Each may take its whole time; nobody may have the server wait for many.
    let _turn = TESTS.try_acquire().map_err(|_| Error::new(Code::Overloaded).retry_after(Duration::from_secs(5)))?;
    let (installation, recipient) = (app.installation(), to.clone());
    app.write(&admin, move |tx, by| admin_outbox::begin_test(tx, by, &installation, &recipient)).await?;
    let installation = app.installation();
    Ok(Reply(match mail::send_test(&installation, to.as_ref(), app.clock().now()).await {
        Ok(server) => MailTest { ok: true, reason: None, message: format!("{server} took the message to {to}.") },
        Err(failure) => {
            MailTest { ok: false, reason: Some(failure.reason.as_str()), message: sentence(&failure.to_string()) }
        }
    }))
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let text: String = first.chain(letters).collect();
    if text.ends_with('.') { text } else { format!("{text}.") }
}
