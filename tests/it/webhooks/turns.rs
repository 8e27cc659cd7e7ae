//! Who is told when: a target that is slow or dead is nobody else's trouble, and a stop loses nothing.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::json;

use super::{Hook, Sink, answer, happen, permissive_server};
use crate::executable::{Installation, eventually};
use crate::organization::Organization;
use crate::storage::fake::Answer;

#[tokio::test]
async fn a_target_that_says_nothing_holds_up_nobody_else() {
    let mut server = permissive_server().await;
    let slow = Organization::of(&server, "owner@slow.com", "slow").await.owner.scoped;
    let quick = Organization::of(&server, "owner@quick.com", "quick").await.owner.scoped;
    let (silent, sink) = (Sink::start().await, Sink::start().await);
    silent.answers(Answer::Silence);
    for _ in 0..20 {
        Hook::make(&server, &slow, &silent.url()).await;
    }
    let hook = Hook::make(&server, &quick, &sink.url()).await;
    for name in ["First", "Second", "Third"] {
        happen(&server, &slow, name).await;
    }
    // As many as one organization may have under way, each to another webhook.
    silent.told_times(4).await;
    for count in 1..=5 {
        happen(&server, &quick, &format!("Quick {count}")).await;
        sink.told_times(count).await;
    }
    let names: Vec<String> =
        sink.told().iter().map(|told| told.body()["data"]["changes"]["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, [1, 2, 3, 4, 5].map(|count| format!("Quick {count}")));
    assert_eq!(silent.told().len(), 4);
    eventually("all five are noted", || async {
        (hook.deliveries(&server, &quick, "delivered").await.len() == 5).then_some(())
    })
    .await;

    // What was under way at the stop is told again under the same id, and what waited is told, too.
    let cut_off: BTreeSet<String> = silent.told().into_iter().map(|told| told.id).collect();
    silent.answers(answer(200));
    server.restart().await;
    if server.database().is_some() {
        // Another server could be at it still.
        server.advance(61);
    }
    let told = silent.told_times(4 + 60).await;
    let again: BTreeSet<String> = told[4..].iter().map(|told| told.id.clone()).collect();
    assert!(cut_off.is_subset(&again) && again.len() == 3, "{again:?}");
    assert_eq!(sink.told().len(), 5);
    server.finish().await;
}

/// An attempt ends whatever the target does; what waits for it then has to wait a little.
#[tokio::test]
async fn an_attempt_takes_fifteen_seconds_at_most() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let mut waiting = Vec::new();
    for given in [Answer::Silence, Answer::Drip("HTTP/1.1 200 ".to_owned())] {
        let sink = Sink::start().await;
        sink.answers(given);
        let hook = Hook::make(&server, &scoped, &sink.url()).await;
        let deliveries = [hook.test(&server, &scoped).await, hook.test(&server, &scoped).await];
        waiting.push((sink, hook, deliveries));
    }
    for (sink, hook, deliveries) in &waiting {
        let detail = hook.tried(&server, &scoped, &deliveries[0], 1).await;
        let attempt = &detail["attempts"][0];
        assert_eq!(attempt["error"], "The target did not answer in time.");
        let took = attempt["duration_ms"].as_i64().unwrap();
        assert!((14_000..17_000).contains(&took), "{took} ms");
        assert_eq!(hook.detail(&server, &scoped, &deliveries[1]).await["delivery"]["attempts"], 0);
        assert_eq!(sink.told().len(), 1);
    }
    server.finish().await;
}

/// Two processes on one database, which only PostgreSQL allows.
#[tokio::test]
async fn two_servers_tell_nothing_twice() {
    let server = permissive_server().await;
    let Some(another) = server.start_another().await else { return };
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    for _ in 0..4 {
        Hook::make(&server, &scoped, &sink.url()).await;
    }
    for count in 0..10 {
        happen(&server, &scoped, &format!("Name {count}")).await;
    }
    let told = sink.told_times(40).await;
    assert_eq!(told.iter().map(|told| &told.id).collect::<BTreeSet<_>>().len(), 10);
    another.finish().await;
    server.finish().await;
}

/// The one way in which a target is told twice: the server died after it had sent, and before it had noted that.
#[tokio::test]
async fn what_was_sent_by_a_server_that_was_killed_is_sent_again_under_the_same_id() {
    let mut installation = Installation::new();
    installation.set("TRUEPORT_ALLOW_PRIVATE_TARGETS", true);
    let first = installation.serve().await;
    let access = first.person("owner@acme.com").await.access;
    let tenant = json!({"name": "Acme", "slug": "acme"});
    let tenant = first.call(Method::POST, "/global/tenants", &access, tenant).await.expect(201);
    let selected = json!({"tenant_id": tenant["id"]});
    let selected = first.call(Method::POST, "/global/auth/select-tenant", &access, selected).await.expect(200);
    let scoped = selected["access_token"].as_str().unwrap();
    let sink = Sink::start().await;
    sink.answers(Answer::Silence);
    let wanted = json!({"url": sink.url(), "events": ["*"]});
    first.call(Method::POST, "/service/webhooks", scoped, wanted).await.expect(201);
    first.call(Method::PATCH, "/service/info", scoped, json!({"name": "Renamed"})).await.expect(200);
    sink.told_times(1).await;
    first.kill().await;
    sink.answers(answer(200));
    if installation.database.is_some() {
        // Another server could be at it still, for a minute of the real clock.
        return;
    }
    let second = installation.serve().await;
    let told = sink.told_times(2).await;
    assert_eq!((&told[0].id, &told[0].raw), (&told[1].id, &told[1].raw));
    second.stop().await;
}
