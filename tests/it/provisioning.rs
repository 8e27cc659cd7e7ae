//! Accounts and organizations that platform admins make for others (contract 36 and 43).

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::clock::Time;

use crate::harness::{PASSWORD, Reply, Setup, TestServer, Tokens};
use crate::inspect::{accounts, count, login, outbox, send_together, set_disabled};
use crate::members::roster;
use crate::organization::{Organization, select};
use crate::plans::platform_admin;
use crate::sessions::refresh;

async fn make_user(server: &TestServer, admin: &str, body: Json) -> Reply {
    server.call(Method::POST, "/admin/users", admin, body).await
}

async fn make_tenant(server: &TestServer, admin: &str, body: Json) -> Reply {
    server.call(Method::POST, "/admin/tenants", admin, body).await
}

/// The token of a link to set a password, which must be one of this installation.
fn token_of(made: &Json) -> String {
    let url = made["set_password_url"].as_str().unwrap_or_else(|| panic!("no link in {made}"));
    url.strip_prefix("https://trueport.example/#/reset-password?token=").expect("a link to set a password").to_owned()
}

async fn set_password(server: &TestServer, token: &str) -> Reply {
    server.post("/global/auth/reset-password", json!({"token": token, "new_password": PASSWORD})).await
}

/// Where nobody else may register or make an organization, where no mail server is, and not a mail is made.
#[tokio::test]
async fn a_person_gets_an_account_and_sets_a_password_once() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let admin = platform_admin(&server).await;
    server.set_config("auth.registration", json!("invite_only")).await;
    let mails = outbox(&server).await;
    for (index, (names, first, last)) in [
        (json!({}), "new.person0", ""),
        (json!({"first_name": " Jane "}), "Jane", ""),
        (json!({"first_name": "Jane", "last_name": "Doe", "is_platform_admin": true, "id": "usr_1"}), "Jane", "Doe"),
        (json!({"first_name": null, "last_name": "Doe", "status": "disabled"}), "new.person3", "Doe"),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("new.person{index}@acme.com");
        let mut body = names;
        body["email"] = json!(format!(" New.Person{index}@Acme.com "));
        let made = make_user(&server, &admin, body).await.expect(201);
        let now = server.clock.now();
        let token = token_of(&made);
        let expected = json!({
            "id": made["id"], "email": email, "first_name": first, "last_name": last, "is_platform_admin": false,
            "status": "active", "created_at": now.to_string(), "last_login_at": null,
            "set_password_url": made["set_password_url"],
            "set_password_expires_at": Time::from_seconds(now.seconds() + 3600).to_string(),
        });
        assert_eq!(made, expected);
        // An account without a password takes none.
        for password in ["", PASSWORD, "null"] {
            let reply = login(&server, &email, password).await;
            assert!([401, 422].contains(&reply.status.as_u16()), "{}", reply.text);
        }
        set_password(&server, &token).await.expect(200);
        set_password(&server, &token).await.expect_problem(400, "invalid_token");
        let tokens = Tokens::of(&login(&server, &email, PASSWORD).await.expect(200));
        let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
        assert_eq!((&me["id"], &me["is_platform_admin"]), (&made["id"], &json!(false)));
        refresh(&server, &tokens.refresh).await.expect(200);
    }
    // That a password was set is all that anybody is told by mail.
    let told = outbox(&server).await.split_off(mails.len());
    assert!(told.len() == 4 && told.iter().all(|mail| mail.starts_with("password_changed new.person")), "{told:?}");
    server.finish().await;
}

