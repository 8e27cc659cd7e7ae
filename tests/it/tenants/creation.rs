//! POST /global/tenants: what it answers, what it refuses, and who may.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{archive, availability, create, each, listed, make_platform_admin};
use crate::harness::TestServer;
use crate::organization::{Organization, select, set_status};

#[tokio::test]
async fn a_creation_answers_as_specified() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let body = json!({
        "name": " Acme Corp\t", "slug": "acme-corp", "billing_email": " Billing@ACME.com ",
        "id": "ten_01h455vb4pex5vsknk084sn02q", "status": "archived", "role": "viewer", "owner_id": null,
        "is_platform_admin": true, "created_at": "2024-01-15T10:30:00Z", "plan_id": "plan_enterprise", "unknown": [1, {}],
    });
    let made = create(&server, &access, body).await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("ten_") && id.len() == 30 && id != "ten_01h455vb4pex5vsknk084sn02q", "{id}");
    let expected = json!({
        "id": id, "name": "Acme Corp", "slug": "acme-corp", "status": "active", "billing_email": "billing@acme.com",
        "created_at": server.clock.now().to_string(),
    });
    assert_eq!(made, expected);

    let list = listed(&server, &access, "").await.expect(200);
    let item = json!({"id": id, "name": "Acme Corp", "slug": "acme-corp", "role": "owner", "status": "active"});
    assert_eq!(list, json!([item]));
    let me = server.get("/global/auth/me", &access).await.expect(200);
    assert_eq!(me["is_platform_admin"], false);
    let scoped = select(&server, &access, id).await;
    let info = server.get("/service/info", &scoped).await.expect(200);
    assert_eq!(info["subscription"]["plan"], "Developer");
    let members = server.get("/service/members", &scoped).await.expect(200);
    assert_eq!((each(&members, "email"), each(&members, "role")), (vec!["jane@acme.com".into()], vec!["owner".into()]));
    server.finish().await;
}

#[tokio::test]
async fn invoices_go_to_the_owner_unless_another_address_is_given() {
    let server = TestServer::start().await;
    let access = server.person("Jane@ACME.com").await.access;
    let cases = [
        (json!({"name": "Left Out"}), "jane@acme.com"),
        (json!({"name": "Null", "billing_email": null}), "jane@acme.com"),
        (json!({"name": "Given", "billing_email": "\u{a0}Pay@ACME.com\n"}), "pay@acme.com"),
    ];
    for (body, expected) in cases {
        let made = create(&server, &access, body.clone()).await.expect(201);
        assert_eq!(made["billing_email"], expected, "{body}");
    }
    server.finish().await;
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_and_nothing_is_made() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let long = "n".repeat(101);
    let cases: Vec<(Json, &[&str])> = vec![
        (json!({}), &["name"]),
        (json!([]), &["body"]),
        (json!({"slug": "acme"}), &["name"]),
        (json!({"name": null}), &["name"]),
        (json!({"name": 1}), &["name"]),
        (json!({"name": ""}), &["name"]),
        (json!({"name": " \t"}), &["name"]),
        (json!({"name": "a\nb"}), &["name"]),
        (json!({"name": "a\0b"}), &["name"]),
        (json!({"name": long}), &["name"]),
        (json!({"name": "Acme", "slug": 1}), &["slug"]),
        (json!({"name": "Acme", "slug": ["acme"]}), &["slug"]),
        (json!({"name": "Acme", "billing_email": ""}), &["billing_email"]),
        (json!({"name": "Acme", "billing_email": "nobody"}), &["billing_email"]),
        (json!({"name": "Acme", "billing_email": "ü@acme.com"}), &["billing_email"]),
        (json!({"name": "Acme", "billing_email": "a@b.c\r\nBcc: c@d.e"}), &["billing_email"]),
        (json!({"name": "", "slug": "-", "billing_email": "-"}), &["name", "slug", "billing_email"]),
    ];
    for (body, fields) in cases {
        let reply = create(&server, &access, body.clone()).await;
        assert_eq!(reply.status.as_u16(), 422, "{body}: {}", reply.text);
        assert_eq!(reply.invalid_fields(), fields, "{body}");
    }
    assert_eq!(listed(&server, &access, "").await.expect(200), json!([]));
    create(&server, "", json!({"name": "Acme"})).await.expect_problem(401, "unauthorized");
    // What was refused took no slug, and the longest name is a good one.
    assert_eq!(availability(&server, "acme").await.expect(200)["available"], true);
    let name = "ä".repeat(100);
    assert_eq!(create(&server, &access, json!({"name": name})).await.expect(201)["name"], name);
    server.finish().await;
}

#[tokio::test]
async fn creation_can_be_kept_for_platform_admins() {
    let server = TestServer::start().await;
    let jane = server.person("jane@acme.com").await.access;
    let admin = server.person("admin@acme.com").await.access;
    make_platform_admin(&server, "admin@acme.com").await;
    server.set_config("tenants.creation", json!("platform_admin")).await;
    for body in [json!({"name": "Acme"}), json!({"name": "Acme", "slug": "acme", "is_platform_admin": true})] {
        create(&server, &jane, body).await.expect_problem(403, "tenant_creation_closed");
    }
    assert_eq!(availability(&server, "acme").await.expect(200)["available"], true);
    create(&server, &admin, json!({"name": "Acme", "slug": "acme"})).await.expect(201);
    assert_eq!(listed(&server, &jane, "").await.expect(200), json!([]));

    server.set_config("tenants.creation", json!("anyone")).await;
    create(&server, &jane, json!({"name": "Acme"})).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn one_person_owns_so_many_organizations_and_no_more() {
    let server = TestServer::start().await;
    server.set_config("tenants.max_owned_per_user", json!(2)).await;
    let other = Organization::of(&server, "other@acme.com", "other").await;
    // Being a member of another one does not count.
    let jane = other.join(&server, "jane@acme.com", "admin").await;
    make_platform_admin(&server, "jane@acme.com").await;
    let create_one = async || create(&server, &jane.access, json!({"name": "Acme"})).await;
    for _ in 0..2 {
        create_one().await.expect(201);
    }
    create_one().await.expect_problem(403, "tenant_limit_reached");
    let bad = create(&server, &jane.access, json!({"name": ""})).await;
    assert_eq!(bad.invalid_fields(), ["name"]);

    // Archived ones count too: else making and archiving them would go on for ever.
    let list = listed(&server, &jane.access, "?q=acme-2").await.expect(200);
    let scoped = select(&server, &jane.access, list[0]["id"].as_str().unwrap()).await;
    archive(&server, &scoped, "acme-2").await.expect(200);
    create_one().await.expect_problem(403, "tenant_limit_reached");
    set_status(&server, "acme", TenantStatus::Suspended).await;
    create_one().await.expect_problem(403, "tenant_limit_reached");

    // The limit is the owner's own, and counts what is owned now.
    create(&server, &other.owner.access, json!({"name": "Acme"})).await.expect(201);
    create(&server, &other.owner.access, json!({"name": "Acme"})).await.expect_problem(403, "tenant_limit_reached");
    let transfer = json!({"user_id": jane.user_id});
    server.call(Method::POST, "/service/ownership-transfer", &other.owner.scoped, transfer).await.expect(200);
    for email in ["jane@acme.com", "other@acme.com"] {
        server.mail.next_mail_to(email).await;
    }
    create(&server, &other.owner.access, json!({"name": "Acme"})).await.expect(201);
    server.set_config("tenants.max_owned_per_user", json!(4)).await;
    create_one().await.expect(201);
    create_one().await.expect_problem(403, "tenant_limit_reached");
    server.finish().await;
}
