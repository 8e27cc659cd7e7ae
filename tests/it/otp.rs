//! Signing in with an emailed code (specification "POST /otp/request" and "POST /otp/verify", contract 16, 19 and 21).

use serde_json::{Value as Json, json};

use crate::harness::{PASSWORD, Reply, TestServer, Tokens, send};
use crate::inspect::{
    attempts, audited_changes, count, login, look, outbox, password_hash, post_request, send_together, set_disabled,
};
use crate::smtp_sink::Mail;

const DEV: &str = "dev@acme.com";
const MINUTE: u64 = 60;

async fn request(server: &TestServer, email: &str) -> Reply {
    server.post("/global/auth/otp/request", json!({"email": email})).await
}

async fn verify(server: &TestServer, email: &str, code: &str) -> Reply {
    server.post("/global/auth/otp/verify", attempt(email, code)).await
}

fn attempt(email: &str, code: &str) -> Json {
    json!({"email": email, "code": code})
}

/// Asks for a code and takes its mail.
async fn mail(server: &TestServer, email: &str) -> Mail {
    request(server, email).await.expect(200);
    server.mail.next_mail_to(email).await
}

async fn code(server: &TestServer, email: &str) -> String {
    mail(server, email).await.six_digit_code()
}

/// Six digits that are not this code; `index` below ten makes different ones.
fn wrong(code: &str, index: usize) -> String {
    let number: usize = code.parse().expect("digits");
    format!("{:06}", (number + 1 + index) % 1_000_000)
}

/// A server with one person, whose address is proved, so that a sign-in by code changes nothing else.
async fn with_dev() -> TestServer {
    let server = TestServer::start().await;
    let token = server.register(DEV).await;
    server.post("/global/auth/verify-email", json!({"token": token})).await.expect(200);
    server
}

#[tokio::test]
async fn a_code_signs_in_as_specified() {
    let server = with_dev().await;
    let reply = request(&server, " DEV@acme.com ").await;
    assert_eq!(reply.expect(200), json!({"message": "OTP sent to your email"}));
    let code = server.mail.next_mail_to(DEV).await.six_digit_code();
    let reply = verify(&server, "Dev@ACME.com", &format!(" {code}\n")).await;
    let tokens = reply.expect(200);
    let names: Vec<&String> = tokens.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "expires_in", "refresh_token", "token_type"]);
    let tokens = Tokens::of(&tokens);
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!((&me["email"], &me["last_login_at"]), (&json!(DEV), &json!(server.clock.now().to_string())));
    server.post("/global/auth/refresh", json!({"refresh_token": tokens.refresh})).await.expect(200);

    for (path, body, field) in [
        ("/global/auth/otp/request", json!({}), "email"),
        ("/global/auth/otp/request", json!({"email": "dev"}), "email"),
        ("/global/auth/otp/verify", json!({"email": DEV}), "code"),
        ("/global/auth/otp/verify", json!({"email": DEV, "code": 847291}), "code"),
        ("/global/auth/otp/verify", json!({"email": "dev", "code": "847291"}), "email"),
    ] {
        assert_eq!(server.post(path, body).await.invalid_fields(), [field]);
    }
    let audit = audited_changes(&server).await;
    assert_eq!(audit.last().unwrap(), r#"session.created {"method":"otp"}"#);
    server.finish().await;
}

#[tokio::test]
async fn nobody_learns_who_has_an_account_by_asking_for_a_code() {
    let server = with_dev().await;
    server.register("disabled@acme.com").await;
    set_disabled(&server, "disabled@acme.com", true).await;
    let before = server.audit().await.len();
    let unknown = request(&server, "unknown@acme.com").await;
    // The second time within a minute is silent too.
    for email in ["unknown@acme.com", "disabled@acme.com", DEV, DEV] {
        assert_eq!(look(&request(&server, email).await), look(&unknown), "{email}");
    }
    assert_eq!(outbox(&server).await, ["welcome dev@acme.com", "welcome disabled@acme.com", "otp dev@acme.com"]);
    // A request is not audited.
    assert_eq!(server.audit().await.len(), before);
    server.mail.next_mail_to(DEV).await;
    server.finish().await;
}

