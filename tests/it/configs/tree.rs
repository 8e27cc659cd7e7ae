//! The tree: its shape and names, who sees which keys, and what each type of key tells a client.

use serde_json::{Map, Value as Json, json};
use trueport::domain::settings;

use super::{Stage, item, items};
use crate::harness::Setup;

/// The members of an object, in alphabetical order and with spaces between them.
fn names(object: &Json) -> String {
    object.as_object().expect("an object").keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn list<'a>(object: &'a Json, name: &str) -> &'a Vec<Json> {
    let list = object[name].as_array().unwrap_or_else(|| panic!("no list {name} in {object}"));
    assert!(!list.is_empty(), "{name} is empty in {object}");
    list
}

/// Fails unless every part of a tree has exactly the members of the specification and is not empty.
fn assert_shape(tree: &Json, level: &str) {
    assert_eq!(names(tree), "resources");
    for resource in list(tree, "resources") {
        assert_eq!(names(resource), "config_groups resrc_name");
        for group in list(resource, "config_groups") {
            assert_eq!(names(group), "grp_title sections type");
            assert_eq!(group["type"], level);
            for section in list(group, "sections") {
                assert_eq!(names(section), "configs header_title");
                list(section, "configs").iter().for_each(assert_item);
            }
        }
    }
}

