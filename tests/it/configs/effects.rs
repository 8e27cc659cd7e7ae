//! What the keys of the installation do, from the moment they are set through the API.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;

use super::{Stage, change};
use crate::executable::eventually;
use crate::harness::{PASSWORD, Reply, Setup, TestServer};
use crate::organization::invite;
use crate::subscriptions::{activate, cancel};
use crate::tokens::header;

fn person(email: &str, password: &str) -> Json {
    json!({"email": email, "password": password, "first_name": "Jane", "last_name": "Doe"})
}

async fn register(server: &TestServer, email: &str) -> Reply {
    server.post("/global/auth/register", person(email, PASSWORD)).await
}

#[tokio::test]
async fn the_rules_of_registration_work_at_once() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let server = &stage.server;
    stage.global("auth.password_min_length", json!({"value": 19})).await;
    assert_eq!(register(server, "short@acme.com").await.invalid_fields(), ["password"]);
    let long = format!("{PASSWORD}4");
    server.post("/global/auth/register", person("long@acme.com", &long)).await.expect(201);
    stage.global("auth.password_min_length", Json::Null).await;
    register(server, "short@acme.com").await.expect(201);

    stage.global("auth.registration", json!({"value": "invite_only"})).await;
    register(server, "stranger@acme.com").await.expect_problem(403, "registration_closed");
    stage.global("auth.registration", json!({"value": "domains"})).await;
    register(server, "stranger@acme.com").await.expect_problem(403, "registration_closed");
    stage.global("auth.registration_domains", json!({"value": "other.example, ACME.com"})).await;
    register(server, "stranger@acme.com").await.expect(201);
    register(server, "stranger@sub.acme.com").await.expect_problem(403, "registration_closed");
    stage.global("auth.registration", Json::Null).await;
    register(server, "stranger@sub.acme.com").await.expect(201);
    stage.server.finish().await;
}

#[tokio::test]
async fn the_limits_work_at_once() {
    let stage = Stage::new().await;
    let server = &stage.server;
    let create = async |access: &str, name: &str| {
        server.call(Method::POST, "/global/tenants", access, json!({"name": name})).await
    };
    let owner = &stage.acme.owner.access;
    stage.global("tenants.creation", json!({"value": "platform_admin"})).await;
    create(owner, "Second").await.expect_problem(403, "tenant_creation_closed");
    create(&stage.admin, "Second").await.expect(201);
    stage.global("tenants.creation", Json::Null).await;
    create(owner, "Third").await.expect(201);
    stage.global("tenants.max_owned_per_user", json!({"value": 2})).await;
    create(owner, "Fourth").await.expect_problem(403, "tenant_limit_reached");
    stage.global("tenants.max_owned_per_user", json!({"value": 3})).await;
    create(owner, "Fourth").await.expect(201);

    stage.global("tenants.invite_mails_per_hour", json!({"value": 2})).await;
    for email in ["a@acme.com", "b@acme.com"] {
        invite(server, stage.prod(), email, "member").await.expect(201);
        server.mail.next_mail_to(email).await;
    }
    invite(server, stage.prod(), "c@acme.com", "member").await.expect_problem(429, "too_many_attempts");
    stage.global("tenants.invite_mails_per_hour", json!({"value": 3})).await;
    invite(server, stage.prod(), "c@acme.com", "member").await.expect(201);
    server.mail.next_mail_to("c@acme.com").await;

    // A minute without requests, so that it is known how many are left.
    server.advance(120);
    stage.global("auth.anonymous_requests_per_minute", json!({"value": 10})).await;
    let ask = async || server.get("/.well-known/jwks.json", "").await;
    for _ in 0..10 {
        ask().await.expect(200);
    }
    ask().await.expect_problem(429, "too_many_requests");
    stage.global("auth.anonymous_requests_per_minute", json!({"value": 11})).await;
    ask().await.expect(200);
    ask().await.expect_problem(429, "too_many_requests");
    stage.server.finish().await;
}

