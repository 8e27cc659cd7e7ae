//! The token between the two steps: how long it is good, for whom, and what ends it.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{DEV, MINUTE, VERIFY, challenge, verify, verify_request, with_phone};
use crate::audit::events;
use crate::harness::{PASSWORD, Setup, TestServer};
use crate::inspect::{count, look, send_together, set_disabled};

const NEW: &str = "AnotherPassword456!";

#[tokio::test]
async fn it_is_good_for_five_minutes_and_one_sign_in() {
    let mut server = TestServer::start().await;
    let (_, phone) = with_phone(&server, DEV).await;
    let (_, others) = with_phone(&server, "other@acme.com").await;
    server.advance(MINUTE);
    let (late, used) = (challenge(&server, DEV).await, challenge(&server, DEV).await);
    server.restart().await;
    server.advance(5 * MINUTE - 1);
    let code = phone.code_near(&server, 0);
    verify(&server, &used, &code).await.expect(200);
    verify(&server, &used, &phone.recovery_codes[0]).await.expect_problem(401, "invalid_code");
    server.advance(1);
    let unknown = verify(&server, "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE", &code).await;
    unknown.expect_problem(401, "invalid_code");
    let swapped = challenge(&server, "other@acme.com").await;
    let disabled = challenge(&server, DEV).await;
    set_disabled(&server, DEV, true).await;
    for (token, phone, what) in [
        (&late, &phone, "late"),
        (&used, &phone, "used"),
        (&swapped, &phone, "another's code"),
        (&disabled, &phone, "disabled"),
        (&String::new(), &others, "empty"),
    ] {
        let reply = verify(&server, token, &phone.code(&server)).await;
        assert_eq!(look(&reply), look(&unknown), "{what}");
    }
    let denied: Vec<Json> = events(&server)
        .await
        .into_iter()
        .filter(|event| event.action == "session.denied")
        .map(|event| json!([event.target_id.is_some(), event.changes]))
        .collect();
    let mfa = json!({"method": "mfa"});
    let expected = [false, false, false, false, true, false, false].map(|is_known| json!([is_known, mfa]));
    assert_eq!(denied, expected, "used, unknown, late, used, another's, disabled (its sign-ins ended), empty");
    for body in [json!({"code": "123456"}), json!({"mfa_token": "x"}), json!({"mfa_token": 5, "code": "1"})] {
        assert_eq!(server.post(VERIFY, body).await.invalid_fields().len(), 1);
    }
    server.finish().await;
}

#[tokio::test]
async fn it_opens_nothing_else() {
    let server = TestServer::start().await;
    let (tokens, phone) = with_phone(&server, DEV).await;
    let token = challenge(&server, DEV).await;
    for path in ["/global/auth/me", "/global/auth/mfa", "/service/info", "/admin/plans"] {
        server.get(path, &token).await.expect_problem(401, "unauthorized");
    }
    for (path, body, status) in [
        ("/global/auth/refresh", json!({"refresh_token": token}), 401),
        ("/global/auth/reset-password", json!({"token": token, "new_password": NEW}), 400),
        ("/global/auth/verify-email", json!({"token": token}), 400),
        ("/global/auth/otp/verify", json!({"email": DEV, "code": token}), 401),
    ] {
        server.post(path, body).await.expect(status);
    }
    // Nor do other tokens stand in for it.
    let code = phone.code(&server);
    for other in [&tokens.access, &tokens.refresh] {
        verify(&server, other, &code).await.expect_problem(401, "invalid_code");
    }
    verify(&server, &token, &code).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn five_wrong_codes_end_it() {
    let mut server = TestServer::start().await;
    let (_, phone) = with_phone(&server, DEV).await;
    let (first, second) = (challenge(&server, DEV).await, challenge(&server, DEV).await);
    for (token, wrong) in [(&first, 4), (&second, 5)] {
        for index in 0..wrong {
            if index == 3 {
                server.restart().await;
            }
            let code = if index % 2 == 0 { phone.wrong(&server, index) } else { "0000-0000-0000-0000".to_owned() };
            verify(&server, token, &code).await.expect_problem(401, "invalid_code");
        }
    }
    let code = phone.code(&server);
    verify(&server, &second, &code).await.expect_problem(401, "invalid_code");
    verify(&server, &first, &code).await.expect(200);

    // However many come at once: of the sixth and later ones none counts for the person.
    let third = challenge(&server, DEV).await;
    let guesses = (0..20).map(|index| verify_request(&server, &third, &phone.wrong(&server, index)));
    let replies = send_together(guesses).await;
    assert_eq!(count(&replies, 401), 20);
    assert_eq!(wrong_codes(&server).await, 9 + 5);
    verify(&server, &third, &phone.code(&server)).await.expect_problem(401, "invalid_code");
    server.finish().await;
}

/// Wrong codes that count at the moment.
pub(super) async fn wrong_codes(server: &TestServer) -> i64 {
    let sql = "SELECT count(*) FROM attempts WHERE kind IN ('factor', 'recovery_code')";
    let read = move |tx: &mut trueport::db::Tx<'_>| Ok(tx.one(sql, trueport::args![], |row| row.get::<i64>(0))?);
    server.app.read(read).await.unwrap()
}

#[tokio::test]
async fn what_ends_all_sessions_ends_it() {
    // The mails of it are the business of other tests.
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let admin = crate::plans::platform_admin(&server).await;
    for what in ["changed", "ended", "disabled", "reset", "set", "everybody"] {
        let email = format!("{what}@acme.com");
        let (tokens, phone) = with_phone(&server, &email).await;
        let id = crate::tokens::claims(&tokens.access)["sub"].as_str().unwrap().to_owned();
        let token = challenge(&server, &email).await;
        let of_admin = async |path: &str| {
            server.call(Method::POST, &format!("/admin/users/{id}/{path}"), &admin, Json::Null).await.expect(204);
        };
        match what {
            "changed" => {
                let body = json!({"current_password": PASSWORD, "new_password": NEW});
                server.call(Method::PUT, "/global/auth/password", &tokens.access, body).await.expect(200);
            }
            "ended" => of_admin("end-sessions").await,
            "disabled" => {
                set_disabled(&server, &email, true).await;
                set_disabled(&server, &email, false).await;
            }
            "reset" => of_admin("reset-mfa").await,
            "everybody" => {
                let path = "/admin/installation/end-sessions";
                server.call(Method::POST, path, &admin, Json::Null).await.expect(204);
            }
            _ => {
                let hash = server.app.hasher().seat().unwrap().hash(&trueport::secret::Secret::new(NEW)).await.unwrap();
                crate::inspect::set_password(&server, &email, hash).await;
            }
        }
        let code = phone.code(&server);
        verify(&server, &token, &code).await.expect_problem(401, "invalid_code");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_new_address_ends_it() {
    let server = TestServer::start().await;
    let (tokens, phone) = with_phone(&server, DEV).await;
    let token = challenge(&server, DEV).await;
    let body = json!({"email": "new@acme.com", "current_password": PASSWORD});
    server.call(Method::POST, "/global/auth/me/email", &tokens.access, body).await.expect(200);
    let link = server.mail.next_mail_to("new@acme.com").await.link_token();
    server.mail.next_mail_to(DEV).await;
    server.post("/global/auth/verify-email", json!({"token": link})).await.expect(200);
    server.mail.next_mail_to(DEV).await;
    verify(&server, &token, &phone.code(&server)).await.expect_problem(401, "invalid_code");
    let token = challenge(&server, "new@acme.com").await;
    verify(&server, &token, &phone.code(&server)).await.expect(200);
    server.finish().await;
}
