//! Signed out by a platform admin, and let in again.

use serde_json::json;

use super::{act, detail, user_id};
use crate::harness::{PASSWORD, TestServer};
use crate::inspect::{attempts, login};
use crate::plans::platform_admin;
use crate::sessions::refresh;

#[tokio::test]
async fn every_session_of_a_person_ends() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let first = server.person("jane@acme.com").await;
    let second = server.sign_in("jane@acme.com").await;
    let other = server.person("other@acme.com").await;
    let id = user_id(&first.access);
    for round in 0..2 {
        assert_eq!(act(&server, &admin, &id, "end-sessions").await.expect(204), json!(null));
        for tokens in [&first, &second] {
            server.get("/global/auth/me", &tokens.access).await.expect_problem(401, "unauthorized");
            refresh(&server, &tokens.refresh).await.expect(401);
        }
        assert_eq!(detail(&server, &admin, &id).await["sessions"], json!([]), "round {round}");
    }
    // Nobody else's, and the person may come back.
    for token in [&admin, &other.access, &server.sign_in("jane@acme.com").await.access] {
        server.get("/global/auth/me", token).await.expect(200);
    }
    // One's own are no exception.
    act(&server, &admin, &user_id(&admin), "end-sessions").await.expect(204);
    server.get("/admin/stats", &admin).await.expect_problem(401, "unauthorized");
    server.finish().await;
}

#[tokio::test]
async fn who_failed_ten_times_is_let_in_again() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let id = user_id(&server.person("jane@acme.com").await.access);
    server.register("other@acme.com").await;
    for email in ["jane@acme.com", "other@acme.com"] {
        for _ in 0..10 {
            login(&server, email, "WrongPassword789!").await.expect_problem(401, "invalid_credentials");
        }
        login(&server, email, PASSWORD).await.expect_problem(429, "too_many_attempts");
    }
    let counted = attempts(&server).await;
    assert_eq!(act(&server, &admin, &id, "unlock").await.expect(204), json!(null));
    login(&server, "jane@acme.com", PASSWORD).await.expect(200);
    // Nobody else is.
    login(&server, "other@acme.com", PASSWORD).await.expect_problem(429, "too_many_attempts");
    assert!(attempts(&server).await < counted);
    // Where nothing is locked, nothing happens.
    act(&server, &admin, &id, "unlock").await.expect(204);
    login(&server, "jane@acme.com", PASSWORD).await.expect(200);
    server.finish().await;
}
