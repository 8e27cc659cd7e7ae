//! Registration, sign-in, refresh and sign-out.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Anonymous, SessionHolder};
use super::body::{Body, OptionalBody};
use super::client::Client;
use super::reply::{Created, Message, Reply, SignInReply, SignedOut, TokenReply};
use crate::app::App;
use crate::domain::accounts::{self, Registration};
use crate::domain::fields::{Email, Fields, Name, NewPassword};
use crate::domain::sign_in::{self, Checked};
use crate::domain::{otp, sessions};
use crate::error::{Code, Error, Outcome, Result};
use crate::secret::{Secret, TokenDigest};
use crate::store::users::User;

/// Somebody who wants an account.
#[derive(Deserialize, ToSchema)]
pub(super) struct RegisterRequest {
    /// ASCII, at most 254 characters; stored trimmed and in lower case.
    #[schema(example = "dev@acme.com")]
    email: String,
    /// At least as long as `auth.password_min_length` says, at most 128 characters, neither the address nor a common one.
    #[schema(value_type = String, format = Password, example = "SecurePassword123!")]
    password: Secret,
    /// 1 to 100 characters.
    #[schema(example = "Jane")]
    first_name: String,
    /// 1 to 100 characters.
    #[schema(example = "Doe")]
    last_name: String,
    /// What stands behind `token=` in the link of an invitation to this address. The account is then a member at once.
    #[schema(value_type = Option<String>, example = "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    invite_token: Option<Secret>,
}

/// The fields that make an account, or everything that is wrong with them.
pub(super) fn parse_account(
    email: &str,
    password: &Secret,
    names: (&str, &str),
    min_length: usize,
) -> Result<Registration> {
    let mut fields = Fields::default();
    let email = fields.take("email", Email::parse(email));
    let address = email.as_ref().map_or("", AsRef::as_ref);
    let password = fields.take("password", NewPassword::parse(password, address, min_length));
    let first_name = fields.take("first_name", Name::parse(names.0));
    let last_name = fields.take("last_name", Name::parse(names.1));
    let values = email.zip(password).zip(first_name.zip(last_name));
    let ((email, password), (first_name, last_name)) = fields.finish(values)?;
    Ok(Registration { email, password, first_name, last_name, invite_token: None })
}

/// A new account.
#[derive(Serialize, ToSchema)]
pub(super) struct Registered {
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(example = "dev@acme.com")]
    email: String,
    #[schema(example = "Jane")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
}

impl From<User> for Registered {
    fn from(user: User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            created_at: user.created_at.to_string(),
        }
    }
}

pub(super) async fn register(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    Body(request): Body<RegisterRequest>,
) -> Result<Created<Registered>> {
    let installation = app.installation();
    let names = (request.first_name.as_str(), request.last_name.as_str());
    let min_length = installation.settings().password_min_length();
    let mut new = parse_account(&request.email, &request.password, names, min_length)?;
    new.invite_token = request.invite_token.map(|token| TokenDigest::of(token.expose()));
    let (checking, checked) = (installation.clone(), new.clone());
    app.read(move |tx| accounts::check(tx, &checking, &checked).map(drop)).await?;
    let hash = app.hasher().seat()?.hash(new.password.secret()).await?;
    let user = app.write(&anonymous, move |tx, by| accounts::register(tx, by, &installation, &new, &hash)).await?;
    Ok(Created(user.into()))
}

/// A sign-in with a password.
#[derive(Deserialize, ToSchema)]
pub(super) struct LoginRequest {
    #[schema(example = "dev@acme.com")]
    email: String,
    #[schema(value_type = String, format = Password, example = "SecurePassword123!")]
    password: Secret,
}

pub(super) async fn login(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    client: Client,
    Body(request): Body<LoginRequest>,
) -> Result<SignInReply> {
    let email = Email::parse(&request.email).map_err(|message| Error::field("email", message))?;
    let seat = app.hasher().seat()?;
    let reservation = app.write(&anonymous, move |tx, by| sign_in::reserve(tx, by, &email)).await?.granted()?;
    let check = seat.check(&request.password, reservation.password_hash()).await?;
    let rehashed = match check.is_right && check.is_outdated {
        true => Some(seat.hash(&request.password).await?),
        false => None,
    };
    let checked = Checked { is_right: check.is_right, rehashed };
    let (installation, agent) = (app.installation(), client.user_agent.clone());
    let settled = app.write(&anonymous, move |tx, by| {
        sign_in::settle(tx, by, &installation, &reservation, &checked, agent.as_deref())
    });
    Ok(SignInReply::new(&settled.await?.granted()?, &client, &app))
}

/// An address.
#[derive(Deserialize, ToSchema)]
pub(super) struct EmailRequest {
    #[schema(example = "dev@acme.com")]
    email: String,
}

impl EmailRequest {
    pub(super) fn parse(&self) -> Result<Email> {
        Email::parse(&self.email).map_err(|message| Error::field("email", message))
    }
}

pub(super) async fn request_otp(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    Body(request): Body<EmailRequest>,
) -> Result<Reply<Message>> {
    let (email, installation) = (request.parse()?, app.installation());
    app.write(&anonymous, move |tx, by| otp::request(tx, by, &installation, &email)).await?;
    Ok(Message::new("OTP sent to your email"))
}

/// A sign-in with an emailed code.
#[derive(Deserialize, ToSchema)]
pub(super) struct OtpRequest {
    #[schema(example = "dev@acme.com")]
    email: String,
    /// Six digits.
    #[schema(value_type = String, example = "847291")]
    code: Secret,
}

pub(super) async fn verify_otp(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    client: Client,
    Body(request): Body<OtpRequest>,
) -> Result<SignInReply> {
    let email = Email::parse(&request.email).map_err(|message| Error::field("email", message))?;
    let (installation, agent) = (app.installation(), client.user_agent.clone());
    let verified = app.write(&anonymous, move |tx, by| {
        otp::verify(tx, by, &installation, &email, request.code.expose().trim(), agent.as_deref())
    });
    Ok(SignInReply::new(&verified.await?.granted()?, &client, &app))
}

/// The refresh token; left out where it is in the cookie.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct RefreshRequest {
    #[schema(value_type = Option<String>, example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...")]
    refresh_token: Option<Secret>,
}

pub(super) async fn refresh(
    Anonymous(anonymous): Anonymous,
    State(app): State<App>,
    client: Client,
    OptionalBody(request): OptionalBody<RefreshRequest>,
) -> Result<TokenReply> {
    let token = request.refresh_token.or_else(|| client.refresh_cookie.as_deref().map(Secret::new));
    let token = match token {
        Some(token) => token,
        None if client.wants_cookie => return Err(Error::new(Code::InvalidRefreshToken)),
        None => return Err(Error::field("refresh_token", "is missing")),
    };
    let installation = app.installation();
    let claims = installation.keys().verify(token.expose()).ok_or_else(|| Error::new(Code::InvalidRefreshToken))?;
    let refreshed: Outcome<_> =
        app.write(&anonymous, move |tx, by| sessions::refresh(tx, by, &installation, &claims)).await?;
    Ok(TokenReply::new(&refreshed.granted()?, &client, &app))
}

pub(super) async fn logout(holder: SessionHolder, State(app): State<App>) -> Result<SignedOut> {
    let SessionHolder { anonymous, claims } = holder;
    app.write(&anonymous, move |tx, by| sessions::sign_out(tx, by, &claims)).await?;
    Ok(SignedOut { is_https: app.installation().is_https() })
}
