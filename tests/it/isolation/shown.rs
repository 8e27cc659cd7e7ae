//! What each `GET` of an organization shows of it.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::store::users;

use super::{House, furnishing, routes_with, two_houses};
use crate::harness::TestServer;
use crate::organization::{Organization, Person};
use crate::plans;

/// A text and a time of the one row that a statement finds.
pub(super) async fn stored(server: &TestServer, sql: &'static str, tenant_id: &str, key: &str) -> (String, String) {
    let (tenant_id, key) = (tenant_id.to_owned(), key.to_owned());
    let read = move |tx: &mut Tx<'_>| {
        Ok(tx.one(sql, args![&tenant_id, &key], |row| Ok((row.get(0)?, row.get::<Time>(1)?.to_string())))?)
    };
    server.app.read(read).await.unwrap()
}

async fn info(server: &TestServer, house: &House) -> Json {
    let sql = "SELECT plan_name, end_at FROM subscriptions WHERE tenant_id = ?1 AND plan_id = ?2";
    let (plan, end_date) = stored(server, sql, &house.organization.id, "plan_pro").await;
    json!({
        "id": house.organization.id,
        "name": format!("The {}", house.slug),
        "slug": house.slug,
        "status": "active",
        "billing_email": house.owner().email,
        "subscription": {"plan": plan, "status": "ACTIVE", "end_date": end_date},
    })
}

async fn last_login_at(server: &TestServer, person: &Person) -> Option<String> {
    let email = person.email.clone();
    let user = server.app.read(move |tx| Ok(users::by_email(tx, &email)?)).await.unwrap().unwrap();
    user.last_login_at.map(|at| at.to_string())
}

async fn members(server: &TestServer, house: &House) -> Vec<Json> {
    let mut members = Vec::new();
    for (person, role) in &house.members {
        let sql = "SELECT id, joined_at FROM memberships WHERE tenant_id = ?1 AND user_id = ?2";
        let (id, joined_at) = stored(server, sql, &house.organization.id, &person.user_id).await;
        members.push(json!({
            "id": id, "user_id": person.user_id, "email": person.email, "first_name": "Jane", "last_name": "Doe",
            "role": role, "status": "active", "joined_at": joined_at, "last_login_at": last_login_at(server, person).await,
        }));
    }
    members
}

/// The events of the house's audit and no others, whatever is asked for.
async fn audited(server: &TestServer, house: &House, path: &str) {
    let id = &house.organization.id;
    let is_own = |event: &Json| event["tenant_id"] == json!(id);
    if path.ends_with("/export") {
        let file = server.get(&format!("{path}?format=ndjson"), &house.shared().scoped).await.text;
        let lines: Vec<Json> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.len() > 5 && lines.iter().all(is_own), "{file}");
        return;
    }
    for query in ["", "?limit=200", "?action=membership.", "?actor=user", &format!("?target=tenant:{id}")] {
        let shown = server.get(&format!("{path}{query}"), &house.shared().scoped).await.expect(200);
        let items = shown["items"].as_array().unwrap();
        assert!(items.len() > 1 && items.iter().all(is_own), "{query}: {shown}");
        assert_eq!(shown["total"], items.len(), "{query}");
    }
}

/// Newest first.
async fn invites(server: &TestServer, house: &House) -> Vec<Json> {
    let mut invites = Vec::new();
    for (sent, invited_by) in house.invites.iter().rev() {
        let sql = "SELECT email, created_at FROM invites WHERE tenant_id = ?1 AND id = ?2";
        let (email, created_at) = stored(server, sql, &house.organization.id, sent["id"].as_str().unwrap()).await;
        invites.push(json!({
            "id": sent["id"], "email": email, "role": sent["role"], "status": "pending", "invited_by": invited_by,
            "created_at": created_at, "expires_at": sent["expires_at"],
        }));
    }
    invites
}

