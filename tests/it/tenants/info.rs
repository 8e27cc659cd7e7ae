//! The organization of a scoped token: shown, changed, archived.

use jiff::{Timestamp, civil::date, tz::TimeZone};
use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{archive, assert_shut_out, create, each, listed};
use crate::harness::{Reply, TestServer};
use crate::organization::{Organization, found, select, set_status, try_select};

async fn info(server: &TestServer, scoped: &str) -> Json {
    server.get("/service/info", scoped).await.expect(200)
}

async fn update(server: &TestServer, scoped: &str, body: Json) -> Reply {
    server.call(Method::PATCH, "/service/info", scoped, body).await
}

#[tokio::test]
async fn the_organization_is_shown_with_its_subscription() {
    let server = TestServer::start().await;
    // Made on the last day of a January, at a time of day that must stay.
    let now = Timestamp::from_millisecond(server.clock.now().millis()).unwrap().to_zoned(TimeZone::UTC);
    let made_at = date(now.year() + 1, 1, 31).at(10, 30, 15, 0).to_zoned(TimeZone::UTC).unwrap();
    let wait = made_at.timestamp().as_millisecond() - server.clock.now().millis();
    server.advance(u64::try_from(wait / 1000).unwrap());
    let access = server.person("jane@acme.com").await.access;
    let body = json!({"name": "Acme Corp", "slug": "acme-corp", "billing_email": "billing@acme.com"});
    let made = create(&server, &access, body).await.expect(201);
    let scoped = select(&server, &access, made["id"].as_str().unwrap()).await;
    let end = date(made_at.year(), 2, 1).last_of_month();
    let expected = json!({
        "id": made["id"], "name": "Acme Corp", "slug": "acme-corp", "status": "active",
        "billing_email": "billing@acme.com",
        "subscription": {"plan": "Developer", "status": "ACTIVE", "end_date": format!("{end}T10:30:15Z")},
    });
    assert_eq!(info(&server, &scoped).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn every_member_sees_it_and_admins_change_it() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let admin = acme.join(&server, "admin@acme.com", "admin").await;
    let mut shown = info(&server, &acme.owner.scoped).await;
    for role in ["member", "viewer"] {
        let person = acme.join(&server, &format!("{role}@acme.com"), role).await;
        assert_eq!(info(&server, &person.scoped).await, shown);
        let body = json!({"name": "Mine Now", "billing_email": "mine@acme.com"});
        update(&server, &person.scoped, body).await.expect_problem(403, "insufficient_role");
        update(&server, &person.scoped, json!({"name": ""})).await.expect_problem(403, "insufficient_role");
    }
    assert_eq!(info(&server, &admin.scoped).await, shown);
    // What is sent, and what is different then.
    let cases = [
        (json!({"name": " Acme & Söhne\t"}), json!({"name": "Acme & Söhne"})),
        (json!({"billing_email": " Pay@ACME.com "}), json!({"billing_email": "pay@acme.com"})),
        (json!({}), json!({})),
        (json!({"name": null, "billing_email": null}), json!({})),
        (
            json!({"name": "Both", "billing_email": "both@acme.com"}),
            json!({"name": "Both", "billing_email": "both@acme.com"}),
        ),
        (
            json!({
                "name": "<b>Bold</b>", "id": "ten_01h455vb4pex5vsknk084sn02q", "slug": "another", "status": "archived",
                "owner_id": admin.user_id, "role": "owner", "plan": "Pro", "subscription": {"plan": "Pro"}, "created_at": 0,
            }),
            json!({"name": "<b>Bold</b>"}),
        ),
    ];
    for (index, (body, changes)) in cases.into_iter().enumerate() {
        let by = [&acme.owner, &admin][index % 2];
        for (name, value) in changes.as_object().unwrap() {
            shown[name] = value.clone();
        }
        assert_eq!(update(&server, &by.scoped, body.clone()).await.expect(200), shown, "{body}");
        assert_eq!(info(&server, &admin.scoped).await, shown, "{body}");
    }
    let long = "n".repeat(101);
    let bad: &[(Json, &[&str])] = &[
        (json!({"name": ""}), &["name"]),
        (json!({"name": " "}), &["name"]),
        (json!({"name": "a\nb"}), &["name"]),
        (json!({"name": long}), &["name"]),
        (json!({"name": 1}), &["name"]),
        (json!({"billing_email": ""}), &["billing_email"]),
        (json!({"billing_email": "nobody"}), &["billing_email"]),
        (json!({"name": "Good", "billing_email": "ü@acme.com"}), &["billing_email"]),
        (json!({"name": "", "billing_email": "x"}), &["name", "billing_email"]),
        (json!([]), &["body"]),
    ];
    for (body, fields) in bad {
        let reply = update(&server, &acme.owner.scoped, body.clone()).await;
        assert_eq!(reply.status.as_u16(), 422, "{body}: {}", reply.text);
        assert_eq!(reply.invalid_fields(), *fields, "{body}");
    }
    assert_eq!(info(&server, &acme.owner.scoped).await, shown);
    // It is found by the new name, and by the slug as ever.
    for (query, count) in [("?q=bold", 1), ("?q=acme-corp", 1), ("?q=both", 0)] {
        assert_eq!(each(&listed(&server, &acme.owner.access, query).await.expect(200), "slug").len(), count, "{query}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_owner_archives_it_by_typing_its_slug() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let admin = acme.join(&server, "admin@acme.com", "admin").await;
    let second = found(&server, &acme.owner.access, "second").await;
    let second = select(&server, &acme.owner.access, &second).await;
    let mut shown = info(&server, &acme.owner.scoped).await;
    for slug in ["", "acme", "ACME-CORP", " acme-corp", "acme-corp ", "acme-corp\0", "The acme-corp", "second"] {
        let reply = archive(&server, &acme.owner.scoped, slug).await;
        assert_eq!(reply.status.as_u16(), 422, "{slug:?}: {}", reply.text);
        assert_eq!(reply.invalid_fields(), ["slug"], "{slug:?}");
    }
    for body in [json!({}), json!({"slug": null}), json!({"slug": 1}), json!({"tenant_id": acme.id})] {
        let reply = server.call(Method::POST, "/service/archive", &acme.owner.scoped, body).await;
        assert_eq!(reply.invalid_fields(), ["slug"]);
    }
    archive(&server, &admin.scoped, "acme-corp").await.expect_problem(403, "insufficient_role");
    assert_eq!(info(&server, &admin.scoped).await, shown, "nothing has happened so far");

    shown["status"] = json!("archived");
    assert_eq!(archive(&server, &acme.owner.scoped, "acme-corp").await.expect(200), shown);
    for person in [&acme.owner, &admin] {
        assert_shut_out(&server, &person.scoped, "tenant_archived").await;
        try_select(&server, &person.access, &acme.id).await.expect_problem(403, "tenant_archived");
        server.get("/global/auth/me", &person.scoped).await.expect(200);
    }
    let list = listed(&server, &acme.owner.access, "").await.expect(200);
    assert_eq!(each(&list, "status"), ["archived", "active"]);
    assert_eq!(info(&server, &second).await["status"], "active", "another one of the same owner is as it was");
    server.finish().await;
}

#[tokio::test]
async fn a_closed_organization_shuts_everybody_out_until_it_is_opened() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let viewer = acme.join(&server, "viewer@acme.com", "viewer").await;
    super::make_platform_admin(&server, "jane@acme.com").await;
    for (status, code) in [(TenantStatus::Suspended, "tenant_suspended"), (TenantStatus::Archived, "tenant_archived")] {
        set_status(&server, "acme-corp", status).await;
        for person in [&acme.owner, &viewer] {
            assert_shut_out(&server, &person.scoped, code).await;
            try_select(&server, &person.access, &acme.id).await.expect_problem(403, code);
        }
        set_status(&server, "acme-corp", TenantStatus::Active).await;
        for person in [&acme.owner, &viewer] {
            assert_eq!(info(&server, &person.scoped).await["status"], "active", "the same tokens work again");
            try_select(&server, &person.access, &acme.id).await.expect(200);
        }
    }
    server.finish().await;
}
