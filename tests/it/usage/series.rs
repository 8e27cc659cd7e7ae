//! What an organization sees of its usage.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Row, at, columns, go_to, report, taken, time};
use crate::harness::TestServer;
use crate::organization::Organization;
use crate::service_keys::service_key;

const NOW: &str = "2060-03-15T10:30:00Z";

/// Reports one row for each of these moments, with 1, 2, 4, … requests.
async fn report_powers(server: &TestServer, key: &str, tenant_id: &str, moments: &[&str]) {
    let row = |(index, moment): (usize, &&str)| {
        Row::new(*moment, tenant_id, time(NOW)).with("at", json!(moment)).requests(1 << index).json()
    };
    let rows: Vec<Json> = moments.iter().enumerate().map(row).collect();
    assert_eq!(taken(&report(server, key, &rows).await), (i64::try_from(rows.len()).unwrap(), 0));
}

/// Begins of all columns, empty ones too: how many, the first and the last.
fn span(series: &Json) -> (usize, String, String) {
    let items = series["items"].as_array().expect("items");
    let begin = |item: Option<&Json>| item.expect("a column")["at"].as_str().expect("a time").to_owned();
    (items.len(), begin(items.first()), begin(items.last()))
}

async fn span_of(server: &TestServer, scoped: &str, query: &str) -> (usize, String, String) {
    span(&server.get(&format!("/service/usage{query}"), scoped).await.expect(200))
}

#[tokio::test]
async fn a_day_is_the_running_hour_and_the_23_before() {
    let (server, org, key) = at("2060-03-15T10:40:00Z").await;
    let scoped = &org.owner.scoped;
    let empty = server.get("/service/usage", scoped).await.expect(200);
    assert_eq!((&empty["requests"], &empty["violations"]), (&json!(0), &json!(0)));
    assert_eq!(empty["items"][0], json!({"at": "2060-03-14T11:00:00Z", "requests": 0, "violations": 0}));
    assert_eq!(empty.as_object().unwrap().len(), 3);
    let moments = [
        "2060-03-14T10:59:59.999Z",
        "2060-03-14T11:00:00Z",
        "2060-03-15T09:59:59.999Z",
        "2060-03-15T10:00:00Z",
        "2060-03-15T10:40:01Z",
    ];
    report_powers(&server, &key, &org.id, &moments).await;
    // Whatever moment of the hour it is, from its very begin to its very end.
    let day = (24, "2060-03-14T11:00:00Z".to_owned(), "2060-03-15T10:00:00Z".to_owned());
    let next = (24, "2060-03-14T12:00:00Z".to_owned(), "2060-03-15T11:00:00Z".to_owned());
    for (moment, expected, counted) in [
        ("2060-03-15T10:45:00Z", &day, 30),
        ("2060-03-15T10:59:59.999Z", &day, 30),
        ("2060-03-15T11:00:00Z", &next, 28),
        ("2060-03-15T11:00:00.003Z", &next, 28),
    ] {
        go_to(&server, moment);
        let series = server.get("/service/usage", scoped).await.expect(200);
        assert_eq!((&span(&series), &series["requests"]), (expected, &json!(counted)), "at {moment}");
    }
    server.finish().await;
}

