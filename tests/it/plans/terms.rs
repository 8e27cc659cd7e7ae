//! What a plan may cost and give, and who gets a change of it.

use serde_json::{Map, Value as Json, json};
use trueport::args;
use trueport::db::Tx;

use super::{change, create, create_team, list, platform_admin, specified};
use crate::harness::TestServer;
use crate::organization::Organization;
use crate::subscriptions::{activate, cancel, history};

/// A plan as it may be, with one field replaced.
fn plan_with(name: &str, value: &Json) -> Json {
    let mut body = json!({"name": "Team", "price": 99.5, "billing_cycle": "YEARLY", "features": ["One"], "limits": {}});
    body[name] = value.clone();
    body
}

/// What is refused, by its field and how the 422 names it.
fn wrong_values() -> Vec<(&'static str, Json, String)> {
    let limit = |name: &str, value: Json| ("limits", json!({name: value}), format!("limits.{name}"));
    let mut wrong = Vec::new();
    for price in [json!(-1), json!(-0.01), json!(1.005), json!(99.999), json!(0.001), json!(1e-9), json!(299.000_000_1)]
    {
        wrong.push(("price", price, "price".to_owned()));
    }
    for price in
        [json!(1_000_000_000.01), json!(1_000_000_001), json!(1e15), json!(u64::MAX), json!("99.50"), json!([1])]
    {
        wrong.push(("price", price, "price".to_owned()));
    }
    for cycle in ["", "monthly", "WEEKLY", " MONTHLY", "MONTHLY\u{0}"] {
        wrong.push(("billing_cycle", json!(cycle), "billing_cycle".to_owned()));
    }
    for name in ["", " \t ", &"x".repeat(101), "a\nb", "a\u{202e}b"] {
        wrong.push(("name", json!(name), "name".to_owned()));
    }
    for features in [json!(vec!["x"; 51]), json!([""]), json!(["x".repeat(101)]), json!(["a\nb"]), json!("One")] {
        wrong.push(("features", features, "features".to_owned()));
    }
    for (item, name) in [(json!(1), "features[1]"), (json!(null), "features[1]"), (json!(["x"]), "features[1]")] {
        wrong.push(("features", json!(["One", item]), name.to_owned()));
    }
    for name in ["requests_per_month", "api_keys", "log_retention_days"] {
        for value in [json!(-1), json!(i64::MIN), json!(1.5), json!(u64::MAX), json!("1"), json!(true)] {
            wrong.push(limit(name, value));
        }
    }
    for name in ["ml_violation_detection", "custom_ml_models"] {
        wrong.extend([json!(1), json!("true"), json!(null)].map(|value| limit(name, value)));
    }
    wrong.push(("self_service", json!("yes"), "self_service".to_owned()));
    wrong
}

#[tokio::test]
async fn what_no_plan_may_have_is_refused_by_its_name() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let before = list(&server, &admin).await;
    for (field, value, named) in wrong_values() {
        for reply in [
            create(&server, &admin, plan_with(field, &value)).await,
            change(&server, &admin, "plan_pro", json!({field: value})).await,
        ] {
            assert_eq!(reply.status.as_u16(), 422, "{field} {value:.60}: {}", reply.text);
            assert_eq!(reply.invalid_fields(), [named.as_str()], "{field} {value:.60}");
        }
    }
    for (field, missing) in [("name", true), ("price", true), ("billing_cycle", true), ("features", false)] {
        let reply = create(&server, &admin, plan_with(field, &Json::Null)).await;
        assert_eq!(reply.invalid_fields(), [field]);
        let mut body = plan_with("name", &json!("Team"));
        body.as_object_mut().unwrap().remove(field);
        if missing {
            assert_eq!(create(&server, &admin, body).await.invalid_fields(), [field]);
        }
    }
    // Everything at once is told at once.
    let body = json!({
        "name": "", "price": -1, "billing_cycle": "x", "features": [""], "limits": {"api_keys": -1, "log_retention_days": -1},
    });
    let all = ["name", "price", "billing_cycle", "features", "limits.api_keys", "limits.log_retention_days"];
    assert_eq!(create(&server, &admin, body.clone()).await.invalid_fields(), all);
    assert_eq!(change(&server, &admin, "plan_pro", body).await.invalid_fields(), all);
    assert_eq!(list(&server, &admin).await, before);
    server.finish().await;
}

