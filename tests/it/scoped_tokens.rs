//! Tokens for one organization (specification "POST /select-tenant" and "POST /auth/switch-environment", contract 10, 12,
//! 13, 14 and 25).

mod environments;
mod hints;
mod selection;
mod tiers;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, TestServer};

/// Asks for a token of another environment.
async fn switch(server: &TestServer, scoped: &str, environment: &str) -> Reply {
    let body = json!({"environment": environment});
    server.call(Method::POST, "/service/auth/switch-environment", scoped, body).await
}

async fn info(server: &TestServer, scoped: &str) -> Reply {
    server.get("/service/info", scoped).await
}

/// The token in a reply.
fn token(body: &Json) -> String {
    body["access_token"].as_str().expect("a token").to_owned()
}

/// The names of an object's members.
fn names(object: &Json) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}
