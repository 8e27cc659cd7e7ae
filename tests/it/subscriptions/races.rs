//! Several at once: one subscription counts, whatever they do (contract 29).

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;
use trueport::domain::caller::System;
use trueport::domain::subscriptions;

use super::{activate, again, cancel, count_in_audit, end_of, history, move_to, outline};
use crate::executable::together;
use crate::harness::{Setup, TestServer};
use crate::inspect::{count, outbox, send_together};
use crate::organization::Organization;

#[tokio::test]
async fn one_of_twenty_plans_counts() {
    // Nothing here is about mails but how many are made.
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    let request = |number: usize, with_cancellations: bool| {
        let body = json!({"plan_id": if number.is_multiple_of(2) { "plan_pro" } else { "plan_enterprise" }});
        let (path, body) = match with_cancellations && number.is_multiple_of(3) {
            true => ("/service/subscriptions/cancel", json!({"at_period_end": number.is_multiple_of(4)})),
            false => ("/service/subscriptions", body),
        };
        server.request(Method::POST, path).bearer_auth(scoped).json(&body)
    };
    for with_cancellations in [false, true] {
        let (before, mails) = (history(&server, scoped).await, outbox(&server).await.len());
        let replies = send_together((0..20).map(|number| request(number, with_cancellations))).await;
        for reply in &replies {
            assert!([200, 201, 409].contains(&reply.status.as_u16()), "{}", reply.text);
        }
        let after = history(&server, scoped).await;
        // Of one millisecond, so that connections of PostgreSQL give them no order.
        assert_eq!(outline(&after, ["status", "plan_id"]).iter().filter(|(status, _)| *status == "ACTIVE").count(), 1);
        assert!(after.iter().all(|item| (item["status"] == "ACTIVE") == item["ended_at"].is_null()), "{after:#?}");
        let told = outbox(&server).await.len() - mails;
        if with_cancellations {
            continue;
        }
        // Every one that began is in the history, and each was told of.
        let ids: BTreeSet<String> =
            replies.iter().filter(|reply| reply.status == 201).map(|reply| reply.json()["id"].to_string()).collect();
        assert_eq!((ids.len(), after.len() - before.len()), (count(&replies, 201), count(&replies, 201)));
        assert!(!ids.is_empty() && told == ids.len(), "{told} mails");
        let audited = count_in_audit(&server, &organization.id, "subscription.activated").await;
        assert_eq!(audited, ids.len());
    }
    server.finish().await;
}

#[tokio::test]
async fn a_period_is_settled_once() {
    let server = TestServer::start().await;
    let mut organizations = Vec::new();
    for slug in ["renewed", "expired"] {
        let organization = Organization::of(&server, &format!("{slug}@acme.com"), slug).await;
        activate(&server, &organization.owner.scoped, "plan_pro").await.expect(201);
        server.mail.next_mail_to(&organization.owner.email).await;
        organizations.push(organization);
    }
    let [renewed, expired] = &organizations[..] else { panic!("two organizations") };
    cancel(&server, &expired.owner.scoped, true).await.expect(200);
    // Both periods are over, the second one's last.
    move_to(&server, end_of(&server, &expired.id).await);
    let settling = (0..12).map(|_| {
        let (app, installation) = (server.app.clone(), server.app.installation());
        async move { app.write(&System, move |tx, by| subscriptions::settle(tx, by, &installation)).await }
    });
    for settled in together(settling).await {
        settled.unwrap();
    }
    for (organization, action, expected) in [
        (renewed, "subscription.renewed", vec![("plan_pro", "ACTIVE"), ("plan_dev", "CANCELLED")]),
        (
            expired,
            "subscription.expired",
            vec![("plan_dev", "ACTIVE"), ("plan_pro", "EXPIRED"), ("plan_dev", "CANCELLED")],
        ),
    ] {
        assert_eq!(count_in_audit(&server, &organization.id, action).await, 1, "{action}");
        let history = history(&server, &again(&server, organization).await).await;
        assert_eq!(outline(&history, ["plan_id", "status"]), expected);
    }
    let ended = outbox(&server).await.iter().filter(|mail| mail.starts_with("subscription_ended ")).count();
    assert_eq!(ended, 1);
    server.mail.next_mail_to("expired@acme.com").await;
    server.finish().await;
}
