//! What administrators see of factors, and how they help somebody who has lost one.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{DEV, set_up, state, with_phone};
use crate::harness::TestServer;
use crate::organization::Organization;
use crate::plans::platform_admin;
use crate::tokens::claims;

#[tokio::test]
async fn a_platform_admin_resets_the_factors_of_a_person() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let (tokens, phone) = with_phone(&server, DEV).await;
    let path = format!("/admin/users/{}", claims(&tokens.access)["sub"].as_str().unwrap());
    let shown = server.get(&path, &admin).await.expect(200);
    assert_eq!(shown["factors"], state(&server, &tokens.access).await["factors"]);
    assert!(!shown.to_string().contains(&phone.recovery_codes[0]));

    let reset = async || server.call(Method::POST, &format!("{path}/reset-mfa"), &admin, Json::Null).await;
    reset().await.expect(204);
    let mail = server.mail.next_mail_to(DEV).await;
    assert_eq!(mail.subject, "The second factor of your TruePort account was reset");
    assert!(!mail.text.contains("127.0.0.1"), "where the administrator is, is not the person's to know: {}", mail.text);
    let after = state(&server, &tokens.access).await;
    assert_eq!((&after["enabled"], &after["session_proven"]), (&json!(false), &json!(false)));
    assert_eq!(server.get(&path, &admin).await.expect(200)["factors"], json!([]));
    server.sign_in(DEV).await;
    // Once more changes nothing, and nobody is told.
    reset().await.expect(204);
    let audit = crate::inspect::audited_changes(&server).await;
    assert!(audit.ends_with(&[r#"user.second_factor_reset {"factors":0}"#.to_owned()]), "{audit:?}");
    server.finish().await;
}

/// Who administers an organization sees which members have a second factor; nobody else does.
#[tokio::test]
async fn administrators_of_an_organization_see_who_has_a_factor() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    // What was only begun is no factor.
    super::begin(&server, &admin.access).await;
    set_up(&server, &member.access, &member.email).await;
    for token in [&org.owner.scoped, &admin.scoped] {
        let members = server.get("/service/members", token).await.expect(200);
        let shown: Vec<&Json> = members.as_array().unwrap().iter().map(|item| &item["mfa_enabled"]).collect();
        assert_eq!(shown, [false, false, true]);
    }
    let members = server.get("/service/members", &member.scoped).await.expect(200);
    assert!(members.as_array().unwrap().iter().all(|item| item.get("mfa_enabled").is_none()), "{members}");
    let path = format!("/service/members/{}", member.user_id);
    let changed = server.call(Method::PATCH, &path, &admin.scoped, json!({"role": "viewer"})).await.expect(200);
    assert_eq!(changed["mfa_enabled"], true);
    server.mail.next_mail_to(&member.email).await;
    server.finish().await;
}

/// What an administrator may not do without a factor is not done in somebody else's name either.
#[tokio::test]
async fn acting_for_somebody_ends_where_administrators_must_prove_a_factor() {
    let server = TestServer::start().await;
    let (first, second) = (platform_admin(&server).await, server.person("second@acme.com").await.access);
    crate::inspect::set_platform_admin(&server, "second@acme.com", true).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    let acting = crate::impersonation::impersonate(&server, &second, &member.user_id, &org.id).await;
    server.get("/service/info", &acting).await.expect(200);
    let key = "/admin/configs/auth.mfa_required_for_admins";
    server.call(Method::PUT, key, &first, json!({"value": true})).await.expect(200);
    server.get("/service/info", &acting).await.expect_problem(403, "mfa_enrollment_required");
    // Whoever switched it on goes on for as long as with the administration, in somebody's name too.
    server.advance(20 * 60);
    let spared = crate::impersonation::impersonate(&server, &first, &member.user_id, &org.id).await;
    let (own, acting) = (claims(&first)["exp"].as_i64(), claims(&spared)["exp"].as_i64());
    assert!(acting <= own.map(|exp| exp + 60), "{acting:?} {own:?}");
    server.finish().await;
}
