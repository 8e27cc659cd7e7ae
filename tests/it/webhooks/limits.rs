//! How much there may be of it.

use serde_json::json;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::Operator;
use trueport::domain::operators;
use trueport::id::{Id as _, WebhookId};
use trueport::store::webhook_deliveries::{self, Delivery, DeliveryStatus};

use super::{Hook, Sink, happen, permissive_server, post, try_make};
use crate::executable::eventually;
use crate::harness::TestServer;
use crate::organization::Organization;

/// Stores deliveries of one status, due tomorrow, as they could have come to be.
async fn stock(server: &TestServer, hook: &Hook, count: usize, status: DeliveryStatus) {
    let webhook_id = WebhookId::parse(&hook.id).unwrap();
    let write = move |tx: &mut Tx<'_>, _: &Operator| {
        let tenant = operators::find_tenant(tx, "acme")?;
        let now = tx.now();
        for _ in 0..count {
            let delivery = Delivery {
                id: tx.new_id(),
                webhook_id: webhook_id.clone(),
                message_id: tx.new_id(),
                event_type: "tenant.updated".to_owned(),
                body: "{}".to_owned(),
                status,
                attempts: 1,
                earlier_attempts: 0,
                created_at: now,
                due_at: Time::from_seconds(now.seconds() + 24 * 60 * 60),
                settled_at: (status != DeliveryStatus::Pending).then_some(now),
                last_status: None,
                last_error: None,
            };
            webhook_deliveries::insert(tx, tenant.scope(), &delivery)?;
        }
        Ok(())
    };
    server.app.write(&Operator, write).await.unwrap();
}

async fn total(server: &TestServer, scoped: &str, hook: &Hook) -> i64 {
    let listed = server.get(&format!("{}/deliveries?limit=1", hook.path), scoped).await.expect(200);
    listed["total"].as_i64().unwrap()
}

#[tokio::test]
async fn an_organization_has_twenty_webhooks_at_most() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let body = json!({"url": "https://127.0.0.1:9/", "events": ["*"]});
    for _ in 0..20 {
        try_make(&server, &scoped, body.clone()).await.expect(201);
    }
    try_make(&server, &scoped, body.clone()).await.expect_problem(409, "webhook_limit_reached");
    let listed = server.get("/service/webhooks", &scoped).await.expect(200);
    assert_eq!((listed["items"].as_array().unwrap().len(), &listed["total"]), (20, &json!(20)));
    let path = format!("/service/webhooks/{}", listed["items"][0]["id"].as_str().unwrap());
    server.call(reqwest::Method::DELETE, &path, &scoped, serde_json::Value::Null).await.expect(204);
    try_make(&server, &scoped, body).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn no_more_than_a_thousand_deliveries_wait_for_a_webhook() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    stock(&server, &hook, 999, DeliveryStatus::Pending).await;
    happen(&server, &scoped, "Fits").await;
    sink.told_times(1).await;
    eventually("it is noted", || async { (total(&server, &scoped, &hook).await == 1_000).then_some(()) }).await;
    eventually("it is noted", || async {
        (hook.deliveries(&server, &scoped, "delivered").await.len() == 1).then_some(())
    })
    .await;
    stock(&server, &hook, 1, DeliveryStatus::Pending).await;
    happen(&server, &scoped, "Too much").await;
    let refused = hook.deliveries(&server, &scoped, "failed").await;
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["last_error"], "Too many deliveries waited already.");
    // It is not lost.
    hook.redeliver(&server, &scoped, &refused[0]).await.expect(200);
    let told = sink.told_times(2).await;
    assert_eq!(told[1].body()["data"]["changes"]["name"], "Too much");
    server.finish().await;
}

#[tokio::test]
async fn the_log_is_shortened() {
    let mut server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let mut scoped = organization.owner.scoped.clone();
    // Told of nothing that happens here by itself.
    let wanted = json!({"url": "https://127.0.0.1:9/", "events": ["member.left"]});
    let hook = Hook::of(&try_make(&server, &scoped, wanted).await.expect(201));
    stock(&server, &hook, 5_003, DeliveryStatus::Delivered).await;
    stock(&server, &hook, 2, DeliveryStatus::Pending).await;
    server.restart().await;
    eventually("what is too much is gone", || async { (total(&server, &scoped, &hook).await == 5_002).then_some(()) })
        .await;
    server.restart_after(std::time::Duration::from_secs(30 * 24 * 60 * 60 + 1)).await;
    let access = server.sign_in("owner@acme.com").await.access;
    scoped = crate::organization::select(&server, &access, &organization.id).await;
    eventually("what is too old is gone", || async { (total(&server, &scoped, &hook).await == 2).then_some(()) }).await;
    server.finish().await;
}

#[tokio::test]
async fn tests_and_repeats_are_counted() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let path = format!("{}/test", hook.path);
    let mut delivery = json!(null);
    for _ in 0..120 {
        delivery = post(&server, &scoped, &path).await.expect(201);
        hook.redeliver(&server, &scoped, &delivery).await.expect(200);
    }
    post(&server, &scoped, &path).await.expect_problem(429, "too_many_attempts");
    hook.redeliver(&server, &scoped, &delivery).await.expect_problem(429, "too_many_attempts");
    server.finish().await;
}
