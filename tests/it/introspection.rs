//! Whether a token is good, asked by a service (contract 10, 12, 13 and 15, RFC 7662).

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use crate::harness::{PASSWORD, Reply, TestServer, send};
use crate::inspect::set_disabled;
use crate::organization::{Organization, Person, change, remove, select, set_status};
use crate::service_keys::service_key;
use crate::sessions::{A_MOMENT, logout, refresh, wait_until, wait_until_expired};
use crate::tokens::{claims, forge, header, hmac_sha256, secret_of, with};

pub(crate) async fn introspect(server: &TestServer, key: &str, token: &str) -> Reply {
    server.call(Method::POST, "/internal/introspect", key, json!({"token": token})).await
}

/// Fails unless the token is good and all of this, and nothing else, is said of it.
async fn assert_active(server: &TestServer, key: &str, token: &str, email: &str, role: Option<&str>) {
    let said = claims(token);
    let mut expected = json!({"active": true, "username": email, "token_type": "bearer"});
    for name in ["sub", "typ", "sid", "jti", "iss", "aud", "iat", "exp"] {
        assert!(!said[name].is_null(), "{name} is not in {said}");
        expected[name] = said[name].clone();
    }
    if let Some(role) = role {
        expected["role"] = json!(role);
        expected["tid"] = said["tid"].clone();
        expected["env"] = said["env"].clone();
    }
    let reply = introspect(server, key, token).await;
    assert_eq!(reply.expect(200), expected);
    assert!(!reply.text.contains(token), "{}", reply.text);
}

/// Fails unless that the token is no good is all that is said.
async fn assert_inactive(server: &TestServer, key: &str, token: &str, what: &str) {
    let reply = introspect(server, key, token).await;
    assert_eq!((reply.status.as_u16(), reply.json()), (200, json!({"active": false})), "{what}: {}", reply.text);
}

/// A server with an organization, an admin of it beside the owner, and a key that may ask.
async fn with_admin() -> (TestServer, Organization, Person, String) {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let person = org.join(&server, "person@acme.com", "admin").await;
    let key = service_key(&server, &["tokens:read"]).await;
    (server, org, person, key)
}

