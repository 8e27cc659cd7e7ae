//! Tokens for one organization.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Global, Scoped};
use super::body::Body;
use super::reply::{Confidential, Reply};
use super::usage::parse_environment;
use crate::app::App;
use crate::domain::scoped_tokens::{self, ScopedToken};
use crate::domain::tenant_caller::Viewer;
use crate::error::{Error, Result};
use crate::id::{Id as _, TenantId};

/// The organization that is wanted.
#[derive(Deserialize, ToSchema)]
pub(super) struct SelectTenantRequest {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tenant_id: String,
}

/// A token for one organization.
#[derive(Serialize, ToSchema)]
pub(super) struct TenantToken {
    /// A scoped JWT for requests.
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...")]
    access_token: String,
    /// Always `bearer`.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Life of the token in seconds.
    #[schema(example = 1800)]
    expires_in: i64,
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tenant_id: String,
    /// `owner`, `admin`, `member` or `viewer`.
    #[schema(example = "admin")]
    role: &'static str,
    /// `prod`, `staging` or `dev`.
    #[schema(example = "prod")]
    environment: &'static str,
}

impl From<ScopedToken> for TenantToken {
    fn from(token: ScopedToken) -> Self {
        Self {
            access_token: token.access_token.expose().to_owned(),
            token_type: "bearer",
            expires_in: token.expires_in,
            tenant_id: token.tenant_id.to_string(),
            role: token.role.as_str(),
            environment: token.environment.as_str(),
        }
    }
}

pub(super) async fn select(
    Global(caller): Global,
    State(app): State<App>,
    Body(request): Body<SelectTenantRequest>,
) -> Result<Confidential<Reply<TenantToken>>> {
    let (tenant_id, installation) = (TenantId::parse(&request.tenant_id), app.installation());
    let selected =
        app.write(&caller, move |tx, by| scoped_tokens::select(tx, by, &installation, tenant_id.as_ref())).await?;
    Ok(Confidential(Reply(selected.into())))
}

/// The environment that is wanted.
#[derive(Deserialize, ToSchema)]
pub(super) struct SwitchEnvironmentRequest {
    /// `prod`, `staging` or `dev`.
    #[schema(example = "staging")]
    environment: String,
}

/// A token for another environment.
#[derive(Serialize, ToSchema)]
pub(super) struct EnvironmentToken {
    /// A scoped JWT for requests.
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...")]
    access_token: String,
    /// Always `bearer`.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// What is left of the life of the token before, in seconds.
    #[schema(example = 1200)]
    expires_in: i64,
    /// `prod`, `staging` or `dev`.
    #[schema(example = "staging")]
    environment: &'static str,
}

pub(super) async fn switch_environment(
    Scoped(caller): Scoped<Viewer>,
    State(app): State<App>,
    Body(request): Body<SwitchEnvironmentRequest>,
) -> Result<Confidential<Reply<EnvironmentToken>>> {
    let wanted = parse_environment(&request.environment).map_err(|message| Error::field("environment", message))?;
    let installation = app.installation();
    let switched =
        app.write(&caller, move |tx, by| scoped_tokens::switch_environment(tx, by, &installation, wanted)).await?;
    Ok(Confidential(Reply(EnvironmentToken {
        access_token: switched.access_token.expose().to_owned(),
        token_type: "bearer",
        expires_in: switched.expires_in,
        environment: switched.environment.as_str(),
    })))
}
