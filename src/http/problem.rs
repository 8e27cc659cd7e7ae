//! Errors as `application/problem+json` (RFC 9457, contract 2).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, UPGRADE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Code, Error, Quota};

/// Every error of the API.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem<'a> {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:trueport:problem:validation_error")]
    kind: String,
    /// A summary that is the same for every problem of the kind.
    #[schema(example = "Validation error")]
    title: &'a str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What happened and what to do, for a person.
    #[schema(example = "Some fields are not valid.")]
    detail: &'a str,
    /// Stable name of the kind of problem.
    #[schema(example = "validation_error")]
    code: &'a str,
    /// The request's id, as in `x-request-id`.
    #[schema(example = "019ab1f0-7c4b-7e0e-8f0a-3b1d2c4e5f60")]
    request_id: &'a str,
    /// With status 422: what is wrong with which field.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<ProblemField<'a>>>,
}

/// One field that is not as it should be.
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemField<'a> {
    /// Name of the field.
    #[schema(example = "email")]
    field: &'a str,
    /// What is wrong with it.
    #[schema(example = "must be an email address")]
    message: &'a str,
}

/// An error on its way to the outer layer, which knows the request's id, logs it once and writes the reply.
#[derive(Clone)]
pub(super) struct Refusal(pub(super) Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = status(&self).into_response();
        response.extensions_mut().insert(Refusal(Arc::new(self)));
        response
    }
}

fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The `type` of a problem.
pub(super) fn kind(code: Code) -> String {
    format!("urn:trueport:problem:{}", code.as_str())
}

/// Says that a reply is that of an earlier request.
pub(super) static IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The reply to an error. Of the headers set so far `Allow` and `Idempotency-Replayed` are kept.
pub(super) fn reply(error: &Error, request_id: &str, set: &HeaderMap) -> Response {
    let code = error.code();
    let fields = error.fields().iter().map(|field| ProblemField { field: &field.field, message: &field.message });
    let problem = Problem {
        kind: kind(code),
        title: code.title(),
        status: code.status(),
        detail: error.detail(),
        code: code.as_str(),
        request_id,
        errors: (code.status() == 422).then(|| fields.collect()),
    };
    let mut response = (status(error), Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    for name in [&ALLOW, &IDEMPOTENCY_REPLAYED] {
        if let Some(value) = set.get(name) {
            headers.insert(name, value.clone());
        }
    }
    if code.status() == 401 {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if code == Code::HttpVersion {
        headers.insert(UPGRADE, HeaderValue::from_static("HTTP/1.1"));
    }
    if let Some(delay) = error.retry_delay() {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(delay)));
    }
    if let Some(quota) = error.quota() {
        rate_limit(headers, &quota);
    }
    response
}

/// Says how far a limit is used up. A limit that was said already stays: it is the one that refused.
pub(super) fn rate_limit(headers: &mut HeaderMap, quota: &Quota) {
    let fields = [
        ("ratelimit-limit", quota.limit),
        ("ratelimit-remaining", quota.remaining),
        ("ratelimit-reset", whole_seconds(quota.reset)),
    ];
    for (name, value) in fields {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from(value));
    }
}

/// Seconds, rounded up and at least one: whoever waits so long must not come too early.
fn whole_seconds(span: Duration) -> u64 {
    span.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}
