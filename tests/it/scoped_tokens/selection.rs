//! Choosing an organization: what the token says, and one refusal for whatever is none of one's own.

use reqwest::Method;
use serde_json::json;
use trueport::store::tenants::TenantStatus;

use super::{info, names, token};
use crate::harness::{TestServer, Tokens};
use crate::inspect::look;
use crate::organization::{Organization, accept, change, remove, select, set_status, try_select};
use crate::sessions::{refresh, wait_until};
use crate::tokens::{claims, header};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn a_selection_answers_as_specified_and_its_token_says_who_where_and_as_what() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let mut people = vec![(acme.owner.clone(), "owner")];
    for role in ["admin", "member", "viewer"] {
        people.push((acme.join(&server, &format!("{role}@acme.com"), role).await, role));
    }
    for (person, role) in people {
        server.advance(10);
        let reply = try_select(&server, &person.access, &acme.id).await;
        let body = reply.expect(200);
        let scoped = token(&body);
        let expected = json!({
            "access_token": scoped, "token_type": "bearer", "expires_in": 1800, "tenant_id": acme.id, "role": role,
            "environment": "prod",
        });
        assert_eq!(body, expected);
        assert_eq!((reply.header("cache-control"), reply.header("set-cookie")), (Some("no-store"), None));

        let (said, global) = (claims(&scoped), claims(&person.access));
        assert_eq!(names(&said), ["aud", "env", "exp", "iat", "iss", "jti", "role", "sid", "sub", "tid", "typ"]);
        assert_eq!((&said["typ"], &said["env"]), (&json!("scoped"), &json!("prod")));
        assert_eq!((&said["tid"], &said["role"]), (&json!(acme.id), &json!(role)));
        for name in ["iss", "aud", "sub", "sid"] {
            assert_eq!(said[name], global[name], "{name}");
        }
        assert_eq!(said["sub"], person.user_id);
        assert_eq!(header(&scoped), header(&person.access));
        assert_eq!(said["iat"], server.clock.now().seconds());
        assert_eq!(said["exp"].as_i64(), Some(server.clock.now().seconds() + 1800));
        assert_ne!(said["jti"], claims(&person.scoped)["jti"]);
        // The tokens before go on working beside it.
        for other in [&scoped, &person.scoped] {
            assert_eq!(info(&server, other).await.expect(200)["id"], acme.id);
        }
        server.get("/global/tenants", &person.access).await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_person_with_two_organizations_is_in_the_one_of_the_token() {
    let server = TestServer::start().await;
    let first = Organization::of(&server, "jane@acme.com", "first").await;
    let second = Organization::of(&server, "john@acme.com", "second").await;
    let invitation = second.invite(&server, "jane@acme.com", "viewer").await;
    accept(&server, &first.owner.access, &invitation).await.expect(200);
    server.mail.next_mail_to("john@acme.com").await;
    let there = select(&server, &first.owner.access, &second.id).await;
    for (scoped, slug, role) in [(&first.owner.scoped, "first", "owner"), (&there, "second", "viewer")] {
        assert_eq!(info(&server, scoped).await.expect(200)["slug"], slug);
        assert_eq!(claims(scoped)["role"], role);
    }
    // Being the owner of one makes nobody anything in another.
    server.get("/service/invites", &first.owner.scoped).await.expect(200);
    server.get("/service/invites", &there).await.expect_problem(403, "insufficient_role");
    server.finish().await;
}

#[tokio::test]
async fn whatever_is_none_of_the_own_organizations_is_refused_in_one_way() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let viewer = acme.join(&server, "viewer@acme.com", "viewer").await;
    let former = acme.join(&server, "former@acme.com", "admin").await;
    let foreign = Organization::of(&server, "other@acme.com", "foreign").await;
    let closed = Organization::of(&server, "closed@acme.com", "closed").await;
    let archived = Organization::of(&server, "archived@acme.com", "archived").await;
    set_status(&server, "closed", TenantStatus::Suspended).await;
    set_status(&server, "archived", TenantStatus::Archived).await;
    change(&server, &acme.owner.scoped, &viewer.user_id, json!({"status": "disabled"})).await.expect(200);
    remove(&server, &acme.owner.scoped, &former.user_id).await.expect(200);
    server.mail.next_mail_to(&former.email).await;
    // An invitation that waits is no membership.
    let _token = foreign.invite(&server, "viewer@acme.com", "admin").await;

    let unknown = "ten_01h455vb4pex5vsknk084sn02q";
    let refused = try_select(&server, &viewer.access, unknown).await;
    refused.expect_problem(403, "not_a_member");
    let (upper, padded, long) = (foreign.id.to_uppercase(), format!(" {}", acme.id), "x".repeat(10_000));
    let malformed = [
        "",
        "ten_",
        "ten_x1y2z3w4",
        "acme-corp",
        "usr_01h455vb4pex5vsknk084sn02q",
        "ten_01h455vb4pex5vsknk084sn02q\0",
        "ten_81h455vb4pex5vsknk084sn02q",
        "' OR 1=1 --",
        "../../etc/passwd",
        "null",
        &upper,
        &padded,
        &long,
    ];
    let not_hers = [unknown, &acme.id, &foreign.id, &closed.id, &archived.id];
    for tenant_id in malformed.into_iter().chain(not_hers) {
        let reply = try_select(&server, &viewer.access, tenant_id).await;
        assert_eq!(look(&reply), look(&refused), "{tenant_id:.40}");
    }
    let reply = try_select(&server, &former.access, &acme.id).await;
    assert_eq!(look(&reply), look(&refused), "somebody who was removed");
    set_status(&server, "acme-corp", TenantStatus::Suspended).await;
    for person in [&viewer, &former] {
        let reply = try_select(&server, &person.access, &acme.id).await;
        assert_eq!(look(&reply), look(&refused), "{} of a suspended one", person.email);
    }
    // Its members are told how it stands.
    try_select(&server, &acme.owner.access, &acme.id).await.expect_problem(403, "tenant_suspended");
    try_select(&server, &archived.owner.access, &archived.id).await.expect_problem(403, "tenant_archived");
    for body in [json!({}), json!({"tenant_id": null}), json!({"tenant_id": 1}), json!({"tenant_id": [acme.id]})] {
        let reply = server.call(Method::POST, "/global/auth/select-tenant", &viewer.access, body).await;
        assert_eq!(reply.invalid_fields(), ["tenant_id"]);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_token_lives_no_longer_than_its_session() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let mut pair = server.sign_in("jane@acme.com").await;
    let end = claims(&pair.access)["iat"].as_i64().unwrap() + i64::try_from(30 * DAY).unwrap();
    for _ in 0..5 {
        server.advance(5 * DAY + DAY / 2);
        pair = Tokens::of(&refresh(&server, &pair.refresh).await.expect(200));
    }
    wait_until(&server, end - 60, std::time::Duration::ZERO);
    pair = Tokens::of(&refresh(&server, &pair.refresh).await.expect(200));
    let body = try_select(&server, &pair.access, &acme.id).await.expect(200);
    assert_eq!((&body["expires_in"], &claims(&token(&body))["exp"]), (&json!(60), &json!(end)));
    server.advance(60);
    info(&server, &token(&body)).await.expect_problem(401, "unauthorized");
    server.finish().await;
}
