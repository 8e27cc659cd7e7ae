//! What a key does not do: it opens nothing, carries nothing over, and keeps no refusal that says nothing of the state.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::System;

use super::{DAY, KEY, is_replayed, post, request, stored, tenant};
use crate::harness::{TestServer, send};
use crate::inspect::{make_service_key, set_disabled};
use crate::organization::{Organization, found, remove, select};

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    post(&server, "/global/tenants", &access, "one", &tenant("acme")).await.expect(201);
    let other = [
        request(&server, "/global/tenants", &access, "one", &tenant("acme-two")),
        request(&server, "/global/tenants?x=1", &access, "one", &tenant("acme")),
        // The same in another spelling.
        request(&server, "/global/tenants", &access, "one", &tenant("acme")).body(format!(" {}", tenant("acme"))),
    ];
    for request in other {
        let problem = send(request).await.expect_problem(422, "idempotency_key_reused");
        assert_eq!(problem["errors"][0]["field"], KEY);
    }
    assert!(is_replayed(&post(&server, "/global/tenants", &access, "one", &tenant("acme")).await));
    server.finish().await;
}

#[tokio::test]
async fn a_key_has_a_form() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let long = "x".repeat(255);
    let keys: [(&[&[u8]], bool); 8] = [
        (&[b"a"], true),
        (&[b"~!\"550e8400-e29b\""], true),
        (&[long.as_bytes()], true),
        (&[b""], false),
        (&[&[b'x'; 256]], false),
        (&[b"two words"], false),
        (&["schl\u{fc}ssel".as_bytes()], false),
        (&[b"one", b"two"], false),
    ];
    for (index, (keys, is_taken)) in keys.into_iter().enumerate() {
        let mut request = server.request(Method::POST, "/global/tenants").bearer_auth(&access);
        for key in keys {
            request = request.header(KEY, *key);
        }
        let reply = send(request.json(&tenant(&format!("acme-{index}")))).await;
        if is_taken {
            reply.expect(201);
        } else {
            assert_eq!(reply.invalid_fields(), [KEY], "{keys:?}");
        }
    }
    assert_eq!(stored(&server).await, 3);
    server.finish().await;
}

#[tokio::test]
async fn who_may_not_do_it_any_more_is_not_told_how_it_went() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme").await;
    let admin = acme.join(&server, "adam@acme.com", "admin").await;
    let invited = json!({"email": "new@acme.com", "role": "member"});
    let send_again = async || post(&server, "/service/invites", &admin.scoped, "one", &invited).await;
    send_again().await.expect(201);
    server.mail.next_mail_to("new@acme.com").await;
    let unsigned = server.request(Method::POST, "/service/invites").header(KEY, "one").json(&invited);
    send(unsigned).await.expect_problem(401, "unauthorized");
    remove(&server, &acme.owner.scoped, &admin.user_id).await.expect(200);
    send_again().await.expect_problem(403, "membership_ended");
    set_disabled(&server, "adam@acme.com", true).await;
    send_again().await.expect_problem(401, "unauthorized");
    server.mail.next_mail_to("adam@acme.com").await;
    server.finish().await;
}

/// A refusal by the state of things is the reply to the key; what was not looked at yet can be put right.
#[tokio::test]
async fn refusals_by_state_are_kept_and_others_are_not() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    found(&server, &access, "acme").await;
    let first = post(&server, "/global/tenants", &access, "taken", &tenant("acme")).await;
    let mut problem = first.expect_problem(409, "slug_taken");
    let again = post(&server, "/global/tenants", &access, "taken", &tenant("acme")).await;
    assert!(!is_replayed(&first) && is_replayed(&again));
    problem["request_id"] = json!(again.header("x-request-id"));
    assert_eq!(again.expect(409), problem);

    let malformed = server.request(Method::POST, "/global/tenants").bearer_auth(&access).header(KEY, "other");
    let cases = [
        (malformed.try_clone().unwrap().json(&json!({"name": ""})), 422),
        (malformed.try_clone().unwrap().header("content-type", "application/json").body("{"), 400),
        (malformed.try_clone().unwrap().header("content-type", "text/plain").body("{}"), 415),
        (malformed.try_clone().unwrap().header("content-type", "text/plain").body("x".repeat(70_000)), 415),
        (malformed.try_clone().unwrap().header("content-type", "application/json").body("x".repeat(70_000)), 413),
    ];
    for (request, status) in cases {
        let reply = send(request).await;
        reply.expect(status);
        assert!(!is_replayed(&reply), "{status}");
        assert_eq!(stored(&server).await, 1, "{status}");
    }
    post(&server, "/global/tenants", &access, "other", &tenant("acme-two")).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn a_refusal_because_of_a_limit_is_not_kept() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let wrong = json!({"email": "new@acme.com", "current_password": "wrong-password"});
    let ask = async |key: &str| post(&server, "/global/auth/me/email", &access, key, &wrong).await;
    for index in 0..10 {
        ask(&index.to_string()).await.expect_problem(400, "wrong_password");
    }
    ask("limited").await.expect_problem(429, "too_many_attempts");
    // That of the first one is the reply of its key, and counts nothing.
    ask("0").await.expect_problem(400, "wrong_password");
    server.advance(15 * 60);
    ask("limited").await.expect_problem(400, "wrong_password");
    assert!(is_replayed(&ask("limited").await));
    server.finish().await;
}

/// A person cannot fill the disk with keys. A service may store more than that without them.
#[tokio::test]
async fn a_person_has_so_many_keys_a_day() {
    const KEYS: i64 = 10_000;
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme").await;
    let access = &acme.owner.access;
    post(&server, "/global/tenants", access, "first", &tenant("first")).await.expect(201);
    let (_, service) = make_service_key(&server, &["usage:write"]).await;
    let no_events = json!({"events": []});
    post(&server, "/internal/usage", &service, "first", &no_events).await.expect(200);
    let fill = |tx: &mut Tx<'_>, _: &System| {
        for index in 1..KEYS {
            tx.execute(
                "INSERT INTO idempotency_keys (id, caller, run, request_sealed, created_at, started_at) \
                 SELECT CAST(?1 AS TEXT) || caller, caller, run, request_sealed, created_at, started_at FROM idempotency_keys \
                 WHERE length(id) = 64",
                args![&index.to_string()],
            )?;
        }
        Ok(())
    };
    server.app.write(&System, fill).await.expect("there is room for so many");
    let refused = post(&server, "/global/tenants", access, "one", &tenant("two")).await;
    refused.expect_problem(429, "too_many_attempts");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((DAY - 60..=DAY).contains(&wait), "{wait}");
    assert!(is_replayed(&post(&server, "/global/tenants", access, "first", &tenant("first")).await));
    for index in 0..20 {
        let reply = post(&server, "/internal/usage", &service, &format!("k{index}"), &no_events).await;
        assert!(!is_replayed(&reply) && reply.status == 200, "{}", reply.text);
    }
    // It is the same person in every organization. Nobody else is kept from it, nor is the same person without a key.
    post(&server, "/service/subscriptions/cancel", &acme.owner.scoped, "one", &json!({"at_period_end": true}))
        .await
        .expect_problem(429, "too_many_attempts");
    let other = server.person("other@acme.com").await.access;
    post(&server, "/global/tenants", &other, "one", &tenant("others")).await.expect(201);
    found(&server, access, "two").await;
    server.clock.advance(Duration::from_secs(DAY));
    let access = server.sign_in("jane@acme.com").await.access;
    post(&server, "/global/tenants", &access, "one", &tenant("three")).await.expect(201);
    select(&server, &access, &acme.id).await;
    server.finish().await;
}
