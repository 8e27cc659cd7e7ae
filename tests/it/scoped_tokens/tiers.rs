//! Which kind of token works where, and how long.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::http::routes;

use super::{info, switch, token};
use crate::harness::{PASSWORD, TestServer, Tokens, call};
use crate::inspect::set_disabled;
use crate::organization::{Organization, accept, select, try_select};
use crate::protection::concrete;
use crate::sessions::{logout, refresh, wait_until_expired};
use crate::tokens::claims;

#[tokio::test]
async fn a_scoped_token_speaks_for_its_person_and_for_one_organization() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let other = Organization::of(&server, "other@acme.com", "other").await;
    let invitation = other.invite(&server, "jane@acme.com", "member").await;
    let jane = &acme.owner;
    let staging = token(&switch(&server, &jane.scoped, "staging").await.expect(200));
    for scoped in [&jane.scoped, &staging] {
        // What is hers, in whatever organization she is.
        assert_eq!(server.get("/global/auth/me", scoped).await.expect(200)["id"], jane.user_id);
        let names = json!({"first_name": "Joan"});
        server.call(Method::PATCH, "/global/auth/me", scoped, names).await.expect(200);
        let sessions = server.get("/global/auth/sessions", scoped).await.expect(200);
        assert_eq!((&sessions[0]["id"], &sessions[0]["is_current"]), (&claims(scoped)["sid"], &json!(true)));
        let body = json!({"current_password": PASSWORD, "new_password": PASSWORD});
        server.call(Method::PUT, "/global/auth/password", scoped, body).await.expect(200);
        server.mail.next_mail_to("jane@acme.com").await;
        // What is beyond the organization.
        server.get("/global/tenants", scoped).await.expect_problem(403, "wrong_token_scope");
        let create = server.call(Method::POST, "/global/tenants", scoped, json!({"name": "Another"})).await;
        create.expect_problem(403, "wrong_token_scope");
        try_select(&server, scoped, &acme.id).await.expect_problem(403, "wrong_token_scope");
        try_select(&server, scoped, "nothing").await.expect_problem(403, "wrong_token_scope");
        accept(&server, scoped, &invitation).await.expect_problem(403, "wrong_token_scope");
    }
    // The invitation is as good as before.
    accept(&server, &jane.access, &invitation).await.expect(200);
    server.mail.next_mail_to("other@acme.com").await;

    logout(&server, &staging).await.expect(204);
    for ended in [&jane.access, &jane.scoped, &staging] {
        server.get("/global/auth/me", ended).await.expect_problem(401, "unauthorized");
    }
    server.finish().await;
}

