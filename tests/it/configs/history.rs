//! `history`: who changed a key, when and to what, newest first.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Stage, platform_admin};
use crate::harness::Setup;
use crate::inspect::whole_audit;
use crate::organization::{Organization, remove};
use crate::tokens::claims;

const KEY: &str = "gateway.timeout_seconds";

impl Stage {
    async fn history(&self, token: &str, path: &str) -> Vec<Json> {
        let list = self.server.get(path, token).await.expect(200);
        assert_eq!(list.as_object().expect("an object").keys().collect::<Vec<_>>(), ["items", "total"]);
        let items = list["items"].as_array().expect("items").clone();
        if !path.contains('?') {
            assert_eq!(list["total"], items.len(), "{list}");
        }
        items
    }

    async fn own_history(&self, token: &str, key: &str) -> Vec<Json> {
        self.history(token, &format!("/service/configs/{key}/history")).await
    }

    async fn global_history(&self, key: &str) -> Vec<Json> {
        self.history(&self.admin, &format!("/admin/configs/{key}/history")).await
    }
}

/// What a history tells of each change but who and when: action, environment, value, lock.
fn changes(items: &[Json]) -> Vec<Json> {
    items.iter().map(|item| json!([item["action"], item["environment"], item["value"], item["is_locked"]])).collect()
}

#[tokio::test]
async fn each_change_says_who_made_it_when_and_what_it_was() {
    let stage = Stage::new().await;
    let admin = stage.acme.join(&stage.server, "admin@acme.com", "admin").await;
    let owner = &stage.acme.owner;
    assert_eq!(stage.own_history(stage.prod(), KEY).await, [] as [Json; 0]);
    assert_eq!(stage.global_history(KEY).await, [] as [Json; 0]);

    let mut expected = Vec::new();
    let root = (claims(&stage.admin)["sub"].clone(), "root@trueport.example");
    let staging = format!("{KEY}?scope=ENVIRONMENT");
    let prod = (stage.prod(), KEY);
    let steps = [
        (prod, json!({"value": 10}), json!(["set", null, 10, false]), owner),
        (
            (&*stage.staging, KEY),
            json!({"value": 11, "scope": "ENVIRONMENT"}),
            json!(["set", "staging", 11, false]),
            owner,
        ),
        ((&*admin.scoped, KEY), json!({"value": 12}), json!(["set", null, 12, false]), &admin),
        // The same value again is a change, too: somebody confirmed it.
        (prod, json!({"value": 12}), json!(["set", null, 12, false]), owner),
        ((&*stage.staging, &*staging), Json::Null, json!(["reset", "staging", null, false]), owner),
        ((&*admin.scoped, KEY), Json::Null, json!(["reset", null, null, false]), &admin),
    ];
    for ((token, path), body, said, who) in steps {
        stage.server.advance(60);
        stage.own(token, path, body).await;
        let at = stage.server.clock.now().to_string();
        expected.insert(
            0,
            json!({
                "at": at, "actor": "user", "user_id": who.user_id, "email": who.email, "impersonator_id": null,
                "action": said[0], "environment": said[1], "value": said[2], "is_locked": said[3],
            }),
        );
        assert_eq!(stage.own_history(stage.prod(), KEY).await, expected);
    }
    // Taking away what is not there changes nothing.
    stage.own(stage.prod(), KEY, Json::Null).await;
    stage.own(&stage.staging, &staging, Json::Null).await;
    assert_eq!(stage.own_history(&stage.dev, KEY).await, expected);
    assert_eq!(stage.global_history(KEY).await, [] as [Json; 0]);

    let mut global = Vec::new();
    for (body, said) in [
        (json!({"value": 20}), json!(["set", null, 20, false])),
        (json!({"value": 21, "is_locked": true}), json!(["set", null, 21, true])),
        (json!({"value": 22}), json!(["set", null, 22, true])),
        (Json::Null, json!(["reset", null, null, false])),
    ] {
        stage.server.advance(60);
        stage.global(KEY, body).await;
        let at = stage.server.clock.now().to_string();
        global.insert(
            0,
            json!({
                "at": at, "actor": "user", "user_id": root.0, "email": root.1, "impersonator_id": null,
                "action": said[0], "environment": said[1], "value": said[2], "is_locked": said[3],
            }),
        );
        assert_eq!(stage.global_history(KEY).await, global);
    }
    stage.global(KEY, Json::Null).await;
    assert_eq!(stage.global_history(KEY).await, global);
    assert_eq!(stage.own_history(stage.prod(), KEY).await, expected, "an organization is told its own changes only");
    stage.server.finish().await;
}

