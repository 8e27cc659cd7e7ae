//! What is done to webhooks.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::TestServer;

/// A call that is about to be made.
pub(super) struct Call {
    pub(super) target: String,
    pub(super) body: Json,
    pub(super) actions: &'static [&'static str],
    pub(super) secrets: Vec<String>,
}

/// Makes what a route needs; nobody listens there.
pub(super) async fn prepare(server: &TestServer, scoped: &str, method: &Method, path: &str) -> Call {
    let post = async |path: &str, body: Json| server.call(Method::POST, path, scoped, body).await.expect(201);
    let wanted = json!({"url": "https://acme.invalid/", "events": ["member.left"]});
    let (mut target, mut secrets) = (path.to_owned(), Vec::new());
    if path.contains("{id}") {
        let made = post("/service/webhooks", wanted.clone()).await;
        secrets.push(made["secret"].as_str().unwrap().to_owned());
        target = target.replace("{id}", made["id"].as_str().unwrap());
        if path.contains("{delivery_id}") {
            let test = format!("/service/webhooks/{}/test", made["id"].as_str().unwrap());
            target = target.replace("{delivery_id}", post(&test, Json::Null).await["id"].as_str().unwrap());
        }
    }
    let (body, actions): (Json, &[&str]) = match (method.as_str(), path.rsplit('/').next().unwrap()) {
        ("POST", "webhooks") => (wanted, &["user webhook.created"]),
        ("PATCH", _) => (json!({"enabled": false}), &["user webhook.updated"]),
        ("DELETE", _) => (Json::Null, &["user webhook.deleted"]),
        ("POST", "rotate-secret") => (Json::Null, &["user webhook.secret_rotated"]),
        ("POST", "test") => (Json::Null, &["user webhook.tested"]),
        ("POST", "redeliver") => (Json::Null, &["user webhook.redelivered"]),
        _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
    };
    Call { target, body, actions, secrets }
}
