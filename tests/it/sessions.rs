//! Sessions and their tokens over time (contract 10, 11, 12 and 14).

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use trueport::domain::caller::{Caller, Operator, Origin};
use trueport::domain::fields::Email;
use trueport::domain::operators;
use trueport::domain::settings::ConfigValue;
use trueport::error::Code;

use crate::audit::events;
use crate::harness::{PASSWORD, Reply, Setup, TestServer, Tokens, send};
use crate::tokens::{claims, header};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

pub(crate) async fn refresh(server: &TestServer, token: &str) -> Reply {
    server.post("/global/auth/refresh", json!({"refresh_token": token})).await
}

async fn logout(server: &TestServer, token: &str) -> Reply {
    server.call(Method::POST, "/global/auth/logout", token, Json::Null).await
}

/// Moves the clock so that the next request runs `before` ahead of this second.
fn wait_until(server: &TestServer, second: i64, before: Duration) {
    let target = second * 1000 - i64::try_from(before.as_millis()).unwrap();
    let span = target - server.clock.now().millis() - 1;
    server.clock.advance(Duration::from_millis(u64::try_from(span).expect("a moment to come")));
}

/// Moves the clock to the end of this token.
pub(crate) fn wait_until_expired(server: &TestServer, token: &str) {
    wait_until(server, claims(token)["exp"].as_i64().expect("an exp"), Duration::ZERO);
}

const A_MOMENT: Duration = Duration::from_millis(1);

/// Fails unless nothing of the session works any more.
async fn assert_ended(server: &TestServer, pairs: &[&Tokens]) {
    for pair in pairs {
        server.get("/global/auth/me", &pair.access).await.expect_problem(401, "unauthorized");
        refresh(server, &pair.refresh).await.expect_problem(401, "invalid_refresh_token");
        logout(server, &pair.access).await.expect_problem(401, "unauthorized");
    }
}

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
async fn a_refresh_gives_a_new_global_pair_of_the_same_session() {
    let server = TestServer::start().await;
    let first = server.person("jane@acme.com").await;
    server.advance(10 * MINUTE);
    let second = Tokens::of(&refresh(&server, &first.refresh).await.expect(200));
    let third = Tokens::of(&refresh(&server, &second.refresh).await.expect(200));
    let sids: Vec<Json> = [&first, &second, &third].map(|pair| claims(&pair.access)["sid"].clone()).into();
    assert!(sids.iter().all(|sid| *sid == sids[0]));
    assert_eq!(claims(&second.access)["typ"], "global");
    assert!(first.access != second.access && first.refresh != second.refresh && second.refresh != third.refresh);
    // An access token lives until its own end, whatever was refreshed meanwhile.
    for pair in [&first, &second, &third] {
        server.get("/global/auth/me", &pair.access).await.expect(200);
    }
    assert_eq!(server.get("/global/auth/sessions", &third.access).await.expect(200).as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_client_that_missed_the_answer_gets_the_same_child_again() {
    let mut server = TestServer::start().await;
    let parent = server.person("jane@acme.com").await;
    let child = Tokens::of(&refresh(&server, &parent.refresh).await.expect(200));
    let spent_at = server.clock.now().millis();
    // Half a minute later, after a restart, and in the last millisecond of the minute.
    for millis in [30_000, 45_000, 60_000] {
        if millis == 45_000 {
            server.restart().await;
        }
        let span = spent_at + millis - server.clock.now().millis() - 1;
        server.clock.advance(Duration::from_millis(u64::try_from(span).unwrap()));
        let again = Tokens::of(&refresh(&server, &parent.refresh).await.expect(200));
        assert_eq!(again.refresh, child.refresh, "after {millis} ms");
        server.get("/global/auth/me", &again.access).await.expect(200);
    }
    let grandchild = Tokens::of(&refresh(&server, &child.refresh).await.expect(200));
    server.get("/global/auth/me", &grandchild.access).await.expect(200);
    let ended = server.audit().await.iter().filter(|event| event.contains("session.ended")).count();
    assert_eq!(ended, 0);
    server.finish().await;
}

/// Three generations a few seconds apart, then a spent one again: which one, when, and whether the third was used.
#[tokio::test]
async fn any_other_spent_refresh_token_ends_the_session() {
    let server = TestServer::start().await;
    server.register("bystander@acme.com").await;
    for (index, (replayed, seconds, is_child_used)) in
        [(1, 61, false), (0, 1, false), (0, 61, false), (1, 1, true), (1, 3 * DAY, false), (0, 8 * DAY, false)]
            .into_iter()
            .enumerate()
    {
        let email = format!("jane{index}@acme.com");
        let mut pairs = vec![server.person(&email).await];
        for _ in 0..2 {
            server.advance(1);
            pairs.push(Tokens::of(&refresh(&server, &pairs.last().unwrap().refresh).await.expect(200)));
        }
        if is_child_used {
            pairs.push(Tokens::of(&refresh(&server, &pairs[2].refresh).await.expect(200)));
        }
        let mut left = seconds;
        // The session stays in use while the spent token grows older than it may.
        while left > 5 * DAY {
            server.advance(5 * DAY);
            left -= 5 * DAY;
            pairs.push(Tokens::of(&refresh(&server, &pairs.last().unwrap().refresh).await.expect(200)));
        }
        server.advance(left);
        let bystander = server.sign_in("bystander@acme.com").await;
        let reply = refresh(&server, &pairs[replayed].refresh).await;
        reply.expect_problem(401, "invalid_refresh_token");
        assert_ended(&server, &pairs.iter().collect::<Vec<_>>()).await;

        let session = claims(&pairs[0].access)["sid"].clone();
        let events = events(&server).await;
        let ends: Vec<_> = events.iter().filter(|event| event.action == "session.ended").collect();
        assert_eq!(ends.len(), index + 1, "one event for each session that ended");
        let end = ends.last().unwrap();
        assert_eq!(json!(end.target_id), session);
        assert_eq!(end.request_id.as_deref(), reply.header("x-request-id"));
        assert_eq!(end.changes["reason"], "refresh_token_reused");
        // Other people's sessions are none of that.
        refresh(&server, &bystander.refresh).await.expect(200);
    }
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

#[tokio::test]
async fn parallel_refreshes_of_one_token_get_one_child() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let request = server.request(Method::POST, "/global/auth/refresh");
            tokio::spawn(send(request.json(&json!({"refresh_token": tokens.refresh}))))
        })
        .collect();
    let mut children = Vec::new();
    for reply in waiting {
        let reply = reply.await.unwrap();
        // Under load a server may ask for another try; it must not give a second child or end the session.
        if reply.status.as_u16() != 503 {
            children.push(Tokens::of(&reply.expect(200)));
        }
    }
    assert!(!children.is_empty());
    for child in &children {
        assert_eq!(child.refresh, children[0].refresh);
        server.get("/global/auth/me", &child.access).await.expect(200);
    }
    refresh(&server, &children[0].refresh).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn only_a_live_refresh_token_refreshes() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    for token in [&tokens.access, "", "garbage", "a.b.c", "\0", &format!("{}x", tokens.refresh)] {
        refresh(&server, token).await.expect_problem(401, "invalid_refresh_token");
    }
    for body in [json!({}), json!({"refresh_token": null})] {
        assert_eq!(server.post("/global/auth/refresh", body).await.invalid_fields(), ["refresh_token"]);
    }
    server.post("/global/auth/refresh", Json::Null).await.expect_problem(422, "validation_error");
    for path in ["/global/auth/me", "/global/auth/sessions"] {
        server.get(path, &tokens.refresh).await.expect_problem(403, "wrong_token_scope");
    }
    logout(&server, &tokens.refresh).await.expect_problem(403, "wrong_token_scope");
    refresh(&server, &tokens.refresh).await.expect(200);
    server.finish().await;
}

