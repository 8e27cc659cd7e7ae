//! Reading the audit (contract 35): what is asked for, whose it is, and all of it as a file.
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

mod downloads;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::id::EventId;

use crate::harness::{Setup, TestServer};
use crate::inspect::{all_linked, set_platform_admin};
use crate::organization::{Organization, Person};

/// A server with two organizations of one shape, and a platform admin.
struct Scene {
    server: TestServer,
    first: Organization,
    second: Organization,
    admin: Person,
}

impl Scene {
    async fn new() -> Self {
        let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
        let admin = Organization::of(&server, "admin@acme.com", "platform-of-acme").await.owner;
        set_platform_admin(&server, &admin.email, true).await;
        let (first, second) = (
            Organization::of(&server, "owner@first.com", "first").await,
            Organization::of(&server, "owner@second.com", "second").await,
        );
        for organization in [&first, &second] {
            for index in 0..3 {
                let body = json!({"email": format!("guest{index}@acme.com"), "role": "viewer"});
                server.call(Method::POST, "/service/invites", &organization.owner.scoped, body).await.expect(201);
            }
            let key = "/service/configs/gateway.default_model";
            let body = json!({"value": "a-model"});
            server.call(Method::PUT, key, &organization.owner.scoped, body).await.expect(200);
        }
        all_linked(&server).await;
        Self { server, first, second, admin }
    }

    async fn get(&self, path: &str) -> Json {
        let token = if path.starts_with("/admin") { &self.admin.access } else { &self.first.owner.scoped };
        self.server.get(path, token).await.expect(200)
    }
}

/// The whole table as the API must show it, newest first, without what is joined.
async fn stored(server: &TestServer, tenant_id: Option<&str>) -> Vec<Json> {
    let tenant_id = tenant_id.map(str::to_owned);
    let read = move |tx: &mut Tx<'_>| {
        let sql = "SELECT id, at, actor_kind, actor_id, action, target_kind, target_id, tenant_id, request_id, address, \
                   changes, impersonator_id, number, (SELECT name FROM tenants WHERE tenants.id = tenant_id) FROM audit_events \
                   ORDER BY at DESC, id DESC";
        let mut rows = tx.all(sql, args![], |row| {
            let text = |index| row.get::<Option<String>>(index);
            let changes = text(10)?.map(|text| serde_json::from_str::<Json>(&text).unwrap());
            Ok(json!({
                "id": text(0)?, "at": row.get::<Time>(1)?.to_string(),
                "actor": {"kind": text(2)?, "id": text(3)?, "impersonator_id": text(11)?},
                "action": text(4)?, "target": {"kind": text(5)?, "id": text(6)?}, "tenant_id": text(7)?,
                "tenant_name": text(13)?, "request_id": text(8)?, "address": text(9)?, "changes": changes, "number": row.get::<Option<i64>>(12)?,
            }))
        })?;
        rows.retain(|row| tenant_id.as_ref().is_none_or(|id| row["tenant_id"] == json!(id)));
        Ok(rows)
    };
    server.app.read(read).await.unwrap()
}

/// An item without what is not stored with the event.
fn bare(mut item: Json) -> Json {
    item["actor"].as_object_mut().unwrap().retain(|name, _| name != "email" && name != "name");
    item.as_object_mut().unwrap().remove("link");
    item
}

/// Fails unless a list holds exactly the stored events that fit, on one page and on many.
async fn expect_listed(scene: &Scene, path: &str, query: &str, wanted: &[Json]) {
    let shown = scene.get(&format!("{path}?limit=200{query}")).await;
    let items: Vec<Json> = shown["items"].as_array().unwrap().iter().cloned().map(bare).collect();
    assert_eq!(items, wanted, "{path} {query}");
    assert_eq!(shown["total"], wanted.len(), "{path} {query}");
    let mut paged = Vec::new();
    for offset in (0..=wanted.len()).step_by(3) {
        let page = scene.get(&format!("{path}?limit=3&offset={offset}{query}")).await;
        assert_eq!(page["total"], wanted.len());
        paged.extend(page["items"].as_array().unwrap().iter().cloned().map(bare));
    }
    assert_eq!(paged, wanted, "{path} {query} by pages");
}

