//! The caller's own account.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Anonymous, SignedIn};
use super::body::Body;
use super::passwords::prove_current;
use super::reply::{Message, Reply};
use crate::app::App;
use crate::domain::fields::{Email, Fields, Name};
use crate::domain::passwords;
use crate::domain::profile::{self, ProfileChange};
use crate::error::{Error, Result};
use crate::secret::{Secret, TokenDigest};
use crate::store::users::User;

/// The own account.
#[derive(Serialize, ToSchema)]
pub(super) struct Profile {
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "dev@acme.com")]
    email: String,
    #[schema(example = "Jane")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    /// When the address was proved; null until then.
    #[schema(format = DateTime, example = "2024-01-15T10:35:00Z")]
    email_verified_at: Option<String>,
    #[schema(example = false)]
    is_platform_admin: bool,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    #[schema(format = DateTime, example = "2024-01-16T08:00:00Z")]
    last_login_at: Option<String>,
}

impl From<User> for Profile {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            email_verified_at: user.email_verified_at.map(|at| at.to_string()),
            is_platform_admin: user.is_platform_admin,
            created_at: user.created_at.to_string(),
            last_login_at: user.last_login_at.map(|at| at.to_string()),
        }
    }
}

pub(super) async fn show(SignedIn(caller): SignedIn) -> Result<Reply<Profile>> {
    Ok(Reply(caller.user.into()))
}

/// What to change; a field left out stays.
#[derive(Deserialize, ToSchema)]
pub(super) struct ProfileRequest {
    /// 1 to 100 characters.
    #[schema(example = "Jane")]
    first_name: Option<String>,
    /// 1 to 100 characters.
    #[schema(example = "Smith")]
    last_name: Option<String>,
}

impl ProfileRequest {
    fn parse(&self) -> Result<ProfileChange> {
        let mut fields = Fields::default();
        let first_name = self.first_name.as_deref().and_then(|name| fields.take("first_name", Name::parse(name)));
        let last_name = self.last_name.as_deref().and_then(|name| fields.take("last_name", Name::parse(name)));
        fields.check()?;
        Ok(ProfileChange { first_name, last_name })
    }
}

pub(super) async fn update(
    SignedIn(caller): SignedIn,
    State(app): State<App>,
    Body(request): Body<ProfileRequest>,
) -> Result<Reply<Profile>> {
    let change = request.parse()?;
    let user = app.write(&caller, move |tx, by| profile::update(tx, by, &change)).await?;
    Ok(Reply(user.into()))
}

/// A new address for the own account.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangeEmailRequest {
    #[schema(example = "jane@acme.com")]
    email: String,
    #[schema(value_type = String, format = Password, example = "SecurePassword123!")]
    current_password: Secret,
}

pub(super) async fn change_email(
    SignedIn(caller): SignedIn,
    State(app): State<App>,
    Body(request): Body<ChangeEmailRequest>,
) -> Result<Reply<Message>> {
    let email = Email::parse(&request.email).map_err(|message| Error::field("email", message))?;
    let seat = app.hasher().seat()?;
    let reservation = app.write(&caller, passwords::reserve).await?;
    prove_current(&seat, &request.current_password, &reservation).await?;
    let installation = app.installation();
    let requested =
        app.write(&caller, move |tx, by| profile::request_email_change(tx, by, &installation, &reservation, &email));
    requested.await?.granted()?;
    Ok(Message::new("A link was sent to the new address; the address changes when it is opened"))
}

/// The token of a link.
#[derive(Deserialize, ToSchema)]
pub(super) struct VerifyEmailRequest {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String, example = "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    token: Secret,
}

pub(super) async fn verify_email(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    Body(request): Body<VerifyEmailRequest>,
) -> Result<Reply<Message>> {
    let (token, installation) = (TokenDigest::of(request.token.expose()), app.installation());
    app.write(&anonymous, move |tx, by| profile::verify_email(tx, by, &installation, &token)).await?;
    Ok(Message::new("Email address verified"))
}
