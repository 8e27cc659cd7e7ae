//! The members of an organization.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Scoped;
use super::body::{Body, PathId};
use super::query::{Part, Query};
use super::reply::{Listed, Message, NoContent, Reply};
use crate::app::App;
use crate::domain::fields::Fields;
use crate::domain::members::{self, MemberChange};
use crate::domain::tenant_caller::{Admin, Owner, Viewer};
use crate::error::{Code, Error, Result};
use crate::id::{Id as _, UserId};
use crate::store::memberships::Member;
use crate::store::roles::Role;

/// A member.
#[derive(Serialize, ToSchema)]
pub(super) struct MemberItem {
    #[schema(example = "mem_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    user_id: String,
    #[schema(example = "dev@acme.com")]
    email: String,
    #[schema(example = "Jane")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    /// `owner`, `admin`, `member` or `viewer`.
    #[schema(example = "admin")]
    role: &'static str,
    /// `active` or `disabled`.
    #[schema(example = "active")]
    status: &'static str,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    joined_at: String,
    /// The last sign-in, for admins; null before the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime, example = "2024-01-16T08:00:00Z")]
    last_login_at: Option<Option<String>>,
    /// Whether the person has a second factor; told to admins and the owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    mfa_enabled: Option<bool>,
}

impl MemberItem {
    /// The member as somebody with this role sees them.
    fn seen_by(role: Role, member: Member) -> Self {
        let last_login_at = member.user.last_login_at.map(|at| at.to_string());
        Self {
            id: member.id.to_string(),
            user_id: member.user.id.to_string(),
            email: member.user.email,
            first_name: member.user.first_name,
            last_name: member.user.last_name,
            role: member.role.as_str(),
            status: if member.is_disabled { "disabled" } else { "active" },
            joined_at: member.joined_at.to_string(),
            last_login_at: (role >= Role::Admin).then_some(last_login_at),
            mfa_enabled: (role >= Role::Admin).then_some(member.has_factor),
        }
    }
}

pub(super) async fn list(
    Scoped(caller): Scoped<Viewer>,
    State(app): State<App>,
    Query(part): Query<Part>,
) -> Result<Listed<Vec<MemberItem>>> {
    let (is_part, role) = (part.is_part, caller.role);
    let (found, total) = app.read(move |tx| members::list(tx, &caller, &part.page)).await?;
    Ok(Listed {
        items: found.into_iter().map(|member| MemberItem::seen_by(role, member)).collect(),
        total: is_part.then_some(total),
    })
}

/// A role that can be given: `admin`, `member` or `viewer`.
pub(super) fn parse_role(text: &str) -> std::result::Result<Role, &'static str> {
    let found = Role::ALL.into_iter().find(|role| role.as_str() == text && *role != Role::Owner);
    found.ok_or("must be admin, member or viewer")
}

pub(super) fn parse_status(text: &str) -> std::result::Result<bool, &'static str> {
    match text {
        "active" => Ok(false),
        "disabled" => Ok(true),
        _ => Err("must be active or disabled"),
    }
}

/// What to change; a field left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangeMemberRequest {
    /// `admin`, `member` or `viewer`.
    #[schema(example = "viewer")]
    role: Option<String>,
    /// `active` or `disabled`.
    #[schema(example = "disabled")]
    status: Option<String>,
}

impl ChangeMemberRequest {
    fn parse(&self) -> Result<MemberChange> {
        let mut fields = Fields::default();
        let role = self.role.as_deref().and_then(|role| fields.take("role", parse_role(role)));
        let is_disabled = self.status.as_deref().and_then(|status| fields.take("status", parse_status(status)));
        fields.check()?;
        Ok(MemberChange { role, is_disabled })
    }
}

pub(super) async fn change(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    user_id: PathId<UserId>,
    Body(request): Body<ChangeMemberRequest>,
) -> Result<Reply<MemberItem>> {
    let (change, user_id, installation, role) = (request.parse()?, user_id.get()?, app.installation(), caller.role);
    let changed = app.write(&caller, move |tx, by| members::change(tx, by, &installation, &user_id, &change)).await?;
    Ok(Reply(MemberItem::seen_by(role, changed)))
}

pub(super) async fn remove(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    user_id: PathId<UserId>,
) -> Result<Reply<Message>> {
    let (user_id, installation) = (user_id.get()?, app.installation());
    app.write(&caller, move |tx, by| members::remove(tx, by, &installation, &user_id)).await?;
    Ok(Message::new("Member removed"))
}

pub(super) async fn leave(Scoped(caller): Scoped<Viewer>, State(app): State<App>) -> Result<NoContent> {
    app.write(&caller, members::leave).await?;
    Ok(NoContent)
}

/// The member who becomes the owner.
#[derive(Deserialize, ToSchema)]
pub(super) struct TransferRequest {
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    user_id: String,
}

pub(super) async fn transfer_ownership(
    Scoped(caller): Scoped<Owner>,
    State(app): State<App>,
    Body(request): Body<TransferRequest>,
) -> Result<Reply<Message>> {
    let user_id =
        UserId::parse(&request.user_id).ok_or_else(|| Error::new(Code::NotFound).with_detail("Member not found."))?;
    let installation = app.installation();
    app.write(&caller, move |tx, by| members::transfer_ownership(tx, by, &installation, &user_id)).await?;
    Ok(Message::new("Ownership transferred"))
}
