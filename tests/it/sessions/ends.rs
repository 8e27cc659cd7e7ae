//! Sessions that are listed, and ended by someone.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::caller::{Caller, Operator, Origin};
use trueport::domain::fields::Email;
use trueport::domain::operators;
use trueport::error::Code;

use super::{DAY, assert_ended, logout, refresh};
use crate::audit::events;
use crate::harness::{PASSWORD, TestServer, Tokens, send};
use crate::tokens::claims;

#[tokio::test]
async fn logout_ends_the_session_of_its_token_only() {
    let server = TestServer::start().await;
    let first = server.person("jane@acme.com").await;
    let second = server.sign_in("jane@acme.com").await;
    let refreshed = Tokens::of(&refresh(&server, &first.refresh).await.expect(200));
    assert!(logout(&server, &first.access).await.expect(204).is_null());
    assert_ended(&server, &[&first, &refreshed]).await;
    server.get("/global/auth/me", &second.access).await.expect(200);
    refresh(&server, &second.refresh).await.expect(200);
    let events = events(&server).await;
    let end = events.iter().find(|event| event.action == "session.ended").expect("an event");
    assert_eq!(
        (json!(end.actor_id), json!(end.target_id)),
        (claims(&first.access)["sub"].clone(), claims(&first.access)["sid"].clone())
    );
    assert_eq!(end.changes["reason"], "signed_out");
    server.finish().await;
}

#[tokio::test]
async fn the_sessions_of_a_person_are_listed_newest_first() {
    let server = TestServer::start().await;
    let stranger = server.person("stranger@acme.com").await;
    server.register("jane@acme.com").await;
    let mut pairs = Vec::new();
    for index in 0..60 {
        let body = json!({"email": "jane@acme.com", "password": PASSWORD});
        let request =
            server.request(Method::POST, "/global/auth/login").header("User-Agent", format!("client {index}"));
        pairs.push(Tokens::of(&send(request.json(&body)).await.expect(200)));
        server.advance(1);
    }
    let current = &pairs[58];
    logout(&server, &pairs[59].access).await.expect(204);
    server.advance(60);
    let used = Tokens::of(&refresh(&server, &current.refresh).await.expect(200));
    let used_at = server.clock.now();
    let listed = server.get("/global/auth/sessions", &used.access).await.expect(200);
    let ids: Vec<&Json> = listed.as_array().unwrap().iter().map(|session| &session["id"]).collect();
    let expected: Vec<Json> = pairs[..59].iter().rev().map(|pair| claims(&pair.access)["sid"].clone()).collect();
    assert_eq!(ids, expected.iter().collect::<Vec<_>>(), "whole, newest first, without the ended one");
    let made = claims(&current.access)["iat"].as_i64().unwrap();
    let time = |seconds: i64| trueport::clock::Time::from_seconds(seconds).to_string();
    assert_eq!(
        listed[0],
        json!({
            "id": expected[0], "created_at": time(made), "last_used_at": used_at.to_string(),
            "expires_at": time(made + i64::try_from(30 * DAY).unwrap()),
            "address": "127.0.0.1", "user_agent": "client 58", "is_current": true,
        })
    );
    assert!(listed.as_array().unwrap()[1..].iter().all(|session| session["is_current"] == false));
    let strange = server.get("/global/auth/sessions", &stranger.access).await.expect(200);
    assert_eq!((strange.as_array().unwrap().len(), &strange[0]["user_agent"]), (1, &Json::Null));
    server.finish().await;
}

#[tokio::test]
async fn a_person_ends_own_sessions_and_no_others() {
    let server = TestServer::start().await;
    let stranger = server.person("stranger@acme.com").await;
    let first = server.person("jane@acme.com").await;
    let second = server.sign_in("jane@acme.com").await;
    let end = async |id: &str| {
        server.call(Method::DELETE, &format!("/global/auth/sessions/{id}"), &second.access, Json::Null).await
    };
    let sid = |pair: &Tokens| claims(&pair.access)["sid"].as_str().unwrap().to_owned();
    assert!(end(&sid(&first)).await.expect(204).is_null());
    assert_ended(&server, &[&first]).await;
    let unknown = "ses_01h455vb4pex5vsknk084sn02q".to_owned();
    let user = claims(&second.access)["sub"].as_str().unwrap().to_owned();
    let upper = sid(&second).to_uppercase();
    for id in
        [sid(&first), sid(&stranger), unknown, user, upper, "x".into(), "%00".into(), "%FF".into(), "a%2Fb".into()]
    {
        end(&id).await.expect_problem(404, "not_found");
    }
    server.get("/global/auth/me", &stranger.access).await.expect(200);
    // The own one too.
    end(&sid(&second)).await.expect(204);
    assert_ended(&server, &[&second]).await;
    let ended = server.audit().await;
    assert_eq!(ended.iter().filter(|event| *event == "user session.ended session").count(), 2);
    server.finish().await;
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    let set_disabled = async |is_disabled: bool| {
        let email = Email::parse("jane@acme.com").unwrap();
        server.app.write(&Operator, move |tx, by| operators::set_disabled(tx, by, &email, is_disabled)).await.unwrap();
    };
    set_disabled(true).await;
    assert_ended(&server, &[&tokens]).await;
    let credentials = json!({"email": "jane@acme.com", "password": PASSWORD});
    server.post("/global/auth/login", credentials).await.expect_problem(401, "invalid_credentials");
    // Enabled again, the person signs in anew: what ended stays ended.
    set_disabled(false).await;
    assert_ended(&server, &[&tokens]).await;
    server.sign_in("jane@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn a_changed_password_ends_every_other_session() {
    let server = TestServer::start().await;
    let (first, second) = (server.person("jane@acme.com").await, server.sign_in("jane@acme.com").await);
    let body = json!({"current_password": PASSWORD, "new_password": "Another Password 456"});
    server.call(Method::PUT, "/global/auth/password", &second.access, body).await.expect(200);
    server.mail.next_mail_to("jane@acme.com").await;
    assert_ended(&server, &[&first]).await;
    server.get("/global/auth/me", &second.access).await.expect(200);
    refresh(&server, &second.refresh).await.expect(200);
    server.finish().await;
}

/// A write may wait in a queue after the token was checked; what ended meanwhile must not commit.
#[tokio::test]
async fn a_write_reads_the_session_again() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    let claims = server.app.installation().keys().verify(&tokens.access).expect("genuine claims");
    let caller = server.app.read(move |tx| Caller::load(tx, &claims, &Origin::default())).await.unwrap();
    server.app.write(&caller, |_, _| Ok(())).await.expect("the session lives");
    logout(&server, &tokens.access).await.expect(204);
    let late = server.app.write(&caller, |_, _| Ok(())).await;
    assert_eq!(late.unwrap_err().code(), Code::Unauthorized);
    server.finish().await;
}
