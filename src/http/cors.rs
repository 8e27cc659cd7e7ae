//! Pages of other origins that may use the API (CORS), by the configuration key `api.cors_origins`; none by default.
//!
//! They send tokens in `Authorization` as any client does. Cookies are never theirs: replies do not allow credentials,
//! and the header that asks for cookies is none that a page of another origin may send.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::openapi::BASE_PATH;
use crate::domain::settings::Settings;

const METHODS: &str = "GET, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS: &str =
    "authorization, content-type, idempotency-key, if-none-match, x-request-id, x-tenant-slug";
const REPLY_HEADERS: &str = "etag, idempotency-replayed, ratelimit-limit, ratelimit-remaining, ratelimit-reset, \
     retry-after, x-request-id, x-total-count";
/// Seconds for which a browser need not ask again.
const MAX_AGE: &str = "600";

/// What a reply must say to browsers.
pub(super) enum Cors {
    /// Nothing: no other origin may use the API, or it is no request to the API.
    Off,
    /// That it depends on who asks, and this one may not.
    Refused,
    /// That this origin may read it.
    Allowed(HeaderValue),
}

impl Cors {
    /// What the settings say of a request.
    pub(super) fn of<B>(request: &Request<B>, settings: &Settings) -> Self {
        let mut origins = settings.cors_origins().peekable();
        if origins.peek().is_none() || !request.uri().path().starts_with(BASE_PATH) {
            return Self::Off;
        }
        let origin = request.headers().get(ORIGIN);
        match origin.filter(|given| origins.any(|allowed| allowed.as_bytes() == given.as_bytes())) {
            Some(origin) => Self::Allowed(origin.clone()),
            None => Self::Refused,
        }
    }

    /// The reply to a browser that asks whether an allowed origin may send a request.
    pub(super) fn preflight<B>(&self, request: &Request<B>) -> Option<Response> {
        let asks = request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        if !asks || !matches!(self, Self::Allowed(_)) {
            return None;
        }
        let fields = [
            (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS),
            (ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        ];
        Some((StatusCode::NO_CONTENT, fields).into_response())
    }

    /// Says it.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        if matches!(self, Self::Off) {
            return;
        }
        headers.append(VARY, HeaderValue::from_static("origin"));
        if let Self::Allowed(origin) = self {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(REPLY_HEADERS));
        }
    }
}