/// Prices are decimals in major units, whole ones without a point (contract 1).
#[tokio::test]
async fn a_price_comes_back_as_it_went() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    for (sent, shown) in [
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("0.01", "0.01"),
        ("0.07", "0.07"),
        ("0.29", "0.29"),
        ("1.10", "1.1"),
        ("19.99", "19.99"),
        ("299.0", "299"),
        ("2.99e2", "299"),
        ("4.35", "4.35"),
        ("1234567.89", "1234567.89"),
        ("999999999.99", "999999999.99"),
        ("1000000000", "1000000000"),
    ] {
        let price: Json = serde_json::from_str(sent).unwrap();
        let reply = change(&server, &admin, "plan_pro", json!({"price": price})).await;
        assert_eq!(reply.expect(200)["price"].to_string(), shown, "{sent}");
        assert!(reply.text.contains(&format!("\"price\":{shown},")), "{sent}: {}", reply.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_change_touches_what_it_names() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let mut expected = list(&server, &admin).await.remove(1);
    let limits = json!({
        "requests_per_month": 1, "api_keys": null, "log_retention_days": 3, "ml_violation_detection": false,
        "custom_ml_models": true,
    });
    let changes = [
        ("name", json!("Professional")),
        ("price", json!(349.5)),
        ("billing_cycle", json!("YEARLY")),
        ("features", json!(["One", "Two"])),
        ("features", json!([])),
        ("features", json!(vec!["x"; 50])),
        ("limits", limits),
        ("self_service", json!(false)),
        ("self_service", json!(true)),
    ];
    for (name, value) in changes {
        expected[name] = value.clone();
        let changed =
            change(&server, &admin, "plan_pro", json!({name: value, "id": "plan_dev", "retired_at": null})).await;
        assert_eq!(changed.expect(200), expected, "{name}");
    }
    let nulls: Map<String, Json> = ["name", "price", "billing_cycle", "features", "limits", "self_service"]
        .map(|name| (name.to_owned(), Json::Null))
        .into_iter()
        .collect();
    for body in [json!({}), json!(nulls)] {
        assert_eq!(change(&server, &admin, "plan_pro", body).await.expect(200), expected);
    }
    // Limits are one value: what is left out of them is no limit.
    let whole = change(&server, &admin, "plan_pro", json!({"limits": {"api_keys": 5}})).await.expect(200);
    expected["limits"] = json!({
        "requests_per_month": null, "api_keys": 5, "log_retention_days": null, "ml_violation_detection": false,
        "custom_ml_models": false,
    });
    assert_eq!(whole, expected);
    let listed = list(&server, &admin).await;
    assert_eq!(listed[1], expected);
    for (index, specified) in specified().as_array().unwrap().iter().enumerate().filter(|(index, _)| *index != 1) {
        assert_eq!(listed[index]["name"], specified["name"]);
    }
    server.finish().await;
}

/// Features and limits of every subscription to a plan, oldest first: the API does not show them yet.
async fn stored_terms(server: &TestServer, plan_id: &str) -> Vec<(Json, Json)> {
    let plan_id = plan_id.to_owned();
    let read = move |tx: &mut Tx<'_>| {
        let sql = "SELECT features, limits FROM subscriptions WHERE plan_id = ?1 ORDER BY created_at";
        Ok(tx.all(sql, args![&plan_id], |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))?)
    };
    let rows = server.app.read(read).await.unwrap();
    let parse = |text: &str| serde_json::from_str(text).unwrap();
    rows.iter().map(|(features, limits)| (parse(features), parse(limits))).collect()
}

/// Name, price and cycle of the subscription that counts.
async fn terms(server: &TestServer, scoped: &str) -> Json {
    let current = &history(server, scoped).await[0];
    json!([current["plan_name"], current["price"], current["billing_cycle"]])
}

#[tokio::test]
async fn who_has_a_plan_keeps_its_terms() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let (first, second) = (
        Organization::of(&server, "first@acme.com", "first").await.owner,
        Organization::of(&server, "second@acme.com", "second").await.owner,
    );
    let id = create_team(&server, &admin, 99.5, "MONTHLY").await;
    let (old, new) = (json!(["Team", 99.5, "MONTHLY"]), json!(["Crew", 120, "YEARLY"]));
    activate(&server, &first.scoped, &id).await.expect(201);
    server.mail.next_mail_to(&first.email).await;
    let before = history(&server, &first.scoped).await;
    let changed = json!({
        "name": "Crew", "price": 120, "billing_cycle": "YEARLY", "features": ["New"], "limits": {"api_keys": 2},
    });
    change(&server, &admin, &id, changed).await.expect(200);
    assert_eq!(history(&server, &first.scoped).await, before);
    activate(&server, &second.scoped, &id).await.expect(201);
    server.mail.next_mail_to(&second.email).await;
    assert_eq!([terms(&server, &first.scoped).await, terms(&server, &second.scoped).await], [old.clone(), new.clone()]);
    let limits = |keys: Option<i64>| {
        let mut limits = json!({"ml_violation_detection": false, "custom_ml_models": false});
        if let Some(keys) = keys {
            limits["api_keys"] = json!(keys);
        }
        limits
    };
    let expected = [(json!([]), limits(None)), (json!(["New"]), limits(Some(2)))];
    assert_eq!(stored_terms(&server, &id).await, expected);
    // To undo a cancellation is to keep it; to come back is to choose it anew.
    cancel(&server, &first.scoped, true).await.expect(200);
    activate(&server, &first.scoped, &id).await.expect(201);
    assert_eq!(terms(&server, &first.scoped).await, old);
    cancel(&server, &first.scoped, false).await.expect(200);
    activate(&server, &first.scoped, &id).await.expect(201);
    assert_eq!(terms(&server, &first.scoped).await, new);
    for _ in 0..2 {
        server.mail.next_mail_to(&first.email).await;
    }
    server.finish().await;
}