fn in_cookie_mode(server: &TestServer, path: &str, body: &Json) -> RequestBuilder {
    let request = server.request(Method::POST, path).header("X-Trueport-Session", "cookie");
    if body.is_null() { request } else { request.json(body) }
}

/// The value of the cookie that a reply sets, which must have the attributes of the contract.
#[track_caller]
fn cookie(reply: &Reply, is_secure: bool) -> (String, i64) {
    let text = reply.header("set-cookie").expect("a cookie");
    let parsed = cookie::Cookie::parse(text.to_owned()).unwrap();
    assert_eq!(parsed.http_only(), Some(true), "{text}");
    assert_eq!(parsed.same_site(), Some(cookie::SameSite::Strict), "{text}");
    assert_eq!(parsed.path(), Some("/platform/api/global/auth"), "{text}");
    assert_eq!(parsed.secure().unwrap_or(false), is_secure, "{text}");
    assert_eq!(parsed.domain(), None, "{text}");
    let lifetime = parsed.max_age().expect("a lifetime").whole_seconds();
    (format!("{}={}", parsed.name(), parsed.value()), lifetime)
}

#[tokio::test]
async fn in_cookie_mode_the_refresh_token_never_shows() {
    for (base_url, is_secure) in [("https://trueport.example", true), ("http://127.0.0.1:8787", false)] {
        let mut setup = Setup::default();
        setup.values.insert("base_url", ConfigValue::Text(base_url.to_owned()));
        let server = TestServer::start_with(setup).await;
        server.register("jane@acme.com").await;
        let credentials = json!({"email": "jane@acme.com", "password": PASSWORD});
        let login = send(in_cookie_mode(&server, "/global/auth/login", &credentials)).await;
        server.post("/global/auth/otp/request", json!({"email": "jane@acme.com"})).await.expect(200);
        let code = server.mail.next_mail_to("jane@acme.com").await.six_digit_code();
        let otp = json!({"email": "jane@acme.com", "code": code});
        let otp = send(in_cookie_mode(&server, "/global/auth/otp/verify", &otp)).await;
        let (pair, _) = cookie(&otp, is_secure);
        let refreshed = in_cookie_mode(&server, "/global/auth/refresh", &Json::Null).header("Cookie", &pair);
        let refreshed = send(refreshed).await;
        for reply in [&login, &otp, &refreshed] {
            let body = reply.expect(200);
            let names: Vec<&String> = body.as_object().unwrap().keys().collect();
            assert_eq!(names, ["access_token", "expires_in", "token_type"]);
            let (pair, lifetime) = cookie(reply, is_secure);
            let token = pair.split_once('=').unwrap().1;
            assert_eq!(claims(token)["typ"], "refresh");
            let left = claims(token)["exp"].as_i64().unwrap() - server.clock.now().seconds();
            assert!((left - 1..=left).contains(&lifetime), "{lifetime} of {left} seconds");
        }
        // What the cookie holds rotates as in a body.
        let again = in_cookie_mode(&server, "/global/auth/refresh", &Json::Null).header("Cookie", &pair);
        assert_eq!(cookie(&send(again).await, is_secure).0, cookie(&refreshed, is_secure).0);

        let (pair, _) = cookie(&refreshed, is_secure);
        let signed_out = in_cookie_mode(&server, "/global/auth/logout", &Json::Null).header("Cookie", &pair);
        let signed_out = send(signed_out).await;
        signed_out.expect(204);
        let (emptied, lifetime) = cookie(&signed_out, is_secure);
        assert!(emptied.ends_with('=') && lifetime == 0, "{emptied} {lifetime}");
        let refreshed_token = refreshed.json()["access_token"].as_str().unwrap().to_owned();
        server.get("/global/auth/me", &refreshed_token).await.expect_problem(401, "unauthorized");
        let after = in_cookie_mode(&server, "/global/auth/refresh", &Json::Null).header("Cookie", &pair);
        send(after).await.expect_problem(401, "invalid_refresh_token");
        server.finish().await;
    }
}