#[tokio::test]
async fn an_organization_is_told_nothing_of_others_and_of_keys_that_are_not_its_own() {
    let stage = Stage::new().await;
    let other = Organization::of(&stage.server, "owner@other.com", "other").await;
    stage.own(stage.prod(), KEY, json!({"value": 10})).await;
    stage.own(&other.owner.scoped, KEY, json!({"value": 20})).await;
    stage.own(&other.owner.scoped, "gateway.default_model", json!({"value": "x"})).await;
    stage.global(KEY, json!({"value": 30})).await;
    stage.server.set_config("auth.password_min_length", json!(12)).await;
    assert_eq!(changes(&stage.own_history(stage.prod(), KEY).await), [json!(["set", null, 10, false])]);
    assert_eq!(changes(&stage.own_history(&other.owner.scoped, KEY).await), [json!(["set", null, 20, false])]);
    assert_eq!(changes(&stage.global_history(KEY).await), [json!(["set", null, 30, false])]);
    for key in ["auth.password_min_length", "smtp.password", "base_url", "nothing.here"] {
        let path = format!("/service/configs/{key}/history");
        stage.server.get(&path, stage.prod()).await.expect_problem(404, "not_found");
    }
    // Under a lock the history stays.
    stage.global(KEY, json!({"value": 30, "is_locked": true})).await;
    assert_eq!(stage.own_history(stage.prod(), KEY).await.len(), 1);
    stage.server.finish().await;
}