#[tokio::test]
async fn columns_hold_what_happened_in_them() {
    let (server, org, key) = at(NOW).await;
    let scoped = &org.owner.scoped;
    let moments = [
        "2060-03-12T23:59:59.999Z",
        "2060-03-13T00:00:00Z",
        "2060-03-13T23:59:59.999Z",
        "2060-03-14T00:00:00Z",
        "2060-03-14T08:59:59.999Z",
        "2060-03-14T09:00:00Z",
        "2060-03-14T09:59:59.999Z",
        "2060-03-14T10:00:00Z",
    ];
    report_powers(&server, &key, &org.id, &moments).await;
    // What is asked for, how many columns there are, and which of them have something.
    let cases: &[(&str, usize, &[&str])] = &[
        ("?from=2060-03-14T09:00:00Z&to=2060-03-14T10:00:00Z", 1, &["2060-03-14T09:00:00Z 96 0"]),
        // Columns are whole, wherever in them the span begins and ends.
        ("?from=2060-03-14T09:59:59.999Z&to=2060-03-14T10:00:00Z", 1, &["2060-03-14T09:00:00Z 96 0"]),
        ("?from=2060-03-14T09:00:00Z&to=2060-03-14T09:00:00.001Z", 1, &["2060-03-14T09:00:00Z 96 0"]),
        (
            "?from=2060-03-14T09:30:00Z&to=2060-03-14T10:00:01Z",
            2,
            &["2060-03-14T09:00:00Z 96 0", "2060-03-14T10:00:00Z 128 0"],
        ),
        (
            "?from=2060-03-14T08:00:00Z&to=2060-03-14T10:00:00Z&step=hour",
            2,
            &["2060-03-14T08:00:00Z 16 0", "2060-03-14T09:00:00Z 96 0"],
        ),
        // 09:00 as it is called elsewhere.
        ("?from=2060-03-14T11:00:00%2B02:00&to=2060-03-14T05:00:00-05:00", 1, &["2060-03-14T09:00:00Z 96 0"]),
        ("?from=2060-03-13T00:00:00Z&to=2060-03-14T00:00:00Z&step=day", 1, &["2060-03-13T00:00:00Z 6 0"]),
        ("?from=2060-03-13T23:59:59.999Z&to=2060-03-14T00:00:00Z&step=day", 1, &["2060-03-13T00:00:00Z 6 0"]),
        (
            "?from=2060-03-12T12:00:00Z&to=2060-03-14T00:00:01Z&step=day",
            3,
            &["2060-03-12T00:00:00Z 1 0", "2060-03-13T00:00:00Z 6 0", "2060-03-14T00:00:00Z 248 0"],
        ),
        ("?from=2060-03-15T00:00:00Z&to=2060-03-18T00:00:00Z&step=day", 3, &[]),
        ("?from=2070-01-01T00:00:00Z&to=2070-01-01T05:00:00Z", 5, &[]),
        // With one end only the span is a day.
        (
            "?to=2060-03-14T10:00:00Z",
            24,
            &[
                "2060-03-13T23:00:00Z 4 0",
                "2060-03-14T00:00:00Z 8 0",
                "2060-03-14T08:00:00Z 16 0",
                "2060-03-14T09:00:00Z 96 0",
            ],
        ),
        ("?to=2060-03-14T00:00:00Z", 24, &["2060-03-13T00:00:00Z 2 0", "2060-03-13T23:00:00Z 4 0"]),
        ("?from=2060-03-14T09:00:00Z", 26, &["2060-03-14T09:00:00Z 96 0", "2060-03-14T10:00:00Z 128 0"]),
        ("?step=day", 2, &["2060-03-14T00:00:00Z 248 0"]),
        ("?from=2060-03-14T09:00:00Z&to=2060-03-14T10:00:00Z&unknown=1", 1, &["2060-03-14T09:00:00Z 96 0"]),
    ];
    for (query, count, expected) in cases {
        assert_eq!(columns(&server, scoped, query).await, *expected, "{query}");
        assert_eq!(span_of(&server, scoped, query).await.0, *count, "{query}");
    }
    server.finish().await;
}

#[tokio::test]
async fn usage_is_of_the_tokens_environment_unless_another_is_asked_for() {
    let (server, org, key) = at(NOW).await;
    let row = |environment: &str| Row::new(environment, &org.id, time(NOW)).with("environment", json!(environment));
    let rows = [row("prod").requests(1), row("staging").requests(10), row("dev").violations(100)].map(Row::json);
    assert_eq!(taken(&report(&server, &key, &rows).await), (3, 0));
    let switch = json!({"environment": "staging"});
    let switched = server.call(Method::POST, "/service/auth/switch-environment", &org.owner.scoped, switch).await;
    let staging = switched.expect(200)["access_token"].as_str().unwrap().to_owned();
    for (token, query, counts) in [
        (&org.owner.scoped, "", "1 0"),
        (&staging, "", "10 0"),
        (&org.owner.scoped, "?environment=staging", "10 0"),
        (&staging, "?environment=prod", "1 0"),
        (&staging, "?environment=dev", "0 100"),
        (&staging, "?environment=all", "11 100"),
        (&org.owner.scoped, "?environment=all", "11 100"),
    ] {
        assert_eq!(columns(&server, token, query).await, [format!("2060-03-15T10:00:00Z {counts}")], "{query}");
    }
    let by_day = columns(&server, &staging, "?environment=all&step=day").await;
    assert_eq!(by_day, ["2060-03-15T00:00:00Z 11 100"]);
    server.finish().await;
}

