//! Switching between environments, and the header that checks which organization is meant.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{info, names, switch, token};
use crate::harness::{Reply, TestServer, send};
use crate::organization::{Organization, found, select, set_status};
use crate::sessions::{A_MOMENT, logout, wait_until};
use crate::tokens::claims;

#[tokio::test]
async fn switching_keeps_all_but_the_environment() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let viewer = acme.join(&server, "viewer@acme.com", "viewer").await;
    for person in [&acme.owner, &viewer] {
        let first = claims(&person.scoped);
        let exp = first["exp"].as_i64().unwrap();
        let mut current = person.scoped.clone();
        for environment in ["staging", "dev", "prod", "prod", "staging"] {
            server.advance(100);
            let before = claims(&current);
            let reply = switch(&server, &current, environment).await;
            let body = reply.expect(200);
            current = token(&body);
            // What is left of the token before, to the second.
            let now = server.clock.now().seconds();
            let expected = json!({
                "access_token": current, "token_type": "bearer", "environment": environment, "expires_in": exp - now,
            });
            assert_eq!(body, expected);
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            let said = claims(&current);
            assert_eq!(names(&said), names(&first));
            assert_eq!((&said["env"], &said["iat"]), (&json!(environment), &json!(now)));
            for name in ["iss", "aud", "sub", "sid", "tid", "role", "typ", "exp"] {
                assert_eq!(said[name], first[name], "{name}");
            }
            assert_ne!(said["jti"], before["jti"]);
            info(&server, &current).await.expect(200);
            info(&server, &person.scoped).await.expect(200);
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn switching_again_and_again_does_not_put_off_the_end() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let exp = claims(&acme.owner.scoped)["exp"].as_i64().unwrap();
    wait_until(&server, exp, A_MOMENT);
    let body = switch(&server, &acme.owner.scoped, "dev").await.expect(200);
    assert_eq!(body["expires_in"], 1);
    wait_until(&server, exp, Duration::ZERO);
    for scoped in [&acme.owner.scoped, &token(&body)] {
        info(&server, scoped).await.expect_problem(401, "unauthorized");
        switch(&server, scoped, "prod").await.expect_problem(401, "unauthorized");
    }
    server.finish().await;
}

#[tokio::test]
async fn there_are_three_environments() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    for environment in ["", "production", "PROD", "Staging", " dev", "dev\0", "test", "null", "*"] {
        let reply = switch(&server, &acme.owner.scoped, environment).await;
        assert_eq!(reply.status.as_u16(), 422, "{environment:?}: {}", reply.text);
        assert_eq!(reply.invalid_fields(), ["environment"], "{environment:?}");
    }
    for body in [json!({}), json!({"environment": null}), json!({"environment": 1}), json!({"environment": ["dev"]})] {
        let reply =
            server.call(Method::POST, "/service/auth/switch-environment", &acme.owner.scoped, body.clone()).await;
        assert_eq!(reply.invalid_fields(), ["environment"], "{body}");
    }
    // Nothing else in the body counts.
    let body = json!({"environment": "dev", "tenant_id": "ten_01h455vb4pex5vsknk084sn02q", "role": "admin", "exp": 0});
    let reply = server.call(Method::POST, "/service/auth/switch-environment", &acme.owner.scoped, body).await;
    let said = claims(&token(&reply.expect(200)));
    let same = claims(&acme.owner.scoped);
    assert_eq!((&said["tid"], &said["role"], &said["exp"]), (&same["tid"], &same["role"], &same["exp"]));
    server.finish().await;
}

#[tokio::test]
async fn the_header_with_the_slug_checks_and_never_selects() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let second = found(&server, &acme.owner.access, "second").await;
    let second = select(&server, &acme.owner.access, &second).await;
    let ask = async |method: Method, path: &str, scoped: &str, slugs: &[&str]| -> Reply {
        let body = if method == Method::GET { Json::Null } else { json!({"environment": "dev"}) };
        let mut request = server.request(method, path).bearer_auth(scoped).json(&body);
        for slug in slugs {
            request = request.header("X-Tenant-Slug", *slug);
        }
        send(request).await
    };
    let (info, switch) = ((Method::GET, "/service/info"), (Method::POST, "/service/auth/switch-environment"));
    for (method, path) in [info, switch] {
        for (scoped, right, other) in [(&acme.owner.scoped, "acme-corp", "second"), (&second, "second", "acme-corp")] {
            ask(method.clone(), path, scoped, &[]).await.expect(200);
            ask(method.clone(), path, scoped, &[right]).await.expect(200);
            ask(method.clone(), path, scoped, &[right, right]).await.expect(200);
            let upper = right.to_uppercase();
            let list = format!("{right}, {right}");
            let wrong: &[&[&str]] =
                &[&[other], &[""], &["nothing"], &[&upper], &[&list], &["\u{e4}"], &[right, other], &[other, right]];
            for slugs in wrong {
                let reply = ask(method.clone(), path, scoped, slugs).await;
                assert_eq!(reply.status.as_u16(), 403, "{path} {slugs:?}: {}", reply.text);
                reply.expect_problem(403, "tenant_mismatch");
            }
        }
    }
    // Elsewhere it says nothing.
    let request = server.request(Method::GET, "/global/tenants").bearer_auth(&acme.owner.access);
    send(request.header("X-Tenant-Slug", "nothing")).await.expect(200);
    // Where the organization is closed that is what is told, and to somebody who has signed out not even that.
    set_status(&server, "second", TenantStatus::Suspended).await;
    ask(Method::GET, "/service/info", &second, &["nothing"]).await.expect_problem(403, "tenant_suspended");
    logout(&server, &acme.owner.access).await.expect(204);
    ask(Method::GET, "/service/info", &second, &["nothing"]).await.expect_problem(401, "unauthorized");
    server.finish().await;
}
