//! Every key that there is takes another value, shows it, and goes back.

use serde_json::{Value as Json, json};

use super::{Stage, items};
use crate::harness::Setup;

/// Valid values of a key other than the one it has; every choice, and both bounds.
fn others(item: &Json) -> Vec<Json> {
    let all = match item["gen_type"].as_str().expect("a type") {
        "boolean" => vec![json!(true), json!(false)],
        "integer" => vec![item["min"].clone(), item["max"].clone()],
        "select" => item["options"].as_array().expect("options").clone(),
        "string" if item["key"] == "api.cors_origins" => vec![json!("https://app.example, http://localhost:5173")],
        // Harmless as a mail server, too: nobody listens on its port.
        "string" => vec![json!("127.0.0.1")],
        "email" => vec![json!("somebody@trueport.example")],
        "url" => vec![json!("https://other.example")],
        "secret" => vec![json!("hunter2")],
        other => panic!("{other} is no type of the contract"),
    };
    all.into_iter().filter(|value| *value != item["val"]).collect()
}

#[tokio::test]
async fn every_key_takes_each_kind_of_value_and_is_reset() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let tree = stage.server.get("/admin/configs", &stage.admin).await.expect(200);
    for default in items(&tree) {
        let key = default["key"].as_str().expect("a key");
        let is_secret = default["gen_type"] == "secret";
        let others = others(default);
        assert!(!others.is_empty(), "{key}");
        for value in others {
            let reply = stage.global(key, json!({"value": value})).await;
            let shown = stage.shown_globally(key).await;
            let mut expected = default.clone();
            expected["val"] = if is_secret { Json::Null } else { value };
            if is_secret {
                expected["is_set"] = json!(true);
            }
            assert_eq!(shown, expected);
            expected["source"] = json!("global");
            assert_eq!(reply, expected);
        }
        let mut expected = default.clone();
        expected["source"] = json!("default");
        assert_eq!(stage.global(key, Json::Null).await, expected);
        assert_eq!(&stage.shown_globally(key).await, default);
    }
    assert_eq!(stage.server.get("/admin/configs", &stage.admin).await.expect(200), tree);
    stage.server.finish().await;
}

/// The same keys for an organization, at each level that they have.
#[tokio::test]
async fn every_key_of_an_organization_is_set_at_each_of_its_levels() {
    let stage = Stage::new().await;
    let tree = stage.server.get("/service/configs", stage.prod()).await.expect(200);
    for default in items(&tree) {
        let key = default["key"].as_str().expect("a key");
        let entry = trueport::domain::settings::entry(key).expect("it is registered");
        let scopes: &[&str] = match entry.level {
            trueport::domain::settings::Level::Environment => &["TENANT", "ENVIRONMENT"],
            _ => &["TENANT"],
        };
        let old = stage.values(key).await;
        for scope in scopes {
            for value in others(default) {
                let reply = stage.own(stage.prod(), key, json!({"value": value, "scope": scope})).await;
                assert_eq!((&reply["val"], &reply["source"]), (&value, &json!(scope.to_lowercase())));
                let [prod, staging, _] = stage.values(key).await;
                assert_eq!(prod, value, "{key} {scope}");
                assert_eq!(staging, if *scope == "TENANT" { value } else { old[1].clone() }, "{key} {scope}");
            }
            let path = format!("{key}?scope={scope}");
            assert_eq!(stage.own(stage.prod(), &path, Json::Null).await["source"], "default");
            assert_eq!(stage.values(key).await, old);
        }
    }
    stage.server.finish().await;
}