#[tokio::test]
async fn a_question_that_makes_no_sense_names_the_parameter() {
    let (server, org, _) = at(NOW).await;
    let cases: &[(&str, &[&str])] = &[
        ("from=yesterday", &["from"]),
        ("from=", &["from"]),
        ("from=2060-03-14", &["from"]),
        ("from=2060-03-14T10:00:00", &["from"]),
        ("from=2060-03-14T10:00:00+02:00", &["from"]), // a plus sign that was not escaped is a blank
        ("to=1", &["to"]),
        ("to=2060-13-14T10:00:00Z", &["to"]),
        ("step=week", &["step"]),
        ("step=HOUR", &["step"]),
        ("step=", &["step"]),
        ("environment=PROD", &["environment"]),
        ("environment=", &["environment"]),
        ("environment=%27%20OR%201=1", &["environment"]),
        ("from=x&to=x&step=x&environment=x", &["from", "to", "step", "environment"]),
        ("step=day&step=day", &["step"]),
        ("from=2060-03-14T10:00:00Z&to=2060-03-14T10:00:00Z", &["from"]),
        ("from=2060-03-14T10:00:01Z&to=2060-03-14T10:00:00Z", &["from"]),
        ("from=2060-03-15T12:00:00Z", &["from"]),
        ("from=2060-01-01T00:00:00Z&to=2060-02-11T16:00:01Z", &["step"]),
        ("from=2060-01-01T00:00:00Z&to=2062-09-27T00:00:01Z&step=day", &["step"]),
        ("from=0001-01-01T00:00:00Z&to=9999-12-30T00:00:00Z&step=day", &["step"]),
        ("from=-009999-01-02T02:00:00Z&to=9999-12-30T00:00:00Z", &["step"]),
        ("from=-009999-01-02T02:00:00Z", &["step"]),
    ];
    for (query, fields) in cases {
        let reply = server.get(&format!("/service/usage?{query}"), &org.owner.scoped).await;
        assert_eq!(reply.status.as_u16(), 422, "{query}: {}", reply.text);
        assert_eq!(reply.invalid_fields(), *fields, "{query}");
    }
    for (query, last) in [
        ("?from=2060-01-01T00:00:00Z&to=2060-02-11T16:00:00Z", "2060-02-11T15:00:00Z"),
        ("?from=2060-01-01T00:00:00Z&to=2062-09-27T00:00:00Z&step=day", "2062-09-26T00:00:00Z"),
    ] {
        let (count, _, end) = span_of(&server, &org.owner.scoped, query).await;
        assert_eq!((count, end.as_str()), (1_000, last), "{query}");
    }
    // The ends of the calendar.
    for query in ["?to=-009999-01-02T02:00:00Z", "?from=9999-12-30T21:00:00Z&to=9999-12-30T22:00:00Z"] {
        server.get(&format!("/service/usage{query}"), &org.owner.scoped).await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn members_see_the_usage_of_their_organization_alone() {
    let server = TestServer::start().await;
    go_to(&server, NOW);
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let viewer = org.join(&server, "viewer@acme.com", "viewer").await;
    let other = Organization::of(&server, "owner@beta.com", "beta").await;
    let key = service_key(&server, &["usage:write"]).await;
    report_powers(&server, &key, &org.id, &["2060-03-15T10:00:00Z"]).await;
    let query = "?environment=all&step=day&from=2060-03-01T00:00:00Z";
    assert_eq!(columns(&server, &viewer.scoped, query).await, ["2060-03-15T00:00:00Z 1 0"]);
    assert_eq!(columns(&server, &other.owner.scoped, query).await, Vec::<String>::new());
    // No parameter names another organization.
    let named = format!("?tenant_id={}", org.id);
    assert_eq!(columns(&server, &other.owner.scoped, &named).await, Vec::<String>::new());
    server.get("/service/usage", &viewer.access).await.expect_problem(403, "wrong_token_scope");
    server.get("/service/usage", "").await.expect_problem(401, "unauthorized");
    server.finish().await;
}