#[tokio::test]
async fn the_mail_holds_one_six_digit_number() {
    let server = TestServer::start().await;
    // Names are the account's own choice, and must not pass for a code.
    for (email, first_name) in [("a@acme.com", "Jane"), ("b@acme.com", "Code 123456"), ("123456@acme.com", "654321")] {
        let body = json!({"email": email, "password": PASSWORD, "first_name": first_name, "last_name": "777777"});
        server.post("/global/auth/register", body).await.expect(201);
        server.mail.next_mail_to(email).await;
        let mail = mail(&server, email).await;
        let code = mail.six_digit_code();
        let numbers = |text: &str| -> Vec<String> {
            let runs = text.split(|letter: char| !letter.is_ascii_digit());
            runs.filter(|run| run.len() >= 6).map(str::to_owned).collect()
        };
        assert_eq!((numbers(&mail.text), numbers(&mail.html)), (vec![code.clone()], vec![code.clone()]));
        assert!(numbers(&mail.subject).is_empty() && numbers(&mail.message_id).is_empty(), "{mail:?}");
        if !email.starts_with('1') {
            let raw = String::from_utf8(mail.raw.clone()).unwrap();
            assert_eq!(numbers(&raw), [code.clone(), code], "{raw}");
        }
    }
    server.finish().await;
}

/// Contract 19: one mail a minute, ten minutes, newest only, one use.
#[tokio::test]
async fn a_code_lives_ten_minutes_and_works_once() {
    let server = with_dev().await;
    let first = code(&server, DEV).await;
    server.advance(MINUTE - 1);
    request(&server, DEV).await.expect(200);
    assert_eq!(outbox(&server).await.len(), 2, "at most one mail a minute");
    verify(&server, DEV, &first).await.expect(200);
    verify(&server, DEV, &first).await.expect_problem(401, "invalid_code");

    server.advance(1);
    let older = code(&server, DEV).await;
    server.advance(MINUTE);
    let newer = code(&server, DEV).await;
    assert_ne!(older, newer, "this fails once in a million times");
    verify(&server, DEV, &older).await.expect_problem(401, "invalid_code");
    server.advance(10 * MINUTE - 1);
    verify(&server, DEV, &newer).await.expect(200);

    let late = code(&server, DEV).await;
    server.advance(10 * MINUTE);
    verify(&server, DEV, &late).await.expect_problem(401, "invalid_code");
    server.finish().await;
}