#[tokio::test]
async fn lists_hold_what_is_asked_for_and_of_the_own_organization_only() {
    let scene = Scene::new().await;
    let all = stored(&scene.server, None).await;
    let own = stored(&scene.server, Some(&scene.first.id)).await;
    assert!(all.len() > 20 && own.len() > 4, "{all:#?}");
    let (owner, other) = (&scene.first.owner.user_id, &scene.second.owner.user_id);
    let middle = own[2]["at"].as_str().unwrap().to_owned();
    let invite = own.iter().find(|event| event["target"]["kind"] == "invite").unwrap()["target"]["id"].clone();
    let invite = invite.as_str().unwrap().to_owned();
    type Fits<'a> = Box<dyn Fn(&Json) -> bool + 'a>;
    let cases: Vec<(String, Fits<'_>)> = vec![
        (String::new(), Box::new(|_| true)),
        (format!("&actor={owner}"), Box::new(|event| event["actor"]["id"] == json!(owner))),
        (format!("&actor={other}"), Box::new(|event| event["actor"]["id"] == json!(other))),
        ("&actor=usr_01h455vb4pex5vsknk084sn02q".to_owned(), Box::new(|_| false)),
        ("&actor=user".to_owned(), Box::new(|event| event["actor"]["kind"] == "user")),
        ("&actor=anonymous".to_owned(), Box::new(|event| event["actor"]["kind"] == "anonymous")),
        ("&actor=operator".to_owned(), Box::new(|event| event["actor"]["kind"] == "operator")),
        ("&actor=system".to_owned(), Box::new(|event| event["actor"]["kind"] == "system")),
        ("&action=invite.created".to_owned(), Box::new(|event| event["action"] == "invite.created")),
        ("&action=invite.".to_owned(), Box::new(|event| event["action"].as_str().unwrap().starts_with("invite."))),
        ("&action=invit.".to_owned(), Box::new(|_| false)),
        ("&target=invite".to_owned(), Box::new(|event| event["target"]["kind"] == "invite")),
        (format!("&target={invite}"), Box::new(|event| event["target"]["id"] == json!(invite))),
        (format!("&target=invite:{invite}"), Box::new(|event| event["target"]["id"] == json!(invite))),
        (format!("&target=user:{invite}"), Box::new(|_| false)),
        (
            "&target=config:gateway.default_model".to_owned(),
            Box::new(|event| event["target"]["id"] == "gateway.default_model"),
        ),
        (format!("&from={middle}"), Box::new(|event| event["at"].as_str().unwrap() >= middle.as_str())),
        (format!("&to={middle}"), Box::new(|event| event["at"].as_str().unwrap() < middle.as_str())),
        (
            format!("&actor={owner}&action=invite.&target={invite}&from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z"),
            Box::new(|event| event["target"]["id"] == json!(invite)),
        ),
    ];
    for (query, fits) in &cases {
        let fitting = |events: &[Json]| events.iter().filter(|event| fits(event)).cloned().collect::<Vec<_>>();
        expect_listed(&scene, "/service/audit-events", query, &fitting(&own)).await;
        expect_listed(&scene, "/admin/audit-events", query, &fitting(&all)).await;
        let query = format!("{query}&tenant_id={}", scene.first.id);
        expect_listed(&scene, "/admin/audit-events", &query, &fitting(&own)).await;
        // Nobody widens what is theirs.
        let query = format!("{query}&tenant_id={}", scene.second.id).replacen("&tenant_id", "&tenant-id", 1);
        expect_listed(&scene, "/service/audit-events", &query, &fitting(&own)).await;
    }
    scene.server.finish().await;
}

