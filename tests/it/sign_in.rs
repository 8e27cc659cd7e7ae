//! Signing in with a password (specification "POST /login", contract 4, 12, 16 and 18).

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::db::{DbError, Tx};
use trueport::domain::caller::System;
use trueport::store::users;

use crate::harness::{PASSWORD, Setup, TestServer, Tokens};
use crate::inspect::{audited_changes, login, look, set_disabled};

const WRONG: &str = "WrongPassword789!";

async fn without_mail() -> TestServer {
    TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await
}

#[tokio::test]
async fn a_sign_in_answers_as_specified() {
    let server = without_mail().await;
    server.register("dev@acme.com").await;
    let body = json!({"email": " Dev@ACME.com", "password": PASSWORD, "is_platform_admin": true, "role": "owner"});
    let reply = server.post("/global/auth/login", body).await;
    let tokens = reply.expect(200);
    let names: Vec<&String> = tokens.as_object().unwrap().keys().collect();
    assert_eq!(names, ["access_token", "expires_in", "refresh_token", "token_type"]);
    assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(1800), &json!("bearer")));
    let signed_in_at = server.clock.now().to_string();

    server.advance(60);
    let me = server.get("/global/auth/me", &Tokens::of(&tokens).access).await.expect(200);
    assert_eq!((&me["last_login_at"], &me["is_platform_admin"]), (&json!(signed_in_at), &json!(false)));
    for (body, field) in [
        (json!({"email": "dev@acme.com"}), "password"),
        (json!({"password": PASSWORD}), "email"),
        (json!({"email": "dev", "password": PASSWORD}), "email"),
        (json!({"email": "dev@acme.com", "password": 1}), "password"),
    ] {
        assert_eq!(server.post("/global/auth/login", body).await.invalid_fields(), [field]);
    }
    server.finish().await;
}

#[tokio::test]
async fn every_refused_sign_in_looks_the_same() {
    let server = TestServer::start().await;
    for email in ["wrong@acme.com", "disabled@acme.com", "void@acme.com"] {
        server.register(email).await;
    }
    set_disabled(&server, "disabled@acme.com", true).await;
    server.post("/global/auth/otp/request", json!({"email": "void@acme.com"})).await.expect(200);
    let code = server.mail.next_mail_to("void@acme.com").await.six_digit_code();
    server.post("/global/auth/otp/verify", json!({"email": "void@acme.com", "code": code})).await.expect(200);

    let cases = [
        ("unknown@acme.com", PASSWORD),
        ("unknown@acme.com", ""),
        ("wrong@acme.com", WRONG),
        ("wrong@acme.com", ""),
        ("wrong@acme.com", "SecurePassword123! "),
        ("wrong@acme.com", "securepassword123!"),
        ("disabled@acme.com", PASSWORD),
        ("void@acme.com", PASSWORD),
        ("void@acme.com", ""),
    ];
    let unknown = login(&server, "unknown@acme.com", WRONG).await;
    unknown.expect_problem(401, "invalid_credentials");
    for (email, password) in cases {
        assert_eq!(look(&login(&server, email, password).await), look(&unknown), "{email}");
    }
    // The audit tells them apart.
    let audit = audited_changes(&server).await;
    let denied: Vec<&String> = audit.iter().filter(|event| event.starts_with("session.denied")).collect();
    assert_eq!(denied.len(), cases.len() + 1);
    for ((email, _), event) in cases.iter().zip(&denied[1..]) {
        assert_eq!(
            **event,
            format!(
                "session.denied {}",
                json!({"email": email, "method": "password", "reason": "invalid_credentials"})
            )
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn a_disabled_person_is_out_at_the_next_request() {
    let server = without_mail().await;
    server.register("dev@acme.com").await;
    let tokens = server.sign_in("dev@acme.com").await;
    set_disabled(&server, "dev@acme.com", true).await;
    let change = json!({"current_password": PASSWORD, "new_password": "AnotherPassword456!"});
    let signed_in = [
        (Method::GET, "/global/auth/me", Json::Null),
        (Method::PATCH, "/global/auth/me", json!({"first_name": "X"})),
        (Method::PUT, "/global/auth/password", change),
        (Method::POST, "/global/auth/me/email", json!({"email": "x@acme.com", "current_password": PASSWORD})),
        (Method::GET, "/global/auth/sessions", Json::Null),
        (Method::POST, "/global/auth/logout", Json::Null),
    ];
    for (method, path, body) in &signed_in {
        let reply = server.call(method.clone(), path, &tokens.access, body.clone()).await;
        reply.expect_problem(401, "unauthorized");
    }
    let reply = server.post("/global/auth/refresh", json!({"refresh_token": tokens.refresh})).await;
    reply.expect_problem(401, "invalid_refresh_token");
    login(&server, "dev@acme.com", PASSWORD).await.expect_problem(401, "invalid_credentials");

    // The status alone is enough, whatever became of the sessions.
    let other = server.person("other@acme.com").await;
    let disable = |tx: &mut Tx<'_>, _: &System| {
        let user = users::by_email(tx, "other@acme.com")?.ok_or(DbError::Missing)?;
        Ok(users::set_disabled(tx, &user.id, true)?)
    };
    server.app.write(&System, disable).await.unwrap();
    server.get("/global/auth/me", &other.access).await.expect_problem(401, "unauthorized");
    let reply = server.post("/global/auth/refresh", json!({"refresh_token": other.refresh})).await;
    reply.expect_problem(401, "invalid_refresh_token");

    // Enabled again, the person signs in again: what ended stays ended.
    set_disabled(&server, "dev@acme.com", false).await;
    server.get("/global/auth/me", &tokens.access).await.expect_problem(401, "unauthorized");
    server.sign_in("dev@acme.com").await;
    server.finish().await;
}
