//! The REST API over axum: one route table, extractors that are the authorization, shapes of requests and replies.

pub mod access;
mod admin_tenants;
mod admin_users;
mod audit_download;
mod audit_events;
mod auth;
mod body;
mod client;
mod compression;
mod config_details;
mod configs;
mod cors;
mod docs;
mod entitlements;
mod etag;
mod idempotency;
mod impersonation;
mod installation;
mod introspection;
mod invites;
mod me;
mod members;
mod meta;
pub mod metrics;
mod mfa;
pub mod openapi;
mod outbox;
mod passwords;
mod plans;
mod problem;
mod provisioning;
mod qr;
mod query;
mod reply;
mod request;
pub mod routes;
mod scoped_tokens;
mod service_keys;
mod sessions;
mod setup;
mod span;
mod stats;
mod storage;
mod subscriptions;
mod tenants;
mod usage;
mod webhook_deliveries;
mod webhook_events;
mod webhooks;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::Method;
use axum::http::header::ALLOW;
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodFilter;

pub use openapi::BASE_PATH;

use crate::app::App;
use crate::error::{Code, Error};
use crate::web;

/// Longest time for a client to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest head of a request that is read at all, in bytes; `request` answers a shorter one that is still too long.
const HEAD_BUFFER: usize = 64 * 1024;

/// The whole API and the web page as a service.
fn router(app: &App) -> Router {
    let mut router = Router::new();
    for route in routes::table() {
        router = router.route(route.operation.path(), route.handler);
    }
    router
        .route(docs::PATH, etag::tagging(MethodFilter::GET, docs::show))
        .fallback(outside_the_table)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(compression::layer())
        .layer(middleware::from_fn_with_state(app.clone(), request::handle))
        .with_state(app.clone())
}

/// A file of the web page, which costs nothing and is not counted, or nothing at all.
async fn outside_the_table(State(app): State<App>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    match web::find(parts.uri.path()) {
        Some(file) if [Method::GET, Method::HEAD].contains(&parts.method) => file.reply(&parts.headers),
        Some(_) => ([(ALLOW, "GET, HEAD")], Error::new(Code::MethodNotAllowed)).into_response(),
        None => match access::Anonymous::from_request_parts(&mut parts, &app).await {
            Ok(_) => Error::new(Code::UnknownRoute).into_response(),
            Err(refusal) => refusal.into_response(),
        },
    }
}

async fn method_not_allowed(_: access::Anonymous) -> Error {
    Error::new(Code::MethodNotAllowed)
}

/// Serves on `listener` until `stop` is told to.
pub fn serve(
    app: App,
    listener: std::net::TcpListener,
    stop: axum_server::Handle<SocketAddr>,
) -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    listener.set_nonblocking(true)?;
    let service = router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(stop);
    server
        .http_builder()
        .http1()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BUFFER);
    Ok(server.http1_only().serve(service))
}
