//! What every reply says, and what none does.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::System;

use super::patient_server;
use crate::harness::PASSWORD;

#[tokio::test]
async fn every_reply_says_that_it_is_not_to_be_kept_or_guessed_at() {
    let server = patient_server().await;
    for path in ["/healthz", "/global/auth/me", "/global/auth/nowhere"] {
        let reply = server.get(path, "").await;
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_fault_inside_tells_nothing_of_the_inside() {
    let server = patient_server().await;
    let tokens = server.person("jane@acme.com").await;
    let break_it = |tx: &mut Tx<'_>, _: &System| Ok(tx.execute("ALTER TABLE sessions RENAME TO gone", args![])?);
    server.app.write(&System, break_it).await.unwrap();
    for (method, path, body) in [
        (Method::GET, "/global/auth/me", Json::Null),
        (Method::POST, "/global/auth/login", json!({"email": "jane@acme.com", "password": PASSWORD})),
    ] {
        let reply = server.call(method, path, &tokens.access, body).await;
        let body = reply.expect_problem(500, "internal_error");
        let members: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["code", "detail", "request_id", "status", "title", "type"]);
        for inside in ["session", "gone", "table", "relation", "SELECT", "INSERT", "src/", "/tmp", "sqlite", "postgres"]
        {
            assert!(!reply.text.contains(inside), "{inside}: {}", reply.text);
        }
    }
    // What needs none of it goes on.
    server.get("/healthz", "").await.expect(200);
    server.finish().await;
}
