//! The own account: names and the change of the address (contract 4, 16 and 20).

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{PASSWORD, Reply, Setup, TestServer, Tokens};
use crate::inspect::{
    accounts, audited_changes, count, login, mails_settled, outbox, post_request, send_together, set_disabled,
};

const OLD: &str = "old@acme.com";
const NEW: &str = "new@acme.com";
const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

async fn ask(server: &TestServer, tokens: &Tokens, email: &str) -> Reply {
    let body = json!({"email": email, "current_password": PASSWORD});
    server.call(Method::POST, "/global/auth/me/email", &tokens.access, body).await
}

/// Asks for another address, takes both mails, and returns the token that was sent there.
async fn change_token(server: &TestServer, tokens: &Tokens, old: &str, new: &str) -> String {
    // Once a minute at most.
    server.advance(MINUTE);
    assert!(ask(server, tokens, new).await.expect(200)["message"].is_string());
    server.mail.next_mail_to(old).await;
    server.mail.next_mail_to(new).await.link_token()
}

async fn confirm(server: &TestServer, token: &str) -> Reply {
    server.post("/global/auth/verify-email", json!({"token": token})).await
}

#[tokio::test]
async fn the_own_account_is_shown_and_its_names_change() {
    let server = TestServer::start().await;
    let account = {
        let body = json!({"email": OLD, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
        server.post("/global/auth/register", body).await.expect(201)
    };
    server.mail.next_mail_to(OLD).await;
    server.advance(90);
    let tokens = server.sign_in(OLD).await;
    let signed_in_at = server.clock.now().to_string();
    let mut expected = json!({
        "id": account["id"], "email": OLD, "first_name": "Jane", "last_name": "Doe", "email_verified_at": null,
        "is_platform_admin": false, "created_at": account["created_at"], "last_login_at": signed_in_at,
    });
    assert_eq!(server.get("/global/auth/me", &tokens.access).await.expect(200), expected);

    // What is sent, and what the names are then.
    let cases = [
        (json!({}), "Jane", "Doe"),
        (json!({"first_name": null, "last_name": null}), "Jane", "Doe"),
        (json!({"first_name": " Zoë\t"}), "Zoë", "Doe"),
        (json!({"last_name": "<b>O'Neil</b>", "unknown": {"a": 1}}), "Zoë", "<b>O'Neil</b>"),
        (
            json!({
                "id": "usr_1", "email": NEW, "email_verified_at": "2024-01-15T10:30:00Z", "is_platform_admin": true,
                "role": "owner", "status": "disabled", "password": "AnotherPassword456!", "created_at": null,
                "last_login_at": null, "last_name": "Smith",
            }),
            "Zoë",
            "Smith",
        ),
    ];
    for (body, first_name, last_name) in cases {
        let reply = server.call(Method::PATCH, "/global/auth/me", &tokens.access, body.clone()).await;
        (expected["first_name"], expected["last_name"]) = (json!(first_name), json!(last_name));
        assert_eq!(reply.expect(200), expected, "{body}");
        assert_eq!(server.get("/global/auth/me", &tokens.access).await.expect(200), expected);
    }
    let long = "n".repeat(101);
    for (body, fields) in [
        (json!({"first_name": " ", "last_name": long}), &["first_name", "last_name"][..]),
        (json!({"first_name": "a\0b"}), &["first_name"]),
        (json!({"first_name": "a\nb"}), &["first_name"]),
        (json!({"last_name": 1}), &["last_name"]),
        (json!("x"), &["body"]),
    ] {
        let reply = server.call(Method::PATCH, "/global/auth/me", &tokens.access, body.clone()).await;
        assert_eq!(reply.invalid_fields(), fields, "{body}");
    }
    assert_eq!(server.get("/global/auth/me", &tokens.access).await.expect(200), expected);
    for method in [Method::GET, Method::PATCH] {
        server.call(method, "/global/auth/me", "", json!({})).await.expect_problem(401, "unauthorized");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_new_address_is_confirmed_there_and_told_at_the_old_one() {
    let server = TestServer::start().await;
    let tokens = server.person(OLD).await;
    assert!(ask(&server, &tokens, " New@ACME.com ").await.expect(200)["message"].is_string());
    let (warning, mail) = (server.mail.next_mail_to(OLD).await, server.mail.next_mail_to(NEW).await);
    assert!(warning.text.contains(NEW) && !warning.text.contains("?token="), "{}", warning.text);
    let link = format!("https://trueport.example/#/verify-email?token={}", mail.link_token());
    assert!(mail.text.contains(&link) && mail.html.contains(&link), "{}", mail.text);
    // Nothing changes until it is confirmed.
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!((&me["email"], &me["email_verified_at"]), (&json!(OLD), &json!(null)));
    server.sign_in(OLD).await;
    login(&server, NEW, PASSWORD).await.expect(401);

    let body = json!({"token": mail.link_token()});
    let replies = send_together((0..10).map(|_| post_request(&server, "/global/auth/verify-email", &body))).await;
    assert_eq!((count(&replies, 200), count(&replies, 400)), (1, 9), "{replies:?}");
    let told = server.mail.next_mail_to(OLD).await;
    assert!(told.text.contains(NEW) && !told.text.contains("?token="), "{}", told.text);
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!(me["email"], NEW);
    assert!(me["email_verified_at"].is_string());
    server.sign_in(NEW).await;
    login(&server, OLD, PASSWORD).await.expect_problem(401, "invalid_credentials");

    // Both changes are on record, and from now on mails go to the new address.
    let audit = audited_changes(&server).await;
    for event in [
        format!("user.email_change_requested {}", json!({"email": NEW})),
        format!("user.email_changed {}", json!({"email": NEW, "old_email": OLD})),
    ] {
        assert_eq!(audit.iter().filter(|audited| **audited == event).count(), 1, "{audit:?}");
    }
    for (path, recipient) in [("/global/auth/otp/request", NEW), ("/global/auth/forgot-password", NEW)] {
        server.post(path, json!({"email": OLD})).await.expect(200);
        server.post(path, json!({"email": recipient})).await.expect(200);
        server.mail.next_mail_to(recipient).await;
    }
    // The old address is free again.
    server.register(OLD).await;
    assert_eq!(accounts(&server).await, [NEW, OLD]);
    server.finish().await;
}

#[tokio::test]
async fn a_new_address_must_be_good_and_free() {
    let server = TestServer::start().await;
    let tokens = server.person(OLD).await;
    server.register("taken@acme.com").await;
    for email in ["", "x", "dév@acme.com", "x@acme.com\0", OLD, "OLD@acme.com"] {
        assert_eq!(ask(&server, &tokens, email).await.invalid_fields(), ["email"], "{email}");
    }
    ask(&server, &tokens, "Taken@ACME.com").await.expect_problem(400, "email_taken");
    let wrong = json!({"email": "taken@acme.com", "current_password": "WrongPassword000!"});
    // Without the password nobody learns which addresses are taken.
    let reply = server.call(Method::POST, "/global/auth/me/email", &tokens.access, wrong).await;
    reply.expect_problem(400, "wrong_password");
    for (body, field) in [
        (json!({"email": NEW}), "current_password"),
        (json!({"current_password": PASSWORD}), "email"),
        (json!({"email": [NEW], "current_password": PASSWORD}), "email"),
    ] {
        let reply = server.call(Method::POST, "/global/auth/me/email", &tokens.access, body).await;
        assert_eq!(reply.invalid_fields(), [field]);
    }
    let body = json!({"email": NEW, "current_password": PASSWORD});
    server.call(Method::POST, "/global/auth/me/email", "", body).await.expect_problem(401, "unauthorized");
    assert_eq!(outbox(&server).await, ["welcome old@acme.com", "welcome taken@acme.com"]);
    server.finish().await;
}

#[tokio::test]
async fn an_address_taken_meanwhile_stays_with_its_account() {
    let server = TestServer::start().await;
    let tokens = server.person(OLD).await;
    let token = change_token(&server, &tokens, OLD, NEW).await;
    server.register(NEW).await;
    confirm(&server, &token).await.expect_problem(400, "email_taken");
    assert_eq!(server.get("/global/auth/me", &tokens.access).await.expect(200)["email"], OLD);
    assert_eq!(accounts(&server).await, [NEW, OLD]);

    // Of two people who want the same address, the one who confirms first gets it.
    let (one, other) = (server.person("a@acme.com").await, server.person("b@acme.com").await);
    let wanted = "wanted@acme.com";
    let first = change_token(&server, &one, "a@acme.com", wanted).await;
    let second = change_token(&server, &other, "b@acme.com", wanted).await;
    let requests =
        [&first, &second].map(|token| post_request(&server, "/global/auth/verify-email", &json!({"token": token})));
    let replies = send_together(requests).await;
    assert_eq!((count(&replies, 200), count(&replies, 400)), (1, 1), "{replies:?}");
    replies.iter().find(|reply| reply.status == 400).unwrap().expect_problem(400, "email_taken");
    let changed: Vec<String> =
        outbox(&server).await.into_iter().filter(|mail| mail.starts_with("email_changed")).collect();
    assert_eq!(changed.len(), 1);
    let old = changed[0].split(' ').next_back().unwrap();
    server.mail.next_mail_to(old).await;
    server.finish().await;
}

#[tokio::test]
async fn only_the_newest_link_changes_the_address_within_a_day() {
    let server = TestServer::start().await;
    server.register(OLD).await;
    let tokens = server.sign_in(OLD).await;
    let older = change_token(&server, &tokens, OLD, "older@acme.com").await;
    let newer = change_token(&server, &tokens, OLD, "newer@acme.com").await;
    confirm(&server, &older).await.expect_problem(400, "invalid_token");
    mails_settled(&server).await;
    server.advance(DAY);
    confirm(&server, &newer).await.expect_problem(400, "invalid_token");

    let tokens = server.sign_in(OLD).await;
    let in_time = change_token(&server, &tokens, OLD, NEW).await;
    // Disabling the account takes the link away for good.
    set_disabled(&server, OLD, true).await;
    confirm(&server, &in_time).await.expect_problem(400, "invalid_token");
    set_disabled(&server, OLD, false).await;
    confirm(&server, &in_time).await.expect_problem(400, "invalid_token");
    let in_time = change_token(&server, &server.sign_in(OLD).await, OLD, NEW).await;
    mails_settled(&server).await;
    server.advance(DAY - 1);
    confirm(&server, &in_time).await.expect(200);
    server.mail.next_mail_to(OLD).await;
    assert_eq!(accounts(&server).await, [NEW]);
    server.finish().await;
}

/// Contract 20: the old address opens nothing any more.
#[tokio::test]
async fn what_was_sent_to_the_old_address_is_dead_after_a_change() {
    let server = TestServer::start().await;
    let welcome = server.register(OLD).await;
    let tokens = server.sign_in(OLD).await;
    server.post("/global/auth/forgot-password", json!({"email": OLD})).await.expect(200);
    let reset = server.mail.next_mail_to(OLD).await.link_token();
    server.post("/global/auth/otp/request", json!({"email": OLD})).await.expect(200);
    let code = server.mail.next_mail_to(OLD).await.six_digit_code();
    let change = change_token(&server, &tokens, OLD, NEW).await;
    confirm(&server, &change).await.expect(200);
    server.mail.next_mail_to(OLD).await;

    confirm(&server, &welcome).await.expect_problem(400, "invalid_token");
    let body = json!({"token": reset, "new_password": "AnotherPassword456!"});
    server.post("/global/auth/reset-password", body).await.expect_problem(400, "invalid_token");
    for email in [OLD, NEW] {
        let reply = server.post("/global/auth/otp/verify", json!({"email": email, "code": code})).await;
        reply.expect_problem(401, "invalid_code");
    }
    // Also when the account returns to it.
    let tokens = server.sign_in(NEW).await;
    let change_back = change_token(&server, &tokens, NEW, OLD).await;
    confirm(&server, &change_back).await.expect(200);
    server.mail.next_mail_to(NEW).await;
    confirm(&server, &welcome).await.expect_problem(400, "invalid_token");
    let body = json!({"token": reset, "new_password": "AnotherPassword456!"});
    server.post("/global/auth/reset-password", body).await.expect_problem(400, "invalid_token");
    // Nor does a code for an address of a change void the password: it is proved.
    server.advance(MINUTE);
    server.post("/global/auth/otp/request", json!({"email": OLD})).await.expect(200);
    let code = server.mail.next_mail_to(OLD).await.six_digit_code();
    server.post("/global/auth/otp/verify", json!({"email": OLD, "code": code})).await.expect(200);
    server.sign_in(OLD).await;
    server.finish().await;
}

/// Contract 22: the mails wait, the requests succeed.
#[tokio::test]
async fn without_a_mail_server_no_request_about_an_account_fails() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let tokens = server.person(OLD).await;
    for path in ["/global/auth/otp/request", "/global/auth/forgot-password"] {
        server.post(path, json!({"email": OLD})).await.expect(200);
    }
    ask(&server, &tokens, NEW).await.expect(200);
    let body: Json = json!({"current_password": PASSWORD, "new_password": "AnotherPassword456!"});
    server.call(Method::PUT, "/global/auth/password", &tokens.access, body).await.expect(200);
    let waiting = [
        "welcome old@acme.com",
        "otp old@acme.com",
        "reset_password old@acme.com",
        "email_change_confirm new@acme.com",
        "email_change_requested old@acme.com",
        "password_changed old@acme.com",
    ];
    assert_eq!(outbox(&server).await, waiting);
    server.finish().await;
}
