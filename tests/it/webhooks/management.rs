//! Making, changing and looking at webhooks.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{Hook, Sink, answer, happen, permissive_server, try_make};
use crate::audit::events;
use crate::harness::TestServer;
use crate::organization::{Organization, set_status};

#[tokio::test]
async fn a_webhook_is_made_changed_and_deleted() {
    let server = TestServer::start().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let body = json!({"url": " https://ACME.example/hooks?key=in-the-url ", "events": ["tenant.archived", "member.left", "member.left"]});
    let made = try_make(&server, &scoped, body).await.expect(201);
    let hook = Hook::of(&made);
    let mut expected = json!({
        "id": hook.id, "url": "https://acme.example/hooks?key=in-the-url", "events": ["member.left", "tenant.archived"],
        "description": "", "enabled": true, "disabled_reason": null, "failing_since": null,
        "old_secret_expires_at": null, "created_at": made["created_at"], "updated_at": made["created_at"],
    });
    assert_eq!(hook.shown(&server, &scoped).await, expected);
    let listed = server.get("/service/webhooks", &scoped).await.expect(200);
    assert_eq!(listed, json!({"items": [expected], "total": 1}));

    server.advance(1);
    let change = json!({"url": "https://acme.example/others", "events": ["*"], "description": " D ", "enabled": false});
    let changed = hook.change(&server, &scoped, change.clone()).await;
    for (name, value) in [("url", "https://acme.example/others"), ("description", "D")] {
        expected[name] = json!(value);
    }
    expected["events"] = json!(["*"]);
    expected["enabled"] = json!(false);
    expected["updated_at"] = json!(server.clock.now().to_string());
    assert_eq!(changed, expected);
    // The same again, and nothing at all, change nothing.
    for body in [change, json!({}), json!({"id": "whk_x", "secret": "whsec_AAAA", "disabled_reason": "gone"})] {
        assert_eq!(hook.change(&server, &scoped, body).await, expected);
    }
    server.call(Method::DELETE, &hook.path, &scoped, Json::Null).await.expect(204);
    server.get(&hook.path, &scoped).await.expect_problem(404, "not_found");
    server.call(Method::DELETE, &hook.path, &scoped, Json::Null).await.expect_problem(404, "not_found");

    let mut told = events(&server).await;
    told.retain(|event| event.action.starts_with("webhook."));
    let actions: Vec<&str> = told.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["webhook.created", "webhook.updated", "webhook.deleted"]);
    let created = json!({
        "host": "acme.example", "events": ["member.left", "tenant.archived"], "description": "", "enabled": true,
    });
    assert_eq!(told[0].changes, created);
    assert_eq!(told[1].changes["url_changed"], true);
    assert!(told.iter().all(|event| event.target_id.as_deref() == Some(hook.id.as_str())));
    assert!(!format!("{told:?}").contains("in-the-url"), "a key in the address is nobody's business");
    server.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_named() {
    let server = TestServer::start().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let good = json!({"url": "https://acme.example/", "events": ["*"]});
    let hook = Hook::of(&try_make(&server, &scoped, good.clone()).await.expect(201));
    for (name, value) in [
        ("url", json!("")),
        ("url", json!("acme.example")),
        ("url", json!("ftp://acme.example/")),
        ("url", json!("https://jane:secret@acme.example/")),
        ("url", json!("https://acme.example/#a")),
        ("events", json!([])),
        ("events", json!(["*", "member.left"])),
        ("events", json!(["member.exploded"])),
        ("events", json!(["webhook.test"])),
        ("description", json!("a\nb")),
        ("description", json!("x".repeat(201))),
    ] {
        let mut wrong = good.clone();
        wrong[name] = value.clone();
        assert_eq!(try_make(&server, &scoped, wrong).await.invalid_fields(), [name], "{value}");
        let changed = server.call(Method::PATCH, &hook.path, &scoped, json!({name: value})).await;
        assert_eq!(changed.invalid_fields(), [name], "{value}");
    }
    let all = json!({"url": "x", "events": [], "description": "\u{1}"});
    assert_eq!(try_make(&server, &scoped, all).await.invalid_fields(), ["url", "events", "description"]);
    for query in ["status=lost", "limit=0", "limit=201", "offset=-1"] {
        let name = query.split('=').next().unwrap();
        let refused = server.get(&format!("{}/deliveries?{query}", hook.path), &scoped).await;
        assert_eq!(refused.invalid_fields(), [name]);
    }
    server.finish().await;
}

#[tokio::test]
async fn deliveries_are_listed_by_status_and_page() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let mut ids = Vec::new();
    for status in [200, 500, 200] {
        sink.answers(answer(status));
        let delivery = hook.test(&server, &scoped).await;
        assert_eq!((&delivery["type"], &delivery["status"]), (&json!("webhook.test"), &json!("pending")));
        hook.tried(&server, &scoped, &delivery, 1).await;
        ids.insert(0, delivery["id"].as_str().unwrap().to_owned());
    }
    for (query, expected, total) in [
        ("", vec![0, 1, 2], 3),
        ("?status=delivered", vec![0, 2], 2),
        ("?status=pending", vec![1], 1),
        ("?status=failed", vec![], 0),
        ("?limit=1&offset=1", vec![1], 3),
        ("?status=delivered&limit=1&offset=1", vec![2], 2),
    ] {
        let listed = server.get(&format!("{}/deliveries{query}", hook.path), &scoped).await.expect(200);
        let found: Vec<&str> =
            listed["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
        let expected: Vec<&str> = expected.into_iter().map(|index: usize| ids[index].as_str()).collect();
        assert_eq!((found, &listed["total"]), (expected, &json!(total)), "{query}");
    }
    // A delivery is one of its webhook.
    let other = Hook::make(&server, &scoped, &sink.url()).await;
    let path = format!("{}/deliveries/{}", other.path, ids[0]);
    server.get(&path, &scoped).await.expect_problem(404, "not_found");
    server.finish().await;
}

#[tokio::test]
async fn a_closed_organization_manages_no_webhooks_and_is_told_all_the_same() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    for (status, code) in [(TenantStatus::Suspended, "tenant_suspended"), (TenantStatus::Archived, "tenant_archived")] {
        server.advance(1);
        set_status(&server, "acme", status).await;
        server.get(&hook.path, &scoped).await.expect_problem(403, code);
        super::post(&server, &scoped, &format!("{}/test", hook.path)).await.expect_problem(403, code);
    }
    let types: Vec<String> = sink.told_times(2).await.iter().map(super::Told::event_type).collect();
    assert_eq!(types, ["tenant.suspended", "tenant.archived"]);
    server.finish().await;
}

/// Who has no webhooks pays with one look into an index, whoever else has some.
#[tokio::test]
async fn an_organization_without_webhooks_leaves_no_rows() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    happen(&server, &scoped, "Renamed").await;
    let count = |tx: &mut trueport::db::Tx<'_>| {
        Ok(tx.one("SELECT count(*) FROM webhook_deliveries", trueport::args![], |row| row.get::<i64>(0))?)
    };
    assert_eq!(server.app.read(count).await.unwrap(), 0);
    server.finish().await;
}
