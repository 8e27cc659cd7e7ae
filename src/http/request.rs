//! The outer layer of every request: its id, the client's address, a time limit, common headers, and its line in the log.

use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::problem::{self, Refusal};
use crate::app::App;
use crate::domain::caller::Origin;
use crate::error::{Code, Error, Quota};

/// Longest time a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Longest head of a request, in bytes.
const HEAD_LIMIT: usize = 32 * 1024;
/// Most header fields of a request.
const HEADER_FIELDS: usize = 64;

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What is known of a request before anything is checked.
pub(super) struct Facts {
    pub(super) origin: Origin,
    quota: OnceLock<Quota>,
}

impl Facts {
    /// Notes how far a limit is used up, for the reply's `RateLimit-*`.
    pub(super) fn note(&self, quota: Quota) {
        self.quota.get_or_init(|| quota);
    }
}

pub(super) async fn handle(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let request_id = request_id(request.headers());
    let address = client_address(peer.ip(), request.headers(), &app.config().trusted_proxies);
    let origin = Origin { request_id: Some(request_id.clone()), address: Some(address) };
    let facts = Arc::new(Facts { origin, quota: OnceLock::new() });
    request.extensions_mut().insert(Arc::clone(&facts));
    let method = method_name(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    let known_tag = request.headers().get(IF_NONE_MATCH).cloned();

    let span = tracing::info_span!("request", request_id = request_id.as_str());
    let mut response = async {
        let handled = AssertUnwindSafe(run(next, request)).catch_unwind();
        let response = match tokio::time::timeout(TIMEOUT, handled).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => Error::internal("a handler panicked").into_response(),
            Err(_) => Error::new(Code::Overloaded)
                .retry_after(Duration::from_secs(5))
                .caused_by("the request took too long")
                .into_response(),
        };
        let response = unless_known(response, known_tag.as_ref());
        let route = path.as_ref().map_or("-", MatchedPath::as_str);
        log(method, route, address, started, &response);
        if let Some(metrics) = app.metrics() {
            metrics.count(method, route, response.status().as_u16(), started.elapsed());
        }
        response
    }
    .instrument(span)
    .await;

    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        response = problem::reply(&refusal.0, &request_id, response.headers());
    }
    let headers = response.headers_mut();
    if let Some(quota) = facts.quota.get() {
        problem::rate_limit(headers, quota);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(&X_REQUEST_ID, value);
    }
    response
}

/// The reply, or 304 without a body to a client that has it already. Only reads carry an entity tag.
fn unless_known(mut response: Response, known_tag: Option<&HeaderValue>) -> Response {
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
    let known = known_tag.and_then(|known| known.to_str().ok()).unwrap_or_default();
    let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let is_known = tag.is_some_and(|tag| known.trim() == "*" || known.split(',').any(|known| weak(known) == tag));
    if is_known && response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for name in [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE] {
            response.headers_mut().remove(name);
        }
    }
    response
}

/// Refuses a head that is too long here and not while it is read, so that whoever sent it is told why.
async fn run(next: Next, request: Request) -> Response {
    let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len());
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if request.headers().len() > HEADER_FIELDS || target + fields.sum::<usize>() > HEAD_LIMIT {
        return Error::new(Code::HeadTooLarge).into_response();
    }
    next.run(request).await
}

/// The method as it is logged and counted. A client may send any word as one; each must not become a name of its own.
fn method_name(method: &Method) -> &'static str {
    let known = [
        (Method::GET, "GET"),
        (Method::HEAD, "HEAD"),
        (Method::POST, "POST"),
        (Method::PUT, "PUT"),
        (Method::PATCH, "PATCH"),
        (Method::DELETE, "DELETE"),
        (Method::OPTIONS, "OPTIONS"),
    ];
    known.iter().find(|(known, _)| known == method).map_or("OTHER", |(_, name)| name)
}

/// Reads are logged at debug level only: an API that is polled would otherwise write little else.
fn log(method: &str, route: &str, address: IpAddr, started: Instant, response: &Response) {
    let status = response.status().as_u16();
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let refusal = response.extensions().get::<Refusal>();
    let code = refusal.map_or("", |refusal| refusal.0.code().as_str());
    let cause = refusal.and_then(|refusal| refusal.0.cause()).unwrap_or_default();
    if response.status().is_server_error() {
        tracing::error!(method, route, status, micros, %address, code, cause, "request failed");
    } else if [StatusCode::OK, StatusCode::NOT_MODIFIED].contains(&response.status())
        && matches!(method, "GET" | "HEAD")
    {
        tracing::debug!(method, route, status, micros, %address, "request");
    } else {
        tracing::info!(method, route, status, micros, %address, code, "request");
    }
}

/// The client's id for the request if it is well-formed (contract 45), else a new one.
#[allow(clippy::disallowed_methods)] // names a request in logs; nothing is stored under it
fn request_id(headers: &HeaderMap) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    headers
        .get(&X_REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|text| (1..=128).contains(&text.len()) && text.bytes().all(allowed))
        .map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned)
}

/// The peer, or behind a trusted proxy the rightmost hop of `X-Forwarded-For` that is no trusted proxy (contract 18).
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[ipnet::IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address.to_canonical()));
    let mut client = peer.to_canonical();
    if trusted.is_empty() || !is_trusted(client) {
        return client;
    }
    // A field that is no text becomes a hop that is no address.
    let fields: Vec<&str> =
        headers.get_all(&X_FORWARDED_FOR).iter().map(|value| value.to_str().unwrap_or("?")).collect();
    for hop in fields.iter().rev().flat_map(|field| field.rsplit(',')) {
        // What stands left of something unreadable was written by nobody we trust.
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_rightmost_hop_that_no_trusted_proxy_is() {
        let cases: &[(&str, &[&str], &str)] = &[
            ("192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["1.2.3.4, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["1.2.3.4", "198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", &["1.2.3.4, garbage, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &["1.2.3.4", "\u{fc}, 10.0.0.2"], "10.0.0.1"),
            ("::ffff:10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
        ];
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for (peer, fields, expected) in cases {
            let mut headers = HeaderMap::new();
            for field in *fields {
                headers.append(&X_FORWARDED_FOR, HeaderValue::from_bytes(field.as_bytes()).unwrap());
            }
            let client = client_address(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(client.to_string(), *expected, "{peer} {fields:?}");
        }
    }
}