#[tokio::test]
async fn every_refused_code_looks_the_same() {
    let server = with_dev().await;
    for email in ["disabled@acme.com", "nothing@acme.com"] {
        let token = server.register(email).await;
        server.post("/global/auth/verify-email", json!({"token": token})).await.expect(200);
    }
    let disabled = code(&server, "disabled@acme.com").await;
    set_disabled(&server, "disabled@acme.com", true).await;
    let right = code(&server, DEV).await;
    let not_right = wrong(&right, 0);
    let cases = [
        ("unknown@acme.com", right.as_str()),
        ("nothing@acme.com", &right),
        ("disabled@acme.com", &disabled),
        (DEV, &not_right),
        (DEV, ""),
        (DEV, &right[..5]),
        (DEV, "٠١٢٣٤٥"),
    ];
    let unknown = verify(&server, "unknown@acme.com", "000000").await;
    unknown.expect_problem(401, "invalid_code");
    for (email, code) in cases {
        assert_eq!(look(&verify(&server, email, code).await), look(&unknown), "{email} {code}");
    }
    let audit = audited_changes(&server).await;
    let denied: Vec<&String> = audit.iter().filter(|event| event.starts_with("session.denied")).collect();
    assert_eq!(denied.len(), cases.len() + 1);
    for ((email, _), event) in cases.iter().zip(&denied[1..]) {
        assert_eq!(**event, format!("session.denied {}", json!({"email": email, "method": "otp"})));
    }
    verify(&server, DEV, &right).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn five_wrong_tries_burn_a_code() {
    let mut server = with_dev().await;
    let first = code(&server, DEV).await;
    for index in 0..4 {
        verify(&server, DEV, &wrong(&first, index)).await.expect_problem(401, "invalid_code");
    }
    server.restart().await;
    // The right code forgives the four.
    verify(&server, DEV, &first).await.expect(200);
    assert_eq!(attempts(&server).await, 0);

    server.advance(MINUTE);
    let second = code(&server, DEV).await;
    for index in 0..5 {
        if index == 3 {
            server.restart().await;
        }
        verify(&server, DEV, &wrong(&second, index)).await.expect_problem(401, "invalid_code");
    }
    verify(&server, DEV, &second).await.expect_problem(401, "invalid_code");

    server.advance(MINUTE);
    let third = code(&server, DEV).await;
    verify(&server, DEV, &third).await.expect(200);
    server.finish().await;
}

/// Contract 19: ten failures in an hour, whatever they failed by and however many come at once; never a 429.
#[tokio::test]
async fn ten_failures_in_an_hour_refuse_every_code() {
    let mut server = with_dev().await;
    server.register("other@acme.com").await;
    let first = code(&server, DEV).await;
    let guesses = (0..20).map(|index| {
        let body = attempt(DEV, &wrong(&first, index));
        post_request(&server, "/global/auth/otp/verify", &body)
    });
    for reply in send_together(guesses).await {
        reply.expect_problem(401, "invalid_code");
    }
    assert_eq!(attempts(&server).await, 10);

    for pause in [MINUTE, 20 * MINUTE, 38 * MINUTE] {
        server.advance(pause);
        server.restart().await;
        let code = code(&server, DEV).await;
        verify(&server, DEV, &code).await.expect_problem(401, "invalid_code");
    }
    // Neither others nor the password are concerned.
    let other = code(&server, "other@acme.com").await;
    verify(&server, "other@acme.com", &other).await.expect(200);
    server.sign_in(DEV).await;

    server.advance(MINUTE);
    let free = code(&server, DEV).await;
    verify(&server, DEV, &free).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn parallel_requests_neither_send_nor_grant_twice() {
    let server = with_dev().await;
    let body = json!({"email": DEV});
    let replies = send_together((0..10).map(|_| post_request(&server, "/global/auth/otp/request", &body))).await;
    assert_eq!(count(&replies, 200), 10);
    assert_eq!(outbox(&server).await, ["welcome dev@acme.com", "otp dev@acme.com"]);
    let code = server.mail.next_mail_to(DEV).await.six_digit_code();

    let body = attempt(DEV, &code);
    let replies = send_together((0..10).map(|_| post_request(&server, "/global/auth/otp/verify", &body))).await;
    assert_eq!((count(&replies, 200), count(&replies, 401)), (1, 9), "{replies:?}");
    server.finish().await;
}

/// Contract 16: whoever made the account in advance and waits inside is out, and the mail says so before.
#[tokio::test]
async fn the_first_proof_voids_the_password_and_ends_other_sessions() {
    let server = TestServer::start().await;
    let welcome = server.register(DEV).await;
    let waiting = server.sign_in(DEV).await;
    let body = json!({"email": "eve@evil.example", "current_password": PASSWORD});
    server.call(reqwest::Method::POST, "/global/auth/me/email", &waiting.access, body).await.expect(200);
    let change = server.mail.next_mail_to("eve@evil.example").await.link_token();
    server.mail.next_mail_to(DEV).await;
    server.post("/global/auth/forgot-password", json!({"email": DEV})).await.expect(200);
    let reset = server.mail.next_mail_to(DEV).await.link_token();

    let mail = mail(&server, DEV).await;
    for part in [&mail.text, &mail.html] {
        let words: Vec<&str> = part.split_whitespace().collect();
        assert!(words.join(" ").contains("removes the password that was set before"), "{part}");
    }
    let code = mail.six_digit_code();
    // A wrong code proves nothing.
    verify(&server, DEV, &wrong(&code, 0)).await.expect(401);
    server.get("/global/auth/me", &waiting.access).await.expect(200);
    let owner = Tokens::of(&verify(&server, DEV, &code).await.expect(200));

    assert_eq!(password_hash(&server, DEV).await, "");
    server.get("/global/auth/me", &waiting.access).await.expect_problem(401, "unauthorized");
    let reply = server.post("/global/auth/refresh", json!({"refresh_token": waiting.refresh})).await;
    reply.expect_problem(401, "invalid_refresh_token");
    login(&server, DEV, PASSWORD).await.expect_problem(401, "invalid_credentials");
    for token in [&change, &welcome] {
        let reply = server.post("/global/auth/verify-email", json!({"token": token})).await;
        reply.expect_problem(400, "invalid_token");
    }
    let body = json!({"token": reset, "new_password": "AnotherPassword456!"});
    server.post("/global/auth/reset-password", body).await.expect_problem(400, "invalid_token");
    let me = server.get("/global/auth/me", &owner.access).await.expect(200);
    assert!(me["email_verified_at"].is_string());
    let event = r#"user.email_verified {"password":"removed","sessions":"ended"}"#;
    assert!(audited_changes(&server).await.iter().any(|audited| audited == event));

    // The way back to a password.
    server.advance(MINUTE);
    server.post("/global/auth/forgot-password", json!({"email": DEV})).await.expect(200);
    let reset = server.mail.next_mail_to(DEV).await.link_token();
    let body = json!({"token": reset, "new_password": PASSWORD});
    server.post("/global/auth/reset-password", body).await.expect(200);
    server.mail.next_mail_to(DEV).await;
    server.sign_in(DEV).await;
    server.finish().await;
}

#[tokio::test]
async fn a_later_proof_leaves_password_and_sessions_alone() {
    let server = with_dev().await;
    let tokens = server.sign_in(DEV).await;
    for _ in 0..2 {
        let mail = mail(&server, DEV).await;
        assert!(!mail.text.contains("removes") && !mail.html.contains("removes"), "{}", mail.text);
        verify(&server, DEV, &mail.six_digit_code()).await.expect(200);
        server.get("/global/auth/me", &tokens.access).await.expect(200);
        server.sign_in(DEV).await;
        server.advance(MINUTE);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_code_opens_no_other_account() {
    let server = with_dev().await;
    server.register("eve@acme.com").await;
    let (devs, eves) = (code(&server, DEV).await, code(&server, "eve@acme.com").await);
    assert_ne!(devs, eves, "this fails once in a million times");
    verify(&server, DEV, &eves).await.expect_problem(401, "invalid_code");
    verify(&server, "eve@acme.com", &devs).await.expect_problem(401, "invalid_code");
    // Nor does a change of the password leave a code behind.
    let tokens = server.sign_in(DEV).await;
    let body = json!({"current_password": PASSWORD, "new_password": "AnotherPassword456!"});
    let change = server.request(reqwest::Method::PUT, "/global/auth/password").bearer_auth(&tokens.access).json(&body);
    send(change).await.expect(200);
    server.mail.next_mail_to(DEV).await;
    verify(&server, DEV, &devs).await.expect_problem(401, "invalid_code");
    server.finish().await;
}

#[tokio::test]
async fn a_code_outlives_a_restart() {
    let mut server = with_dev().await;
    let code = code(&server, DEV).await;
    server.restart().await;
    verify(&server, DEV, &code).await.expect(200);
    server.finish().await;
}
