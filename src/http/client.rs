//! What a client says of itself: its name, and whether it wants its refresh token in a cookie (contract 14).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{COOKIE, USER_AGENT};
use axum::http::request::Parts;
use cookie::{Cookie, SameSite};
use serde_json::json;

use super::openapi::{BASE_PATH, Describe, Operation};
use crate::app::App;
use crate::secret::Secret;

const COOKIE_NAME: &str = "trueport_refresh";
const SESSION_HEADER: &str = "x-trueport-session";

/// A client that signs in or refreshes.
pub(super) struct Client {
    pub(super) user_agent: Option<String>,
    /// `X-Trueport-Session: cookie`.
    pub(super) wants_cookie: bool,
    /// The refresh token of the cookie. Only a request with the header has one: a foreign page cannot send it.
    pub(super) refresh_cookie: Option<String>,
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        Ok(Self {
            user_agent: header(USER_AGENT.as_str()).map(str::to_owned),
            wants_cookie: wants_cookie(&parts.headers),
            refresh_cookie: refresh_cookie(&parts.headers),
        })
    }
}

impl Describe for Client {
    fn describe(operation: &mut Operation) {
        operation.has_header(
            "X-Trueport-Session",
            "`cookie`: the refresh token travels in an HttpOnly cookie only, not in the reply.",
            json!({"type": "string", "enum": ["cookie"]}),
        );
    }
}

fn wants_cookie(headers: &HeaderMap) -> bool {
    headers.get(SESSION_HEADER).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"cookie"))
}

/// The refresh token of the cookie, where the client says that it uses cookies.
pub(super) fn refresh_cookie(headers: &HeaderMap) -> Option<String> {
    if !wants_cookie(headers) {
        return None;
    }
    let fields = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    fields
        .flat_map(Cookie::split_parse)
        .flatten()
        .find(|cookie| cookie.name() == COOKIE_NAME)
        .map(|cookie| cookie.value().to_owned())
}

/// The cookie that holds a refresh token for `lifetime_seconds`; an empty token takes it away.
pub(super) fn set_refresh_cookie(token: &Secret, lifetime_seconds: i64, is_https: bool) -> String {
    Cookie::build((COOKIE_NAME, token.expose().to_owned()))
        .path(format!("{BASE_PATH}/global/auth"))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_https)
        .max_age(cookie::time::Duration::seconds(lifetime_seconds))
        .build()
        .to_string()
}
