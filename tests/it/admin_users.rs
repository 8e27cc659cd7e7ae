//! Accounts as platform admins see and change them (contract 6, 36 and 43).

mod changes;
mod deletion;
mod last_admin;
mod locked;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, TestServer};
use crate::members::NOBODY;
use crate::organization::{Organization, accept, change};
use crate::plans::platform_admin;
use crate::tokens::claims;

/// What cannot be the id of an account, or is of none.
const NO_IDS: [&str; 4] = [NOBODY, "usr_1", "ten_01h455vb4pex5vsknk084sn02q", "%27%20OR%201=1"];

fn user_id(access: &str) -> String {
    claims(access)["sub"].as_str().expect("a sub").to_owned()
}

async fn patch(server: &TestServer, admin: &str, id: &str, body: Json) -> Reply {
    server.call(Method::PATCH, &format!("/admin/users/{id}"), admin, body).await
}

async fn act(server: &TestServer, admin: &str, id: &str, what: &str) -> Reply {
    server.call(Method::POST, &format!("/admin/users/{id}/{what}"), admin, Json::Null).await
}

async fn detail(server: &TestServer, admin: &str, id: &str) -> Json {
    server.get(&format!("/admin/users/{id}"), admin).await.expect(200)
}

#[tokio::test]
async fn the_list_shows_every_account_and_no_more_of_it_than_it_should() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let signed_in_at = server.clock.now().to_string();
    server.advance(60);
    server.register("a_b@acme.com").await;
    let registered_at = server.clock.now().to_string();
    server.advance(60);
    let second = server.sign_in("a_b@acme.com").await.access;
    let second_signed_in_at = server.clock.now().to_string();
    server.register("axb@Other.com").await;
    let third_registered_at = server.clock.now().to_string();
    let listed = server.get("/admin/users", &admin).await.expect(200);
    // Nobody is told the id of somebody who has not signed in yet.
    let third_id = listed["items"][0]["id"].as_str().unwrap();
    assert!(third_id.starts_with("usr_"), "{listed}");
    let item = |id: &str, email: &str, is_admin: bool, created_at: &str, last_login_at: Option<&str>| {
        json!({
            "id": id, "email": email, "first_name": "Jane", "last_name": "Doe", "is_platform_admin": is_admin,
            "status": "active", "created_at": created_at, "last_login_at": last_login_at,
        })
    };
    let items = [
        item(third_id, "axb@other.com", false, &third_registered_at, None),
        item(&user_id(&second), "a_b@acme.com", false, &registered_at, Some(&second_signed_in_at)),
        item(&user_id(&admin), "admin@trueport.example", true, &signed_in_at, Some(&signed_in_at)),
    ];
    for (query, expected, total) in [
        ("", &items[..], 3),
        ("?limit=50&offset=0", &items[..], 3),
        ("?limit=1", &items[..1], 3),
        ("?limit=1&offset=1", &items[1..2], 3),
        ("?offset=3", &[], 3),
        ("?email=acme.com", &items[1..2], 1),
        ("?email=%20ACME.com%20", &items[1..2], 1),
        ("?email=com&limit=1", &items[..1], 2),
        ("?email=", &items[..], 3),
        // An ordinary character, which the third address does not have.
        ("?email=a_b", &items[1..2], 1),
        ("?email=%25", &[], 0),
        // It is the address that is searched.
        ("?email=jane", &[], 0),
        ("?q=acme.com", &items[..], 3),
    ] {
        let listed = server.get(&format!("/admin/users{query}"), &admin).await.expect(200);
        assert_eq!(listed, json!({"items": expected, "total": total}), "{query}");
    }
    let too_long = format!("email={}", "a".repeat(201));
    for (query, fields) in [
        ("limit=0", &["limit"][..]),
        ("limit=201", &["limit"]),
        ("offset=-1", &["offset"]),
        ("email=a%00b", &["email"]),
        (&too_long, &["email"]),
        ("email=a&email=b", &["email"]),
        ("limit=x&offset=x&email=a%0Ab", &["email", "limit", "offset"]),
    ] {
        let mut named = server.get(&format!("/admin/users?{query}"), &admin).await.invalid_fields();
        named.sort();
        assert_eq!(named, fields, "{query}");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_detail_shows_organizations_and_sessions() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let acme = Organization::of(&server, "owner@acme.com", "acme").await;
    let beta = Organization::of(&server, "owner@beta.com", "beta").await;
    let gamma = Organization::of(&server, "owner@gamma.com", "gamma").await;
    let jane = acme.join(&server, "jane@acme.com", "viewer").await;
    for (organization, role) in [(&beta, "admin"), (&gamma, "member")] {
        let token = organization.invite(&server, "jane@acme.com", role).await;
        accept(&server, &jane.access, &token).await.expect(200);
        server.mail.next_mail_to(&organization.owner.email).await;
    }
    // Where somebody is switched off, they are no active member.
    change(&server, &gamma.owner.scoped, &jane.user_id, json!({"status": "disabled"})).await.expect(200);
    server.advance(60);
    let second = server.sign_in("jane@acme.com").await.access;
    let own = server.get("/global/auth/me", &second).await.expect(200);
    let shown = detail(&server, &admin, &jane.user_id).await;
    let names: Vec<&String> = shown.as_object().unwrap().keys().collect();
    let expected = [
        "created_at",
        "email",
        "email_verified_at",
        "factors",
        "first_name",
        "id",
        "is_platform_admin",
        "last_login_at",
        "last_name",
        "memberships",
        "sessions",
        "status",
    ];
    assert_eq!(names, expected);
    for name in ["id", "email", "first_name", "last_name", "is_platform_admin", "email_verified_at", "created_at"] {
        assert_eq!(shown[name], own[name], "{name}");
    }
    let memberships = json!([
        {"id": acme.id, "name": "The acme", "slug": "acme", "role": "viewer", "status": "active"},
        {"id": beta.id, "name": "The beta", "slug": "beta", "role": "admin", "status": "active"},
    ]);
    assert_eq!(shown["memberships"], memberships);
    let sessions = shown["sessions"].as_array().unwrap();
    let ids: Vec<&Json> = sessions.iter().map(|session| &session["id"]).collect();
    assert_eq!(ids, [&claims(&second)["sid"], &claims(&jane.access)["sid"]]);
    let names: Vec<&String> = sessions[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["address", "created_at", "expires_at", "id", "last_used_at", "user_agent"]);
    assert_eq!((&sessions[0]["address"], &sessions[0]["created_at"]), (&json!("127.0.0.1"), &shown["last_login_at"]));
    // A session that has ended is gone.
    server.call(Method::POST, "/global/auth/logout", &second, Json::Null).await.expect(204);
    let shown = detail(&server, &admin, &jane.user_id).await;
    assert_eq!(shown["sessions"], json!([sessions[1]]));
    for id in NO_IDS {
        server.get(&format!("/admin/users/{id}"), &admin).await.expect_problem(404, "not_found");
        patch(&server, &admin, id, json!({"status": "disabled"})).await.expect_problem(404, "not_found");
        for what in ["end-sessions", "unlock"] {
            act(&server, &admin, id, what).await.expect_problem(404, "not_found");
        }
    }
    server.finish().await;
}
