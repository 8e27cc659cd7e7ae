//! Registration (specification "POST /register", contract 4 and 16 and 17).

use serde_json::json;

use crate::harness::{PASSWORD, TestServer};

#[tokio::test]
async fn a_registration_answers_as_specified_and_sends_a_welcome_mail() {
    let server = TestServer::start().await;
    let body = json!({
        "email": " Dev@ACME.com ", "password": PASSWORD, "first_name": " Jane ", "last_name": "Doe",
        "is_platform_admin": true, "role": "owner", "id": "usr_1", "status": "disabled", "unknown": [1, 2],
    });
    let account = server.post("/global/auth/register", body).await.expect(201);
    let id = account["id"].as_str().unwrap();
    assert!(id.starts_with("usr_") && id.len() == 30, "{id}");
    let created_at = server.clock.now().to_string();
    assert_eq!(
        account,
        json!({"id": id, "email": "dev@acme.com", "first_name": "Jane", "last_name": "Doe", "created_at": created_at})
    );

    let mail = server.mail.next_mail_to("dev@acme.com").await;
    assert!(mail.text.contains("https://trueport.example/#/verify-email?token="), "{}", mail.text);
    let tokens = server.sign_in("dev@acme.com").await;
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!((&me["is_platform_admin"], &me["email_verified_at"]), (&json!(false), &json!(null)));

    server.post("/global/auth/verify-email", json!({"token": mail.link_token()})).await.expect(200);
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!(me["email_verified_at"], created_at);
    let again = server.post("/global/auth/verify-email", json!({"token": mail.link_token()})).await;
    again.expect_problem(400, "invalid_token");
    let audit = ["anonymous user.created user", "user session.created session", "anonymous user.email_verified user"];
    assert_eq!(server.audit().await, audit);
    server.finish().await;
}
