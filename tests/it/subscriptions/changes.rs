//! Choosing, cancelling, and what the history then shows.

use serde_json::{Value as Json, json};

use super::{activate, assert_contiguous, cancel, history, months_later};
use crate::harness::TestServer;
use crate::organization::Organization;
use crate::plans::{create_team, platform_admin, retire, set};

async fn info(server: &TestServer, scoped: &str) -> Json {
    server.get("/service/info", scoped).await.expect(200)["subscription"].clone()
}

#[tokio::test]
async fn a_chosen_plan_begins_at_once() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let yearly = create_team(&server, &admin, 99.5, "YEARLY").await;
    let scoped = &organization.owner.scoped;
    let mut expected = history(&server, scoped).await;
    let (first, now) = (&expected[0], server.clock.now().to_string());
    assert_eq!(
        expected,
        [json!({
            "id": first["id"], "plan_id": "plan_dev", "plan_name": "Developer", "status": "ACTIVE", "start_date": now,
            "end_date": months_later(&now, 1), "price": 0, "billing_cycle": "MONTHLY", "auto_renew": true,
            "created_at": now, "ended_at": null,
        })]
    );
    for (plan_id, name, price, cycle) in [
        ("plan_pro", "Pro", json!(299), "MONTHLY"),
        (&yearly, "Team", json!(99.5), "YEARLY"),
        ("plan_enterprise", "Enterprise", json!(0), "MONTHLY"),
        ("plan_dev", "Developer", json!(0), "MONTHLY"),
        ("plan_pro", "Pro", json!(299), "MONTHLY"),
    ] {
        server.advance(61);
        let now = server.clock.now().to_string();
        let end = months_later(&now, if cycle == "YEARLY" { 12 } else { 1 });
        let activated = activate(&server, scoped, plan_id).await.expect(201);
        server.mail.next_mail_to("owner@acme.com").await;
        let id = activated["id"].as_str().unwrap();
        assert!(id.starts_with("sub_") && id.len() == 30, "{id}");
        let reply = json!({
            "id": id, "plan_id": plan_id, "plan_name": name, "status": "ACTIVE", "start_date": now, "end_date": end,
        });
        assert_eq!(activated, reply);
        (expected[0]["status"], expected[0]["ended_at"]) = (json!("CANCELLED"), json!(now));
        let mut item = reply;
        for (field, value) in [
            ("price", price),
            ("billing_cycle", json!(cycle)),
            ("auto_renew", json!(true)),
            ("created_at", json!(now)),
            ("ended_at", Json::Null),
        ] {
            item[field] = value;
        }
        expected.insert(0, item);
        let history = history(&server, scoped).await;
        assert_eq!(history, expected);
        assert_contiguous(&history);
        assert_eq!(info(&server, scoped).await, json!({"plan": name, "status": "ACTIVE", "end_date": end}));
    }
    server.finish().await;
}

#[tokio::test]
async fn what_cannot_be_chosen_changes_nothing() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = organization.join(&server, "member@acme.com", "member").await;
    let viewer = organization.join(&server, "viewer@acme.com", "viewer").await;
    let retired = create_team(&server, &admin, 1.0, "MONTHLY").await;
    retire(&server, &admin, &retired).await.expect(204);
    let scoped = &organization.owner.scoped;
    activate(&server, scoped, "plan_pro").await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    let before = history(&server, scoped).await;
    let own_id = before[0]["id"].as_str().unwrap();
    activate(&server, scoped, "plan_pro").await.expect_problem(409, "already_subscribed");
    let unknown = [
        retired.as_str(),
        own_id,
        "plan_01h455vb4pex5vsknk084sn02q",
        "plan_",
        "plan_nope",
        "PLAN_PRO",
        "plan_pro ",
        "plan_pro\u{0}",
        "Pro",
        "",
        "' OR 1=1 --",
    ];
    for plan_id in unknown {
        activate(&server, scoped, plan_id).await.expect_problem(404, "not_found");
    }
    for scoped in [&member.scoped, &viewer.scoped] {
        for plan_id in ["plan_dev", "plan_nope"] {
            activate(&server, scoped, plan_id).await.expect_problem(403, "insufficient_role");
        }
        cancel(&server, scoped, true).await.expect_problem(403, "insufficient_role");
        cancel(&server, scoped, false).await.expect_problem(403, "insufficient_role");
        assert_eq!(history(&server, scoped).await, before);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_cancellation_at_the_end_of_the_period_can_be_undone() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let joined = organization.join(&server, "admin@acme.com", "admin").await;
    let scoped = &joined.scoped;
    let activated = activate(&server, scoped, "plan_pro").await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    let before = history(&server, scoped).await;
    let mut cancelled = before.clone();
    cancelled[0]["auto_renew"] = json!(false);
    let shown = info(&server, scoped).await;
    // A tenant undoes it with 201, a platform admin with 200: the first one made the subscription that way.
    for by_platform_admin in [false, true] {
        for _ in 0..2 {
            server.advance(60);
            assert_eq!(cancel(&server, scoped, true).await.expect(200), cancelled[0]);
            assert_eq!(history(&server, scoped).await, cancelled);
            assert_eq!(info(&server, scoped).await, shown);
        }
        let resumed = if by_platform_admin {
            set(&server, &admin, &organization.id, "plan_pro").await.expect(200)
        } else {
            activate(&server, scoped, "plan_pro").await.expect(201)
        };
        assert_eq!(resumed, activated);
        assert_eq!(history(&server, scoped).await, before);
        activate(&server, scoped, "plan_pro").await.expect_problem(409, "already_subscribed");
    }
    // To choose another one instead is no undoing.
    cancel(&server, scoped, true).await.expect(200);
    activate(&server, scoped, "plan_enterprise").await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    let after = history(&server, scoped).await;
    assert_eq!((&after[0]["auto_renew"], &after[1]["status"]), (&json!(true), &json!("CANCELLED")));
    assert_contiguous(&after);
    server.finish().await;
}

