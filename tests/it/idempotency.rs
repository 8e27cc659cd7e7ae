//! `Idempotency-Key`: a request that is sent again does nothing twice (contract 7).

mod ends;
mod refused;
mod runs;

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;
use trueport::http::routes;

use crate::harness::{Reply, TestServer, send};
use crate::inspect::{make_service_key, set_platform_admin};
use crate::openapi::{DOCUMENT, resolve};
use crate::organization::{Organization, found, select};

const KEY: &str = "Idempotency-Key";
const DAY: u64 = 24 * 60 * 60;

/// A POST under a key that is not sent yet.
fn request(server: &TestServer, path: &str, token: &str, key: &str, body: &Json) -> RequestBuilder {
    server.request(Method::POST, path).bearer_auth(token).header(KEY, key).json(body)
}

async fn post(server: &TestServer, path: &str, token: &str, key: &str, body: &Json) -> Reply {
    send(request(server, path, token, key, body)).await
}

fn is_replayed(reply: &Reply) -> bool {
    let header = reply.header("idempotency-replayed");
    assert!(header.is_none_or(|text| text == "true"), "{header:?}");
    header.is_some()
}

fn tenant(slug: &str) -> Json {
    json!({"name": "Acme Corp", "slug": slug})
}

/// How many keys are stored.
async fn stored(server: &TestServer) -> i64 {
    let count =
        |tx: &mut Tx<'_>| Ok(tx.one("SELECT count(*) FROM idempotency_keys", args![], |row| row.get::<i64>(0))?);
    server.app.read(count).await.expect("the keys can be counted")
}

#[tokio::test]
async fn the_first_reply_is_replayed() {
    let mut server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let first = post(&server, "/global/tenants", &access, "k1", &tenant("acme-corp")).await;
    let made = first.expect(201);
    assert!(!is_replayed(&first));
    // Also by a server that was started again meanwhile.
    for again in 0..3 {
        let reply = post(&server, "/global/tenants", &access, "k1", &tenant("acme-corp")).await;
        assert_eq!(reply.expect(201), made);
        assert!(is_replayed(&reply));
        assert_eq!(reply.header("content-type"), first.header("content-type"));
        assert_ne!(reply.header("x-request-id"), first.header("x-request-id"));
        if again == 1 {
            server.restart().await;
        }
    }
    assert_eq!(server.get("/global/tenants", &access).await.expect(200).as_array().map(Vec::len), Some(1));
    // Replies without a body, and mails that are not sent twice.
    let scoped = select(&server, &access, made["id"].as_str().unwrap()).await;
    let invited = json!({"email": "new@acme.com", "role": "member"});
    let sent = post(&server, "/service/invites", &scoped, "k1", &invited).await.expect(201);
    server.mail.next_mail_to("new@acme.com").await;
    let again = post(&server, "/service/invites", &scoped, "k1", &invited).await;
    assert!(is_replayed(&again) && again.expect(201) == sent);
    server.finish().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_caller_and_one_route() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme").await;
    let globex = Organization::of(&server, "hank@globex.com", "globex").await;
    let other = found(&server, &acme.owner.access, "acme-two").await;
    let other = select(&server, &acme.owner.access, &other).await;
    let switch = json!({"environment": "dev"});
    let switched = server.call(Method::POST, "/service/auth/switch-environment", &acme.owner.scoped, switch).await;
    let dev = switched.expect(200)["access_token"].as_str().unwrap().to_owned();
    let body = json!({"at_period_end": true});
    // Another person, another organization or environment of the same person, another route.
    for token in [&acme.owner.scoped, &globex.owner.scoped, &other, &dev] {
        for path in ["/service/subscriptions/cancel", "/service/members/leave"] {
            let reply = post(&server, path, token, "one", &body).await;
            assert!(reply.status.is_client_error() && !is_replayed(&reply), "{path}: {}", reply.text);
            assert!(is_replayed(&post(&server, path, token, "one", &body).await), "{path}");
        }
    }
    assert_eq!(stored(&server).await, 8);
    // Services are callers as well.
    let (_, key) = make_service_key(&server, &["usage:write"]).await;
    let (_, another) = make_service_key(&server, &["usage:write"]).await;
    for key in [&key, &another] {
        let first = post(&server, "/internal/usage", key, "one", &json!({"events": []})).await;
        assert!(first.status.is_success() && !is_replayed(&first), "{}", first.text);
        assert!(is_replayed(&post(&server, "/internal/usage", key, "one", &json!({"events": []})).await));
    }
    server.finish().await;
}

/// Routes open to everybody and replies that must not be kept do what they do without the header.
#[tokio::test]
async fn some_routes_ignore_it() {
    let server = TestServer::start().await;
    server.register("jane@acme.com").await;
    set_platform_admin(&server, "jane@acme.com", true).await;
    let access = server.sign_in("jane@acme.com").await.access;
    let tenant_id = found(&server, &access, "acme").await;
    let (_, service) = make_service_key(&server, &["tokens:read"]).await;
    let cases = [
        ("/global/auth/login", "", json!({"email": "jane@acme.com", "password": crate::harness::PASSWORD})),
        ("/global/auth/select-tenant", &*access, json!({"tenant_id": tenant_id})),
        ("/admin/service-keys", &access, json!({"name": "gateway", "scopes": ["usage:write"]})),
        ("/internal/introspect", &service, json!({"token": access})),
    ];
    for (path, token, body) in cases {
        // Not even a malformed key matters.
        for key in ["one", "one", "n o"] {
            let reply = post(&server, path, token, key, &body).await;
            assert!(reply.status.is_success() && !is_replayed(&reply), "{path}: {}", reply.text);
        }
    }
    assert_eq!(stored(&server).await, 0);
    assert_eq!(server.get("/admin/service-keys", &access).await.expect(200)["total"], 4);
    server.finish().await;
}

/// Names of properties that hold a secret wherever they stand in a reply.
const SECRETS: &[&str] =
    &["access_token", "refresh_token", "mfa_token", "key", "link", "secret", "otpauth_uri", "recovery_codes", "token"];

/// A reply with a secret is neither kept nor replayed: its route does not take the header.
#[test]
fn it_is_documented_where_it_is_heeded() {
    let mut heeding = BTreeSet::new();
    for route in routes::table() {
        let (method, path) = (route.operation.method(), route.operation.path());
        let operation = &DOCUMENT["paths"][path][method.as_str().to_lowercase()];
        let takes_key = operation["parameters"].as_array().unwrap().iter().any(|parameter| parameter["name"] == KEY);
        let short = path.trim_start_matches("/platform/api");
        let is_open = ["Anonymous", "Probe", "SessionHolder"].contains(&route.access);
        if takes_key {
            assert!(method == Method::POST && !is_open, "{method} {path}");
            heeding.insert(short.to_owned());
        }
        let replies = operation["responses"].as_object().unwrap().iter().filter(|(status, _)| status.starts_with('2'));
        for (status, reply) in replies {
            let schema = &reply["content"]["application/json"]["schema"];
            let names = resolve(schema)["properties"].as_object().into_iter().flat_map(|names| names.keys());
            let is_secret = names.into_iter().any(|name| SECRETS.contains(&name.as_str()));
            assert!(!(takes_key && is_secret), "{method} {path} replays a secret ({status})");
            assert_eq!(reply["headers"].get("Idempotency-Replayed").is_some(), takes_key, "{method} {path}");
        }
    }
    insta::assert_debug_snapshot!(heeding);
}
