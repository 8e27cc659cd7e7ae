//! Figures for Prometheus on a listener of their own (contract 41).

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::store::outbox;

/// Serves `/metrics` until `stop` is told to.
pub fn serve(
    app: App,
    listener: std::net::TcpListener,
    stop: axum_server::Handle<SocketAddr>,
) -> std::io::Result<impl Future<Output = std::io::Result<()>>> {
    listener.set_nonblocking(true)?;
    let router = Router::new().route("/metrics", get(show)).with_state(app);
    Ok(axum_server::from_tcp(listener)?.handle(stop).http1_only().serve(router.into_make_service()))
}

async fn show(State(app): State<App>) -> Response {
    let Some(metrics) = app.metrics() else { return StatusCode::NOT_FOUND.into_response() };
    metrics.set("trueport_database_queued_writes", app.db().queued_writes() as u64);
    metrics.set("trueport_password_queue", app.hasher().queued() as u64);
    // A database that cannot be read shows in the other figures; the outbox's is left as it was.
    if let Ok(waiting) = app.read(|tx| Ok(outbox::count_waiting(tx)?)).await {
        metrics.set("trueport_outbox_waiting", waiting);
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render()).into_response()
}
