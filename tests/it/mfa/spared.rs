//! Nobody locks himself out by the switch: the session that makes it goes on with the tokens that it has (contract 23).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{DEV, MINUTE, set_up};
use crate::harness::{TestServer, Tokens};
use crate::inspect::set_platform_admin;
use crate::organization::{Organization, accept, select, try_select};
use crate::sessions::wait_until_expired;
use crate::tokens::claims;

const TENANT: &str = "/service/configs/auth.mfa_enforced";
const GLOBAL: &str = "/admin/configs/auth.mfa_enforced";
const ADMINS: &str = "/admin/configs/auth.mfa_required_for_admins";

async fn switch(server: &TestServer, path: &str, token: &str, is_on: bool) {
    server.call(Method::PUT, path, token, json!({"value": is_on})).await.expect(200);
}

async fn code_of(server: &TestServer, token: &str) -> Json {
    server.get("/service/info", token).await.json()["code"].clone()
}

/// Two sessions of an owner who is a platform admin, each with a pair and a token for the organization.
struct Stage {
    server: TestServer,
    org: Organization,
    here: (Tokens, String),
    there: (Tokens, String),
}

impl Stage {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let org = Organization::of(&server, DEV, "acme").await;
        set_platform_admin(&server, DEV, true).await;
        let mut sessions = Vec::new();
        for _ in 0..2 {
            let tokens = server.sign_in(DEV).await;
            let scoped = select(&server, &tokens.access, &org.id).await;
            sessions.push((tokens, scoped));
        }
        let there = sessions.pop().unwrap();
        Self { server, org, here: sessions.pop().unwrap(), there }
    }

    async fn refreshed(&self, tokens: &Tokens) -> Tokens {
        let body = json!({"refresh_token": tokens.refresh});
        Tokens::of(&self.server.post("/global/auth/refresh", body).await.expect(200))
    }
}

#[tokio::test]
async fn the_session_that_switches_goes_on_until_its_tokens_expire() {
    for (path, by_scoped) in [(TENANT, true), (GLOBAL, true), (GLOBAL, false)] {
        let mut stage = Stage::new().await;
        stage.server.advance(20 * MINUTE);
        let by = if by_scoped { &stage.here.1 } else { &stage.here.0.access };
        switch(&stage.server, path, by, true).await;
        assert_eq!(code_of(&stage.server, &stage.here.1).await, Json::Null, "{path}");
        assert_eq!(code_of(&stage.server, &stage.there.1).await, "mfa_enrollment_required");
        let other = try_select(&stage.server, &stage.there.0.access, &stage.org.id).await;
        other.expect_problem(403, "mfa_enrollment_required");

        // What it gets in exchange works too, and lives no longer than what it could have had at the switch.
        stage.server.advance(9 * MINUTE);
        stage.server.restart().await;
        let again = select(&stage.server, &stage.here.0.access, &stage.org.id).await;
        let body = json!({"environment": "dev"});
        let path = "/service/auth/switch-environment";
        let switched = stage.server.call(Method::POST, path, &again, body).await.expect(200);
        let switched = switched["access_token"].as_str().unwrap();
        for token in [&again, switched] {
            assert_eq!(code_of(&stage.server, token).await, Json::Null);
            let exp = claims(token)["exp"].as_i64().unwrap();
            assert!(exp <= claims(&stage.here.1)["iat"].as_i64().unwrap() + (20 + 30) * 60 + 1, "{exp}");
        }
        // A refresh is the end of it.
        let tokens = stage.refreshed(&stage.here.0).await;
        let reply = try_select(&stage.server, &tokens.access, &stage.org.id).await;
        reply.expect_problem(403, "mfa_enrollment_required");
        assert_eq!(code_of(&stage.server, &again).await, Json::Null);
        wait_until_expired(&stage.server, &again);
        assert_eq!(code_of(&stage.server, &again).await, "unauthorized");
        let tokens = stage.refreshed(&tokens).await;
        let reply = try_select(&stage.server, &tokens.access, &stage.org.id).await;
        reply.expect_problem(403, "mfa_enrollment_required");
        set_up(&stage.server, &tokens.access, DEV).await;
        select(&stage.server, &tokens.access, &stage.org.id).await;
        stage.server.finish().await;
    }
}

#[tokio::test]
async fn an_admin_goes_on_who_asks_admins_for_a_factor() {
    let stage = Stage::new().await;
    switch(&stage.server, ADMINS, &stage.here.0.access, true).await;
    let stats = async |token: &str| stage.server.get("/admin/stats", token).await.json()["code"].clone();
    for token in [&stage.here.0.access, &stage.here.1] {
        assert_eq!(stats(token).await, Json::Null);
    }
    for token in [&stage.there.0.access, &stage.there.1] {
        assert_eq!(stats(token).await, "mfa_enrollment_required");
    }
    stage.server.advance(MINUTE);
    let tokens = stage.refreshed(&stage.here.0).await;
    assert_eq!(stats(&tokens.access).await, "mfa_enrollment_required");
    stage.server.finish().await;
}

/// What spares a session from one switch spares it from no other one.
#[tokio::test]
async fn it_is_spared_from_its_own_switch_only() {
    let stage = Stage::new().await;
    let (server, here, there) = (&stage.server, &stage.here, &stage.there);
    let strict = Organization::of(server, "owner@strict.com", "strict").await;
    let invite = strict.invite(server, DEV, "viewer").await;
    accept(server, &here.0.access, &invite).await.expect(200);
    server.mail.next_mail_to("owner@strict.com").await;
    let in_strict = select(server, &here.0.access, &strict.id).await;
    switch(server, TENANT, &strict.owner.scoped, true).await;
    assert_eq!(code_of(server, &in_strict).await, "mfa_enrollment_required");
    // Not by a switch in another organization, nor by one of the installation.
    switch(server, TENANT, &here.1, true).await;
    assert_eq!(code_of(server, &here.1).await, Json::Null);
    assert_eq!(code_of(server, &in_strict).await, "mfa_enrollment_required");
    switch(server, GLOBAL, &here.0.access, true).await;
    assert_eq!(code_of(server, &here.1).await, Json::Null);
    assert_eq!(code_of(server, &in_strict).await, "mfa_enrollment_required");
    switch(server, GLOBAL, &here.0.access, false).await;

    // Somebody else switches the installation.
    switch(server, GLOBAL, &there.0.access, true).await;
    assert_eq!(code_of(server, &here.1).await, "mfa_enrollment_required");
    assert_eq!(code_of(server, &there.1).await, "mfa_enrollment_required", "the organization's own value, too");
    switch(server, GLOBAL, &there.0.access, false).await;
    assert_eq!(code_of(server, &here.1).await, Json::Null);
    // To say again what holds already is no switch.
    server.advance(MINUTE);
    let tokens = stage.refreshed(&there.0).await;
    switch(server, GLOBAL, &here.0.access, true).await;
    switch(server, GLOBAL, &tokens.access, true).await;
    assert_eq!(code_of(server, &here.1).await, Json::Null);
    let reply = try_select(server, &tokens.access, &stage.org.id).await;
    reply.expect_problem(403, "mfa_enrollment_required");
    // Nor does the operator spare anybody.
    server.set_config("auth.mfa_enforced", json!(false)).await;
    server.set_config("auth.mfa_enforced", json!(true)).await;
    assert_eq!(code_of(server, &here.1).await, "mfa_enrollment_required");
    stage.server.finish().await;
}
