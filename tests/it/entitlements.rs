//! What an organization may use and what it has used, for itself and for services (contract 29 and 34).

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value as Json, json};
use trueport::db::Tx;
use trueport::domain::caller::Operator;
use trueport::domain::fields::Email;
use trueport::domain::operators;
use trueport::store::tenants::TenantStatus;

use crate::harness::{Reply, TestServer, send};
use crate::organization::{Organization, select, set_status};
use crate::service_keys::{NO_TENANT, service_key};
use crate::usage::{Row, go_to, report};

/// A server at some moment, with an organization that begins then, and a key of a service.
async fn at(moment: &str) -> (TestServer, Organization, String) {
    let server = TestServer::start().await;
    go_to(&server, moment);
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let key = service_key(&server, &["entitlements:read", "usage:write"]).await;
    (server, org, key)
}

/// What a service is told of an organization.
async fn of(server: &TestServer, key: &str, tenant_id: &str) -> Reply {
    server.get(&format!("/internal/tenants/{tenant_id}/entitlements"), key).await
}

/// Reports one row in this environment at this moment of the clock.
async fn use_it(server: &TestServer, key: &str, org: &Organization, environment: &str, requests: i64) {
    let now = server.clock.now();
    let row = Row::new(format!("{} {requests}", now.millis()), &org.id, now).requests(requests).violations(1);
    let row = row.with("environment", json!(environment)).json();
    assert_eq!(report(server, key, &[row]).await.expect(200)["accepted"], 1);
}

/// The running month and what was used in it, as a service is told.
async fn used(server: &TestServer, key: &str, org: &Organization) -> (String, String, i64) {
    let used = of(server, key, &org.id).await.expect(200)["used"].clone();
    let text = |name: &str| used[name].as_str().expect("a time").to_owned();
    (text("from"), text("to"), used["requests"].as_i64().expect("a number"))
}

/// Puts an organization on a plan as a platform admin does, who is made for that. Takes the mails of it.
async fn set_plan(server: &TestServer, org: &Organization, plan: Json) {
    let email = "platform@acme.com";
    let access = server.person(email).await.access;
    let address = Email::parse(email).expect("an address");
    let promote = move |tx: &mut Tx<'_>, by: &Operator| operators::set_platform_admin(tx, by, &address, true).map(drop);
    server.app.write(&Operator, promote).await.expect("an admin is made");
    let made = server.call(Method::POST, "/admin/plans", &access, plan).await.expect(201);
    let path = format!("/admin/tenants/{}/subscription", org.id);
    server.call(Method::PUT, &path, &access, json!({"plan_id": made["id"]})).await.expect(200);
    server.mail.next_mail_to(&org.owner.email).await;
}

