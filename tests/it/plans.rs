//! The catalogue of plans, and what platform admins do with it (contract 29).

mod terms;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, TestServer};
use crate::inspect::set_platform_admin;
use crate::organization::Organization;
use crate::subscriptions::{activate, cancel, history};

/// The catalogue as the specification prints it.
pub(crate) fn specified() -> Json {
    json!([
        {
            "id": "plan_dev",
            "name": "Developer",
            "price": 0,
            "billing_cycle": "MONTHLY",
            "features": ["10,000 req/month", "1 API key", "7-day log retention"],
        },
        {
            "id": "plan_pro",
            "name": "Pro",
            "price": 299,
            "billing_cycle": "MONTHLY",
            "features": ["500,000 req/month", "10 API keys", "90-day log retention", "ML violation detection"],
        },
        {
            "id": "plan_enterprise",
            "name": "Enterprise",
            "price": 0,
            "billing_cycle": "MONTHLY",
            "features": [
                "Unlimited requests",
                "Unlimited keys",
                "365-day retention",
                "Custom ML models",
                "On-premise option",
            ],
        },
    ])
}

/// Registers a platform admin and returns a global token.
pub(crate) async fn platform_admin(server: &TestServer) -> String {
    let access = server.person("admin@trueport.example").await.access;
    set_platform_admin(server, "admin@trueport.example", true).await;
    access
}

pub(crate) async fn create(server: &TestServer, admin: &str, body: Json) -> Reply {
    server.call(Method::POST, "/admin/plans", admin, body).await
}

/// Makes a plan called `Team` and returns its id.
pub(crate) async fn create_team(server: &TestServer, admin: &str, price: f64, cycle: &str) -> String {
    let made = create(server, admin, json!({"name": "Team", "price": price, "billing_cycle": cycle})).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

async fn change(server: &TestServer, admin: &str, id: &str, body: Json) -> Reply {
    server.call(Method::PATCH, &format!("/admin/plans/{id}"), admin, body).await
}

pub(crate) async fn retire(server: &TestServer, admin: &str, id: &str) -> Reply {
    server.call(Method::DELETE, &format!("/admin/plans/{id}"), admin, Json::Null).await
}

/// Puts an organization on a plan as a platform admin.
pub(crate) async fn set(server: &TestServer, admin: &str, tenant_id: &str, plan_id: &str) -> Reply {
    let path = format!("/admin/tenants/{tenant_id}/subscription");
    server.call(Method::PUT, &path, admin, json!({"plan_id": plan_id})).await
}

async fn list(server: &TestServer, admin: &str) -> Vec<Json> {
    let listed = server.get("/admin/plans", admin).await.expect(200);
    let items = listed["items"].as_array().expect("items").clone();
    assert_eq!(listed, json!({"items": items, "total": items.len()}));
    items
}

async fn catalogue(server: &TestServer, scoped: &str) -> Json {
    server.get("/service/catalog/plans", scoped).await.expect(200)
}

#[tokio::test]
async fn the_catalogue_is_the_one_of_the_specification() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let viewer = organization.join(&server, "viewer@acme.com", "viewer").await;
    for scoped in [&organization.owner.scoped, &viewer.scoped] {
        let reply = server.get("/service/catalog/plans", scoped).await;
        assert_eq!(reply.expect(200), specified());
        assert!(!reply.text.contains("299.0") && !reply.text.contains("0.0"), "{}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn platform_admins_see_every_plan_whole() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let limits = [
        json!({
            "requests_per_month": 10_000, "api_keys": 1, "log_retention_days": 7, "ml_violation_detection": false,
            "custom_ml_models": false,
        }),
        json!({
            "requests_per_month": 500_000, "api_keys": 10, "log_retention_days": 90, "ml_violation_detection": true,
            "custom_ml_models": false,
        }),
        json!({
            "requests_per_month": null, "api_keys": null, "log_retention_days": 365, "ml_violation_detection": true,
            "custom_ml_models": true,
        }),
    ];
    let mut expected = specified().as_array().unwrap().clone();
    for (plan, limits) in expected.iter_mut().zip(limits) {
        plan["limits"] = limits;
        plan["self_service"] = json!(true);
        plan["retired_at"] = json!(null);
        plan["created_at"] = json!("1970-01-01T00:00:00Z");
    }
    assert_eq!(list(&server, &admin).await, expected);
    let made = create(&server, &admin, json!({"name": "Team", "price": 1, "billing_cycle": "YEARLY"})).await;
    expected.push(made.expect(201));
    assert_eq!(list(&server, &admin).await, expected);
    server.finish().await;
}

#[tokio::test]
async fn a_new_plan_has_what_it_was_given_and_defaults() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let none = json!({
        "requests_per_month": null, "api_keys": null, "log_retention_days": null, "ml_violation_detection": false,
        "custom_ml_models": false,
    });
    let all = json!({
        "requests_per_month": 0, "api_keys": 7, "log_retention_days": i64::MAX, "ml_violation_detection": true,
        "custom_ml_models": true,
    });
    let given = json!({
        "name": " Team \u{1f680} ", "price": 99.5, "billing_cycle": "YEARLY", "features": [" One ", "Two"], "limits": all,
        "self_service": false, "id": "plan_dev", "retired_at": "2024-01-01T00:00:00Z", "created_at": "2024-01-01T00:00:00Z",
    });
    let plain = json!({"name": "Plain", "price": 0, "billing_cycle": "MONTHLY", "self_service": null, "limits": {}});
    let mut made = Vec::new();
    for (body, name, features, limits, is_self_service) in
        [(given, "Team \u{1f680}", json!(["One", "Two"]), all, false), (plain, "Plain", json!([]), none, true)]
    {
        let now = server.clock.now().to_string();
        let plan = create(&server, &admin, body.clone()).await.expect(201);
        let id = plan["id"].as_str().unwrap();
        assert!(id.len() == 31 && id.starts_with("plan_0"), "{id}");
        let expected = json!({
            "id": id, "name": name, "price": body["price"], "billing_cycle": body["billing_cycle"], "features": features,
            "limits": limits, "self_service": is_self_service, "retired_at": null, "created_at": now,
        });
        assert_eq!(plan, expected);
        made.push(plan);
    }
    assert_eq!(list(&server, &admin).await[3..], made);
    // What a tenant may not choose by itself is shown all the same: it may ask for it.
    let expected: Vec<Json> = made
        .iter()
        .map(|plan| {
            let names = ["id", "name", "price", "billing_cycle", "features"];
            names.iter().map(|name| ((*name).to_owned(), plan[name].clone())).collect()
        })
        .collect();
    let shown = catalogue(&server, &organization.owner.scoped).await;
    assert_eq!(shown.as_array().unwrap()[3..], expected);
    server.finish().await;
}

