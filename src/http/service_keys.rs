//! Keys of the platform's own services.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::body::{Body, PathId};
use super::query::{Query, Window};
use super::reply::{Confidential, Created, NoContent, Reply};
use crate::app::App;
use crate::domain::fields::{Fields, Name};
use crate::domain::service_keys;
use crate::error::Result;
use crate::id::ServiceKeyId;
use crate::store::service_keys::ServiceKey;

/// A new key.
#[derive(Deserialize, ToSchema)]
pub(super) struct CreateServiceKeyRequest {
    /// 1 to 100 characters.
    #[schema(example = "gateway-1")]
    name: String,
    /// Of `tokens:read`, `usage:write`, `configs:read` and `entitlements:read`.
    #[schema(example = json!(["tokens:read", "usage:write"]))]
    scopes: Vec<String>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(super) struct CreatedServiceKey {
    #[schema(example = "key_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "gateway-1")]
    name: String,
    #[schema(example = json!(["tokens:read", "usage:write"]))]
    scopes: Vec<String>,
    /// The key itself. It is shown this once.
    #[schema(example = "tpk_q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    key: String,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
}

pub(super) async fn create(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Body(request): Body<CreateServiceKeyRequest>,
) -> Result<Confidential<Created<CreatedServiceKey>>> {
    let mut fields = Fields::default();
    let name = fields.take("name", Name::parse(&request.name));
    let scopes = fields.take("scopes", service_keys::parse_scopes(&request.scopes));
    let (name, scopes) = fields.finish(name.zip(scopes))?;
    let (key, secret) = app.write(&admin, move |tx, by| service_keys::create(tx, by, &name, &scopes)).await?;
    Ok(Confidential(Created(CreatedServiceKey {
        id: key.id.to_string(),
        name: key.name,
        scopes: key.scopes,
        key: secret.expose().to_owned(),
        created_at: key.created_at.to_string(),
    })))
}

/// A key without its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct ServiceKeyItem {
    #[schema(example = "key_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "gateway-1")]
    name: String,
    #[schema(example = json!(["tokens:read", "usage:write"]))]
    scopes: Vec<String>,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    /// Since when it does not work any more; null while it does.
    #[schema(format = DateTime, example = "2024-06-01T00:00:00Z")]
    revoked_at: Option<String>,
}

impl From<ServiceKey> for ServiceKeyItem {
    fn from(key: ServiceKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            scopes: key.scopes,
            created_at: key.created_at.to_string(),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
        }
    }
}

/// Part of the keys.
#[derive(Serialize, ToSchema)]
pub(super) struct ServiceKeyList {
    items: Vec<ServiceKeyItem>,
    /// How many there are on all pages.
    #[schema(example = 2)]
    total: i64,
}

pub(super) async fn list(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Query(window): Query<Window>,
) -> Result<Reply<ServiceKeyList>> {
    let (found, total) = app.read(move |tx| service_keys::list(tx, &admin, window.limit, window.offset)).await?;
    Ok(Reply(ServiceKeyList { items: found.into_iter().map(ServiceKeyItem::from).collect(), total }))
}

pub(super) async fn revoke(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<ServiceKeyId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&admin, move |tx, by| service_keys::revoke(tx, by, &id)).await?;
    Ok(NoContent)
}