/// Newest first.
async fn subscriptions(server: &TestServer, house: &House) -> Vec<Json> {
    let mut subscriptions = Vec::new();
    for (plan_id, price, status) in [("plan_pro", 299, "ACTIVE"), ("plan_dev", 0, "CANCELLED")] {
        let time = async |column: &str| {
            let sql = format!("SELECT id, {column} FROM subscriptions WHERE tenant_id = ?1 AND plan_id = ?2");
            stored(server, sql.leak(), &house.organization.id, plan_id).await
        };
        let (id, start_date) = time("start_at").await;
        let ended_at = if status == "ACTIVE" { Json::Null } else { json!(time("ended_at").await.1) };
        let plan_name = if plan_id == "plan_pro" { "Pro" } else { "Developer" };
        subscriptions.push(json!({
            "id": id, "plan_id": plan_id, "plan_name": plan_name, "status": status, "start_date": start_date,
            "end_date": time("end_at").await.1, "price": price, "billing_cycle": "MONTHLY", "auto_renew": true,
            "created_at": time("created_at").await.1, "ended_at": ended_at,
        }));
    }
    subscriptions
}

/// A person of both organizations sees in each what its owner sees.
#[tokio::test]
async fn every_get_shows_the_organization_of_the_token_and_no_other() {
    let server = TestServer::start().await;
    let (first, second) = two_houses(&server).await;
    // What somebody sees who has set nothing.
    let third = Organization::of(&server, "owner@third.example", "third").await.owner.scoped;
    let untouched = server.get("/service/configs", &third).await.expect(200);
    for house in [&first, &second] {
        for (_, path) in routes_with(|method, path| method == Method::GET && path.starts_with("/service")) {
            if let Some(expected) = furnishing::shown(&server, house, &untouched, &path).await {
                for (path, body) in expected {
                    for person in [house.owner(), house.shared()] {
                        let shown = server.get(&path, &person.scoped).await.expect(200);
                        assert_eq!(shown, body, "{path} of {} to {}", house.slug, person.email);
                    }
                }
                continue;
            }
            if path.starts_with("/service/audit-events") {
                audited(&server, house, &path).await;
                continue;
            }
            // Each query with the whole reply, and how many there are where the reply tells it by header.
            let expected: Vec<(&str, Json, Option<&str>)> = match path.as_str() {
                "/service/info" => vec![("", info(&server, house).await, None)],
                "/service/members" => {
                    let members = members(&server, house).await;
                    vec![
                        ("", json!(members), None),
                        ("?limit=200", json!(members), Some("3")),
                        ("?limit=1&offset=1", json!([members[1]]), Some("3")),
                        // Both organizations have a match.
                        ("?q=viewer@", json!([members[1]]), Some("1")),
                        ("?q=jane", json!(members), Some("3")),
                    ]
                }
                "/service/invites" => {
                    let invites = invites(&server, house).await;
                    vec![
                        ("", json!({"items": invites, "total": 2}), None),
                        ("?limit=1&offset=1", json!({"items": [invites[1]], "total": 2}), None),
                    ]
                }
                "/service/subscriptions" => {
                    let subscriptions = subscriptions(&server, house).await;
                    vec![
                        ("", json!({"items": subscriptions, "total": 2}), None),
                        ("?limit=1&offset=1", json!({"items": [subscriptions[1]], "total": 2}), None),
                    ]
                }
                // The same for everybody.
                "/service/catalog/plans" => vec![("", plans::specified(), None)],
                _ => panic!("GET {path} is new: say what it shows of an organization"),
            };
            for (query, body, total) in expected {
                for person in [house.owner(), house.shared()] {
                    let reply = server.get(&format!("{path}{query}"), &person.scoped).await;
                    assert_eq!(reply.expect(200), body, "{path}{query} of {} to {}", house.slug, person.email);
                    assert_eq!(reply.header("x-total-count"), total, "{path}{query}");
                }
            }
        }
    }
    server.finish().await;
}
