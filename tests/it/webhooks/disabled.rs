//! Webhooks that nobody listens to any more.

use serde_json::{Value as Json, json};

use super::attempts::DELAYS;
use super::{Hook, Sink, answer, happen, permissive_server, post};
use crate::audit::events;
use crate::executable::eventually;
use crate::harness::TestServer;
use crate::organization::{Organization, select};

async fn disabled_for(server: &TestServer, scoped: &str, hook: &Hook, reason: &str) {
    let ask = || async { Some(hook.shown(server, scoped).await).filter(|shown| shown["enabled"] == false) };
    let shown = eventually("the webhook is disabled", ask).await;
    assert_eq!(shown["disabled_reason"], reason);
    let all = events(server).await;
    let event = all.iter().rfind(|event| event.action == "webhook.disabled").unwrap();
    assert_eq!((event.actor_kind.as_str(), event.target_id.as_deref()), ("system", Some(hook.id.as_str())));
    assert_eq!(event.changes, json!({"reason": reason}));
    assert!(event.tenant_id.is_some());
}

#[tokio::test]
async fn a_target_that_is_gone_is_told_no_more_until_somebody_says_so() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    sink.answers(answer(410));
    let delivery = hook.test(&server, &scoped).await;
    disabled_for(&server, &scoped, &hook, "gone").await;
    let mail = server.mail.next_mail_to("owner@acme.com").await;
    assert!(mail.text.contains("127.0.0.1") && mail.text.contains("wants no more"), "{}", mail.text);
    let given_up = hook.detail(&server, &scoped, &delivery).await;
    assert_eq!(
        (&given_up["delivery"]["status"], &given_up["delivery"]["last_status"]),
        (&json!("failed"), &json!(410))
    );

    happen(&server, &scoped, "Renamed").await;
    assert_eq!(hook.deliveries(&server, &scoped, "").await.len(), 1);
    hook.redeliver(&server, &scoped, &delivery).await.expect_problem(409, "webhook_disabled");
    post(&server, &scoped, &format!("{}/test", hook.path)).await.expect_problem(409, "webhook_disabled");

    sink.answers(answer(200));
    let enabled = hook.change(&server, &scoped, json!({"enabled": true})).await;
    assert_eq!((&enabled["disabled_reason"], &enabled["failing_since"]), (&Json::Null, &Json::Null));
    hook.redeliver(&server, &scoped, &delivery).await.expect(200);
    let told = sink.told_times(2).await;
    assert_eq!(told[0].id, told[1].id);
    server.finish().await;
}

#[tokio::test]
async fn a_webhook_that_fails_for_days_is_disabled() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let sink = Sink::start().await;
    sink.answers(answer(500));
    let mut scoped = organization.owner.scoped.clone();
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    for round in 0..2 {
        let delivery = hook.test(&server, &scoped).await;
        for (index, delay) in DELAYS.into_iter().enumerate() {
            hook.tried(&server, &scoped, &delivery, index + 1).await;
            server.advance(delay + delay / 5 + 1);
            let access = server.sign_in("owner@acme.com").await.access;
            scoped = select(&server, &access, &organization.id).await;
        }
        hook.when(&server, &scoped, &delivery, "given up", |shown| shown["status"] == "failed").await;
        if round == 0 {
            // The first one that is given up could be an accident.
            assert_eq!(hook.shown(&server, &scoped).await["enabled"], true);
            server.advance(2 * 24 * 60 * 60);
            let access = server.sign_in("owner@acme.com").await.access;
            scoped = select(&server, &access, &organization.id).await;
        }
    }
    disabled_for(&server, &scoped, &hook, "failing").await;
    let mail = server.mail.next_mail_to("owner@acme.com").await;
    assert!(mail.text.contains("failed for days"), "{}", mail.text);
    server.finish().await;
}

#[tokio::test]
async fn what_waits_for_a_webhook_that_is_disabled_is_given_up() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    sink.answers(answer(500));
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let delivery = hook.test(&server, &scoped).await;
    hook.tried(&server, &scoped, &delivery, 1).await;
    hook.change(&server, &scoped, json!({"enabled": false})).await;
    let given_up = hook.detail(&server, &scoped, &delivery).await["delivery"].clone();
    assert_eq!((&given_up["status"], &given_up["last_error"]), (&json!("failed"), &json!("The webhook was disabled.")));
    sink.answers(answer(200));
    hook.change(&server, &scoped, json!({"enabled": true})).await;
    server.advance(60);
    // Only what happens from now on.
    happen(&server, &scoped, "Renamed").await;
    assert_eq!(sink.told_times(2).await[1].event_type(), "tenant.updated");
    server.finish().await;
}
