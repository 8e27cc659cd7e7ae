//! The first platform admin, made through the one-time setup link.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::Anonymous;
use super::auth::Registered;
use super::body::Body;
use super::reply::Created;
use crate::app::App;
use crate::domain::fields::{Email, Fields, NewPassword, PersonName};
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
    let mut fields = Fields::default();
    let email = fields.take("email", Email::parse(&request.email));
    let address = email.as_ref().map_or("", AsRef::as_ref);
    let min_length = app.installation().settings().password_min_length();
    let password = fields.take("password", NewPassword::parse(&request.password, address, min_length));
    let first_name = fields.take("first_name", PersonName::parse(&request.first_name));
    let last_name = fields.take("last_name", PersonName::parse(&request.last_name));
    let ((email, password), names) = fields.finish(email.zip(password).zip(first_name.zip(last_name)))?;
    let token = TokenDigest::of(request.token.expose());
    let digest = token.clone();
    app.read(move |tx| setup::check(tx, &digest)).await?;
    let hash = app.hasher().seat()?.hash(password.secret()).await?;
    let user = app.write(&anonymous, move |tx, by| setup::complete(tx, by, &token, &email, &names, &hash)).await?;
    Ok(Created(user.into()))
}