#[tokio::test]
async fn a_history_is_paged_newest_first() {
    let stage = Stage::new().await;
    for value in 1..=60 {
        stage.own(stage.prod(), KEY, json!({"value": value})).await;
        stage.global(KEY, json!({"value": 3_600 - value})).await;
    }
    let ways = [
        (format!("/service/configs/{KEY}/history"), stage.prod(), (1..=60).rev().collect::<Vec<i64>>()),
        (format!("/admin/configs/{KEY}/history"), &*stage.admin, (3_540..3_600).collect()),
    ];
    for (path, token, all) in ways {
        for (query, part) in [
            ("", &all[..50]),
            ("?limit=1", &all[..1]),
            ("?limit=7&offset=5", &all[5..12]),
            ("?limit=200", &all[..]),
            ("?offset=50", &all[50..]),
            ("?offset=60", &[]),
            ("?offset=9223372036854775807", &[]),
        ] {
            let list = stage.server.get(&format!("{path}{query}"), token).await.expect(200);
            let values: Vec<i64> =
                list["items"].as_array().unwrap().iter().map(|item| item["value"].as_i64().unwrap()).collect();
            assert_eq!((values.as_slice(), &list["total"]), (part, &json!(60)), "{query}");
        }
        for (query, field) in
            [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("offset=-1", "offset")]
        {
            let reply = stage.server.get(&format!("{path}?{query}"), token).await;
            assert_eq!(reply.invalid_fields(), [field], "{query}");
        }
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn a_secret_is_in_no_history_and_no_audit() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let key = "smtp.password";
    stage.global(key, json!({"value": "hunter2 of the mailer", "is_locked": true})).await;
    stage.server.advance(1);
    stage.server.set_config(key, json!("hunter2 of the operator")).await;
    stage.global(key, Json::Null).await;
    let items = stage.global_history(key).await;
    let expected =
        [json!(["reset", null, null, false]), json!(["set", null, null, true]), json!(["set", null, null, true])];
    assert_eq!(changes(&items), expected);
    let actors: Vec<Json> = items.iter().map(|item| json!([item["actor"], item["email"]])).collect();
    let root = json!(["user", "root@trueport.example"]);
    assert_eq!(actors, [root.clone(), json!(["operator", null]), root]);
    assert!(items.iter().all(|item| item["actor"] == "user" || item["user_id"].is_null()));
    let audited = whole_audit(&stage.server).await.join("\n");
    assert!(audited.contains("config.updated") && audited.contains("config.reset"), "{audited}");
    assert!(!audited.contains("hunter2"), "{audited}");
    stage.server.finish().await;
}

#[tokio::test]
async fn every_change_is_audited_once_and_says_what_it_was() {
    let stage = Stage::new().await;
    let before = whole_audit(&stage.server).await.len();
    stage.global(KEY, json!({"value": 20, "is_locked": false})).await;
    stage.own(stage.prod(), KEY, json!({"value": 10})).await;
    stage.own(&stage.staging, KEY, json!({"value": 11, "scope": "ENVIRONMENT"})).await;
    stage.own(&stage.staging, &format!("{KEY}?scope=ENVIRONMENT"), Json::Null).await;
    stage.own(stage.prod(), KEY, Json::Null).await;
    stage.own(stage.prod(), KEY, Json::Null).await;
    stage.global(KEY, Json::Null).await;
    stage.server.advance(1);
    stage.server.set_config(KEY, json!(9)).await;
    let (root, owner) = (claims(&stage.admin)["sub"].clone(), &stage.acme.owner.user_id);
    let root = root.as_str().unwrap();
    let audited = whole_audit(&stage.server).await;
    let expected = [
        (format!("user {root} config.updated config {KEY} "), r#"{"is_locked":false,"value":20}"#),
        (format!("user {owner} config.updated config {KEY} "), r#"{"environment":null,"value":10}"#),
        (format!("user {owner} config.updated config {KEY} "), r#"{"environment":"staging","value":11}"#),
        (format!("user {owner} config.reset config {KEY} "), r#"{"environment":"staging","value":null}"#),
        (format!("user {owner} config.reset config {KEY} "), r#"{"environment":null,"value":null}"#),
        (format!("user {root} config.reset config {KEY} "), r#"{"is_locked":false,"value":null}"#),
        (format!("operator  config.updated config {KEY} "), r#"{"is_locked":false,"value":9}"#),
    ];
    assert_eq!(audited.len() - before, expected.len(), "{audited:#?}");
    for (event, (start, end)) in audited[before..].iter().zip(&expected) {
        assert!(event.starts_with(start) && event.ends_with(end), "{event:?} is not {start}…{end}");
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn of_who_left_the_history_keeps_the_id_and_not_the_address() {
    let stage = Stage::new().await;
    let admin = stage.acme.join(&stage.server, "admin@acme.com", "admin").await;
    stage.own(&admin.scoped, KEY, json!({"value": 12})).await;
    let root = platform_admin(&stage.server, "second@trueport.example").await;
    stage.server.call(Method::PUT, &format!("/admin/configs/{KEY}"), &root, json!({"value": 13})).await.expect(200);
    let before = stage.own_history(stage.prod(), KEY).await;
    remove(&stage.server, stage.prod(), &admin.user_id).await.expect(200);
    stage.server.mail.next_mail_to("admin@acme.com").await;
    assert_eq!((&before[0]["email"], &before[0]["user_id"]), (&json!("admin@acme.com"), &json!(admin.user_id)));
    // The address is that of today, which is no business of an organization that the person has left.
    let after = stage.own_history(stage.prod(), KEY).await;
    assert_eq!((&after[0]["email"], &after[0]["user_id"]), (&Json::Null, &json!(admin.user_id)));
    assert_eq!(stage.global_history(KEY).await[0]["email"], "second@trueport.example");
    stage.server.finish().await;
}