#[tokio::test]
async fn a_cancellation_at_once_leads_to_the_first_plan() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    for at_period_end in [true, false] {
        cancel(&server, scoped, at_period_end).await.expect_problem(409, "not_cancellable");
    }
    // What was cancelled at the end of its period can still be cancelled at once.
    for is_cancelled_before in [false, true] {
        activate(&server, scoped, "plan_pro").await.expect(201);
        if is_cancelled_before {
            cancel(&server, scoped, true).await.expect(200);
        }
        server.advance(60);
        let mut expected = history(&server, scoped).await;
        let now = server.clock.now().to_string();
        expected[0]["status"] = json!("CANCELLED");
        expected[0]["auto_renew"] = json!(false);
        expected[0]["ended_at"] = json!(now);
        assert_eq!(cancel(&server, scoped, false).await.expect(200), expected[0]);
        let first = json!({
            "plan_id": "plan_dev", "plan_name": "Developer", "status": "ACTIVE", "start_date": now,
            "end_date": months_later(&now, 1), "price": 0, "billing_cycle": "MONTHLY", "auto_renew": true,
            "created_at": now, "ended_at": null,
        });
        let after = history(&server, scoped).await;
        for (name, value) in first.as_object().unwrap() {
            assert_eq!(after[0][name], *value, "{name}");
        }
        assert_contiguous(&after);
        assert_eq!((after.len(), &after[1]["id"]), (expected.len() + 1, &expected[0]["id"]));
        let shown = json!({"plan": "Developer", "status": "ACTIVE", "end_date": first["end_date"]});
        assert_eq!(info(&server, scoped).await, shown);
        for _ in 0..2 {
            server.mail.next_mail_to("owner@acme.com").await;
        }
        cancel(&server, scoped, false).await.expect_problem(409, "not_cancellable");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_history_comes_in_pages() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    for plan_id in ["plan_pro", "plan_enterprise", "plan_dev"] {
        activate(&server, scoped, plan_id).await.expect(201);
        server.mail.next_mail_to("owner@acme.com").await;
    }
    let whole = history(&server, scoped).await;
    let plans: Vec<&str> = whole.iter().filter_map(|item| item["plan_id"].as_str()).collect();
    assert_eq!(plans, ["plan_dev", "plan_enterprise", "plan_pro", "plan_dev"]);
    for (query, expected) in [
        ("", &whole[..]),
        ("?limit=200", &whole[..]),
        ("?limit=1", &whole[..1]),
        ("?limit=2&offset=1", &whole[1..3]),
        ("?offset=3", &whole[3..]),
        ("?offset=4", &[]),
        ("?offset=9223372036854775807", &[]),
        ("?limit=2&unknown=x", &whole[..2]),
    ] {
        let listed = server.get(&format!("/service/subscriptions{query}"), scoped).await;
        assert_eq!(listed.expect(200), json!({"items": expected, "total": 4}), "{query}");
    }
    for (query, fields) in [
        ("limit=0", &["limit"][..]),
        ("limit=201", &["limit"]),
        ("limit=-1", &["limit"]),
        ("limit=1.5", &["limit"]),
        ("limit=", &["limit"]),
        ("limit=x", &["limit"]),
        ("limit=99999999999999999999", &["limit"]),
        ("offset=-1", &["offset"]),
        ("offset=x", &["offset"]),
        ("offset=9223372036854775808", &["offset"]),
        ("limit=1&limit=2", &["limit"]),
        ("limit=0&offset=-1", &["limit", "offset"]),
        ("limit=%ff", &["limit"]),
    ] {
        let reply = server.get(&format!("/service/subscriptions?{query}"), scoped).await;
        assert_eq!(reply.invalid_fields(), fields, "{query}");
    }
    server.finish().await;
}
