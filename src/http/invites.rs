//! Invitations into an organization.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Global, Scoped};
use super::body::{Body, PathId};
use super::members::parse_role;
use super::query::{Query, Window};
use super::reply::{Created, NoContent, Reply};
use crate::app::App;
use crate::clock::Time;
use crate::domain::fields::{Email, Fields};
use crate::domain::invites;
use crate::domain::tenant_caller::Admin;
use crate::error::Result;
use crate::id::InviteId;
use crate::secret::{Secret, TokenDigest};
use crate::store::invites::Invite;
use crate::store::roles::Role;

/// Somebody to invite.
#[derive(Deserialize, ToSchema)]
pub(super) struct InviteRequest {
    #[schema(example = "newuser@acme.com")]
    email: String,
    /// `admin`, `member` or `viewer`.
    #[schema(example = "member")]
    role: String,
}

impl InviteRequest {
    fn parse(&self) -> Result<(Email, Role)> {
        let mut fields = Fields::default();
        let email = fields.take("email", Email::parse(&self.email));
        let role = fields.take("role", parse_role(&self.role));
        fields.finish(email.zip(role))
    }
}

/// An invitation that was just sent.
#[derive(Serialize, ToSchema)]
pub(super) struct SentInvite {
    #[schema(example = "inv_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "newuser@acme.com")]
    email: String,
    /// `admin`, `member` or `viewer`.
    #[schema(example = "member")]
    role: &'static str,
    /// From when on its link does not work.
    #[schema(format = DateTime, example = "2024-01-22T10:30:00Z")]
    expires_at: String,
}

impl From<Invite> for SentInvite {
    fn from(invite: Invite) -> Self {
        Self {
            id: invite.id.to_string(),
            email: invite.email,
            role: invite.role.as_str(),
            expires_at: invite.expires_at.to_string(),
        }
    }
}

pub(super) async fn create(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Body(request): Body<InviteRequest>,
) -> Result<Created<SentInvite>> {
    let ((email, role), installation) = (request.parse()?, app.installation());
    let invite = app.write(&caller, move |tx, by| invites::create(tx, by, &installation, &email, role)).await?;
    Ok(Created(invite.into()))
}

/// An invitation that waits.
#[derive(Serialize, ToSchema)]
pub(super) struct InviteItem {
    #[schema(example = "inv_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "newuser@acme.com")]
    email: String,
    /// `admin`, `member` or `viewer`.
    #[schema(example = "member")]
    role: &'static str,
    /// `pending`, or `expired`: then it can be sent again.
    #[schema(example = "pending")]
    status: &'static str,
    /// Address of who invited.
    #[schema(example = "dev@acme.com")]
    invited_by: String,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    /// From when on its link does not work.
    #[schema(format = DateTime, example = "2024-01-22T10:30:00Z")]
    expires_at: String,
}

impl InviteItem {
    fn new((invite, invited_by): (Invite, String), now: Time) -> Self {
        Self {
            id: invite.id.to_string(),
            email: invite.email,
            role: invite.role.as_str(),
            status: if invite.expires_at > now { "pending" } else { "expired" },
            invited_by,
            created_at: invite.created_at.to_string(),
            expires_at: invite.expires_at.to_string(),
        }
    }
}

/// Part of the invitations that wait.
#[derive(Serialize, ToSchema)]
pub(super) struct InviteList {
    items: Vec<InviteItem>,
    /// How many there are on all pages.
    #[schema(example = 12)]
    total: i64,
}

pub(super) async fn list(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Query(window): Query<Window>,
) -> Result<Reply<InviteList>> {
    let (found, total) = app.read(move |tx| invites::list(tx, &caller, window.limit, window.offset)).await?;
    let now = app.clock().now();
    Ok(Reply(InviteList { items: found.into_iter().map(|item| InviteItem::new(item, now)).collect(), total }))
}

pub(super) async fn resend(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    id: PathId<InviteId>,
) -> Result<Reply<SentInvite>> {
    let (id, installation) = (id.get()?, app.installation());
    let invite = app.write(&caller, move |tx, by| invites::resend(tx, by, &installation, &id)).await?;
    Ok(Reply(invite.into()))
}

pub(super) async fn revoke(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    id: PathId<InviteId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&caller, move |tx, by| invites::revoke(tx, by, &id)).await?;
    Ok(NoContent)
}

/// The token of an invitation.
#[derive(Deserialize, ToSchema)]
pub(super) struct AcceptRequest {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, example = "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    token: Secret,
}

/// A new membership of the caller.
#[derive(Serialize, ToSchema)]
pub(super) struct JoinedTenant {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tenant_id: String,
    /// `admin`, `member` or `viewer`.
    #[schema(example = "member")]
    role: &'static str,
    #[schema(example = "mem_01h455vb4pex5vsknk084sn02q")]
    membership_id: String,
}

pub(super) async fn accept(
    Global(caller): Global,
    State(app): State<App>,
    Body(request): Body<AcceptRequest>,
) -> Result<Reply<JoinedTenant>> {
    let (token, installation) = (TokenDigest::of(request.token.expose()), app.installation());
    let joined = app.write(&caller, move |tx, by| invites::accept(tx, by, &installation, &token)).await?;
    Ok(Reply(JoinedTenant {
        tenant_id: joined.tenant_id.to_string(),
        role: joined.role.as_str(),
        membership_id: joined.membership_id.to_string(),
    }))
}
