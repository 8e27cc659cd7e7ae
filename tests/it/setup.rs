//! The first platform admin, made through the setup link (contract 40).

use serde_json::{Value as Json, json};
use trueport::domain::caller::{Operator, System};
use trueport::domain::fields::{Email, Name};
use trueport::domain::{demo, operators, setup};
use trueport::secret::Secret;

use crate::harness::{PASSWORD, Reply, TestServer};
use crate::inspect::{accounts, audited_changes, outbox, post_request, send_together};

const ADMIN: &str = "admin@acme.com";
const DAY: u64 = 24 * 60 * 60;

/// A setup link as the server offers it at its start; `None` once there is an admin.
async fn link(server: &TestServer) -> Option<String> {
    let installation = server.app.installation();
    let link = server.app.write(&System, move |tx, by| setup::link(tx, by, &installation)).await;
    link.expect("the link is made").map(|link| link.expose().to_owned())
}

async fn token(server: &TestServer) -> String {
    let link = link(server).await.expect("there is no admin yet");
    link.strip_prefix("https://trueport.example/#/setup?token=").expect("a link to the page").to_owned()
}

fn body(token: &str, email: &str) -> Json {
    json!({"token": token, "email": email, "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace"})
}

async fn complete(server: &TestServer, token: &str) -> Reply {
    server.post("/global/auth/setup", body(token, ADMIN)).await
}

#[tokio::test]
async fn the_setup_link_makes_the_first_platform_admin_once() {
    let server = TestServer::start().await;
    let token = token(&server).await;
    assert_eq!(token.len(), 43, "256 bits in base64url");
    // Nobody else may register, and yet the link works.
    server.set_config("auth.registration", json!("invite_only")).await;
    let mut request = body(&token, " Admin@ACME.com ");
    (request["is_platform_admin"], request["id"], request["status"]) =
        (json!(false), json!("usr_1"), json!("disabled"));
    let account = server.post("/global/auth/setup", request).await.expect(201);
    let created_at = server.clock.now().to_string();
    assert!(account["id"].as_str().unwrap().starts_with("usr_0"), "{account}");
    assert_eq!(
        account,
        json!({
            "id": account["id"], "email": ADMIN, "first_name": "Ada", "last_name": "Lovelace", "created_at": created_at,
        })
    );

    let tokens = server.sign_in(ADMIN).await;
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!((&me["is_platform_admin"], &me["email_verified_at"]), (&json!(true), &json!(created_at)));
    assert!(outbox(&server).await.is_empty());
    let event = format!("user.created {}", json!({"email": ADMIN, "is_platform_admin": true}));
    assert!(audited_changes(&server).await.contains(&event));
    let again = server.post("/global/auth/setup", body(&token, "second@acme.com")).await;
    again.expect_problem(400, "invalid_token");
    assert_eq!(link(&server).await, None);
    assert_eq!(accounts(&server).await, [ADMIN]);
    server.finish().await;
}

#[tokio::test]
async fn a_setup_link_that_is_not_good_makes_nobody() {
    for case in ["wrong", "late", "replaced", "admin created", "admin promoted", "demo made"] {
        let server = TestServer::start().await;
        let token = token(&server).await;
        let mut presented = token.clone();
        match case {
            "wrong" => presented = token.to_lowercase(),
            "late" => server.advance(DAY),
            "replaced" => drop(link(&server).await),
            "admin created" => {
                let hash = server.app.hasher().seat().unwrap().hash(&Secret::new(PASSWORD)).await.unwrap();
                let email = Email::parse("cli@acme.com").unwrap();
                let names = (Name::parse("C").unwrap(), Name::parse("L").unwrap());
                let write = move |tx: &mut trueport::db::Tx<'_>, by: &Operator| {
                    operators::create_admin(tx, by, &email, &names, &hash)
                };
                server.app.write(&Operator, write).await.unwrap();
            }
            "demo made" => {
                let hash = server.app.hasher().seat().unwrap().hash(&Secret::new(PASSWORD)).await.unwrap();
                let make = move |tx: &mut trueport::db::Tx<'_>, by: &Operator| {
                    let plan = demo::begin(tx, 0, 1, &hash)?;
                    demo::finish(tx, by, &plan)
                };
                server.app.write(&Operator, make).await.unwrap();
            }
            _ => {
                server.register("cli@acme.com").await;
                let email = Email::parse("cli@acme.com").unwrap();
                let write = move |tx: &mut trueport::db::Tx<'_>, by: &Operator| {
                    operators::set_platform_admin(tx, by, &email, true)
                };
                server.app.write(&Operator, write).await.unwrap();
            }
        }
        complete(&server, &presented).await.expect_problem(400, "invalid_token");
        assert!(!accounts(&server).await.contains(&ADMIN.to_owned()), "{case}");
        server.finish().await;
    }
}

#[tokio::test]
async fn a_refused_setup_leaves_the_link_good() {
    let mut server = TestServer::start().await;
    let token = token(&server).await;
    server.register("taken@acme.com").await;
    let reply = server.post("/global/auth/setup", body(&token, "TAKEN@acme.com")).await;
    reply.expect_problem(400, "email_taken");
    let all = ["email", "password", "first_name", "last_name"];
    for (request, fields) in [
        (json!({"token": token, "email": "x", "password": "short", "first_name": "", "last_name": "\0"}), &all[..]),
        (json!({"token": token, "email": ADMIN, "password": ADMIN, "first_name": "A", "last_name": "B"}), &all[1..2]),
        (json!({"email": ADMIN, "password": PASSWORD, "first_name": "A", "last_name": "B"}), &["token"]),
        (json!({"token": 1, "email": ADMIN, "password": PASSWORD, "first_name": "A", "last_name": "B"}), &["token"]),
    ] {
        assert_eq!(server.post("/global/auth/setup", request).await.invalid_fields(), fields);
    }
    server.get(&format!("/global/auth/setup?token={token}"), "").await.expect_problem(405, "method_not_allowed");
    server.restart().await;
    server.advance(DAY - 1);
    complete(&server, &token).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn of_parallel_setups_one_makes_an_admin() {
    let server = TestServer::start().await;
    let token = token(&server).await;
    let requests = (0..10).map(|index| {
        let body = body(&token, &format!("admin{index}@acme.com"));
        post_request(&server, "/global/auth/setup", &body)
    });
    let replies = send_together(requests).await;
    let (made, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 201);
    assert_eq!(made.len(), 1, "{replies:?}");
    for reply in refused {
        reply.expect_problem(400, "invalid_token");
    }
    assert_eq!(accounts(&server).await.len(), 1);
    server.finish().await;
}