#[tokio::test]
async fn the_limits_are_those_of_the_plan() {
    let (server, org, key) = at("2060-01-15T10:30:00Z").await;
    use_it(&server, &key, &org, "prod", 5).await;
    let limits = |requests: Json, keys: Json, days: i64, detection: bool, custom: bool| {
        json!({
            "requests_per_month": requests, "api_keys": keys, "log_retention_days": days,
            "ml_violation_detection": detection, "custom_ml_models": custom,
        })
    };
    for (plan_id, plan_name, limits) in [
        ("plan_dev", "Developer", limits(json!(10_000), json!(1), 7, false, false)),
        ("plan_pro", "Pro", limits(json!(500_000), json!(10), 90, true, false)),
        // Null where there is no limit.
        ("plan_enterprise", "Enterprise", limits(json!(null), json!(null), 365, true, true)),
    ] {
        if plan_id != "plan_dev" {
            let body = json!({"plan_id": plan_id});
            server.call(Method::POST, "/service/subscriptions", &org.owner.scoped, body).await.expect(201);
            server.mail.next_mail_to("owner@acme.com").await;
        }
        let expected = json!({
            "tenant_id": org.id, "tenant_status": "active", "plan_id": plan_id, "plan_name": plan_name,
            "limits": limits,
            "used": {
                "from": "2060-01-15T10:30:00Z", "to": "2060-02-15T10:30:00Z", "requests": 5, "violations": 1,
            },
            "member_count": 1,
        });
        assert_eq!(server.get("/service/entitlements", &org.owner.scoped).await.expect(200), expected);
        assert_eq!(of(&server, &key, &org.id).await.expect(200), expected, "a service is told the same");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_viewer_sees_the_own_organization_and_no_other() {
    let (server, org, key) = at("2060-01-15T10:30:00Z").await;
    let viewer = org.join(&server, "viewer@acme.com", "viewer").await;
    let other = Organization::of(&server, "owner@beta.com", "beta").await;
    use_it(&server, &key, &org, "prod", 5).await;
    for (token, id, requests, members) in [(&viewer.scoped, &org.id, 5, 2), (&other.owner.scoped, &other.id, 0, 1)] {
        let own = server.get("/service/entitlements", token).await.expect(200);
        assert_eq!((&own["tenant_id"], &own["used"]["requests"]), (&json!(id), &json!(requests)));
        assert_eq!(own["member_count"], members);
    }
    server.get("/service/entitlements", &viewer.access).await.expect_problem(403, "wrong_token_scope");
    server.get("/service/entitlements", "").await.expect_problem(401, "unauthorized");
    server.finish().await;
}

#[tokio::test]
async fn a_service_asks_for_an_organization_that_there_is() {
    let (server, org, key) = at("2060-01-15T10:30:00Z").await;
    let other_kind = org.id.replace("ten_", "usr_");
    for id in [NO_TENANT, "acme", "x", "ten_", &org.id.to_uppercase(), &other_kind, "%00", "..%2F.."] {
        of(&server, &key, id).await.expect_problem(404, "not_found");
        of(&server, "", id).await.expect_problem(401, "unauthorized");
    }
    // A service must know that somebody is shut out; the somebody is told elsewhere.
    for (status, name) in
        [(TenantStatus::Suspended, "suspended"), (TenantStatus::Archived, "archived"), (TenantStatus::Active, "active")]
    {
        set_status(&server, "acme", status).await;
        let told = of(&server, &key, &org.id).await.expect(200);
        assert_eq!((&told["tenant_status"], &told["plan_id"]), (&json!(name), &json!("plan_dev")));
        let own = server.get("/service/entitlements", &org.owner.scoped).await;
        match name {
            "active" => drop(own.expect(200)),
            _ => drop(own.expect_problem(403, &format!("tenant_{name}"))),
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn what_was_used_counts_in_the_running_month_in_all_environments() {
    let (server, org, key) = at("2060-01-31T10:00:00Z").await;
    let expected = |from: &str, to: &str, requests: i64| (from.to_owned(), to.to_owned(), requests);
    for (environment, requests) in [("prod", 1), ("staging", 10), ("dev", 100)] {
        use_it(&server, &key, &org, environment, requests).await;
    }
    let first = expected("2060-01-31T10:00:00Z", "2060-02-29T10:00:00Z", 111);
    assert_eq!(used(&server, &key, &org).await, first);
    // To the last second of the period and from the first one of the next, before anything has renewed it.
    for (moment, now) in [
        ("2060-02-29T09:59:59.998Z", first),
        ("2060-02-29T10:00:01Z", expected("2060-02-29T10:00:00Z", "2060-03-31T10:00:00Z", 0)),
    ] {
        go_to(&server, moment);
        assert_eq!(used(&server, &key, &org).await, now, "at {moment}");
    }
    use_it(&server, &key, &org, "prod", 7).await;
    assert_eq!(used(&server, &key, &org).await, expected("2060-02-29T10:00:00Z", "2060-03-31T10:00:00Z", 7));
    // After a time in which nothing ran, too.
    go_to(&server, "2060-07-01T00:00:00Z");
    assert_eq!(used(&server, &key, &org).await, expected("2060-06-30T10:00:00Z", "2060-07-31T10:00:00Z", 0));
    let access = server.sign_in("owner@acme.com").await.access;
    let scoped = select(&server, &access, &org.id).await;
    let own = server.get("/service/entitlements", &scoped).await.expect(200);
    assert_eq!(own["used"]["from"], "2060-06-30T10:00:00Z");
    server.finish().await;
}

#[tokio::test]
async fn a_yearly_plan_counts_by_the_month() {
    let (server, org, key) = at("2060-01-31T10:00:00Z").await;
    go_to(&server, "2060-01-31T11:00:00Z");
    let plan = json!({
        "name": "Yearly", "price": 99.5, "billing_cycle": "YEARLY", "limits": {"requests_per_month": 1_000},
    });
    set_plan(&server, &org, plan).await;
    let told = of(&server, &key, &org.id).await.expect(200);
    assert_eq!((&told["plan_name"], &told["limits"]["requests_per_month"]), (&json!("Yearly"), &json!(1_000)));
    let expected = json!({
        "requests_per_month": 1_000, "api_keys": null, "log_retention_days": null,
        "ml_violation_detection": false, "custom_ml_models": false,
    });
    assert_eq!(told["limits"], expected);
    // Months from the anchor, over the end of the year of the plan.
    let ends = [
        "2060-01-31",
        "2060-02-29",
        "2060-03-31",
        "2060-04-30",
        "2060-05-31",
        "2060-06-30",
        "2060-07-31",
        "2060-08-31",
        "2060-09-30",
        "2060-10-31",
        "2060-11-30",
        "2060-12-31",
        "2061-01-31",
        "2061-02-28",
        "2061-03-31",
    ];
    let day_of = |time: &str| time[..10].to_owned();
    for (month, (from, to)) in ends.iter().zip(&ends[1..]).enumerate() {
        if month > 0 {
            go_to(&server, &format!("{from}T12:00:00Z"));
        }
        let requests = 1 << month;
        use_it(&server, &key, &org, "prod", requests).await;
        let (begin, end, counted) = used(&server, &key, &org).await;
        assert_eq!((day_of(&begin).as_str(), day_of(&end).as_str(), counted), (*from, *to, requests));
        assert_eq!(begin[10..13], *"T11", "the time of day stays");
    }
    server.finish().await;
}

/// Asks with `If-None-Match`.
async fn ask_again(server: &TestServer, key: &str, tenant_id: &str, tag: &str) -> Reply {
    let request = server.request(Method::GET, &format!("/internal/tenants/{tenant_id}/entitlements"));
    send(request.bearer_auth(key).header("If-None-Match", tag)).await
}

fn tag_of(headers: &HeaderMap) -> String {
    let tag = headers["etag"].to_str().expect("text").to_owned();
    assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "{tag} is no strong entity tag");
    tag
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let (server, org, key) = at("2060-01-15T10:30:00Z").await;
    let other = Organization::of(&server, "owner@beta.com", "beta").await;
    let first = of(&server, &key, &org.id).await;
    first.expect(200);
    let tag = tag_of(&first.headers);
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(first.header("cache-control"), Some("private, no-cache"));
    assert_ne!(tag_of(&of(&server, &key, &other.id).await.headers), tag);
    let bare = tag.trim_matches('"');
    for (known, status) in [
        (tag.clone(), 304),
        ("*".to_owned(), 304),
        (format!("W/{tag}"), 304),
        (format!("\"another\", {tag}"), 304),
        (format!("\"another\",W/{tag} , \"third\""), 304),
        (format!("  {tag}"), 304),
        ("\"another\"".to_owned(), 200),
        (bare.to_owned(), 200),
        (format!("\"{bare}x\""), 200),
        (String::new(), 200),
    ] {
        let reply = ask_again(&server, &key, &org.id, &known).await;
        assert_eq!(reply.status.as_u16(), status, "{known}");
        assert_eq!(tag_of(&reply.headers), tag, "{known}");
        assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
        if status == 304 {
            assert_eq!((reply.text.as_str(), reply.header("content-type")), ("", None), "{known}");
            assert!(reply.header("x-request-id").is_some());
        } else {
            assert_eq!(reply.text, first.text);
        }
    }
    // What is refused is refused, whatever the client has.
    for known in [tag.as_str(), "*"] {
        ask_again(&server, "", &org.id, known).await.expect_problem(401, "unauthorized");
        ask_again(&server, &key, NO_TENANT, known).await.expect_problem(404, "not_found");
        let reader = service_key(&server, &["tokens:read"]).await;
        ask_again(&server, &reader, &org.id, known).await.expect_problem(403, "missing_scope");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_change_makes_another_entity_tag() {
    let (server, org, key) = at("2060-01-15T10:30:00Z").await;
    let mut tags = vec![tag_of(&of(&server, &key, &org.id).await.headers)];
    for change in ["usage", "suspended", "active", "plan", "month"] {
        match change {
            "usage" => use_it(&server, &key, &org, "dev", 1).await,
            "suspended" => set_status(&server, "acme", TenantStatus::Suspended).await,
            "active" => set_status(&server, "acme", TenantStatus::Active).await,
            "plan" => {
                let body = json!({"plan_id": "plan_pro"});
                server.call(Method::POST, "/service/subscriptions", &org.owner.scoped, body).await.expect(201);
                server.mail.next_mail_to("owner@acme.com").await;
            }
            _ => go_to(&server, "2060-02-20T00:00:00Z"),
        }
        let before = tags.last().unwrap().clone();
        let reply = ask_again(&server, &key, &org.id, &before).await;
        reply.expect(200);
        let tag = tag_of(&reply.headers);
        // Active again, it is as it was before it was suspended.
        assert_eq!(tags.iter().position(|known| *known == tag), (change == "active").then_some(1), "{change}");
        tags.push(tag);
        let known = tags.last().unwrap();
        assert_eq!(ask_again(&server, &key, &org.id, known).await.status.as_u16(), 304, "{change}");
    }
    server.finish().await;
}
