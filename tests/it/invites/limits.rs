//! How many invitation mails may go out.

use std::time::Duration;

use serde_json::json;

use super::{invited, next_request_at, resend, signed_in_again};
use crate::harness::{Setup, TestServer};
use crate::inspect::{audited_changes, count, outbox, send_together};
use crate::organization::{Organization, Person, invite};

const HOUR: u64 = 60 * 60;

async fn quiet_server() -> TestServer {
    TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await
}

/// As of a moment that lies this many seconds before an hour after `start` has passed.
async fn towards(server: &TestServer, org: &Organization, start: trueport::clock::Time, seconds: u64) -> Person {
    next_request_at(server, start + Duration::from_secs(HOUR - seconds));
    signed_in_again(server, org, &org.owner).await
}

#[tokio::test]
async fn an_organization_sends_so_many_in_an_hour() {
    let server = quiet_server().await;
    server.set_config("tenants.invite_mails_per_hour", json!(3)).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    let sent = invite(&server, &org.owner.scoped, "one@acme.com", "viewer").await.expect(201);
    let start = server.clock.now();
    server.advance(600);
    let id = sent["id"].as_str().unwrap();
    resend(&server, &org.owner.scoped, id).await.expect(200);
    invite(&server, &org.owner.scoped, "one@acme.com", "viewer").await.expect(201);

    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
    for refused in [
        invite(&server, &org.owner.scoped, "two@acme.com", "viewer").await,
        invite(&server, &org.owner.scoped, "one@acme.com", "admin").await,
        resend(&server, &org.owner.scoped, id).await,
    ] {
        let problem = refused.expect_problem(429, "too_many_attempts");
        assert!(problem["detail"].as_str().unwrap().contains("invitation"), "{problem}");
        assert_eq!(refused.header("ratelimit-limit"), Some("3"));
        assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
        assert_eq!(refused.header("retry-after"), Some("3000"));
    }
    assert_eq!((outbox(&server).await.len(), audited_changes(&server).await.len()), (mails, events));
    assert_eq!(invited(&server, &org.owner.scoped).await, ["one@acme.com"]);
    // Others are free.
    invite(&server, &other.owner.scoped, "two@acme.com", "viewer").await.expect(201);

    // An hour after the first one, one is free again, and none of the refused counts.
    let owner = towards(&server, &org, start, 60).await;
    next_request_at(&server, start + Duration::from_secs(HOUR) - Duration::from_millis(1));
    let early = invite(&server, &owner.scoped, "two@acme.com", "viewer").await;
    early.expect_problem(429, "too_many_attempts");
    assert_eq!(early.header("retry-after"), Some("1"));
    invite(&server, &owner.scoped, "two@acme.com", "viewer").await.expect(201);
    invite(&server, &owner.scoped, "three@acme.com", "viewer").await.expect_problem(429, "too_many_attempts");
    server.set_config("tenants.invite_mails_per_hour", json!(4)).await;
    invite(&server, &owner.scoped, "three@acme.com", "viewer").await.expect(201);
    server.finish().await;
}

/// One address must not be flooded from many organizations either.
#[tokio::test]
async fn one_address_is_sent_so_many_in_an_hour() {
    let server = quiet_server().await;
    server.set_config("tenants.max_owned_per_user", json!(100)).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    let mut start = None;
    for _ in 0..30 {
        invite(&server, &org.owner.scoped, "new@acme.com", "viewer").await.expect(201);
        start.get_or_insert(server.clock.now());
    }
    let reply = invite(&server, &org.owner.scoped, "NEW@acme.com", "viewer").await;
    reply.expect_problem(429, "too_many_attempts");
    assert_eq!(reply.header("retry-after"), Some("3600"));
    invite(&server, &org.owner.scoped, "else@acme.com", "viewer").await.expect(201);
    // What one organization sends an address is no business of another one's.
    invite(&server, &other.owner.scoped, "new@acme.com", "viewer").await.expect(201);
    let owner = towards(&server, &org, start.unwrap(), 60).await;
    next_request_at(&server, start.unwrap() + Duration::from_secs(HOUR));
    invite(&server, &owner.scoped, "new@acme.com", "viewer").await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn a_limit_holds_for_parallel_invitations() {
    let server = quiet_server().await;
    server.set_config("tenants.invite_mails_per_hour", json!(5)).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let requests = (0..20).map(|index| {
        let body = json!({"email": format!("p{index}@acme.com"), "role": "viewer"});
        server.request(reqwest::Method::POST, "/service/invites").bearer_auth(&org.owner.scoped).json(&body)
    });
    let replies = send_together(requests).await;
    assert_eq!((count(&replies, 201), count(&replies, 429)), (5, 15), "{replies:?}");
    assert_eq!(invited(&server, &org.owner.scoped).await.len(), 5);
    assert_eq!(outbox(&server).await.iter().filter(|mail| mail.starts_with("invitation")).count(), 5);
    server.finish().await;
}