#[tokio::test]
async fn a_retired_plan_is_chosen_by_nobody_and_kept_by_who_has_it() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "other@acme.com", "other").await;
    let scoped = &organization.owner.scoped;
    let id = create_team(&server, &admin, 99.5, "MONTHLY").await;
    activate(&server, scoped, &id).await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;

    let now = server.clock.now().to_string();
    for _ in 0..2 {
        assert_eq!(retire(&server, &admin, &id).await.expect(204), Json::Null);
        // The first time counts.
        assert_eq!(list(&server, &admin).await[3]["retired_at"], now);
        server.advance(60);
    }
    assert_eq!(catalogue(&server, scoped).await, specified());
    activate(&server, &other.owner.scoped, &id).await.expect_problem(404, "not_found");
    let kept = &history(&server, scoped).await[0];
    assert_eq!((&kept["plan_id"], &kept["status"], &kept["auto_renew"]), (&json!(id), &json!("ACTIVE"), &json!(true)));
    // Its cancellation cannot be undone by the tenant, as nobody chooses the plan any more, but by a platform admin.
    cancel(&server, scoped, true).await.expect(200);
    // It is in no catalogue any more, but to undo the cancellation is not to choose it.
    assert_eq!(activate(&server, scoped, &id).await.expect(201)["id"], kept["id"]);
    cancel(&server, scoped, true).await.expect(200);
    assert_eq!(set(&server, &admin, &organization.id, &id).await.expect(200)["id"], kept["id"]);
    set(&server, &admin, &other.id, &id).await.expect(200);
    server.mail.next_mail_to("other@acme.com").await;

    retire(&server, &admin, "plan_dev").await.expect_problem(409, "plan_in_use");
    for id in ["plan_01h455vb4pex5vsknk084sn02q", "plan_nope", "PLAN_PRO", "ten_01h455vb4pex5vsknk084sn02q", "%20"] {
        retire(&server, &admin, id).await.expect_problem(404, "not_found");
        change(&server, &admin, id, json!({"price": 1})).await.expect_problem(404, "not_found");
    }
    retire(&server, &admin, "plan_enterprise").await.expect(204);
    assert_eq!(catalogue(&server, scoped).await, json!(specified().as_array().unwrap()[..2]));
    server.finish().await;
}

#[tokio::test]
async fn a_plan_that_is_not_self_service_is_given_by_platform_admins_only() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    let id = create_team(&server, &admin, 1.0, "MONTHLY").await;
    change(&server, &admin, &id, json!({"self_service": false})).await.expect(200);
    activate(&server, scoped, &id).await.expect_problem(403, "plan_not_self_service");
    assert_eq!(history(&server, scoped).await.len(), 1);
    let given = set(&server, &admin, &organization.id, &id).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    let current = &history(&server, scoped).await[0];
    for name in ["id", "plan_id", "plan_name", "status", "start_date", "end_date"] {
        assert_eq!(given[name], current[name], "{name}");
    }
    assert_eq!(given.as_object().unwrap().len(), 6, "{given}");
    set(&server, &admin, &organization.id, &id).await.expect_problem(409, "already_subscribed");
    change(&server, &admin, &id, json!({"self_service": true})).await.expect(200);
    activate(&server, scoped, "plan_pro").await.expect(201);
    activate(&server, scoped, &id).await.expect(201);
    for _ in 0..2 {
        server.mail.next_mail_to("owner@acme.com").await;
    }
    for (tenant_id, plan_id) in [
        ("ten_01h455vb4pex5vsknk084sn02q", "plan_pro"),
        ("acme", "plan_pro"),
        (organization.id.as_str(), "plan_01h455vb4pex5vsknk084sn02q"),
        (organization.id.as_str(), "pro"),
    ] {
        set(&server, &admin, tenant_id, plan_id).await.expect_problem(404, "not_found");
    }
    server.finish().await;
}