#[tokio::test]
async fn other_tokens_are_of_no_use_where_a_scoped_one_is_needed() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let tokens = server.sign_in("jane@acme.com").await;
    let expired = select(&server, &tokens.access, &acme.id).await;
    wait_until_expired(&server, &expired);
    let tokens = server.sign_in("jane@acme.com").await;
    let ended = server.sign_in("jane@acme.com").await.access;
    let ended_scoped = select(&server, &ended, &acme.id).await;
    logout(&server, &ended).await.expect(204);
    for (token, status, code) in [
        ("", 401, "unauthorized"),
        ("garbage", 401, "unauthorized"),
        (&expired, 401, "unauthorized"),
        (&ended, 401, "unauthorized"),
        (&ended_scoped, 401, "unauthorized"),
        (&tokens.access, 403, "wrong_token_scope"),
        (&tokens.refresh, 403, "wrong_token_scope"),
    ] {
        for route in routes::table().iter().filter(|route| route.access.starts_with("Scoped")) {
            let (method, path) = (route.operation.method().clone(), concrete(route.operation.path()));
            // Neither a right header nor a body of no use changes the answer.
            let request = server.request(method.clone(), &path).header("X-Tenant-Slug", "acme-corp");
            let body = if method == Method::GET { Json::Null } else { json!([]) };
            let reply = call(request, token, &body).await;
            assert_eq!(reply.json()["code"], code, "{method} {path}: {}", reply.text);
            reply.expect_problem(status, code);
        }
    }
    // Nor is a refresh token where a global one is needed.
    for route in routes::table().iter().filter(|route| route.access == "Global") {
        let (method, path) = (route.operation.method().clone(), concrete(route.operation.path()));
        let reply = server.call(method, &path, &tokens.refresh, Json::Null).await;
        reply.expect_problem(403, "wrong_token_scope");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_refresh_gives_a_global_pair() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let tokens = server.sign_in("jane@acme.com").await;
    let scoped = select(&server, &tokens.access, &acme.id).await;
    for token in [&scoped, &tokens.access] {
        refresh(&server, token).await.expect_problem(401, "invalid_refresh_token");
    }
    let fresh = Tokens::of(&refresh(&server, &tokens.refresh).await.expect(200));
    let said = claims(&fresh.access);
    assert_eq!((&said["typ"], &said["sid"]), (&json!("global"), &claims(&scoped)["sid"]));
    for name in ["tid", "role", "env"] {
        assert!(said.get(name).is_none() && claims(&fresh.refresh).get(name).is_none(), "{name}");
    }
    info(&server, &fresh.access).await.expect_problem(403, "wrong_token_scope");
    // One session: the token from before goes on, and a new one is selected anew, in prod again.
    info(&server, &scoped).await.expect(200);
    switch(&server, &scoped, "dev").await.expect(200);
    let again = select(&server, &fresh.access, &acme.id).await;
    assert_eq!((&claims(&again)["env"], &claims(&again)["sid"]), (&json!("prod"), &claims(&scoped)["sid"]));
    let sessions = server.get("/global/auth/sessions", &again).await.expect(200);
    assert_eq!(sessions.as_array().unwrap().len(), 2, "selecting makes no session: {sessions}");
    server.finish().await;
}

#[tokio::test]
async fn whatever_ends_the_session_ends_its_scoped_tokens() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let (bystander, bystander_scoped) = {
        let access = server.sign_in("jane@acme.com").await;
        let scoped = select(&server, &access.access, &acme.id).await;
        (access, scoped)
    };
    for how in ["logout", "logout with the scoped token", "deleted", "reused refresh token", "password", "disabled"] {
        let tokens = server.sign_in("jane@acme.com").await;
        let scoped = select(&server, &tokens.access, &acme.id).await;
        let staging = token(&switch(&server, &scoped, "staging").await.expect(200));
        let sid = claims(&scoped)["sid"].as_str().unwrap().to_owned();
        match how {
            "logout" => drop(logout(&server, &tokens.access).await.expect(204)),
            "logout with the scoped token" => drop(logout(&server, &scoped).await.expect(204)),
            "deleted" => {
                let path = format!("/global/auth/sessions/{sid}");
                server.call(Method::DELETE, &path, &bystander_scoped, Json::Null).await.expect(204);
            }
            "reused refresh token" => {
                let next = Tokens::of(&refresh(&server, &tokens.refresh).await.expect(200));
                refresh(&server, &next.refresh).await.expect(200);
                refresh(&server, &tokens.refresh).await.expect_problem(401, "invalid_refresh_token");
            }
            "password" => {
                // Of all others than the one that changes it.
                let body = json!({"current_password": PASSWORD, "new_password": PASSWORD});
                server.call(Method::PUT, "/global/auth/password", &bystander_scoped, body).await.expect(200);
                server.mail.next_mail_to("jane@acme.com").await;
            }
            _ => {
                set_disabled(&server, "jane@acme.com", true).await;
                info(&server, &bystander_scoped).await.expect_problem(401, "unauthorized");
                set_disabled(&server, "jane@acme.com", false).await;
            }
        }
        for ended in [&scoped, &staging] {
            info(&server, ended).await.expect_problem(401, "unauthorized");
            switch(&server, ended, "prod").await.expect_problem(401, "unauthorized");
            server.get("/global/auth/me", ended).await.expect_problem(401, "unauthorized");
            server.get("/global/tenants", ended).await.expect_problem(401, "unauthorized");
        }
        if how != "disabled" {
            info(&server, &bystander_scoped).await.expect(200);
            server.get("/global/tenants", &bystander.access).await.expect(200);
        }
    }
    server.finish().await;
}