/// A page of another site can make a browser send the cookie, and cannot make it send the header.
#[tokio::test]
async fn a_cookie_without_the_header_is_no_credential() {
    let server = TestServer::start().await;
    server.register("jane@acme.com").await;
    let credentials = json!({"email": "jane@acme.com", "password": PASSWORD});
    let login = send(in_cookie_mode(&server, "/global/auth/login", &credentials)).await;
    let (pair, _) = cookie(&login, true);
    let plain = |path: &str| server.request(Method::POST, path).header("Cookie", &pair);
    send(plain("/global/auth/refresh").json(&json!({}))).await.expect_problem(422, "validation_error");
    send(plain("/global/auth/logout")).await.expect_problem(401, "unauthorized");
    let other_header = plain("/global/auth/logout").header("X-Trueport-Session", "body");
    send(other_header).await.expect_problem(401, "unauthorized");
    // In cookie mode without a cookie there is nothing to refresh.
    let without = in_cookie_mode(&server, "/global/auth/refresh", &Json::Null);
    send(without).await.expect_problem(401, "invalid_refresh_token");
    let with =
        in_cookie_mode(&server, "/global/auth/refresh", &Json::Null).header("Cookie", format!("other=1; {pair}"));
    send(with).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_page_signs_out_after_its_access_token_has_expired() {
    let server = TestServer::start().await;
    server.register("jane@acme.com").await;
    let credentials = json!({"email": "jane@acme.com", "password": PASSWORD});
    let login = send(in_cookie_mode(&server, "/global/auth/login", &credentials)).await;
    let (pair, _) = cookie(&login, true);
    let access = login.json()["access_token"].as_str().unwrap().to_owned();
    wait_until_expired(&server, &access);
    let with_both = |cookie: &str| {
        let request = in_cookie_mode(&server, "/global/auth/logout", &Json::Null).bearer_auth(&access);
        request.header("Cookie", cookie)
    };
    send(with_both("trueport_refresh=garbage")).await.expect_problem(401, "unauthorized");
    send(with_both(&pair)).await.expect(204);
    let after = in_cookie_mode(&server, "/global/auth/refresh", &Json::Null).header("Cookie", &pair);
    send(after).await.expect_problem(401, "invalid_refresh_token");
    server.finish().await;
}

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