#[tokio::test]
async fn tokens_are_signed_by_the_other_algorithm_and_back() {
    let stage = Stage::new().await;
    let algorithm = async || {
        let access = stage.server.sign_in("owner@acme.com").await.access;
        stage.server.get("/global/auth/me", &access).await.expect(200);
        header(&access)
    };
    let first = algorithm().await;
    assert_eq!(first["alg"], "HS256");
    for _ in 0..2 {
        stage.global("auth.token_algorithm", json!({"value": "EdDSA"})).await;
        let other = algorithm().await;
        assert_eq!(other["alg"], "EdDSA");
        let keys = stage.server.get("/.well-known/jwks.json", "").await.expect(200);
        assert_eq!((&keys["keys"][0]["kid"], keys["keys"].as_array().unwrap().len()), (&other["kid"], 1));
        // Nobody is signed out by it.
        stage.server.get("/service/info", stage.prod()).await.expect(200);
        let reset = stage.global("auth.token_algorithm", Json::Null).await;
        assert_eq!((&reset["val"], &reset["source"]), (&json!("HS256"), &json!("default")));
        assert_eq!(algorithm().await, first, "the key of before signs again");
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn the_mailer_takes_its_settings_with_the_next_message() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let mail = &stage.server.mail;
    mail.require_login("mailer", "hunter2");
    for (key, value) in [
        ("smtp.security", json!("none")),
        ("smtp.port", json!(mail.address().port())),
        ("smtp.username", json!("mailer")),
        ("smtp.password", json!("hunter2")),
        ("smtp.from_address", json!("Noreply@Acme.example")),
        ("smtp.from_name", json!("Acme Platform")),
        ("smtp.host", json!("127.0.0.1")),
    ] {
        stage.global(key, json!({"value": value})).await;
    }
    // What waited for a mail server goes out.
    mail.next_mail_to("root@trueport.example").await;
    mail.next_mail_to("owner@acme.com").await;
    register(&stage.server, "first@acme.com").await.expect(201);
    let first = mail.next_mail_to("first@acme.com").await;
    assert_eq!(first.from, "noreply@acme.example");
    assert!(first.text.contains("https://trueport.example/#/verify-email?token="), "{}", first.text);

    stage.global("smtp.from_address", json!({"value": "other@acme.example"})).await;
    stage.global("base_url", json!({"value": "https://new.example/"})).await;
    register(&stage.server, "second@acme.com").await.expect(201);
    let second = mail.next_mail_to("second@acme.com").await;
    assert_eq!(second.from, "other@acme.example");
    assert!(second.text.contains("https://new.example/#/verify-email?token="), "{}", second.text);

    // Without a host mails wait, and with one they go.
    stage.global("smtp.host", Json::Null).await;
    register(&stage.server, "third@acme.com").await.expect(201);
    stage.global("smtp.from_address", Json::Null).await;
    stage.global("smtp.host", json!({"value": "127.0.0.1"})).await;
    let third = mail.next_mail_to("third@acme.com").await;
    assert_eq!(third.from, "trueport@new.example");
    stage.server.finish().await;
}

#[tokio::test]
async fn owners_are_told_of_the_end_as_many_days_before_as_is_set() {
    let stage = Stage::new().await;
    activate(&stage.server, stage.prod(), "plan_pro").await.expect(201);
    stage.server.mail.next_mail_to("owner@acme.com").await;
    cancel(&stage.server, stage.prod(), true).await.expect(200);
    assert_eq!(told_of_the_end(&stage.server).await, 0, "a month is longer than the default");
    stage.global("billing.ends_soon_days", json!({"value": 60})).await;
    let mail = stage.server.mail.next_mail_to("owner@acme.com").await;
    assert!(mail.text.contains("Pro"), "{}", mail.text);
    assert_eq!(told_of_the_end(&stage.server).await, 1);
    stage.server.finish().await;
}

async fn told_of_the_end(server: &TestServer) -> usize {
    let mails = crate::inspect::outbox(server).await;
    mails.iter().filter(|mail| mail.starts_with("subscription_ends_soon ")).count()
}

#[tokio::test]
async fn usage_is_kept_for_as_many_days_as_is_set() {
    let mut stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let key = stage.service_key(&["usage:write"]).await;
    let report = json!({"events": [{
        "id": "1", "tenant_id": stage.acme.id, "environment": "prod",
        "at": stage.server.clock.now().to_string(), "requests": 7, "violations": 0,
    }]});
    stage.server.call(Method::POST, "/internal/usage", &key, report).await.expect(200);
    // Old rows are deleted at the start and every few minutes, all in one transaction: where the tokens of links are
    // gone, usage would be.
    let tokens =
        |tx: &mut Tx<'_>| Ok(tx.one("SELECT count(*) FROM one_time_tokens", args![], |row| row.get::<i64>(0))?);
    let hours = |tx: &mut Tx<'_>| Ok(tx.one("SELECT count(*) FROM usage_hours", args![], |row| row.get::<i64>(0))?);
    assert!(stage.server.app.read(tokens).await.unwrap() > 0);
    stage.server.restart_after(Duration::from_secs(40 * 24 * 60 * 60)).await;
    eventually("old rows are deleted", async || (stage.server.app.read(tokens).await.unwrap() == 0).then_some(()))
        .await;
    assert_eq!(stage.server.app.read(hours).await.unwrap(), 1, "the default is longer");

    let admin = stage.server.sign_in("root@trueport.example").await.access;
    let path = "/admin/configs/usage.retention_days";
    change(&stage.server, &admin, path, json!({"value": 31})).await.expect(200);
    stage.server.restart().await;
    eventually("old usage is deleted", async || (stage.server.app.read(hours).await.unwrap() == 0).then_some(())).await;
    stage.server.finish().await;
}
