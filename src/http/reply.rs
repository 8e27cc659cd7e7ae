//! Shapes of replies that several routes share.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, HeaderValue, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::client::{Client, set_refresh_cookie};
use super::compression;
use super::openapi::{DescribeReply, Operation};
use crate::app::App;
use crate::domain::mfa::{CHALLENGE_LIFETIME, SignIn};
use crate::domain::sessions::TokenPair;
use crate::secret::Secret;

/// 200 with a body.
pub(super) struct Reply<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}

impl<T: ToSchema> DescribeReply for Reply<T> {
    fn describe(operation: &mut Operation) {
        operation.replies::<T>(200, "Done.");
    }
}

/// 200 with a list; `X-Total-Count` says how many there are on all pages where a part was asked for.
pub(super) struct Listed<T> {
    pub(super) items: T,
    pub(super) total: Option<i64>,
}

static X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.items).into_response();
        if let Some(total) = self.total {
            response.headers_mut().insert(&X_TOTAL_COUNT, HeaderValue::from(total));
        }
        response
    }
}

impl<T: ToSchema> DescribeReply for Listed<T> {
    fn describe(operation: &mut Operation) {
        operation.replies::<T>(200, "Done.");
        let text = "How many there are on all pages, where `limit`, `offset` or `q` is given.";
        operation.replies_header("X-Total-Count", text, json!({"type": "integer", "minimum": 0}));
    }
}

/// 201 with a body.
pub(super) struct Created<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl<T: ToSchema> DescribeReply for Created<T> {
    fn describe(operation: &mut Operation) {
        operation.replies::<T>(201, "Created.");
    }
}

/// A reply that holds a secret, or what is true at this moment only: it is neither kept for whoever asks again nor
/// compressed.
pub(super) struct Confidential<R>(pub(super) R);

impl<R: IntoResponse> IntoResponse for Confidential<R> {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        response.extensions_mut().insert(compression::Confidential);
        response
    }
}

impl<R: DescribeReply> DescribeReply for Confidential<R> {
    const IS_CONFIDENTIAL: bool = true;
    fn describe(operation: &mut Operation) {
        R::describe(operation);
    }
}

/// 204.
pub(super) struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl DescribeReply for NoContent {
    fn describe(operation: &mut Operation) {
        operation.replies_nothing(204, "Done.");
    }
}

/// A sentence for a person.
#[derive(Serialize, ToSchema)]
pub(super) struct Message {
    #[schema(example = "Password updated successfully")]
    message: &'static str,
}

impl Message {
    pub(super) fn new(message: &'static str) -> Reply<Self> {
        Reply(Self { message })
    }
}

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    /// A global JWT for requests.
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...")]
    access_token: String,
    /// A JWT for the next pair; left out in cookie mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...")]
    refresh_token: Option<String>,
    /// Always `bearer`.
    #[schema(example = "bearer")]
    token_type: &'static str,
    /// Life of the access token in seconds.
    #[schema(example = 1800)]
    expires_in: i64,
}

/// 200 with the tokens of a session, the refresh token in a cookie if the client wants that.
pub(super) struct TokenReply {
    tokens: Tokens,
    cookie: Option<String>,
}

impl TokenReply {
    pub(super) fn new(pair: &TokenPair, client: &Client, app: &App) -> Self {
        let lifetime = pair.refresh_expires_at.since(app.clock().now()).as_secs();
        let cookie = client.wants_cookie.then(|| {
            let lifetime = i64::try_from(lifetime).unwrap_or(i64::MAX);
            set_refresh_cookie(&pair.refresh_token, lifetime, app.installation().is_https())
        });
        let tokens = Tokens {
            access_token: pair.access_token.expose().to_owned(),
            refresh_token: cookie.is_none().then(|| pair.refresh_token.expose().to_owned()),
            token_type: "bearer",
            expires_in: pair.expires_in,
        };
        Self { tokens, cookie }
    }
}

impl IntoResponse for TokenReply {
    fn into_response(self) -> Response {
        let mut response = with_cookie(Json(self.tokens).into_response(), self.cookie);
        response.extensions_mut().insert(compression::Confidential);
        response
    }
}

impl DescribeReply for TokenReply {
    const IS_CONFIDENTIAL: bool = true;
    fn describe(operation: &mut Operation) {
        operation.replies::<Tokens>(200, "Signed in.");
    }
}

/// The first step of a sign-in is done, and a second factor is asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct MfaChallenge {
    /// Always `true`.
    #[schema(example = true)]
    mfa_required: bool,
    /// For `POST /global/auth/mfa/verify`, with a code.
    #[schema(example = "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE")]
    mfa_token: String,
    /// Life of that token in seconds.
    #[schema(example = 300)]
    expires_in: u64,
}

/// 200 with tokens or, for who has a second factor, with what asks for it.
pub(super) enum SignInReply {
    Complete(TokenReply),
    Challenged(MfaChallenge),
}

impl SignInReply {
    pub(super) fn new(sign_in: &SignIn, client: &Client, app: &App) -> Self {
        match sign_in {
            SignIn::Complete(pair) => Self::Complete(TokenReply::new(pair, client, app)),
            SignIn::Challenged(token) => Self::Challenged(MfaChallenge {
                mfa_required: true,
                mfa_token: token.expose().to_owned(),
                expires_in: CHALLENGE_LIFETIME.as_secs(),
            }),
        }
    }
}

impl IntoResponse for SignInReply {
    fn into_response(self) -> Response {
        match self {
            Self::Complete(tokens) => tokens.into_response(),
            Self::Challenged(challenge) => Confidential(Json(challenge)).into_response(),
        }
    }
}

impl DescribeReply for SignInReply {
    const IS_CONFIDENTIAL: bool = true;
    fn describe(operation: &mut Operation) {
        let text = "Signed in, or a second factor is asked for.";
        operation.replies_one_of::<Tokens, MfaChallenge>(200, text);
    }
}

/// 204 that takes the refresh token's cookie away.
pub(super) struct SignedOut {
    pub(super) is_https: bool,
}

impl IntoResponse for SignedOut {
    fn into_response(self) -> Response {
        let cookie = set_refresh_cookie(&Secret::default(), 0, self.is_https);
        with_cookie(NoContent.into_response(), Some(cookie))
    }
}

impl DescribeReply for SignedOut {
    fn describe(operation: &mut Operation) {
        NoContent::describe(operation);
    }
}

fn with_cookie(mut response: Response, cookie: Option<String>) -> Response {
    if let Some(value) = cookie.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(SET_COOKIE, value);
    }
    response
}
