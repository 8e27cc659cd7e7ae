//! Reports that are refused whole, with every row at fault.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{Row, at, columns, report, taken, time};
use crate::harness::send;
use crate::organization::set_status;
use crate::service_keys::NO_TENANT;

const NOW: &str = "2060-03-15T10:30:00Z";

#[tokio::test]
async fn one_row_at_fault_refuses_the_whole_report_by_its_index() {
    let (server, org, key) = at(NOW).await;
    let good = |index: usize| Row::new(format!("row-{index}"), &org.id, time(NOW)).requests(1);
    let other_kind = org.id.replace("ten_", "usr_");
    let cases: &[(&str, Json)] = &[
        ("id", json!("")),
        ("id", json!("i".repeat(201))),
        ("id", json!(1)),
        ("id", json!(null)),
        ("tenant_id", json!(NO_TENANT)),
        ("tenant_id", json!(other_kind)),
        ("tenant_id", json!(org.id.to_uppercase())),
        ("tenant_id", json!("acme")),
        ("tenant_id", json!("")),
        ("tenant_id", json!(null)),
        ("environment", json!("PROD")),
        ("environment", json!("production")),
        ("environment", json!("all")),
        ("environment", json!("")),
        ("environment", json!(null)),
        ("at", json!("")),
        ("at", json!("yesterday")),
        ("at", json!("2060-03-15")),
        ("at", json!("2060-03-15T10:30:00")),
        ("at", json!("2060-02-30T10:30:00Z")),
        ("at", json!("2060-03-15T25:30:00Z")),
        ("at", json!(2_846_572_200_i64)),
        ("at", json!(null)),
        ("at", json!("2060-03-08T10:29:00Z")),
        ("at", json!("2060-03-15T10:36:00Z")),
        ("requests", json!(-1)),
        ("requests", json!(i64::MIN)),
        ("requests", json!(1_000_000_001)),
        ("requests", json!(i64::MAX)),
        ("requests", json!(u64::MAX)),
        ("requests", json!(1.5)),
        ("requests", json!(1e3)),
        ("requests", json!(1e300)),
        ("requests", json!("1")),
        ("requests", json!(true)),
        ("requests", json!(null)),
        ("requests", json!([1])),
        ("violations", json!(-1)),
        ("violations", json!(1_000_000_001)),
        ("violations", json!(0.5)),
        ("violations", json!("0")),
        ("violations", json!(null)),
    ];
    for (field, value) in cases {
        let mut rows: Vec<Json> = (0..5).map(|index| good(index).json()).collect();
        rows[3] = good(3).with(field, value.clone()).json();
        let reply = report(&server, &key, &rows).await;
        assert_eq!(reply.invalid_fields(), [format!("events[3].{field}")], "{field} {value}");
    }
    // Neither counted nor remembered.
    assert_eq!(columns(&server, &org.owner.scoped, "").await, Vec::<String>::new());
    let rows: Vec<Json> = (0..5).map(|index| good(index).json()).collect();
    assert_eq!(taken(&report(&server, &key, &rows).await), (5, 0));
    assert_eq!(columns(&server, &org.owner.scoped, "").await, ["2060-03-15T10:00:00Z 5 0"]);
    server.finish().await;
}

#[tokio::test]
async fn a_field_that_is_missing_is_named_with_its_row() {
    let (server, org, key) = at(NOW).await;
    let good = Row::new("a", &org.id, time(NOW)).json();
    for field in ["id", "tenant_id", "environment", "at", "requests", "violations"] {
        let mut lacking = good.clone();
        lacking.as_object_mut().unwrap().remove(field);
        let reply = report(&server, &key, &[good.clone(), lacking]).await;
        assert_eq!(reply.invalid_fields(), [format!("events[1].{field}")]);
    }
    // A field that is there twice too, which no JSON value can say.
    let twice = good.to_string().replacen('{', "{\"id\": \"b\", ", 1);
    let request = server.request(Method::POST, "/internal/usage").bearer_auth(&key);
    let request = request.header("Content-Type", "application/json").body(format!("{{\"events\": [{good}, {twice}]}}"));
    assert_eq!(send(request).await.invalid_fields(), ["events[1].id"]);
    for (events, expected) in [
        (json!([good, 1]), "events[1]"),
        (json!([null]), "events[0]"),
        (json!([[]]), "events[0]"),
        (json!({"0": good}), "events"),
        (json!("[]"), "events"),
        (json!(null), "events"),
    ] {
        let body = json!({"events": events});
        let reply = server.call(Method::POST, "/internal/usage", &key, body).await;
        assert_eq!(reply.invalid_fields(), [expected], "{events}");
    }
    let reply = server.call(Method::POST, "/internal/usage", &key, json!({"rows": []})).await;
    assert_eq!(reply.invalid_fields(), ["events"]);
    server.finish().await;
}

/// Everything that is wrong is told at once, as far as it can be judged together: what a row says, then whether it fits.
#[tokio::test]
async fn every_row_at_fault_is_named() {
    let (server, org, key) = at(NOW).await;
    let good = Row::new("a", &org.id, time(NOW));
    let unreadable = good.clone().with("id", json!("")).with("at", json!("x")).with("environment", json!("x"));
    let rows = [
        good.clone().requests(-1).violations(-1).json(),
        good.clone().json(),
        unreadable.json(),
        good.clone().with("tenant_id", json!(NO_TENANT)).json(),
    ];
    let expected =
        ["events[0].requests", "events[0].violations", "events[2].id", "events[2].environment", "events[2].at"];
    let mut named = report(&server, &key, &rows).await.invalid_fields();
    named.sort();
    let mut sorted = expected.map(str::to_owned);
    sorted.sort();
    assert_eq!(named, sorted);
    let rows = [
        good.clone().with("tenant_id", json!(NO_TENANT)).json(),
        good.clone().json(),
        good.clone().with("at", json!("2060-03-01T00:00:00Z")).with("tenant_id", json!("acme")).json(),
        good.with("tenant_id", json!(NO_TENANT)).json(),
    ];
    let named = report(&server, &key, &rows).await.invalid_fields();
    assert_eq!(named, ["events[0].tenant_id", "events[2].at", "events[2].tenant_id", "events[3].tenant_id"]);
    assert_eq!(columns(&server, &org.owner.scoped, "").await, Vec::<String>::new());
    server.finish().await;
}

/// A row that is refused is refused whether or not its id is known.
#[tokio::test]
async fn what_was_counted_before_is_checked_all_the_same() {
    let (server, org, key) = at(NOW).await;
    let row = Row::new("a", &org.id, time(NOW)).requests(1);
    assert_eq!(taken(&report(&server, &key, &[row.clone().json()]).await), (1, 0));
    let unknown = row.clone().with("tenant_id", json!(NO_TENANT)).json();
    assert_eq!(report(&server, &key, &[unknown]).await.invalid_fields(), ["events[0].tenant_id"]);
    // An archived organization is known still, and what it did before counts.
    set_status(&server, "acme", TenantStatus::Archived).await;
    assert_eq!(taken(&report(&server, &key, &[row.json()]).await), (0, 1));
    server.finish().await;
}
