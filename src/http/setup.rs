//! The first platform admin, made through the one-time setup link.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::Anonymous;
use super::auth::{Registered, parse_account};
use super::body::Body;
use super::reply::Created;
use crate::app::App;
use crate::domain::setup;
use crate::error::Result;
use crate::secret::{Secret, TokenDigest};

/// The first platform admin.
#[derive(Deserialize, ToSchema)]
pub(super) struct SetupRequest {
    /// What stands behind `token=` in the setup link.
    #[schema(value_type = String, example = "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    token: Secret,
    #[schema(example = "admin@acme.com")]
    email: String,
    #[schema(value_type = String, format = Password, example = "SecurePassword123!")]
    password: Secret,
    #[schema(example = "Ada")]
    first_name: String,
    #[schema(example = "Lovelace")]
    last_name: String,
}

pub(super) async fn complete(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    Body(request): Body<SetupRequest>,
) -> Result<Created<Registered>> {
    let names = (request.first_name.as_str(), request.last_name.as_str());
    let min_length = app.installation().settings().password_min_length();
    let new = parse_account(&request.email, &request.password, names, min_length)?;
    let token = TokenDigest::of(request.token.expose());
    let digest = token.clone();
    app.read(move |tx| setup::check(tx, &digest)).await?;
    let hash = app.hasher().seat()?.hash(new.password.secret()).await?;
    let user = app.write(&anonymous, move |tx, by| setup::complete(tx, by, &token, &new, &hash)).await?;
    Ok(Created(user.into()))
}
