//! `explain`: what is set at each level of a key, and which level wins.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use trueport::domain::settings::ConfigValue;
use trueport::secret::Secret;

use super::Stage;
use crate::harness::Setup;
use crate::organization::Organization;

/// The layers of an explanation, each as `source value`, with `locked` and `wins` behind it where they hold. Fails unless
/// the explanation has exactly its members and says at its head what the layers say.
fn layers(explanation: &Json, key: &str) -> Vec<String> {
    let list = explanation["layers"].as_array().expect("layers");
    let winners: Vec<&Json> = list.iter().filter(|layer| layer["is_winner"] == true).collect();
    let [winner] = winners[..] else { panic!("not one winner: {explanation}") };
    let expected = json!({"key": key, "val": winner["value"], "source": winner["source"], "layers": list});
    assert_eq!(explanation, &expected);
    let line = |layer: &Json| {
        assert_eq!(layer.as_object().expect("an object").len(), 5, "{layer}");
        let value = match &layer["is_set"] {
            Json::Bool(false) => {
                assert_eq!(layer["value"], Json::Null, "{layer}");
                "-".to_owned()
            }
            is_set => {
                assert_eq!(is_set, true, "{layer}");
                layer["value"].to_string()
            }
        };
        let mark = |name: &str, mark: &'static str| if layer[name] == true { mark } else { "" };
        let source = layer["source"].as_str().expect("a text");
        format!("{source} {value}{}{}", mark("is_locked", " locked"), mark("is_winner", " wins"))
    };
    list.iter().map(line).collect()
}

impl Stage {
    async fn explained(&self, token: &str, key: &str) -> Vec<String> {
        let path = format!("/service/configs/{key}/explain");
        layers(&self.server.get(&path, token).await.expect(200), key)
    }

    async fn explained_globally(&self, key: &str) -> Vec<String> {
        let path = format!("/admin/configs/{key}/explain");
        layers(&self.server.get(&path, &self.admin).await.expect(200), key)
    }
}