#[tokio::test]
async fn people_are_shown_as_they_are_now() {
    let scene = Scene::new().await;
    let body = json!({"first_name": "Joan", "last_name": "Roe"});
    scene.server.call(Method::PATCH, "/global/auth/me", &scene.first.owner.access, body).await.expect(200);
    let shown = scene.get("/service/audit-events?actor=user").await;
    for item in shown["items"].as_array().unwrap() {
        assert_eq!((&item["actor"]["email"], &item["actor"]["name"]), (&json!("owner@first.com"), &json!("Joan Roe")));
    }
    // Somebody who is gone shows by id.
    let gone = "UPDATE audit_events SET actor_id = 'usr_gone' WHERE action = 'tenant.created'";
    let write = move |tx: &mut Tx<'_>, _: &System| Ok(tx.execute(gone, args![])?);
    scene.server.app.write(&System, write).await.unwrap();
    let shown = scene.get("/service/audit-events?action=tenant.created").await;
    let actor = &shown["items"][0]["actor"];
    assert_eq!((&actor["id"], &actor["email"], &actor["name"]), (&json!("usr_gone"), &Json::Null, &Json::Null));
    scene.server.finish().await;
}

#[tokio::test]
async fn a_query_that_means_nothing_is_refused() {
    let scene = Scene::new().await;
    for (query, field) in [
        ("actor=nobody", "actor"),
        ("actor=usr_1", "actor"),
        ("action=invite", "action"),
        ("action=Invite.created", "action"),
        ("action=.created", "action"),
        ("action=invite.created.again", "action"),
        ("target=", "target"),
        ("target=:", "target"),
        ("target=Kind:x", "target"),
        ("target=a%0Ab", "target"),
        ("from=yesterday", "from"),
        ("to=2024-01-15", "to"),
        ("from=2024-01-16T00:00:00Z&to=2024-01-15T00:00:00Z", "from"),
        ("limit=0", "limit"),
        ("offset=-1", "offset"),
    ] {
        for path in ["/service/audit-events", "/admin/audit-events"] {
            let token = if path.starts_with("/admin") { &scene.admin.access } else { &scene.first.owner.scoped };
            let refused =
                scene.server.get(&format!("{path}?{query}"), token).await.expect_problem(422, "validation_error");
            assert_eq!(refused["errors"][0]["field"], field, "{path} {query}");
            if !["limit", "offset"].contains(&field) {
                let download = format!("{path}/export?format=csv&{query}");
                scene.server.get(&download, token).await.expect_problem(422, "validation_error");
            }
        }
    }
    for (query, status, code) in
        [("tenant_id=x", 422, "validation_error"), ("tenant_id=ten_01h455vb4pex5vsknk084sn02q", 404, "not_found")]
    {
        for path in ["/admin/audit-events?", "/admin/audit-events/export?format=csv&"] {
            scene.server.get(&format!("{path}{query}"), &scene.admin.access).await.expect_problem(status, code);
        }
    }
    for query in ["", "?format=", "?format=xml"] {
        let path = format!("/service/audit-events/export{query}");
        let refused = scene.server.get(&path, &scene.first.owner.scoped).await.expect_problem(422, "validation_error");
        assert_eq!(refused["errors"][0]["field"], "format");
    }
    scene.server.finish().await;
}

/// Writes so many events at once; several share a moment.
async fn insert_events(server: &TestServer, tenant_id: &str, events: i64) {
    for begin in (0..events).step_by(5_000) {
        let (tenant_id, count) = (tenant_id.to_owned(), (events - begin).min(5_000));
        let write = move |tx: &mut Tx<'_>, _: &System| {
            let now = tx.now();
            for index in begin..begin + count {
                let (id, at): (EventId, _) = (tx.new_id(), Time::from_millis(now.millis() - 100_000 + index / 7));
                let changes = format!("{{\"index\":{index}}}");
                tx.execute(
                    "INSERT INTO audit_events (id, at, actor_kind, action, target_kind, tenant_id, changes) \
                     VALUES (?1, ?2, 'system', 'test.made', 'tenant', ?3, ?4)",
                    args![&id, at, &tenant_id, &changes],
                )?;
            }
            Ok(())
        };
        server.app.write(&System, write).await.unwrap();
    }
}
