//! What the tokens of a session say, and when they and the session end by themselves.

use std::time::Duration;

use serde_json::json;

use super::{A_MOMENT, DAY, assert_ended, logout, refresh, wait_until};
use crate::harness::{PASSWORD, TestServer, Tokens};
use crate::tokens::{claims, header};

#[tokio::test]
async fn every_token_reply_has_the_same_shape() {
    let server = TestServer::start().await;
    server.register("jane@acme.com").await;
    let login = server.post("/global/auth/login", json!({"email": "jane@acme.com", "password": PASSWORD})).await;
    let refreshed = refresh(&server, login.json()["refresh_token"].as_str().unwrap()).await;
    server.post("/global/auth/otp/request", json!({"email": "jane@acme.com"})).await.expect(200);
    let code = server.mail.next_mail_to("jane@acme.com").await.six_digit_code();
    let otp = server.post("/global/auth/otp/verify", json!({"email": "jane@acme.com", "code": code})).await;
    for reply in [login, refreshed, otp] {
        let body = reply.expect(200);
        let names: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(names, ["access_token", "expires_in", "refresh_token", "token_type"]);
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("bearer"), &json!(1800)));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("set-cookie"), None);
    }
    server.finish().await;
}

#[tokio::test]
async fn claims_say_who_when_and_for_what() {
    let mut server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    let session = server.get("/global/auth/sessions", &tokens.access).await.expect(200)[0]["id"].clone();
    let (access, refresh_claims) = (claims(&tokens.access), claims(&tokens.refresh));
    for (token, claims, typ, lifetime) in
        [(&tokens.access, &access, "global", 1800), (&tokens.refresh, &refresh_claims, "refresh", 7 * DAY)]
    {
        let header = header(token);
        assert_eq!((&header["alg"], &header["typ"]), (&json!("HS256"), &json!("JWT")));
        assert!(header["kid"].as_str().unwrap().starts_with("key_"));
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        assert_eq!(names, ["aud", "exp", "iat", "iss", "jti", "sid", "sub", "typ"]);
        assert_eq!(claims["aud"], "trueport");
        assert_eq!(claims["sub"], me["id"]);
        assert_eq!(claims["sid"], session);
        assert_eq!(claims["typ"], typ);
        // The clock has moved by milliseconds only.
        assert_eq!(claims["iat"], server.clock.now().seconds());
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), i64::try_from(lifetime).unwrap());
    }
    assert_ne!(access["jti"], refresh_claims["jti"]);
    assert!(access["jti"].as_str().is_some_and(|jti| jti.len() >= 16));

    server.restart().await;
    server.get("/global/auth/me", &tokens.access).await.expect(200);
    let later = server.sign_in("jane@acme.com").await;
    assert_eq!(claims(&later.access)["iss"], access["iss"]);
    assert_eq!(header(&later.access)["kid"], header(&tokens.access)["kid"]);
    assert!(access["iss"].as_str().is_some_and(|issuer| !issuer.is_empty()));
    assert_ne!(claims(&later.access)["sid"], access["sid"]);
    server.finish().await;
}

#[tokio::test]
async fn an_access_token_is_dead_at_its_exp() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    let exp = claims(&tokens.access)["exp"].as_i64().unwrap();
    wait_until(&server, exp, A_MOMENT);
    server.get("/global/auth/me", &tokens.access).await.expect(200);
    wait_until(&server, exp, Duration::ZERO);
    for path in ["/global/auth/me", "/global/auth/sessions"] {
        server.get(path, &tokens.access).await.expect_problem(401, "unauthorized");
    }
    logout(&server, &tokens.access).await.expect_problem(401, "unauthorized");
    let fresh = Tokens::of(&refresh(&server, &tokens.refresh).await.expect(200));
    server.get("/global/auth/me", &fresh.access).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_session_ends_when_it_was_idle_for_a_week() {
    let server = TestServer::start().await;
    let first = server.person("jane@acme.com").await;
    let end = claims(&first.refresh)["exp"].as_i64().unwrap();
    wait_until(&server, end, A_MOMENT);
    let second = Tokens::of(&refresh(&server, &first.refresh).await.expect(200));
    let end = claims(&second.refresh)["exp"].as_i64().unwrap();
    wait_until(&server, end, Duration::ZERO);
    refresh(&server, &second.refresh).await.expect_problem(401, "invalid_refresh_token");
    let other = server.sign_in("jane@acme.com").await;
    let listed = server.get("/global/auth/sessions", &other.access).await.expect(200);
    assert_eq!(listed.as_array().unwrap().len(), 1, "the idle session is not listed any more: {listed}");
    server.finish().await;
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_busy() {
    let server = TestServer::start().await;
    let mut pair = server.person("jane@acme.com").await;
    let end = claims(&pair.access)["iat"].as_i64().unwrap() + i64::try_from(30 * DAY).unwrap();
    for _ in 0..5 {
        server.advance(5 * DAY + DAY / 2);
        pair = Tokens::of(&refresh(&server, &pair.refresh).await.expect(200));
    }
    assert_eq!(claims(&pair.refresh)["exp"], end);
    wait_until(&server, end - 60, Duration::ZERO);
    let reply = refresh(&server, &pair.refresh).await.expect(200);
    let last = Tokens::of(&reply);
    assert_eq!((claims(&last.access)["exp"].as_i64(), claims(&last.refresh)["exp"].as_i64()), (Some(end), Some(end)));
    assert_eq!(reply["expires_in"], 60);
    wait_until(&server, end, A_MOMENT);
    server.get("/global/auth/me", &last.access).await.expect(200);
    wait_until(&server, end, Duration::ZERO);
    assert_ended(&server, &[&last]).await;
    server.finish().await;
}
