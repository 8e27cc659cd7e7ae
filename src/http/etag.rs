//! Entity tags: a read says which state of things it shows, and who has that already is answered 304 without a body
//! (RFC 9110, section 13). Every read of the API has one, so that a client that polls need not know which do.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::openapi::Operation;
use crate::app::App;
use crate::error::Error;

/// Adds the headers to the documentation.
pub(super) fn describe(operation: &mut Operation) {
    operation.replies_header("ETag", "For `If-None-Match`.", json!({"type": "string"}));
    operation.repeats(200, 304, "Nothing has changed since the reply with the entity tag of `If-None-Match`.");
    operation.has_header("If-None-Match", "The `ETag` of an earlier reply.", json!({"type": "string"}));
}

/// A handler whose replies get a tag, unless they have one.
pub(super) fn tagging<H, T>(filter: MethodFilter, handler: H) -> MethodRouter<App>
where
    H: Handler<T, App>,
    T: 'static,
{
    on(filter, move |State(app): State<App>, request: Request| {
        let handler = handler.clone();
        async move { tag(handler.call(request, app).await).await }
    })
}

async fn tag(response: Response) -> Response {
    // A body of unknown length is on its way still.
    let is_whole = response.body().size_hint().exact().is_some();
    if response.status() != StatusCode::OK || response.headers().contains_key(ETAG) || !is_whole {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return Error::internal(error).into_response(),
    };
    let start: String = Sha256::digest(&body).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    if let Ok(tag) = HeaderValue::try_from(format!("\"{start}\"")) {
        parts.headers.insert(ETAG, tag);
    }
    // Kept by the client alone, and asked about each time.
    parts.headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    Response::from_parts(parts, Body::from(body))
}

/// Says that a tag names what a reply tells and not its bytes, which compression has changed.
pub(super) fn weaken(headers: &mut HeaderMap) {
    let Some(tag) = headers.get(ETAG).filter(|_| headers.contains_key(CONTENT_ENCODING)) else { return };
    let strong = tag.to_str().ok().filter(|tag| !tag.starts_with("W/"));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::try_from(format!("W/{tag}")).ok()) {
        headers.insert(ETAG, weak);
    }
}

/// The reply, or 304 without a body to a client that has it already. Only reads carry an entity tag.
pub(super) fn unless_known(mut response: Response, known_tag: Option<&HeaderValue>) -> Response {
    let opaque = |tag: &str| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag).to_owned()
    };
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(opaque);
    let known = known_tag.and_then(|known| known.to_str().ok()).unwrap_or_default();
    let is_known = tag.is_some_and(|tag| known.trim() == "*" || known.split(',').any(|known| opaque(known) == tag));
    if is_known && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for name in [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE] {
            response.headers_mut().remove(name);
        }
    }
    response
}