#[tokio::test]
async fn a_good_token_is_told_with_everything_about_its_holder() {
    let (server, org, person, key) = with_admin().await;
    assert_active(&server, &key, &person.access, "person@acme.com", None).await;
    assert_eq!(claims(&person.scoped)["tid"], json!(org.id));
    assert_active(&server, &key, &person.scoped, "person@acme.com", Some("admin")).await;
    assert_active(&server, &key, &org.owner.scoped, "owner@acme.com", Some("owner")).await;
    let body = json!({"environment": "staging"});
    let switched = server.call(Method::POST, "/service/auth/switch-environment", &person.scoped, body).await;
    let staging = switched.expect(200)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(claims(&staging)["env"], "staging");
    assert_active(&server, &key, &staging, "person@acme.com", Some("admin")).await;

    // However it is signed, and the old ones still.
    server.set_config("auth.token_algorithm", json!("EdDSA")).await;
    let access = server.sign_in("person@acme.com").await.access;
    assert_eq!(header(&access)["alg"], "EdDSA");
    let scoped = select(&server, &access, &org.id).await;
    assert_active(&server, &key, &access, "person@acme.com", None).await;
    for token in [&scoped, &person.scoped] {
        assert_active(&server, &key, token, "person@acme.com", Some("admin")).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn the_role_is_what_the_person_is_now() {
    let (server, org, person, key) = with_admin().await;
    for role in ["viewer", "member", "admin"] {
        change(&server, &org.owner.scoped, &person.user_id, json!({"role": role})).await.expect(200);
        server.mail.next_mail_to("person@acme.com").await;
        assert_eq!(claims(&person.scoped)["role"], "admin", "the token says what it said");
        assert_active(&server, &key, &person.scoped, "person@acme.com", Some(role)).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_access_token_of_this_server_is_inactive() {
    let (server, org, person, key) = with_admin().await;
    let elsewhere = TestServer::start().await;
    let foreign = elsewhere.person("person@acme.com").await;
    let pair = server.sign_in("person@acme.com").await;
    let (head, said) = (header(&person.access), claims(&person.access));
    let secret = secret_of(&server, &head["kid"]).await;
    assert_active(&server, &key, &forge(&head, &said, hmac_sha256(&secret)), "person@acme.com", None).await;
    let of_nobody = with(&said, "sub", Some(json!("usr_01h455vb4pex5vsknk084sn02q")));
    let of_another = with(&said, "sub", Some(json!(org.owner.user_id)));
    let of_no_tenant = with(&claims(&person.scoped), "tid", Some(json!("ten_01h455vb4pex5vsknk084sn02q")));
    let mut cases = vec![
        ("nothing", String::new()),
        ("garbage", "garbage".to_owned()),
        ("a NUL", "\0".to_owned()),
        ("dots", "..".to_owned()),
        ("a bearer", format!("Bearer {}", person.access)),
        ("a blank behind it", format!("{} ", person.access)),
        ("an upper-case token", person.access.to_uppercase()),
        ("60,000 letters", "a".repeat(60_000)),
        ("a refresh token", pair.refresh.clone()),
        ("a token of another installation", foreign.access),
        ("its refresh token", foreign.refresh),
        ("the service's own key", key.clone()),
        ("another service's key", service_key(&server, &["usage:write"]).await),
        ("a made-up key", format!("tpk_{}", "A".repeat(43))),
        ("a token that another key signed", forge(&head, &said, hmac_sha256(b"another secret of thirty-two byte"))),
        ("a token that nobody signed", forge(&with(&head, "alg", Some(json!("none"))), &said, |_| Vec::new())),
        ("a token of nobody", forge(&head, &of_nobody, hmac_sha256(&secret))),
        ("a token of another person", forge(&head, &of_another, hmac_sha256(&secret))),
        ("a token of no tenant", forge(&head, &of_no_tenant, hmac_sha256(&secret))),
    ];
    for name in ["sub", "sid", "jti", "iss", "aud", "iat", "exp", "typ"] {
        cases.push((name, forge(&head, &with(&said, name, None), hmac_sha256(&secret))));
    }
    for (what, token) in cases {
        assert_inactive(&server, &key, &token, what).await;
    }
    server.finish().await;
    elsewhere.finish().await;
}

#[tokio::test]
async fn a_token_is_good_until_its_last_moment() {
    let (server, _, person, key) = with_admin().await;
    let exp = claims(&person.scoped)["exp"].as_i64().unwrap();
    wait_until(&server, exp, A_MOMENT);
    assert_active(&server, &key, &person.scoped, "person@acme.com", Some("admin")).await;
    assert_inactive(&server, &key, &person.scoped, "at its end").await;

    let access = server.sign_in("person@acme.com").await.access;
    assert_active(&server, &key, &access, "person@acme.com", None).await;
    wait_until_expired(&server, &access);
    assert_inactive(&server, &key, &access, "at its end").await;
    server.finish().await;
}

/// What ends a token before its time, which of the person's two tokens it ends, and whether it can be undone.
#[tokio::test]
async fn a_token_is_no_better_than_what_stands_behind_it() {
    let (server, org, person, key) = with_admin().await;
    let owner = org.owner.scoped.clone();
    let both_good = async |role: &str| {
        assert_active(&server, &key, &person.access, "person@acme.com", None).await;
        assert_active(&server, &key, &person.scoped, "person@acme.com", Some(role)).await;
    };
    let only_global = async |what: &str| {
        assert_active(&server, &key, &person.access, "person@acme.com", None).await;
        assert_inactive(&server, &key, &person.scoped, what).await;
    };
    let neither = async |what: &str| {
        for token in [&person.access, &person.scoped] {
            assert_inactive(&server, &key, token, what).await;
        }
    };
    both_good("admin").await;
    change(&server, &owner, &person.user_id, json!({"status": "disabled"})).await.expect(200);
    only_global("disabled as a member").await;
    change(&server, &owner, &person.user_id, json!({"status": "active"})).await.expect(200);
    both_good("admin").await;
    for (status, what) in [(TenantStatus::Suspended, "suspended"), (TenantStatus::Archived, "archived")] {
        set_status(&server, "acme", status).await;
        only_global(what).await;
        assert_inactive(&server, &key, &owner, what).await;
        set_status(&server, "acme", TenantStatus::Active).await;
        both_good("admin").await;
    }
    remove(&server, &owner, &person.user_id).await.expect(200);
    server.mail.next_mail_to("person@acme.com").await;
    only_global("removed").await;

    set_disabled(&server, "person@acme.com", true).await;
    neither("the account is disabled").await;
    set_disabled(&server, "person@acme.com", false).await;
    neither("its sessions have ended").await;
    server.finish().await;
}

#[tokio::test]
async fn a_token_ends_with_its_session() {
    let (server, org, person, key) = with_admin().await;
    for end in ["logout", "a spent refresh token", "a new password", "reset"] {
        let pair = server.sign_in("person@acme.com").await;
        let tokens = [pair.access.clone(), select(&server, &pair.access, &org.id).await];
        match end {
            "logout" => drop(logout(&server, &tokens[1]).await.expect(204)),
            "a spent refresh token" => {
                let next = refresh(&server, &pair.refresh).await.expect(200)["refresh_token"].clone();
                assert_active(&server, &key, &tokens[0], "person@acme.com", None).await;
                refresh(&server, next.as_str().unwrap()).await.expect(200);
                refresh(&server, &pair.refresh).await.expect_problem(401, "invalid_refresh_token");
            }
            "a new password" => {
                let body = json!({"current_password": PASSWORD, "new_password": "Another Password 456"});
                server.call(Method::PUT, "/global/auth/password", &person.access, body).await.expect(200);
                server.mail.next_mail_to("person@acme.com").await;
                let back = json!({"current_password": "Another Password 456", "new_password": PASSWORD});
                server.call(Method::PUT, "/global/auth/password", &person.access, back).await.expect(200);
                server.mail.next_mail_to("person@acme.com").await;
            }
            _ => {
                server.post("/global/auth/forgot-password", json!({"email": "person@acme.com"})).await.expect(200);
                let token = server.mail.next_mail_to("person@acme.com").await.link_token();
                let body = json!({"token": token, "new_password": "Another Password 456"});
                server.post("/global/auth/reset-password", body).await.expect(200);
                server.mail.next_mail_to("person@acme.com").await;
                assert_inactive(&server, &key, &person.scoped, end).await;
            }
        }
        for token in &tokens {
            assert_inactive(&server, &key, token, end).await;
        }
        if end != "reset" {
            assert_active(&server, &key, &person.scoped, "person@acme.com", Some("admin")).await;
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_question_without_a_token_is_refused() {
    let (server, _, person, key) = with_admin().await;
    for body in [json!({}), json!({"token": null}), json!({"token": 1}), json!({"token": [person.access]})] {
        let reply = server.call(Method::POST, "/internal/introspect", &key, body.clone()).await;
        assert_eq!(reply.invalid_fields(), ["token"], "{body}");
        assert!(!reply.text.contains(&person.access), "{}", reply.text);
    }
    // RFC 7662 asks with a form; this API speaks JSON only.
    let request = server.request(Method::POST, "/internal/introspect").bearer_auth(&key);
    let form = request.header("Content-Type", "application/x-www-form-urlencoded");
    let form = form.body(format!("token={}", person.access));
    send(form).await.expect_problem(415, "unsupported_media_type");
    // What else is said of the token changes nothing.
    let hint = json!({"token": person.access, "token_type_hint": "refresh_token", "active": false});
    let reply = server.call(Method::POST, "/internal/introspect", &key, hint).await.expect(200);
    assert_eq!(reply["active"], Json::Bool(true));
    server.finish().await;
}
