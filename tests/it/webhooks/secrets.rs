//! What signs, and where it may be seen.

use serde_json::Value as Json;

use super::{Hook, Sink, permissive_server, post, signature};
use crate::inspect::whole_audit;
use crate::organization::Organization;

#[tokio::test]
async fn what_is_told_is_signed_by_the_secret() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hooks = [Hook::make(&server, &scoped, &sink.url()).await, Hook::make(&server, &scoped, &sink.url()).await];
    assert_ne!(hooks[0].secret, hooks[1].secret);
    for (index, hook) in hooks.iter().enumerate() {
        let delivery = hook.test(&server, &scoped).await;
        let told = sink.told_times(index + 1).await.pop().unwrap();
        assert_eq!(told.signatures, [signature(&hook.secret, &told)]);
        assert_eq!(told.id, delivery["message_id"]);
        assert!(told.id.starts_with("msg_") && !told.id.contains('.'));
        assert!((server.clock.now().seconds() - told.timestamp).abs() <= 1);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_new_one_for_a_day() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let mut scoped = organization.owner.scoped.clone();
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let rotate = format!("{}/rotate-secret", hook.path);
    let mut secrets = vec![hook.secret.clone()];
    for count in 1..=2 {
        let rotated = post(&server, &scoped, &rotate).await.expect(200);
        assert!(!rotated["old_secret_expires_at"].is_null());
        secrets.insert(0, rotated["secret"].as_str().unwrap().to_owned());
        // The newest first, and none that is older than the one before.
        hook.test(&server, &scoped).await;
        let told = sink.told_times(count).await.pop().unwrap();
        assert_eq!(told.signatures, [signature(&secrets[0], &told), signature(&secrets[1], &told)]);
    }
    server.advance(24 * 60 * 60);
    let access = server.sign_in("owner@acme.com").await.access;
    scoped = crate::organization::select(&server, &access, &organization.id).await;
    hook.test(&server, &scoped).await;
    let told = sink.told_times(3).await.pop().unwrap();
    assert_eq!(told.signatures, [signature(&secrets[0], &told)]);
    server.finish().await;
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let rotated = post(&server, &scoped, &format!("{}/rotate-secret", hook.path)).await.expect(200);
    let secrets = [hook.secret.clone(), rotated["secret"].as_str().unwrap().to_owned()];
    assert_ne!(secrets[0], secrets[1]);
    let delivery = hook.test(&server, &scoped).await;
    sink.told_times(1).await;
    let shown = [
        hook.shown(&server, &scoped).await,
        server.get("/service/webhooks", &scoped).await.expect(200),
        hook.change(&server, &scoped, serde_json::json!({"description": "Another"})).await,
        hook.detail(&server, &scoped, &delivery).await,
        Json::from(hook.deliveries(&server, &scoped, "").await),
        Json::from(whole_audit(&server).await),
    ];
    for text in shown.map(|json| json.to_string()) {
        assert!(!secrets.iter().any(|secret| text.contains(secret.trim_start_matches("whsec_"))), "{text}");
        assert!(!text.contains("\"secret\""), "{text}");
    }
    server.finish().await;
}
