//! Organizations as platform admins see and change them (specification "Tenant Management", contract 6, 36 and 43).

mod ownership;
mod status;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, TestServer};
use crate::organization::{Organization, change};
use crate::plans::{platform_admin, set};
use crate::service_keys::NO_TENANT;

/// What cannot be the id of an organization, or is of none.
const NO_IDS: [&str; 4] = [NO_TENANT, "ten_1", "usr_01h455vb4pex5vsknk084sn02q", "%27%20OR%201=1"];

async fn set_status(server: &TestServer, admin: &str, id: &str, body: Json) -> Reply {
    server.call(Method::PUT, &format!("/admin/tenants/{id}/status"), admin, body).await
}

async fn detail(server: &TestServer, admin: &str, id: &str) -> Json {
    server.get(&format!("/admin/tenants/{id}"), admin).await.expect(200)
}

/// The slugs of a part of the list, and how many there are on all pages.
async fn slugs(server: &TestServer, admin: &str, query: &str) -> (Vec<String>, i64) {
    let listed = server.get(&format!("/admin/tenants{query}"), admin).await.expect(200);
    assert_eq!(listed.as_object().unwrap().len(), 2, "{listed}");
    let items = listed["items"].as_array().unwrap().iter();
    (items.map(|item| item["slug"].as_str().unwrap().to_owned()).collect(), listed["total"].as_i64().unwrap())
}

#[tokio::test]
async fn the_list_is_the_one_of_the_specification() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    assert_eq!(server.get("/admin/tenants", &admin).await.expect(200), json!({"items": [], "total": 0}));
    let acme = Organization::of(&server, "owner@acme.com", "acme").await;
    let beta = Organization::of(&server, "owner@beta.com", "beta").await;
    let gamma = Organization::of(&server, "owner@gamma.com", "gamma").await;
    // Disabled members are members; who was only invited is none.
    acme.join(&server, "viewer@acme.com", "viewer").await;
    let disabled = acme.join(&server, "disabled@acme.com", "member").await;
    change(&server, &acme.owner.scoped, &disabled.user_id, json!({"status": "disabled"})).await.expect(200);
    acme.invite(&server, "invited@acme.com", "viewer").await;
    set(&server, &admin, &acme.id, "plan_pro").await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    set_status(&server, &admin, &beta.id, json!({"status": "suspended"})).await.expect(200);
    server.mail.next_mail_to("owner@beta.com").await;
    let item = |organization: &Organization, slug: &str, status: &str, plan: &str, members: i64| {
        json!({
            "id": organization.id, "name": format!("The {slug}"), "slug": slug, "status": status,
            "subscription_plan": plan, "member_count": members,
        })
    };
    let items = [
        item(&gamma, "gamma", "active", "Developer", 1),
        item(&beta, "beta", "suspended", "Developer", 1),
        item(&acme, "acme", "active", "Pro", 3),
    ];
    for (query, expected, total) in [
        ("", &items[..], 3),
        ("?limit=50&offset=0", &items[..], 3),
        ("?limit=1", &items[..1], 3),
        ("?limit=1&offset=1", &items[1..2], 3),
        ("?offset=2", &items[2..], 3),
        ("?offset=9223372036854775807", &[], 3),
        ("?status=suspended", &items[1..2], 1),
        ("?status=archived", &[], 0),
        ("?status=active&limit=1&offset=1", &items[2..], 2),
        ("?q=ACM", &items[2..], 1),
        ("?q=the%20b", &items[1..2], 1),
        ("?q=a&status=suspended", &items[1..2], 1),
        ("?q=%20", &items[..], 3),
        // Ordinary characters, and in no name.
        ("?q=%25", &[], 0),
        ("?q=_", &[], 0),
    ] {
        let listed = server.get(&format!("/admin/tenants{query}"), &admin).await.expect(200);
        assert_eq!(listed, json!({"items": expected, "total": total}), "{query}");
    }
    server.finish().await;
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    for (query, fields) in [
        ("limit=0", &["limit"][..]),
        ("limit=201", &["limit"]),
        ("limit=", &["limit"]),
        ("limit=1.5", &["limit"]),
        ("offset=-1", &["offset"]),
        ("offset=x", &["offset"]),
        ("status=", &["status"]),
        ("status=ACTIVE", &["status"]),
        ("status=closed", &["status"]),
        ("status=active&status=archived", &["status"]),
        ("q=a%00b", &["q"]),
        ("limit=0&offset=-1&status=x&q=a%0Ab", &["limit", "offset", "q", "status"]),
    ] {
        let reply = server.get(&format!("/admin/tenants?{query}"), &admin).await;
        let mut named = reply.invalid_fields();
        named.sort();
        assert_eq!(named, fields, "{query}");
    }
    assert_eq!(slugs(&server, &admin, "?limit=200&page=7").await, (Vec::new(), 0));
    server.finish().await;
}

#[tokio::test]
async fn the_detail_shows_owner_plan_and_members() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let access = server.person("owner@acme.com").await.access;
    let body = json!({"name": "Acme Corp", "slug": "acme", "billing_email": "billing@acme.com"});
    let made = server.call(Method::POST, "/global/tenants", &access, body).await.expect(201);
    let created_at = server.clock.now().to_string();
    let id = made["id"].as_str().unwrap();
    let scoped = crate::organization::select(&server, &access, id).await;
    let info = server.get("/service/info", &scoped).await.expect(200);
    let expected = json!({
        "id": id, "name": "Acme Corp", "slug": "acme", "status": "active", "status_reason": null,
        "billing_email": "billing@acme.com",
        "owner": {"user_id": crate::tokens::claims(&access)["sub"], "email": "owner@acme.com"},
        "member_count": 1, "subscription": info["subscription"], "created_at": created_at,
    });
    server.advance(60);
    assert_eq!(detail(&server, &admin, id).await, expected);
    assert_eq!(expected["subscription"]["plan"], "Developer");
    for id in NO_IDS {
        server.get(&format!("/admin/tenants/{id}"), &admin).await.expect_problem(404, "not_found");
        let reply = set_status(&server, &admin, id, json!({"status": "suspended"})).await;
        reply.expect_problem(404, "not_found");
    }
    server.finish().await;
}
