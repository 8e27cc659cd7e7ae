//! Accounts, for platform admins.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::body::{Body, PathId};
use super::members::parse_status;
use super::mfa::FactorItem;
use super::openapi::Operation;
use super::query::{FromQuery, Query, Values, Window, parse_needle};
use super::reply::{NoContent, Reply};
use super::tenants::TenantItem;
use crate::app::App;
use crate::domain::admin_users::{self, UserChange, UserDetail};
use crate::domain::fields::Fields;
use crate::error::Result;
use crate::id::UserId;
use crate::store::Page;
use crate::store::sessions::Session;
use crate::store::users::User;

/// An account.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminUserItem {
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "dev@acme.com")]
    email: String,
    #[schema(example = "Jane")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    #[schema(example = false)]
    is_platform_admin: bool,
    /// `active` or `disabled`.
    #[schema(example = "active")]
    status: &'static str,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    #[schema(format = DateTime, example = "2024-01-16T08:00:00Z")]
    last_login_at: Option<String>,
}

impl From<User> for AdminUserItem {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            is_platform_admin: user.is_platform_admin,
            status: if user.is_disabled { "disabled" } else { "active" },
            created_at: user.created_at.to_string(),
            last_login_at: user.last_login_at.map(|at| at.to_string()),
        }
    }
}

/// Part of the accounts.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminUserList {
    items: Vec<AdminUserItem>,
    /// How many there are on all pages.
    #[schema(example = 5_240)]
    total: i64,
}

/// Which accounts are wanted.
pub(super) struct UserQuery(Page);

impl FromQuery for UserQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let needle = fields.take("email", parse_needle(query.get("email").unwrap_or_default())).unwrap_or_default();
        let Window { limit, offset } = Window::take(query, fields)?;
        Some(Self(Page { needle, limit: Some(limit), offset }))
    }

    fn describe(operation: &mut Operation) {
        operation.has_query("email", false, "Only those whose address holds this text.", json!({"type": "string"}));
        Window::describe(operation);
    }
}

pub(super) async fn list(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Query(UserQuery(page)): Query<UserQuery>,
) -> Result<Reply<AdminUserList>> {
    let (found, total) = app.read(move |tx| admin_users::list(tx, &admin, &page)).await?;
    Ok(Reply(AdminUserList { items: found.into_iter().map(AdminUserItem::from).collect(), total }))
}

/// A sign-in of somebody that still works.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminSessionItem {
    #[schema(example = "ses_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    /// The last refresh, or the sign-in.
    #[schema(format = DateTime, example = "2024-01-15T11:00:00Z")]
    last_used_at: String,
    /// Its end at the latest.
    #[schema(format = DateTime, example = "2024-02-14T10:30:00Z")]
    expires_at: String,
    /// Where the person signed in from.
    #[schema(example = "192.0.2.7")]
    address: Option<String>,
    /// What the client called itself.
    #[schema(example = "curl/8.5.0")]
    user_agent: Option<String>,
}

impl From<Session> for AdminSessionItem {
    fn from(session: Session) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at.to_string(),
            last_used_at: session.refreshed_at.to_string(),
            expires_at: session.expires_at.to_string(),
            address: session.address,
            user_agent: session.user_agent,
        }
    }
}

/// An account in detail.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminUser {
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "dev@acme.com")]
    email: String,
    #[schema(example = "Jane")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    #[schema(example = false)]
    is_platform_admin: bool,
    /// `active` or `disabled`.
    #[schema(example = "active")]
    status: &'static str,
    /// When the address was proved; null until then.
    #[schema(format = DateTime, example = "2024-01-15T10:35:00Z")]
    email_verified_at: Option<String>,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    #[schema(format = DateTime, example = "2024-01-16T08:00:00Z")]
    last_login_at: Option<String>,
    /// Organizations in which the person is an active member.
    memberships: Vec<TenantItem>,
    /// Newest first.
    sessions: Vec<AdminSessionItem>,
    /// Second factors, oldest first.
    factors: Vec<FactorItem>,
}

impl From<UserDetail> for AdminUser {
    fn from(UserDetail { user, memberships, sessions, factors }: UserDetail) -> Self {
        let email_verified_at = user.email_verified_at.map(|at| at.to_string());
        let item = AdminUserItem::from(user);
        Self {
            id: item.id,
            email: item.email,
            first_name: item.first_name,
            last_name: item.last_name,
            is_platform_admin: item.is_platform_admin,
            status: item.status,
            email_verified_at,
            created_at: item.created_at,
            last_login_at: item.last_login_at,
            memberships: memberships.into_iter().map(TenantItem::from).collect(),
            sessions: sessions.into_iter().map(AdminSessionItem::from).collect(),
            factors: factors.into_iter().map(FactorItem::from).collect(),
        }
    }
}

pub(super) async fn show(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<UserId>,
) -> Result<Reply<AdminUser>> {
    let id = id.get()?;
    let detail = app.read(move |tx| admin_users::show(tx, &admin, &id)).await?;
    Ok(Reply(detail.into()))
}

/// What to change; a field left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangeUserRequest {
    /// `active` or `disabled`.
    #[schema(example = "disabled")]
    status: Option<String>,
    /// Whether the person administers the whole installation.
    #[schema(example = false)]
    is_platform_admin: Option<bool>,
}

impl ChangeUserRequest {
    fn parse(&self) -> Result<UserChange> {
        let mut fields = Fields::default();
        let is_disabled = self.status.as_deref().and_then(|status| fields.take("status", parse_status(status)));
        fields.check()?;
        Ok(UserChange { is_disabled, is_platform_admin: self.is_platform_admin })
    }
}

pub(super) async fn change(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<UserId>,
    Body(request): Body<ChangeUserRequest>,
) -> Result<Reply<AdminUserItem>> {
    let (change, id) = (request.parse()?, id.get()?);
    let changed = app.write(&admin, move |tx, by| admin_users::change(tx, by, &id, change)).await?;
    Ok(Reply(changed.into()))
}

pub(super) async fn delete(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<UserId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&admin, move |tx, by| admin_users::delete(tx, by, &id)).await?;
    Ok(NoContent)
}

pub(super) async fn end_sessions(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<UserId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&admin, move |tx, by| admin_users::end_sessions(tx, by, &id)).await?;
    Ok(NoContent)
}

pub(super) async fn unlock(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<UserId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&admin, move |tx, by| admin_users::unlock(tx, by, &id)).await?;
    Ok(NoContent)
}

pub(super) async fn reset_mfa(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<UserId>,
) -> Result<NoContent> {
    let (id, installation) = (id.get()?, app.installation());
    app.write(&admin, move |tx, by| admin_users::reset_mfa(tx, by, &installation, &id)).await?;
    Ok(NoContent)
}
