//! What is locked from above: by a platform admin, or by the operator.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use trueport::domain::settings::ConfigValue;
use trueport::secret::Secret;

use super::{Stage, change};
use crate::harness::Setup;
use crate::organization::Organization;

const KEY: &str = "gateway.timeout_seconds";

#[tokio::test]
async fn a_lock_hides_what_is_under_it_everywhere_and_unlocking_restores_it() {
    let stage = Stage::new().await;
    let other = Organization::of(&stage.server, "owner@other.com", "other").await;
    stage.own(stage.prod(), KEY, json!({"value": 10})).await;
    stage.own(&stage.dev, KEY, json!({"value": 20, "scope": "ENVIRONMENT"})).await;
    stage.own(&other.owner.scoped, KEY, json!({"value": 30})).await;
    // Everything that somebody sees, as value and lock: acme in its three environments, the other one.
    let seen = async || {
        let mut seen = Vec::new();
        for token in [stage.prod(), &stage.staging, &stage.dev, &other.owner.scoped] {
            let shown = stage.shown(token, KEY).await;
            assert_eq!(shown["mod"], true);
            seen.push((shown["val"].clone(), shown["is_locked"].clone()));
        }
        seen
    };
    let open = [10, 10, 20, 30].map(|value| (json!(value), json!(false)));
    let locked_at = |value: i64| [value; 4].map(|value| (json!(value), json!(true)));
    assert_eq!(seen().await, open);

    // Each with the body, whether it is locked then, and what everybody sees.
    let steps = [
        (json!({"value": 99, "is_locked": true}), true, locked_at(99)),
        (json!({"value": 98}), true, locked_at(98)),
        (json!({"value": 97, "is_locked": null}), true, locked_at(97)),
        (json!({"value": 120, "scope": "GLOBAL"}), true, locked_at(120)),
        (json!({"value": 120, "is_locked": false}), false, open.clone()),
        (json!({"value": 50}), false, open.clone()),
        (json!({"value": 50, "is_locked": true}), true, locked_at(50)),
        (Json::Null, false, open.clone()),
        (json!({"value": 51}), false, open.clone()),
    ];
    for (body, is_locked, expected) in steps {
        let reply = stage.global(KEY, body.clone()).await;
        assert_eq!(reply["is_locked"], is_locked, "{body}");
        assert_eq!(stage.shown_globally(KEY).await["is_locked"], is_locked, "{body}");
        assert_eq!(seen().await, expected, "{body}");
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn under_a_lock_an_organization_changes_nothing() {
    let stage = Stage::new().await;
    stage.own(stage.prod(), KEY, json!({"value": 10})).await;
    stage.own(stage.prod(), KEY, json!({"value": 11, "scope": "ENVIRONMENT"})).await;
    stage.global(KEY, json!({"value": 99, "is_locked": true})).await;
    let path = format!("/service/configs/{KEY}");
    let audited = stage.server.audit().await;
    for body in [json!({"value": 12}), json!({"value": 12, "scope": "ENVIRONMENT"}), Json::Null] {
        change(&stage.server, stage.prod(), &path, body).await.expect_problem(403, "config_locked");
    }
    let path = format!("{path}?scope=ENVIRONMENT");
    change(&stage.server, stage.prod(), &path, Json::Null).await.expect_problem(403, "config_locked");
    assert_eq!(stage.server.audit().await, audited, "what is refused leaves no trace of a change");
    // Other keys stay open.
    stage.own(stage.prod(), "gateway.default_model", json!({"value": "small"})).await;
    stage.global(KEY, json!({"value": 99, "is_locked": false})).await;
    assert_eq!(stage.values(KEY).await, [json!(11), json!(10), json!(10)]);
    stage.server.finish().await;
}

#[tokio::test]
async fn a_lock_on_a_key_of_the_installation_is_shown_and_binds_no_platform_admin() {
    let stage = Stage::new().await;
    let key = "auth.password_min_length";
    for (body, expected) in [
        (json!({"value": 12, "is_locked": true}), json!([12, true, "global"])),
        (json!({"value": 14}), json!([14, true, "global"])),
        (json!({"value": 14, "is_locked": false}), json!([14, false, "global"])),
        (json!({"value": 14, "is_locked": true}), json!([14, true, "global"])),
        (Json::Null, json!([10, false, "default"])),
        (json!({"value": 11}), json!([11, false, "global"])),
    ] {
        let reply = stage.global(key, body).await;
        assert_eq!(json!([reply["val"], reply["is_locked"], reply["source"]]), expected);
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn what_the_operator_gives_is_locked_and_changed_nowhere_else() {
    let values = BTreeMap::from([
        ("base_url", ConfigValue::Text("https://given.example".into())),
        ("smtp.password", ConfigValue::Secret(Secret::new("hunter2"))),
        (KEY, ConfigValue::Int(33)),
    ]);
    let mut stage = Stage::with(Setup { values, ..Setup::default() }).await;
    let given = [
        ("base_url", json!("https://given.example"), json!("https://a.example")),
        ("smtp.host", json!("127.0.0.1"), json!("mail.example")),
        ("smtp.security", json!("none"), json!("tls")),
        ("smtp.password", Json::Null, json!("another")),
        (KEY, json!(33), json!(34)),
    ];
    for (key, value, other) in &given {
        let shown = stage.shown_globally(key).await;
        assert_eq!((&shown["val"], &shown["is_locked"]), (value, &json!(true)), "{key}");
        if shown["gen_type"] == "secret" {
            assert_eq!(shown["is_set"], true);
        }
        let path = format!("/admin/configs/{key}");
        // A valid value, an invalid one, the lock alone, and the way back: all the same.
        for body in
            [json!({"value": other}), json!({"value": []}), json!({"value": value, "is_locked": false}), Json::Null]
        {
            change(&stage.server, &stage.admin, &path, body).await.expect_problem(403, "config_locked");
        }
    }
    assert_eq!(stage.shown(stage.prod(), KEY).await["is_locked"], true);
    for body in [json!({"value": 5}), json!({"value": "x"}), Json::Null] {
        let path = format!("/service/configs/{KEY}");
        change(&stage.server, stage.prod(), &path, body).await.expect_problem(403, "config_locked");
    }
    // What the operator did not give is open.
    assert_eq!(stage.global("smtp.from_name", json!({"value": "Mailer"})).await["source"], "global");
    // Given no longer, the key is open again and has the value that is stored, which is none.
    stage.server.setup.values.remove(KEY);
    stage.server.restart().await;
    let shown = stage.shown(stage.prod(), KEY).await;
    assert_eq!((&shown["val"], &shown["is_locked"]), (&json!(120), &json!(false)));
    stage.own(stage.prod(), KEY, json!({"value": 5})).await;
    // And given again, it hides what is stored by then.
    stage.server.setup.values.insert(KEY, ConfigValue::Int(33));
    stage.server.restart().await;
    assert_eq!(stage.values(KEY).await, [json!(33), json!(33), json!(33)]);
    stage.server.finish().await;
}
