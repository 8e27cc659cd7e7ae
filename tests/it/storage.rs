//! Where an organization keeps its exports (specification "Storage Configuration", contract 33 and 46).
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

mod failures;
pub(crate) mod fake;
mod folder;
mod probes;
pub(crate) mod servers;
mod settings;

use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, Setup, TestServer};

/// A server whose tenants may keep exports in a folder and at loopback addresses.
pub(crate) async fn permissive_server() -> TestServer {
    TestServer::start_with(Setup { local_storage: true, private_targets: true, ..Setup::default() }).await
}

/// The folder of the operator that [`Setup::local_storage`] allows.
pub(crate) fn root(server: &TestServer) -> PathBuf {
    server.folder().join("exports")
}

pub(crate) async fn put(server: &TestServer, scoped: &str, settings: &Json) -> Reply {
    server.call(Method::PUT, "/service/storage", scoped, settings.clone()).await
}

async fn show(server: &TestServer, scoped: &str) -> Json {
    server.get("/service/storage", scoped).await.expect(200)
}

/// Tests the store that is set; returns the reason, or `ok`, and what is said to a person.
async fn probe(server: &TestServer, scoped: &str) -> (String, String) {
    let tested = server.call(Method::POST, "/service/storage/test", scoped, Json::Null).await.expect(200);
    let message = tested["message"].as_str().unwrap();
    assert!(message.ends_with('.') && message.len() < 120, "{message}");
    assert_eq!(tested["ok"], tested["reason"].is_null(), "{tested}");
    assert_eq!(tested.as_object().unwrap().len(), 3, "{tested}");
    (tested["reason"].as_str().unwrap_or("ok").to_owned(), message.to_owned())
}

/// Sets a store, tests it, and fails unless this is the outcome; returns what is said to a person.
async fn expect_outcome(server: &TestServer, scoped: &str, settings: &Json, outcome: &str) -> String {
    put(server, scoped, settings).await.expect(200);
    let (reason, message) = probe(server, scoped).await;
    assert_eq!(reason, outcome, "{settings} {message}");
    message
}

/// `settings` with other values for some of its members.
fn with(settings: &Json, others: &Json) -> Json {
    let mut changed = settings.clone();
    changed.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    changed
}

/// S3 at this address.
pub(crate) fn s3_at(endpoint: &str) -> Json {
    json!({
        "provider": "S3", "bucket": "acme-corp-audit-logs", "region": "us-east-1", "endpoint": endpoint,
        "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    })
}

/// Azure at this address.
fn azure_at(endpoint: &str) -> Json {
    json!({
        "provider": "AZURE", "container_name": "acme-audit-logs",
        "azure_connection_string": format!("AccountName=acme;AccountKey=c2VjcmV0;BlobEndpoint={endpoint}"),
    })
}
