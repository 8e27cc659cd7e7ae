//! A key works until it is revoked, and then not once more.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;

use super::{NO_KEY, PATH, SCOPES, create, platform_admin, revoke};
use crate::harness::{Reply, TestServer};
use crate::inspect::{count, send_together};
use crate::liveness::{HeldWriter, request};
use crate::organization::Organization;
use crate::usage::{Row, body};

async fn introspect(server: &TestServer, key: &str) -> Reply {
    server.call(Method::POST, "/internal/introspect", key, json!({"token": "x"})).await
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_next_request() {
    let mut server = TestServer::start().await;
    let admin = platform_admin(&server, "admin@acme.com").await;
    let mut made = Vec::new();
    for name in ["first", "second"] {
        made.push(create(&server, &admin, json!({"name": name, "scopes": SCOPES})).await.expect(201));
    }
    let text = |made: &Json, name: &str| made[name].as_str().unwrap().to_owned();
    let (first, second) = (text(&made[0], "key"), text(&made[1], "key"));
    for key in [&first, &second] {
        introspect(&server, key).await.expect(200);
    }
    server.advance(60);
    let id = text(&made[0], "id");
    let reply = revoke(&server, &admin, &id).await;
    reply.expect(204);
    let revoked_at = server.clock.now().to_string();
    introspect(&server, &first).await.expect_problem(401, "unauthorized");
    introspect(&server, &second).await.expect(200);

    let other_kind = id.replace("key_", "ten_");
    for id in [id.as_str(), NO_KEY, "x", "key_", &id.to_uppercase(), &other_kind, &format!("{id}0"), "%00", "first"] {
        revoke(&server, &admin, id).await.expect_problem(404, "not_found");
    }
    server.restart().await;
    introspect(&server, &first).await.expect_problem(401, "unauthorized");
    introspect(&server, &second).await.expect(200);
    let listed = server.get(PATH, &admin).await.expect(200);
    assert_eq!(listed["total"], 2, "a revoked key stays in the list");
    assert_eq!((&listed["items"][1]["id"], &listed["items"][1]["revoked_at"]), (&made[0]["id"], &json!(revoked_at)));
    assert_eq!(listed["items"][0]["revoked_at"], Json::Null);
    server.finish().await;
}

#[tokio::test]
async fn of_parallel_revocations_one_is_told_so() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server, "admin@acme.com").await;
    let made = create(&server, &admin, json!({"name": "a", "scopes": SCOPES})).await.expect(201);
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    let replies = send_together((0..8).map(|_| server.request(Method::DELETE, &path).bearer_auth(&admin))).await;
    assert_eq!((count(&replies, 204), count(&replies, 404)), (1, 7), "{replies:?}");
    let revoked = server.audit().await.into_iter().filter(|event| event.contains("service_key.revoked")).count();
    assert_eq!(revoked, 1);
    server.finish().await;
}

/// On SQLite, whose single writer a test can hold.
#[tokio::test]
async fn a_queued_report_ends_with_its_key() {
    let server = TestServer::start().await;
    if server.database().is_some() {
        return;
    }
    let admin = platform_admin(&server, "admin@acme.com").await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let mut keys = Vec::new();
    for name in ["revoked", "live"] {
        keys.push(create(&server, &admin, json!({"name": name, "scopes": ["usage:write"]})).await.expect(201));
    }
    let rows = [Row::new("a", &org.id, server.clock.now()).requests(1).json()];
    let report = |key: &Json| {
        let key = key["key"].as_str().unwrap();
        request(&server, Method::POST, "/internal/usage", key, body(&rows))
    };
    let mut held = HeldWriter::of(&server).await;
    let before = held.queue(report(&keys[0])).await;
    let path = format!("{PATH}/{}", keys[0]["id"].as_str().unwrap());
    let revoked = held.queue(request(&server, Method::DELETE, &path, &admin, Json::Null)).await;
    let after = held.queue(report(&keys[0])).await;
    let other = held.queue(report(&keys[1])).await;
    held.release().await;
    assert_eq!(before.await.unwrap().expect(200), json!({"accepted": 1, "duplicates": 0}));
    revoked.await.unwrap().expect(204);
    after.await.unwrap().expect_problem(401, "unauthorized");
    assert_eq!(other.await.unwrap().expect(200), json!({"accepted": 0, "duplicates": 1}));
    let read = |tx: &mut Tx<'_>| {
        Ok(tx.one("SELECT CAST(sum(requests) AS BIGINT) FROM usage_hours", args![], |row| row.get::<i64>(0))?)
    };
    assert_eq!(server.app.read(read).await.unwrap(), 1);
    server.finish().await;
}
