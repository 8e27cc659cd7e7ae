//! Refresh tokens in cookies.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use trueport::domain::settings::ConfigValue;

use super::wait_until_expired;
use crate::harness::{PASSWORD, Reply, Setup, TestServer, send};
use crate::tokens::claims;

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