#[tokio::test]
async fn each_level_is_told_and_the_one_that_wins() {
    let stage = Stage::new().await;
    let key = "gateway.violation_action";
    let own = format!("{key}?scope=ENVIRONMENT");
    // Who changes what: the installation (admin), acme (prod), acme's staging; then what prod and staging are told.
    type Step<'a> = (&'a str, &'a str, Json, [&'a str; 4], [&'a str; 4]);
    let steps: [Step<'_>; 9] = [
        (
            "admin",
            key,
            Json::Null,
            [r#"default "block" wins"#, "global -", "tenant -", "environment -"],
            [r#"default "block" wins"#, "global -", "tenant -", "environment -"],
        ),
        (
            "admin",
            key,
            json!({"value": "log"}),
            [r#"default "block""#, r#"global "log" wins"#, "tenant -", "environment -"],
            [r#"default "block""#, r#"global "log" wins"#, "tenant -", "environment -"],
        ),
        (
            "staging",
            key,
            json!({"value": "warn", "scope": "ENVIRONMENT"}),
            [r#"default "block""#, r#"global "log" wins"#, "tenant -", "environment -"],
            [r#"default "block""#, r#"global "log""#, "tenant -", r#"environment "warn" wins"#],
        ),
        (
            "prod",
            key,
            json!({"value": "block"}),
            [r#"default "block""#, r#"global "log""#, r#"tenant "block" wins"#, "environment -"],
            [r#"default "block""#, r#"global "log""#, r#"tenant "block""#, r#"environment "warn" wins"#],
        ),
        (
            "admin",
            key,
            json!({"value": "warn", "is_locked": true}),
            [r#"default "block""#, r#"global "warn" locked wins"#, r#"tenant "block""#, "environment -"],
            [r#"default "block""#, r#"global "warn" locked wins"#, r#"tenant "block""#, r#"environment "warn""#],
        ),
        (
            "admin",
            key,
            json!({"value": "warn", "is_locked": false}),
            [r#"default "block""#, r#"global "warn""#, r#"tenant "block" wins"#, "environment -"],
            [r#"default "block""#, r#"global "warn""#, r#"tenant "block""#, r#"environment "warn" wins"#],
        ),
        (
            "staging",
            &own,
            Json::Null,
            [r#"default "block""#, r#"global "warn""#, r#"tenant "block" wins"#, "environment -"],
            [r#"default "block""#, r#"global "warn""#, r#"tenant "block" wins"#, "environment -"],
        ),
        (
            "prod",
            key,
            Json::Null,
            [r#"default "block""#, r#"global "warn" wins"#, "tenant -", "environment -"],
            [r#"default "block""#, r#"global "warn" wins"#, "tenant -", "environment -"],
        ),
        (
            "admin",
            key,
            Json::Null,
            [r#"default "block" wins"#, "global -", "tenant -", "environment -"],
            [r#"default "block" wins"#, "global -", "tenant -", "environment -"],
        ),
    ];
    let other = Organization::of(&stage.server, "owner@other.com", "other").await;
    for (who, path, body, in_prod, in_staging) in steps {
        match who {
            "admin" => stage.global(path, body).await,
            "prod" => stage.own(stage.prod(), path, body).await,
            _ => stage.own(&stage.staging, path, body).await,
        };
        assert_eq!(stage.explained(stage.prod(), key).await, in_prod, "{who} {path}");
        assert_eq!(stage.explained(&stage.staging, key).await, in_staging, "{who} {path}");
        // The installation is told its own levels, another organization nothing of this one's.
        let above: Vec<String> = in_prod[..2].iter().map(|line| line.replace(" wins", "")).collect();
        let globally = stage.explained_globally(key).await;
        assert_eq!(globally.iter().map(|line| line.replace(" wins", "")).collect::<Vec<_>>(), above);
        let elsewhere = stage.explained(&other.owner.scoped, key).await;
        assert_eq!(elsewhere[..2], globally);
        assert_eq!(elsewhere[2..], ["tenant -", "environment -"]);
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn a_key_without_environments_has_no_level_for_them() {
    let stage = Stage::new().await;
    stage.own(&stage.staging, "auth.mfa_enforced", json!({"value": true})).await;
    let expected = ["default false", "global -", "tenant true wins"];
    for token in [stage.prod(), &stage.staging, &stage.dev] {
        assert_eq!(stage.explained(token, "auth.mfa_enforced").await, expected);
    }
    assert_eq!(stage.explained_globally("auth.mfa_enforced").await, ["default false wins", "global -"]);
    for key in ["smtp.host", "smtp.password", "base_url", "auth.registration", "tenants.creation", "nothing.here"] {
        let path = format!("/service/configs/{key}/explain");
        stage.server.get(&path, stage.prod()).await.expect_problem(404, "not_found");
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn what_the_operator_gives_is_a_level_of_its_own() {
    let values = BTreeMap::from([
        ("base_url", ConfigValue::Text("https://given.example".into())),
        ("smtp.host", ConfigValue::Text("given.example".into())),
        ("smtp.password", ConfigValue::Secret(Secret::new("hunter2"))),
    ]);
    let mut stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    stage.global("smtp.host", json!({"value": "127.0.0.1", "is_locked": true})).await;
    stage.global("smtp.password", json!({"value": "hunter1"})).await;
    let stored = [
        ("base_url", vec![r#"default "https://trueport.example" wins"#, "global -", "operator -"]),
        ("smtp.host", vec![r#"default """#, r#"global "127.0.0.1" locked wins"#, "operator -"]),
        ("smtp.password", vec!["default -", "global null wins", "operator -"]),
        ("smtp.username", vec![r#"default "" wins"#, "global -", "operator -"]),
        ("auth.registration", vec![r#"default "open" wins"#, "global -"]),
    ];
    for (key, expected) in stored {
        assert_eq!(stage.explained_globally(key).await, expected, "{key}");
    }
    // Nothing is the value of a secret that is not set, as in the tree.
    stage.global("smtp.password", json!({"value": ""})).await;
    assert_eq!(stage.explained_globally("smtp.password").await, ["default -", "global - wins", "operator -"]);
    stage.global("smtp.password", Json::Null).await;
    assert_eq!(stage.explained_globally("smtp.password").await, ["default - wins", "global -", "operator -"]);
    stage.global("smtp.password", json!({"value": "hunter1"})).await;
    stage.server.setup.values = values;
    stage.server.restart().await;
    let given = [
        (
            "base_url",
            vec![
                r#"default "https://trueport.example""#,
                "global -",
                r#"operator "https://given.example" locked wins"#,
            ],
        ),
        ("smtp.host", vec![r#"default """#, r#"global "127.0.0.1" locked"#, r#"operator "given.example" locked wins"#]),
        ("smtp.password", vec!["default -", "global null", "operator null locked wins"]),
        ("smtp.username", vec![r#"default "" wins"#, "global -", "operator -"]),
    ];
    for (key, expected) in given {
        assert_eq!(stage.explained_globally(key).await, expected, "{key}");
    }
    let text = stage.server.get("/admin/configs/smtp.password/explain", &stage.admin).await.text;
    assert!(!text.contains("hunter"), "{text}");
    stage.server.finish().await;
}
