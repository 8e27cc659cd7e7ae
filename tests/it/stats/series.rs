//! Figures of the installation over time.

use serde_json::{Value as Json, json};

use crate::harness::TestServer;
use crate::organization::Organization;
use crate::plans::platform_admin;
use crate::service_keys::service_key;
use crate::usage::{Row, go_to, report, time};

/// The total, and each column that differs from the one before it, as `begin value`.
async fn series(server: &TestServer, admin: &str, query: &str) -> (i64, Vec<String>) {
    let shown = server.get(&format!("/admin/stats/series?{query}"), admin).await.expect(200);
    let metric = query.split('&').find_map(|part| part.strip_prefix("metric="));
    assert_eq!((shown["metric"].as_str(), shown.as_object().unwrap().len()), (metric, 3), "{shown}");
    let (mut last, mut columns) = (0, Vec::new());
    for item in shown["items"].as_array().unwrap() {
        let value = item["value"].as_i64().unwrap();
        if value != last {
            columns.push(format!("{} {value}", item["at"].as_str().unwrap()));
        }
        last = value;
    }
    (shown["total"].as_i64().unwrap(), columns)
}

#[tokio::test]
async fn each_figure_has_its_columns() {
    let server = TestServer::start().await;
    go_to(&server, "2060-03-14T22:30:00Z");
    platform_admin(&server).await;
    let first = Organization::of(&server, "owner@first.example", "first").await;
    go_to(&server, "2060-03-15T01:59:59Z");
    Organization::of(&server, "owner@second.example", "second").await;
    server.register("nobody@first.example").await;
    go_to(&server, "2060-03-15T03:10:00Z");
    server.sign_in("nobody@first.example").await;
    let wrong = json!({"email": "nobody@first.example", "password": "wrong password 1"});
    server
        .call(reqwest::Method::POST, "/global/auth/login", "", wrong)
        .await
        .expect_problem(401, "invalid_credentials");
    let key = service_key(&server, &["usage:write"]).await;
    let row = |id: &str, at: &str, counts: (i64, i64)| {
        let row = Row::new(id, &first.id, time("2060-03-15T03:10:00Z")).with("at", json!(at));
        row.requests(counts.0).violations(counts.1)
    };
    let rows: Vec<Json> = [
        row("a", "2060-03-14T23:59:59.999Z", (1, 10)),
        row("b", "2060-03-15T00:00:00Z", (20, 0)).with("environment", json!("dev")),
        row("c", "2060-03-15T00:59:59Z", (300, 0)),
        row("d", "2060-03-15T02:00:00Z", (0, 5)),
    ]
    .map(Row::json)
    .to_vec();
    for _ in 0..2 {
        // What is reported again does not count again.
        report(&server, &key, &rows).await.expect(200);
    }
    let admin = &server.sign_in("admin@trueport.example").await.access;
    let cases: &[(&str, i64, &[&str])] = &[
        ("metric=users", 4, &["2060-03-14T22:00:00Z 2", "2060-03-15T01:00:00Z 4"]),
        ("metric=users&step=day", 4, &["2060-03-14T00:00:00Z 2", "2060-03-15T00:00:00Z 4"]),
        ("metric=users&from=2060-03-15T02:00:00Z", 4, &["2060-03-15T02:00:00Z 4"]),
        ("metric=users&to=2060-03-14T22:00:00Z", 0, &[]),
        ("metric=users&from=2060-03-15T00:00:00Z&to=2060-03-15T01:00:00Z", 2, &["2060-03-15T00:00:00Z 2"]),
        ("metric=users&from=2070-01-01T00:00:00Z&to=2070-01-02T00:00:00Z", 4, &["2070-01-01T00:00:00Z 4"]),
        ("metric=tenants", 2, &["2060-03-14T22:00:00Z 1", "2060-03-15T01:00:00Z 2"]),
        ("metric=tenants&step=day&from=2060-03-15T12:00:00Z&to=2060-03-15T12:00:01Z", 2, &["2060-03-15T00:00:00Z 2"]),
        ("metric=requests", 321, &["2060-03-14T23:00:00Z 1", "2060-03-15T00:00:00Z 320", "2060-03-15T01:00:00Z 0"]),
        ("metric=requests&step=day", 321, &["2060-03-14T00:00:00Z 1", "2060-03-15T00:00:00Z 320"]),
        ("metric=requests&to=2060-03-15T00:00:00Z", 1, &["2060-03-14T23:00:00Z 1"]),
        (
            "metric=violations",
            15,
            &["2060-03-14T23:00:00Z 10", "2060-03-15T00:00:00Z 0", "2060-03-15T02:00:00Z 5", "2060-03-15T03:00:00Z 0"],
        ),
        (
            "metric=sign_ins",
            5,
            &[
                "2060-03-14T22:00:00Z 2",
                "2060-03-14T23:00:00Z 0",
                "2060-03-15T01:00:00Z 1",
                "2060-03-15T02:00:00Z 0",
                "2060-03-15T03:00:00Z 2",
            ],
        ),
        ("metric=sign_ins&step=day", 5, &["2060-03-14T00:00:00Z 2", "2060-03-15T00:00:00Z 3"]),
    ];
    for (query, total, columns) in cases {
        let expected = (*total, columns.iter().map(|column| (*column).to_owned()).collect());
        assert_eq!(series(&server, admin, query).await, expected, "{query}");
    }
    let whole = server.get("/admin/stats/series?metric=users", admin).await.expect(200);
    assert_eq!(whole["items"].as_array().unwrap().len(), 24);
    for (query, fields) in [
        ("", &["metric"][..]),
        ("metric=", &["metric"]),
        ("metric=Users", &["metric"]),
        ("metric=users&step=week", &["step"]),
        ("metric=x&step=x&from=x&to=x", &["from", "metric", "step", "to"]),
        ("metric=users&from=2060-03-15T00:00:00Z&to=2060-03-15T00:00:00Z", &["from"]),
        ("metric=users&from=2059-01-01T00:00:00Z", &["step"]),
    ] {
        let mut named = server.get(&format!("/admin/stats/series?{query}"), admin).await.invalid_fields();
        named.sort();
        assert_eq!(named, fields, "{query}");
    }
    server.finish().await;
}
