//! The list of invitations that wait.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{DAY, invites, next_request_at, resend, signed_in_again, store};
use crate::harness::{Setup, TestServer};
use crate::organization::{Organization, accept, change, invite};

#[tokio::test]
async fn an_invitation_is_pending_then_expired_then_sent_again() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let sent = invite(&server, &org.owner.scoped, "new@acme.com", "member").await.expect(201);
    let (id, made) = (sent["id"].as_str().unwrap(), server.clock.now());
    let old = server.mail.next_mail_to("new@acme.com").await.link_token();
    let mut item = json!({
        "id": id, "email": "new@acme.com", "role": "member", "status": "pending", "invited_by": "owner@acme.com",
        "created_at": made.to_string(), "expires_at": sent["expires_at"],
    });
    assert_eq!(invites(&server, &org.owner.scoped).await, [item.clone()]);

    let end = made + Duration::from_secs(7 * DAY);
    server.advance(7 * DAY - 60);
    let owner = signed_in_again(&server, &org, &org.owner).await;
    next_request_at(&server, end - Duration::from_millis(1));
    assert_eq!(invites(&server, &owner.scoped).await, [item.clone()]);
    item["status"] = json!("expired");
    assert_eq!(server.clock.now(), end - Duration::from_millis(1));
    assert_eq!(invites(&server, &owner.scoped).await, [item.clone()]);

    // It can be sent again, to the same address under the same id.
    let again = resend(&server, &owner.scoped, id).await.expect(200);
    (item["status"], item["expires_at"]) = (json!("pending"), again["expires_at"].clone());
    assert_eq!(again["expires_at"], (server.clock.now() + Duration::from_secs(7 * DAY)).to_string());
    assert_eq!(invites(&server, &owner.scoped).await, [item]);
    let token = server.mail.next_mail_to("new@acme.com").await.link_token();
    let access = server.person("new@acme.com").await.access;
    accept(&server, &access, &old).await.expect_problem(400, "invalid_token");
    accept(&server, &access, &token).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn the_list_comes_newest_first_in_parts() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    invite(&server, &other.owner.scoped, "foreign@acme.com", "admin").await.expect(201);
    let empty = server.get("/service/invites", &org.owner.scoped).await.expect(200);
    assert_eq!(empty, json!({"items": [], "total": 0}));
    let mut newest_first = Vec::new();
    for index in 0..53 {
        let email = format!("p{index:02}@acme.com");
        invite(&server, &org.owner.scoped, &email, "viewer").await.expect(201);
        newest_first.insert(0, email);
    }
    // Sending one again leaves it in its place.
    invite(&server, &org.owner.scoped, "p00@acme.com", "admin").await.expect(201);
    for is_tie in [false, true] {
        if is_tie {
            // Of one moment, their ids decide.
            store(&server, "UPDATE invites SET created_at = 0").await;
        }
        let cases = [
            ("", &newest_first[..50]),
            ("?limit=200", &newest_first[..]),
            ("?limit=1", &newest_first[..1]),
            ("?limit=2&offset=1", &newest_first[1..3]),
            ("?offset=52", &newest_first[52..]),
            ("?offset=53", &[]),
            ("?offset=9223372036854775807", &[]),
        ];
        for (query, expected) in cases {
            let listed = server.get(&format!("/service/invites{query}"), &org.owner.scoped).await.expect(200);
            let items = listed["items"].as_array().unwrap();
            let found: Vec<&Json> = items.iter().map(|item| &item["email"]).collect();
            assert_eq!(found, expected.iter().map(String::as_str).collect::<Vec<_>>(), "{query}");
            assert_eq!(listed["total"], 53, "{query}");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn the_list_is_for_admins_and_refuses_bad_numbers() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let person = org.join(&server, "person@acme.com", "viewer").await;
    for (role, status) in [("viewer", 403), ("member", 403), ("admin", 200)] {
        change(&server, &org.owner.scoped, &person.user_id, json!({"role": role})).await.expect(200);
        server.get("/service/invites", &person.scoped).await.expect(status);
    }
    for _ in 0..2 {
        server.mail.next_mail_to("person@acme.com").await;
    }
    let cases = [
        ("limit=0", &["limit"][..]),
        ("limit=201", &["limit"]),
        ("limit=x", &["limit"]),
        ("limit=", &["limit"]),
        ("limit=-1&offset=-1", &["limit", "offset"]),
        ("offset=-1", &["offset"]),
        ("offset=1e3", &["offset"]),
        ("offset=0&offset=0", &["offset"]),
    ];
    for (query, fields) in cases {
        let reply = server.get(&format!("/service/invites?{query}"), &org.owner.scoped).await;
        assert_eq!(reply.invalid_fields(), fields, "{query}");
    }
    server.finish().await;
}