/// Fails unless a key has exactly the members of the specification, and those that its type adds.
fn assert_item(item: &Json) {
    let mut plain = item.as_object().expect("an object").clone();
    let mut take = |name: &str| plain.remove(name).unwrap_or_else(|| panic!("no {name} in {item}"));
    match item["gen_type"].as_str().expect("a type") {
        "boolean" => assert!(item["val"].is_boolean(), "{item}"),
        "integer" => {
            let (min, max) = (take("min").as_i64().expect("a number"), take("max").as_i64().expect("a number"));
            let val = item["val"].as_i64().expect("a number");
            assert!(min < max && (min..=max).contains(&val), "{item}");
        }
        "select" => {
            let options = take("options");
            let options = options.as_array().expect("a list");
            assert!(options.len() > 1 && options.contains(&item["val"]), "{item}");
        }
        "secret" => {
            assert!(take("is_set").is_boolean(), "{item}");
            assert_eq!(item["val"], Json::Null);
        }
        "string" | "email" | "url" => assert!(item["val"].is_string(), "{item}"),
        other => panic!("{other} is no type of the contract"),
    }
    assert_eq!(names(&Json::Object(plain)), "gen_type is_locked key lbl mod val");
    assert!(item["mod"].is_boolean() && item["is_locked"].is_boolean(), "{item}");
    for name in ["key", "lbl"] {
        assert!(item[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {item}");
    }
}

/// The place of each key, as `key: resource / group / section`.
fn places(tree: &Json) -> Vec<String> {
    let text = |of: &Json, name: &str| of[name].as_str().expect("a text").to_owned();
    let mut places = Vec::new();
    for resource in list(tree, "resources") {
        for group in list(resource, "config_groups") {
            for section in list(group, "sections") {
                let path = [text(resource, "resrc_name"), text(group, "grp_title"), text(section, "header_title")];
                let here = list(section, "configs").iter();
                places.extend(here.map(|item| format!("{}: {}", text(item, "key"), path.join(" / "))));
            }
        }
    }
    places
}

#[tokio::test]
async fn the_example_of_the_specification_is_in_the_tree_as_it_is() {
    let stage = Stage::new().await;
    let tree = stage.server.get("/service/configs", stage.prod()).await.expect(200);
    let security = &tree["resources"][0];
    let authentication = &security["config_groups"][0];
    let expected = json!({
        "resrc_name": "Security",
        "config_groups": [{
            "grp_title": "Authentication",
            "type": "TENANT",
            "sections": [{
                "header_title": "MFA Settings",
                "configs": [{
                    "key": "auth.mfa_enforced",
                    "lbl": "Enforce MFA for all users",
                    "val": false,
                    "gen_type": "boolean",
                    "mod": true,
                    "is_locked": false,
                }],
            }],
        }],
    });
    assert_eq!((security, authentication), (&expected, &expected["config_groups"][0]));
    // The order of the members is that of the specification, too: people read such replies.
    let text = stage.server.get("/service/configs", stage.prod()).await.text;
    assert!(text.contains(r#""configs":[{"key":"auth.mfa_enforced","lbl":"Enforce MFA for all users","val":false,"#));
    stage.server.finish().await;
}

#[tokio::test]
async fn an_organization_sees_the_keys_that_it_may_set_and_no_others() {
    let stage = Stage::new().await;
    for person in [stage.prod(), &stage.staging, &stage.dev] {
        let tree = stage.server.get("/service/configs", person).await.expect(200);
        assert_shape(&tree, "TENANT");
        let items = items(&tree);
        assert!(items.len() >= 10, "{tree}");
        for item in &items {
            let key = item["key"].as_str().expect("a key");
            assert_eq!(item["mod"], true, "{key}");
            assert!(!key.starts_with("smtp.") && key != "base_url" && !key.starts_with("tenants."), "{key}");
            assert!(!key.starts_with("auth.") || key == "auth.mfa_enforced", "{key}");
            assert_ne!(item["gen_type"], "secret", "{key}");
        }
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn the_installation_shows_every_key_at_the_same_place() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let reply = stage.server.get("/admin/configs", &stage.admin).await;
    let whole = reply.expect(200);
    assert_shape(&whole, "GLOBAL");
    let shown: Vec<&str> = items(&whole).iter().map(|item| item["key"].as_str().expect("a key")).collect();
    let registered: Vec<&str> = settings::entries().map(|entry| entry.key).collect();
    assert_eq!(shown, registered);
    assert!(registered.len() >= 25, "{registered:?}");
    for key in ["smtp.host", "auth.registration", "tenants.creation", "base_url", "auth.mfa_enforced"] {
        assert!(registered.contains(&key), "{key}");
    }
    for entry in settings::entries() {
        let item = item(&whole, entry.key);
        let may_be_set = entry.level > settings::Level::Global;
        let expected = json!([entry.key, entry.label, may_be_set, false]);
        assert_eq!(json!([item["key"], item["lbl"], item["mod"], item["is_locked"]]), expected);
    }
    // What an organization sees is a part of it, with the same names in the same order.
    let own = stage.server.get("/service/configs", stage.prod()).await.expect(200);
    let (places_of_all, places_of_own) = (places(&whole), places(&own));
    let common: Vec<&String> = places_of_all.iter().filter(|place| places_of_own.contains(place)).collect();
    assert_eq!(common, places_of_own.iter().collect::<Vec<_>>());
    let seen = |item: &Json| item["mod"] == true;
    assert_eq!(items(&whole).into_iter().filter(|item| seen(item)).collect::<Vec<_>>(), items(&own));
    stage.server.finish().await;
}

#[tokio::test]
async fn each_type_tells_what_a_client_needs_for_a_control() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let cases = [
        ("auth.mfa_enforced", json!({"gen_type": "boolean", "val": false, "mod": true})),
        ("auth.password_min_length", json!({"gen_type": "integer", "val": 10, "min": 8, "max": 128, "mod": false})),
        (
            "auth.registration",
            json!({"gen_type": "select", "val": "open", "options": ["open", "domains", "invite_only"], "mod": false}),
        ),
        ("smtp.from_name", json!({"gen_type": "string", "val": "TruePort", "mod": false})),
        ("smtp.from_address", json!({"gen_type": "email", "val": "", "mod": false})),
        ("base_url", json!({"gen_type": "url", "val": "https://trueport.example", "mod": false})),
        ("smtp.password", json!({"gen_type": "secret", "val": null, "is_set": false, "mod": false})),
    ];
    for (key, expected) in cases {
        let item = stage.shown_globally(key).await;
        let own: Map<String, Json> = item.as_object().unwrap().clone();
        let told: Map<String, Json> =
            own.into_iter().filter(|(name, _)| !["key", "lbl", "is_locked"].contains(&name.as_str())).collect();
        assert_eq!(Json::Object(told), expected, "{key}");
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn a_secret_is_set_or_not_and_never_shown() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let secret = "hunter2 of the mailer";
    let put = stage.global("smtp.password", json!({"value": secret})).await;
    let expected = json!([null, true, "global"]);
    assert_eq!(json!([put["val"], put["is_set"], put["source"]]), expected);
    for value in [secret, "another one", secret] {
        stage.global("smtp.password", json!({"value": value, "is_locked": true})).await;
        let item = stage.shown_globally("smtp.password").await;
        assert_eq!(json!([item["val"], item["is_set"], item["is_locked"]]), json!([null, true, true]));
    }
    // Stored and empty is as good as not set.
    let emptied = stage.global("smtp.password", json!({"value": ""})).await;
    assert_eq!(json!([emptied["val"], emptied["is_set"]]), json!([null, false]));
    stage.global("smtp.password", json!({"value": secret})).await;
    let reset = stage.global("smtp.password", Json::Null).await;
    assert_eq!(json!([reset["val"], reset["is_set"], reset["source"]]), json!([null, false, "default"]));
    stage.server.finish().await;
}

/// Where a value comes from is told to who asks; the tree of the specification stays as it is for everybody else.
#[tokio::test]
async fn the_tree_tells_on_request_where_each_value_comes_from() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let set = json!({"value": 60});
    stage.own(stage.prod(), "gateway.timeout_seconds", set.clone()).await;
    stage.own(stage.prod(), "gateway.requests_per_minute", json!({"value": 5, "scope": "ENVIRONMENT"})).await;
    stage.global("retention.log_days", json!({"value": 30})).await;
    for (path, token, sources) in [
        ("/service/configs", stage.prod(), ["tenant", "environment", "global", "default"]),
        ("/admin/configs", &stage.admin, ["default", "default", "global", "default"]),
    ] {
        let plain = stage.server.get(path, token).await.expect(200);
        let told = stage.server.get(&format!("{path}?sources=true"), token).await.expect(200);
        let keys = [
            "gateway.timeout_seconds",
            "gateway.requests_per_minute",
            "retention.log_days",
            "gateway.violation_action",
        ];
        for (key, source) in keys.into_iter().zip(sources) {
            assert_eq!(item(&told, key)["source"], source, "{key}");
        }
        let without: Vec<Json> = items(&told)
            .into_iter()
            .map(|item| {
                let mut item = item.clone();
                item.as_object_mut().and_then(|item| item.remove("source")).expect("a source");
                item
            })
            .collect();
        assert_eq!(without.iter().collect::<Vec<_>>(), items(&plain));
        assert_eq!(stage.server.get(&format!("{path}?sources=false"), token).await.expect(200), plain);
        let refused = stage.server.get(&format!("{path}?sources=maybe"), token).await;
        assert_eq!(refused.expect_problem(422, "validation_error")["errors"][0]["field"], "sources");
    }
    stage.server.finish().await;
}