#[tokio::test]
async fn without_the_link_a_code_signs_in_and_the_link_ends() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let made = make_user(&server, &admin, json!({"email": "late@acme.com"})).await.expect(201);
    server.advance(60 * 60);
    set_password(&server, &token_of(&made)).await.expect_problem(400, "invalid_token");
    server.post("/global/auth/otp/request", json!({"email": "late@acme.com"})).await.expect(200);
    let code = server.mail.next_mail_to("late@acme.com").await.six_digit_code();
    let tokens = Tokens::of(
        &server.post("/global/auth/otp/verify", json!({"email": "late@acme.com", "code": code})).await.expect(200),
    );
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!((&me["first_name"], &me["last_name"]), (&json!("late"), &json!("")));
    server.post("/global/auth/forgot-password", json!({"email": "late@acme.com"})).await.expect(200);
    let token = server.mail.next_mail_to("late@acme.com").await.link_token();
    set_password(&server, &token).await.expect(200);
    server.mail.next_mail_to("late@acme.com").await;
    server.sign_in("late@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn an_address_has_one_account() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    server.register("jane@acme.com").await;
    for email in ["jane@acme.com", " JANE@acme.com"] {
        make_user(&server, &admin, json!({"email": email})).await.expect_problem(400, "email_taken");
    }
    let people = accounts(&server).await;
    for (body, fields) in [
        (json!({"email": "no address"}), &["email"][..]),
        (json!({"email": "x@acme.com", "first_name": ""}), &["first_name"]),
        (json!({"email": "x@acme.com", "first_name": "a".repeat(101), "last_name": " "}), &["first_name", "last_name"]),
        (json!({"first_name": "Jane"}), &["email"]),
    ] {
        assert_eq!(make_user(&server, &admin, body.clone()).await.invalid_fields(), fields, "{body}");
    }
    assert_eq!(accounts(&server).await, people);
    let both = (0..5).map(|_| {
        server.request(Method::POST, "/admin/users").bearer_auth(&admin).json(&json!({"email": "twin@acme.com"}))
    });
    let replies = send_together(both).await;
    assert_eq!((count(&replies, 201), count(&replies, 400)), (1, 4), "{replies:?}");
    server.finish().await;
}

#[tokio::test]
async fn an_organization_is_made_for_its_owner_whoever_that_is() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    server.set_config("auth.registration", json!("invite_only")).await;
    server.set_config("tenants.creation", json!("platform_admin")).await;
    let jane = server.person_made(&admin, "jane@acme.com").await;
    // Of an account that is there, no link is made.
    let body = json!({"name": "Acme Corp", "slug": "acme", "owner_email": " Jane@Acme.com", "owner_first_name": "Eve"});
    let mut made = make_tenant(&server, &admin, body).await.expect(201);
    assert_eq!((&made["set_password_url"], &made["set_password_expires_at"]), (&Json::Null, &Json::Null));
    for name in ["set_password_url", "set_password_expires_at"] {
        made.as_object_mut().unwrap().remove(name);
    }
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(server.get(&format!("/admin/tenants/{id}"), &admin).await.expect(200), made);
    assert_eq!((&made["owner"]["email"], &made["billing_email"]), (&json!("jane@acme.com"), &json!("jane@acme.com")));
    assert_eq!((&made["member_count"], &made["subscription"]["plan"]), (&json!(1), &json!("Developer")));
    let scoped = select(&server, &jane.access, &id).await;
    assert_eq!(roster(&server, &scoped).await, ["jane@acme.com owner active"]);
    assert_eq!(server.get("/global/auth/me", &jane.access).await.expect(200)["first_name"], "jane");

    // Of one that is not, there is a link; the slug is made of the name where none is given.
    let body = json!({
        "name": "Acme", "owner_email": "new@acme.com", "owner_first_name": "Eve", "owner_last_name": "Roe",
        "billing_email": "Pay@Acme.com",
    });
    let made = make_tenant(&server, &admin, body).await.expect(201);
    assert_eq!((&made["slug"], &made["billing_email"]), (&json!("acme-2"), &json!("pay@acme.com")));
    set_password(&server, &token_of(&made)).await.expect(200);
    server.mail.next_mail_to("new@acme.com").await;
    let access = server.sign_in("new@acme.com").await.access;
    let me = server.get("/global/auth/me", &access).await.expect(200);
    assert_eq!((&me["first_name"], &me["last_name"]), (&json!("Eve"), &json!("Roe")));
    let scoped = select(&server, &access, made["id"].as_str().unwrap()).await;
    assert_eq!(roster(&server, &scoped).await, ["new@acme.com owner active"]);
    // No other mail than the word about the passwords.
    assert!(outbox(&server).await.iter().all(|mail| !mail.contains("invitation") && !mail.contains("welcome new")));
    server.finish().await;
}

