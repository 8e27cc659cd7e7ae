//! Bad input and too much of it: the order of checks, bodies, headers, paths, request ids (contract 2, 3, 5).

mod administration;
mod bodies;
mod heads;
mod order;
mod replies;
mod services;

use reqwest::RequestBuilder;
use serde_json::json;

use crate::harness::TestServer;

const LIMIT: usize = 64 * 1024;

/// Stands for `{key}` in paths: it may be set at every level, and this program does not act on it.
const CONFIG_KEY: &str = "gateway.redact_personal_data";

/// A server whose limit on anonymous requests is out of the way.
async fn patient_server() -> TestServer {
    let server = TestServer::start().await;
    server.set_config("auth.anonymous_requests_per_minute", json!(1_000_000)).await;
    server
}

/// A path of the table as [`TestServer::request`] takes it, with an id or a key where one belongs.
pub(crate) fn concrete(path: &str) -> String {
    let path = path.strip_prefix(trueport::http::BASE_PATH).unwrap_or(path);
    let prefixes = [
        ("/invites/", "inv"),
        ("/plans/", "plan"),
        ("/tenants/", "ten"),
        ("/users/", "usr"),
        ("/sessions/", "ses"),
        ("/service-keys/", "key"),
        ("/outbox/", "msg"),
        ("/webhooks/", "whk"),
    ];
    let prefix = prefixes.iter().find(|(part, _)| path.contains(part)).map_or("", |(_, prefix)| prefix);
    path.replace("{id}", &format!("{prefix}_01h455vb4pex5vsknk084sn02q"))
        .replace("{delivery_id}", "dlv_01h455vb4pex5vsknk084sn02q")
        .replace("{user_id}", "usr_01h455vb4pex5vsknk084sn02q")
        .replace("{key}", CONFIG_KEY)
}

fn with_body(request: RequestBuilder, content_type: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    let request = if content_type.is_empty() { request } else { request.header("Content-Type", content_type) };
    request.body(body)
}
