//! Changed passwords, and what holds for every new one.

use reqwest::Method;
use serde_json::json;

use super::{DEV, MINUTE, NEW, WRONG, change, email_change, is_signed_in, reset, reset_token, told};
use crate::harness::{PASSWORD, Setup, TestServer, Tokens, send};
use crate::inspect::{audited_changes, count, login, login_from, outbox, password_hash, send_together, set_disabled};

/// The mail to the old address advises this to whoever did not ask for the new one.
#[tokio::test]
async fn a_new_password_stops_a_change_of_the_address() {
    let server = TestServer::start().await;
    for (email, by_reset) in [("a@acme.com", true), ("b@acme.com", false)] {
        let tokens = server.person(email).await;
        let eves = format!("eve-{email}");
        let token = email_change(&server, &tokens, email, &eves).await;
        match by_reset {
            true => {
                let token = reset_token(&server, email).await;
                reset(&server, &token, NEW).await.expect(200);
            }
            false => drop(change(&server, &tokens, PASSWORD, NEW).await.expect(200)),
        }
        told(&server, email).await;
        let reply = server.post("/global/auth/verify-email", json!({"token": token})).await;
        reply.expect_problem(400, "invalid_token");
        login(&server, email, NEW).await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_change_of_the_password_ends_every_other_session() {
    let server = TestServer::start().await;
    let here = server.person(DEV).await;
    let elsewhere = [server.sign_in(DEV).await, server.sign_in(DEV).await];
    let stranger = server.person("other@acme.com").await;
    let reply = change(&server, &here, PASSWORD, NEW).await;
    assert!(reply.expect(200)["message"].is_string());
    told(&server, DEV).await;

    for tokens in &elsewhere {
        assert!(!is_signed_in(&server, tokens).await);
    }
    for tokens in [&here, &stranger] {
        assert!(is_signed_in(&server, tokens).await);
    }
    server.post("/global/auth/refresh", json!({"refresh_token": here.refresh})).await.expect(200);
    login(&server, DEV, PASSWORD).await.expect_problem(401, "invalid_credentials");
    login(&server, DEV, NEW).await.expect(200);
    assert!(audited_changes(&server).await.contains(&r#"user.password_changed {"sessions_ended":2}"#.to_owned()));
    server.call(Method::PUT, "/global/auth/password", "", json!({})).await.expect_problem(401, "unauthorized");
    for (body, field) in [
        (json!({"new_password": NEW}), "current_password"),
        (json!({"current_password": NEW}), "new_password"),
        (json!({"current_password": null, "new_password": NEW}), "current_password"),
    ] {
        let reply = server.call(Method::PUT, "/global/auth/password", &here.access, body).await;
        assert_eq!(reply.invalid_fields(), [field]);
    }
    server.finish().await;
}

#[tokio::test]
async fn of_parallel_changes_one_succeeds() {
    let server = TestServer::start().await;
    let tokens = server.person(DEV).await;
    let news: Vec<String> = (0..8).map(|index| format!("ParallelPassword{index}!")).collect();
    let requests = news.iter().map(|new| {
        let body = json!({"current_password": PASSWORD, "new_password": new});
        server.request(Method::PUT, "/global/auth/password").bearer_auth(&tokens.access).json(&body)
    });
    let replies = send_together(requests).await;
    assert_eq!((count(&replies, 200), count(&replies, 400)), (1, 7), "{replies:?}");
    told(&server, DEV).await;
    let mut accepted = 0;
    for new in &news {
        if login(&server, DEV, new).await.status == 200 {
            accepted += 1;
        }
        server.advance(15 * MINUTE);
    }
    assert_eq!(accepted, 1);
    server.finish().await;
}

/// Contract 3 and 18: 400, and one count with the failures of signing in.
#[tokio::test]
async fn a_wrong_current_password_counts_as_a_failed_sign_in() {
    let trusted_proxies = vec!["127.0.0.1/32"];
    let server = TestServer::start_with(Setup { trusted_proxies, ..Setup::default() }).await;
    let tokens = server.person(DEV).await;
    let call = |path: &str, address: &str, current: &str| {
        let (method, body) = match path {
            "/global/auth/password" => (Method::PUT, json!({"current_password": current, "new_password": NEW})),
            _ => (Method::POST, json!({"current_password": current, "email": "new@acme.com"})),
        };
        let request = server.request(method, path).bearer_auth(&tokens.access);
        send(request.header("x-forwarded-for", address).json(&body))
    };
    let paths = ["/global/auth/password", "/global/auth/me/email"];
    for path in paths.iter().cycle().take(8) {
        call(path, "192.0.2.1", WRONG).await.expect_problem(400, "wrong_password");
    }
    for _ in 0..2 {
        login_from(&server, "192.0.2.1", DEV, WRONG).await.expect_problem(401, "invalid_credentials");
    }
    for current in [WRONG, PASSWORD] {
        for path in paths {
            call(path, "192.0.2.1", current).await.expect_problem(429, "too_many_attempts");
        }
        login_from(&server, "192.0.2.1", DEV, current).await.expect_problem(429, "too_many_attempts");
    }
    // What is wrong in itself is told before.
    let body = json!({"current_password": PASSWORD, "new_password": "short"});
    let reply = server.call(Method::PUT, "/global/auth/password", &tokens.access, body).await;
    assert_eq!(reply.invalid_fields(), ["new_password"]);
    assert_eq!(outbox(&server).await, ["welcome dev@acme.com"]);

    call("/global/auth/password", "192.0.2.2", PASSWORD).await.expect(200);
    server.mail.next_mail_to(DEV).await;
    server.finish().await;
}

#[tokio::test]
async fn the_rules_hold_for_every_new_password() {
    let server = TestServer::start().await;
    let tokens = server.person(DEV).await;
    let token = reset_token(&server, DEV).await;
    let long = "long enough ".repeat(11);
    for bad in ["", "short", &long[..129], "1234567890", DEV, "DEV@acme.com"] {
        assert_eq!(change(&server, &tokens, PASSWORD, bad).await.invalid_fields(), ["new_password"], "{bad}");
        assert_eq!(reset(&server, &token, bad).await.invalid_fields(), ["new_password"], "{bad}");
    }
    // Only a good token reveals whose it is.
    reset(&server, "x", DEV).await.expect_problem(400, "invalid_token");
    server.set_config("auth.password_min_length", json!(20)).await;
    assert_eq!(change(&server, &tokens, PASSWORD, NEW).await.invalid_fields(), ["new_password"]);
    assert_eq!(reset(&server, &token, NEW).await.invalid_fields(), ["new_password"]);
    // None of that used the link up or changed the password.
    server.sign_in(DEV).await;
    reset(&server, &token, &long[..128]).await.expect(200);
    told(&server, DEV).await;
    login(&server, DEV, &long[..128]).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn an_account_without_a_password_gets_one_by_a_reset_only() {
    let server = TestServer::start().await;
    server.register(DEV).await;
    server.post("/global/auth/otp/request", json!({"email": DEV})).await.expect(200);
    let code = server.mail.next_mail_to(DEV).await.six_digit_code();
    let reply = server.post("/global/auth/otp/verify", json!({"email": DEV, "code": code})).await;
    let tokens = Tokens::of(&reply.expect(200));
    for current in ["", PASSWORD, WRONG] {
        change(&server, &tokens, current, NEW).await.expect_problem(400, "wrong_password");
    }
    assert_eq!(password_hash(&server, DEV).await, "");
    let token = reset_token(&server, DEV).await;
    reset(&server, &token, NEW).await.expect(200);
    told(&server, DEV).await;
    login(&server, DEV, NEW).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_disabled_person_can_set_no_password() {
    let server = TestServer::start().await;
    let tokens = server.person(DEV).await;
    let token = reset_token(&server, DEV).await;
    let hash = password_hash(&server, DEV).await;
    set_disabled(&server, DEV, true).await;
    reset(&server, &token, NEW).await.expect_problem(400, "invalid_token");
    change(&server, &tokens, PASSWORD, NEW).await.expect_problem(401, "unauthorized");
    assert_eq!(password_hash(&server, DEV).await, hash);
    assert_eq!(outbox(&server).await, ["welcome dev@acme.com", "reset_password dev@acme.com"]);
    server.finish().await;
}
