//! Forgotten and changed passwords (specification "POST /forgot-password", "POST /reset-password" and "PUT /password",
//! contract 16, 17 and 20).

mod change;
mod reset;

use reqwest::Method;
use serde_json::json;

use crate::harness::{PASSWORD, Reply, TestServer, Tokens};

const DEV: &str = "dev@acme.com";
const NEW: &str = "AnotherPassword456!";
const THIRD: &str = "ThirdPassword789!";
const WRONG: &str = "WrongPassword000!";
const MINUTE: u64 = 60;

async fn forgot(server: &TestServer, email: &str) -> Reply {
    server.post("/global/auth/forgot-password", json!({"email": email})).await
}

/// Asks for a reset link and returns its token.
async fn reset_token(server: &TestServer, email: &str) -> String {
    forgot(server, email).await.expect(200);
    server.mail.next_mail_to(email).await.link_token()
}

async fn reset(server: &TestServer, token: &str, new: &str) -> Reply {
    server.post("/global/auth/reset-password", json!({"token": token, "new_password": new})).await
}

async fn change(server: &TestServer, tokens: &Tokens, current: &str, new: &str) -> Reply {
    let body = json!({"current_password": current, "new_password": new});
    server.call(Method::PUT, "/global/auth/password", &tokens.access, body).await
}

/// Takes the mail that says that the password was changed.
async fn told(server: &TestServer, email: &str) {
    let mail = server.mail.next_mail_to(email).await;
    assert_eq!(mail.subject, "Your TruePort password was changed");
    assert!(mail.text.contains("127.0.0.1") && !mail.text.contains("?token="), "{}", mail.text);
}

async fn is_signed_in(server: &TestServer, tokens: &Tokens) -> bool {
    let access = server.get("/global/auth/me", &tokens.access).await;
    match access.status.as_u16() {
        200 => true,
        _ => {
            access.expect_problem(401, "unauthorized");
            let reply = server.post("/global/auth/refresh", json!({"refresh_token": tokens.refresh})).await;
            reply.expect_problem(401, "invalid_refresh_token");
            false
        }
    }
}

/// Asks for another address and returns the token that was sent there.
async fn email_change(server: &TestServer, tokens: &Tokens, old: &str, new: &str) -> String {
    let body = json!({"email": new, "current_password": PASSWORD});
    server.call(Method::POST, "/global/auth/me/email", &tokens.access, body).await.expect(200);
    server.mail.next_mail_to(old).await;
    server.mail.next_mail_to(new).await.link_token()
}
