//! Which value is in force: default, then the installation's, then the organization's, then the environment's.

use serde_json::{Value as Json, json};

use super::{Stage, change, item};
use crate::harness::Setup;
use crate::organization::Organization;

/// A key of each type that has every level: its default, and values for the installation, the organization, an
/// environment, and another one.
fn of_every_level() -> [(&'static str, Json, [Json; 4]); 5] {
    [
        ("gateway.redact_personal_data", json!(false), [json!(true), json!(false), json!(true), json!(false)]),
        ("gateway.timeout_seconds", json!(120), [json!(1), json!(3600), json!(60), json!(2)]),
        ("gateway.requests_per_minute", json!(0), [json!(10), json!(0), json!(1_000_000), json!(5)]),
        ("gateway.default_model", json!(""), [json!("a/b:c"), json!("Größe 🚀"), json!(""), json!("d")]),
        ("gateway.violation_action", json!("block"), [json!("log"), json!("warn"), json!("block"), json!("log")]),
    ]
}

/// The reply to a change is what the tree shows, and where it comes from.
#[track_caller]
fn assert_changed(reply: &Json, shown: &Json, value: &Json, source: &str) {
    let mut with_source = shown.clone();
    with_source["source"] = json!(source);
    assert_eq!(reply, &with_source);
    assert_eq!(&shown["val"], value, "{shown}");
}

#[tokio::test]
async fn each_level_wins_over_those_above_it_and_gives_way_when_it_is_reset() {
    let stage = Stage::new().await;
    let (prod, staging) = (stage.prod(), stage.staging.as_str());
    for (key, default, [global, tenant, environment, other]) in of_every_level() {
        let here = |value: &Json| json!({"value": value, "scope": "ENVIRONMENT"});
        let whole = |value: &Json| json!({"value": value});
        let all = |value: &Json| [value.clone(), value.clone(), value.clone()];
        assert_eq!(stage.values(key).await, all(&default), "{key}");

        let reply = stage.global(key, json!({"value": global, "scope": "GLOBAL"})).await;
        assert_changed(&reply, &stage.shown_globally(key).await, &global, "global");
        assert_eq!(stage.values(key).await, all(&global), "{key}");

        let reply = stage.own(staging, key, whole(&tenant)).await;
        assert_changed(&reply, &stage.shown(staging, key).await, &tenant, "tenant");
        assert_eq!(stage.values(key).await, all(&tenant), "{key}");

        let reply = stage.own(staging, key, here(&environment)).await;
        assert_changed(&reply, &stage.shown(staging, key).await, &environment, "environment");
        assert_eq!(stage.values(key).await, [tenant.clone(), environment.clone(), tenant.clone()], "{key}");
        stage.own(&stage.dev, key, here(&other)).await;
        assert_eq!(stage.values(key).await, [tenant.clone(), environment.clone(), other.clone()], "{key}");

        // Under its own value an environment shows nothing of what changes above it.
        let reply = stage.own(staging, key, json!({"value": other, "scope": "TENANT"})).await;
        assert_changed(&reply, &stage.shown(staging, key).await, &environment, "environment");
        assert_eq!(stage.values(key).await, [other.clone(), environment.clone(), other.clone()], "{key}");
        let reply = stage.global(key, whole(&default)).await;
        assert_changed(&reply, &stage.shown_globally(key).await, &default, "global");
        assert_eq!(stage.values(key).await, [other.clone(), environment.clone(), other.clone()], "{key}");
        stage.global(key, whole(&global)).await;
        stage.own(prod, key, whole(&tenant)).await;

        // And back, from the bottom and from the middle.
        let path = format!("{key}?scope=ENVIRONMENT");
        let reply = stage.own(staging, &path, Json::Null).await;
        assert_changed(&reply, &stage.shown(staging, key).await, &tenant, "tenant");
        assert_eq!(stage.values(key).await, [tenant.clone(), tenant.clone(), other.clone()], "{key}");
        let reply = stage.own(&stage.dev, key, Json::Null).await;
        assert_changed(&reply, &stage.shown(&stage.dev, key).await, &other, "environment");
        assert_eq!(stage.values(key).await, [global.clone(), global.clone(), other.clone()], "{key}");
        let reply = stage.own(&stage.dev, &path, Json::Null).await;
        assert_changed(&reply, &stage.shown(&stage.dev, key).await, &global, "global");
        let reply = stage.global(key, Json::Null).await;
        assert_changed(&reply, &stage.shown_globally(key).await, &default, "default");
        assert_eq!(stage.values(key).await, all(&default), "{key}");
        // Nothing to take away: the same reply.
        assert_eq!(stage.global(key, Json::Null).await, reply);
        for path in [key.to_owned(), path, format!("{key}?scope=TENANT")] {
            let reply = stage.own(prod, &path, Json::Null).await;
            assert_changed(&reply, &stage.shown(prod, key).await, &default, "default");
        }
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn a_key_without_environments_has_one_value_in_the_whole_organization() {
    let stage = Stage::new().await;
    let cases = [
        // Global and true it would shut everybody out: see the tests of second factors.
        ("auth.mfa_enforced", json!(false), json!(false), json!(true)),
        ("branding.support_email", json!(""), json!("Help@TruePort.example"), json!("help@acme.com")),
        ("branding.notice", json!(""), json!("  closed on Monday "), json!("Ruhetag: Dienstag")),
    ];
    for (key, default, global, tenant) in cases {
        let reply = stage.global(key, json!({"value": global})).await;
        // As it is kept: trimmed, and an address in lower case.
        let kept = match &global {
            Json::String(text) if key.ends_with("email") => json!(text.to_lowercase()),
            Json::String(text) => json!(text.trim()),
            other => other.clone(),
        };
        assert_changed(&reply, &stage.shown_globally(key).await, &kept, "global");
        assert_eq!(stage.values(key).await, [kept.clone(), kept.clone(), kept.clone()], "{key}");
        let reply = stage.own(&stage.dev, key, json!({"value": tenant, "scope": null})).await;
        assert_changed(&reply, &stage.shown(&stage.dev, key).await, &tenant, "tenant");
        assert_eq!(stage.values(key).await, [tenant.clone(), tenant.clone(), tenant.clone()], "{key}");
        stage.own(stage.prod(), key, Json::Null).await;
        assert_eq!(stage.values(key).await, [kept.clone(), kept.clone(), kept], "{key}");
        stage.global(key, Json::Null).await;
        assert_eq!(stage.values(key).await, [default.clone(), default.clone(), default], "{key}");
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn organizations_never_see_each_others_values() {
    let stage = Stage::new().await;
    let other = Organization::of(&stage.server, "owner@other.com", "other").await;
    let untouched = stage.server.get("/service/configs", &other.owner.scoped).await.expect(200);
    for (key, _, [_, tenant, environment, _]) in of_every_level() {
        stage.own(stage.prod(), key, json!({"value": tenant})).await;
        stage.own(stage.prod(), key, json!({"value": environment, "scope": "ENVIRONMENT"})).await;
        assert_eq!(stage.server.get("/service/configs", &other.owner.scoped).await.expect(200), untouched, "{key}");
        let admin = stage.shown_globally(key).await;
        assert_eq!(admin["val"], item(&untouched, key)["val"], "the installation's value is another one");
        // Nor does one of them take the other one's away.
        let path = format!("/service/configs/{key}");
        for path in [path.clone(), format!("{path}?scope=ENVIRONMENT")] {
            change(&stage.server, &other.owner.scoped, &path, Json::Null).await.expect(200);
        }
        assert_eq!(stage.shown(stage.prod(), key).await["val"], environment, "{key}");
        assert_eq!(stage.shown(&stage.dev, key).await["val"], tenant, "{key}");
    }
    // Somebody who is in both sees with each token what belongs to it.
    let both = other.join(&stage.server, "both@acme.com", "admin").await;
    let token = stage.acme.invite(&stage.server, "both@acme.com", "admin").await;
    crate::organization::accept(&stage.server, &both.access, &token).await.expect(200);
    stage.server.mail.next_mail_to("owner@acme.com").await;
    let in_acme = crate::organization::select(&stage.server, &both.access, &stage.acme.id).await;
    let key = "gateway.timeout_seconds";
    stage.own(&both.scoped, key, json!({"value": 77})).await;
    assert_eq!(stage.shown(&both.scoped, key).await["val"], 77);
    assert_eq!(stage.shown(&in_acme, key).await["val"], 60);
    stage.server.finish().await;
}

#[tokio::test]
async fn values_stay_across_a_restart() {
    let mut stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    for (key, _, [global, tenant, environment, _]) in of_every_level() {
        stage.global(key, json!({"value": global})).await;
        stage.own(stage.prod(), key, json!({"value": tenant})).await;
        stage.own(&stage.dev, key, json!({"value": environment, "scope": "ENVIRONMENT"})).await;
    }
    stage.global("branding.notice", json!({"value": "locked", "is_locked": true})).await;
    stage.global("smtp.password", json!({"value": "hunter2"})).await;
    let trees = async |stage: &Stage| {
        let mut trees = vec![stage.server.get("/admin/configs", &stage.admin).await.expect(200)];
        for token in [stage.prod(), &stage.staging, &stage.dev] {
            trees.push(stage.server.get("/service/configs", token).await.expect(200));
        }
        trees
    };
    let before = trees(&stage).await;
    stage.server.restart().await;
    assert_eq!(trees(&stage).await, before);
    for (key, _, [_, tenant, environment, _]) in of_every_level() {
        assert_eq!(stage.values(key).await, [tenant.clone(), tenant, environment], "{key}");
    }
    stage.server.finish().await;
}
