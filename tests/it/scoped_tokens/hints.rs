//! What a token says is a hint: only a genuine one counts, and then the database decides (contract 12).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{info, switch, token};
use crate::harness::TestServer;
use crate::organization::{Organization, Person, change, select};
use crate::tokens::{claims, forge, header, hmac_sha256, secret_of, with};

/// What a thief of the signing key could sign: the token's claims with others in their place.
struct Forger {
    header: Json,
    claims: Json,
    secret: Vec<u8>,
}

impl Forger {
    async fn of(server: &TestServer, scoped: &str) -> Self {
        let header = header(scoped);
        let secret = secret_of(server, &header["kid"]).await;
        Self { header, claims: claims(scoped), secret }
    }

    /// Rightly signed.
    fn sign(&self, name: &str, value: Option<Json>) -> String {
        forge(&self.header, &with(&self.claims, name, value), hmac_sha256(&self.secret))
    }
}

#[tokio::test]
async fn a_token_with_other_claims_is_none() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let other = Organization::of(&server, "other@acme.com", "other").await;
    let viewer = acme.join(&server, "viewer@acme.com", "viewer").await;
    let forger = Forger::of(&server, &viewer.scoped).await;
    let parts: Vec<&str> = viewer.scoped.split('.').collect();
    let global = claims(&viewer.access);
    for (name, value) in [
        ("tid", json!(other.id)),
        ("role", json!("owner")),
        ("role", json!("admin")),
        ("env", json!("dev")),
        ("sub", json!(acme.owner.user_id)),
        ("sid", claims(&acme.owner.scoped)["sid"].clone()),
        ("typ", json!("global")),
        ("exp", json!(9_999_999_999_i64)),
    ] {
        let changed = with(&forger.claims, name, Some(value.clone()));
        let resigned = |secret: &[u8]| forge(&forger.header, &changed, hmac_sha256(secret));
        let genuine_signature = {
            let signed = resigned(b"");
            format!("{}.{}", signed.rsplit_once('.').unwrap().0, parts[2])
        };
        let unsigned = forge(&with(&forger.header, "alg", Some(json!("none"))), &changed, |_| Vec::new());
        for forged in [genuine_signature, resigned(b"another secret of thirty-two byte"), unsigned] {
            info(&server, &forged).await.expect_problem(401, "unauthorized");
            switch(&server, &forged, "dev").await.expect_problem(401, "unauthorized");
            server.get("/global/tenants", &forged).await.expect_problem(401, "unauthorized");
        }
    }
    // A global token does not become a scoped one by its claims either.
    let mut dressed = global.clone();
    for name in ["tid", "role", "env", "typ"] {
        dressed[name] = forger.claims[name].clone();
    }
    let dressed = forge(&forger.header, &dressed, hmac_sha256(b"another secret of thirty-two byte"));
    info(&server, &dressed).await.expect_problem(401, "unauthorized");
    info(&server, &viewer.scoped).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn even_a_rightly_signed_token_gives_nothing_that_the_database_does_not() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let other = Organization::of(&server, "other@acme.com", "other").await;
    let viewer = acme.join(&server, "viewer@acme.com", "viewer").await;
    let forger = Forger::of(&server, &viewer.scoped).await;
    // Made by hand from the same parts it works, so that the cases below fail for the reason they give.
    info(&server, &forger.sign("role", Some(json!("viewer")))).await.expect(200);
    let cases = [
        ("tid", Some(json!(other.id)), 403, "membership_ended"),
        ("tid", Some(json!("ten_01h455vb4pex5vsknk084sn02q")), 403, "membership_ended"),
        ("tid", Some(json!("acme-corp")), 401, "unauthorized"),
        ("tid", Some(json!("' OR 1=1 --")), 401, "unauthorized"),
        ("tid", None, 401, "unauthorized"),
        ("tid", Some(json!(null)), 401, "unauthorized"),
        ("tid", Some(json!([acme.id])), 401, "unauthorized"),
        ("env", None, 401, "unauthorized"),
        ("env", Some(json!("production")), 401, "unauthorized"),
        ("env", Some(json!(1)), 401, "unauthorized"),
        ("sub", Some(json!(acme.owner.user_id)), 401, "unauthorized"),
        ("sid", Some(claims(&acme.owner.scoped)["sid"].clone()), 401, "unauthorized"),
    ];
    for (name, value, status, code) in cases {
        let reply = info(&server, &forger.sign(name, value.clone())).await;
        assert_eq!(reply.status.as_u16(), status, "{name} {value:?}: {}", reply.text);
        reply.expect_problem(status, code);
    }
    for role in ["owner", "admin"] {
        let boaster = forger.sign("role", Some(json!(role)));
        assert_viewer(&server, &boaster, &acme).await;
    }
    server.finish().await;
}

/// Fails unless this token sees the organization and changes nothing in it.
async fn assert_viewer(server: &TestServer, scoped: &str, acme: &Organization) {
    info(server, scoped).await.expect(200);
    let rename = server.call(Method::PATCH, "/service/info", scoped, json!({"name": "Mine"})).await;
    rename.expect_problem(403, "insufficient_role");
    let body = json!({"slug": "acme-corp"});
    server.call(Method::POST, "/service/archive", scoped, body).await.expect_problem(403, "insufficient_role");
    server.get("/service/invites", scoped).await.expect_problem(403, "insufficient_role");
    let promotion = change(server, scoped, &acme.owner.user_id, json!({"role": "viewer"})).await;
    promotion.expect_problem(403, "insufficient_role");
    let said = claims(&token(&switch(server, scoped, "dev").await.expect(200)));
    assert_eq!(said["role"], "viewer", "a new token says how it is");
}

#[tokio::test]
async fn a_role_counts_as_it_is_now_and_not_as_the_token_says() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let person = acme.join(&server, "person@acme.com", "viewer").await;
    let give = async |to: &Person, role: &str| {
        change(&server, &acme.owner.scoped, &to.user_id, json!({"role": role})).await.expect(200);
        server.mail.next_mail_to(&to.email).await;
    };
    assert_viewer(&server, &person.scoped, &acme).await;
    give(&person, "admin").await;
    let rename =
        async |scoped: &str| server.call(Method::PATCH, "/service/info", scoped, json!({"name": "Renamed"})).await;
    rename(&person.scoped).await.expect(200);
    assert_eq!(claims(&person.scoped)["role"], "viewer");
    let as_admin = select(&server, &person.access, &acme.id).await;
    let switched = token(&switch(&server, &person.scoped, "dev").await.expect(200));
    for said in [claims(&as_admin), claims(&switched)] {
        assert_eq!(said["role"], "admin");
    }
    give(&person, "viewer").await;
    for scoped in [&person.scoped, &as_admin, &switched] {
        assert_viewer(&server, scoped, &acme).await;
    }
    // The owner's power goes over with the ownership, whatever either's token says.
    let transfer = json!({"user_id": person.user_id});
    server.call(Method::POST, "/service/ownership-transfer", &acme.owner.scoped, transfer).await.expect(200);
    for email in [&person.email, &acme.owner.email] {
        server.mail.next_mail_to(email).await;
    }
    let archive =
        async |scoped: &str| server.call(Method::POST, "/service/archive", scoped, json!({"slug": "acme-corp"})).await;
    archive(&acme.owner.scoped).await.expect_problem(403, "insufficient_role");
    rename(&acme.owner.scoped).await.expect(200);
    archive(&person.scoped).await.expect(200);
    server.finish().await;
}