#[tokio::test]
async fn what_is_refused_leaves_neither_an_organization_nor_an_account() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    Organization::of(&server, "owner@acme.com", "acme").await;
    server.register("gone@acme.com").await;
    set_disabled(&server, "gone@acme.com", true).await;
    let people = accounts(&server).await;
    for (body, status, code) in [
        (json!({"name": "X", "slug": "acme", "owner_email": "new@acme.com"}), 409, "slug_taken"),
        (json!({"name": "Acme", "slug": "fresh", "owner_email": "gone@acme.com"}), 409, "account_disabled"),
        // Nothing can be made of the name.
        (json!({"name": "!!", "owner_email": "new@acme.com"}), 422, "validation_error"),
    ] {
        make_tenant(&server, &admin, body).await.expect_problem(status, code);
    }
    for (body, fields) in [
        (json!({"name": "X"}), &["owner_email"][..]),
        (json!({"name": "X", "slug": "admin", "owner_email": "new@acme.com"}), &["slug"]),
        (
            json!({
                "name": "", "slug": "A", "billing_email": "x", "owner_email": "x", "owner_first_name": "",
                "owner_last_name": "",
            }),
            &["billing_email", "name", "owner_email", "owner_first_name", "owner_last_name", "slug"],
        ),
    ] {
        let mut named = make_tenant(&server, &admin, body).await.invalid_fields();
        named.sort();
        assert_eq!(named, fields);
    }
    assert_eq!(accounts(&server).await, people);
    assert_eq!(server.get("/admin/tenants", &admin).await.expect(200)["total"], 1);
    // Several at once: one of them, and one account.
    let body = json!({"name": "Twin", "slug": "twin", "owner_email": "twin@acme.com"});
    let all = (0..5).map(|_| server.request(Method::POST, "/admin/tenants").bearer_auth(&admin).json(&body));
    let replies = send_together(all).await;
    assert_eq!((count(&replies, 201), count(&replies, 409)), (1, 4), "{replies:?}");
    assert_eq!(accounts(&server).await.len(), people.len() + 1);
    server.finish().await;
}

/// Nobody waits in an account that they made for somebody else (contract 16).
#[tokio::test]
async fn whoever_made_the_account_of_an_owner_in_advance_is_put_out_of_it() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let squatter = server.person("ceo@acme.com").await;
    crate::mfa::set_up(&server, &squatter.access, "ceo@acme.com").await;
    let body = json!({"name": "Acme Corp", "slug": "acme", "owner_email": "ceo@acme.com"});
    let made = make_tenant(&server, &admin, body).await.expect(201);
    server.get("/global/auth/me", &squatter.access).await.expect_problem(401, "unauthorized");
    crate::inspect::login(&server, "ceo@acme.com", crate::harness::PASSWORD).await.expect(401);
    set_password(&server, &token_of(&made)).await.expect(200);
    server.mail.next_mail_to("ceo@acme.com").await;
    // The address is proved now: the next organization changes nothing in the account.
    let owner = server.sign_in("ceo@acme.com").await;
    let body = json!({"name": "Second", "slug": "second", "owner_email": "ceo@acme.com"});
    let second = make_tenant(&server, &admin, body).await.expect(201);
    assert_eq!(second["set_password_url"], Json::Null);
    select(&server, &owner.access, second["id"].as_str().unwrap()).await;
    server.finish().await;
}

/// One admin does not become another one by the link that is handed out.
#[tokio::test]
async fn an_organization_for_an_unproved_platform_admin_is_refused() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let bob = server.person("bob@acme.com").await;
    crate::inspect::set_platform_admin(&server, "bob@acme.com", true).await;
    let body = json!({"name": "Acme Corp", "slug": "acme", "owner_email": "bob@acme.com"});
    make_tenant(&server, &admin, body).await.expect_problem(409, "address_unproved");
    server.get("/admin/users", &bob.access).await.expect(200);
    server.finish().await;
}

impl TestServer {
    /// Somebody for whom an account was made, signed in; takes the mail about the password.
    async fn person_made(&self, admin: &str, email: &str) -> Tokens {
        let made = make_user(self, admin, json!({"email": email})).await.expect(201);
        set_password(self, &token_of(&made)).await.expect(200);
        self.mail.next_mail_to(email).await;
        self.sign_in(email).await
    }
}
