//! The REST API over axum: one route table, extractors that are the authorization, shapes of requests and replies.

pub mod access;
mod admin_tenants;
mod admin_users;
mod auth;
mod body;
mod client;
mod config_details;
mod configs;
mod entitlements;
mod introspection;
mod invites;
mod me;
mod members;
mod meta;
pub mod metrics;
pub mod openapi;
mod passwords;
mod plans;
mod problem;
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

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::middleware;

pub use openapi::BASE_PATH;

use crate::app::App;
use crate::error::{Code, Error};

/// Longest time for a client to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest head of a request that is read at all, in bytes; `request` answers a shorter one that is still too long.
const HEAD_BUFFER: usize = 64 * 1024;

/// The whole API as a service.
fn router(app: &App) -> Router {
    let mut router = Router::new();
    for route in routes::table() {
        router = router.route(route.operation.path(), route.handler);
    }
    router
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), request::handle))
        .with_state(app.clone())
}

async fn unknown_route(_: access::Anonymous) -> Error {
    Error::new(Code::UnknownRoute)
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
