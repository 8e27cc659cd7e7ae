//! What a report may hold, and what is counted of it.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{Row, at, body, columns, report, taken, text, time};
use crate::harness::{TestServer, send};
use crate::organization::set_status;
use crate::service_keys::service_key;

const NOW: &str = "2060-03-15T10:30:00Z";

#[tokio::test]
async fn what_is_reported_is_counted_in_its_hour() {
    let (server, org, key) = at(NOW).await;
    let row = |id: &str, at: &str| Row::new(id, &org.id, time(NOW)).with("at", json!(at));
    let rows = [
        row("a", "2060-03-15T10:00:00Z").requests(1).violations(1),
        row("b", "2060-03-15T10:29:59.999Z").requests(10),
        row("c", "2060-03-15T09:59:59.999999999Z").requests(100),
        row("d", "2060-03-15T09:00:00Z").violations(7),
        // The same moments elsewhere on the earth.
        row("e", "2060-03-15T12:10:00+02:00").requests(1_000),
        row("f", "2060-03-15T04:10:00-05:00").requests(1_000),
        row("g", "2060-03-15T13:50:00+05:30").requests(5),
        row("h", "2060-03-15T10:10:00.5+00:00").requests(10_000),
        row("i", "2060-03-15t10:10:00z").requests(100_000),
        row("nothing", "2060-03-15T07:00:00Z"),
        // What breaks a rule may be more than what came through.
        row("j", "2060-03-15T06:00:00Z").violations(1_000_000_000),
        row("k", "2060-03-15T06:00:00Z").requests(1_000_000_000).with("extra", json!("ignored")),
    ]
    .map(Row::json);
    assert_eq!(taken(&report(&server, &key, &rows).await), (12, 0));
    let expected = [
        "2060-03-15T06:00:00Z 1000000000 1000000000",
        "2060-03-15T08:00:00Z 5 0",
        "2060-03-15T09:00:00Z 1100 7",
        "2060-03-15T10:00:00Z 111011 1",
    ];
    assert_eq!(columns(&server, &org.owner.scoped, "").await, expected);
    let more = [Row::new("l", &org.id, time(NOW)).requests(1_000_000_000).json()];
    assert_eq!(taken(&report(&server, &key, &more).await), (1, 0));
    assert_eq!(columns(&server, &org.owner.scoped, "").await[3], "2060-03-15T10:00:00Z 1000111011 1");
    server.finish().await;
}

#[tokio::test]
async fn a_thousand_rows_are_taken_and_one_more_is_not() {
    let (server, org, key) = at(NOW).await;
    // With ids as long as they may be, in letters of two bytes.
    let rows: Vec<Json> = (0..1_001)
        .map(|index| Row::new(format!("{index:ö>200}"), &org.id, time(NOW)).requests(1).violations(2).json())
        .collect();
    assert_eq!(report(&server, &key, &rows).await.invalid_fields(), ["events"]);
    assert_eq!(taken(&report(&server, &key, &rows[..1_000]).await), (1_000, 0));
    assert_eq!(taken(&report(&server, &key, &rows[1..]).await), (1, 999));
    assert_eq!(taken(&report(&server, &key, &[]).await), (0, 0));
    assert_eq!(columns(&server, &org.owner.scoped, "").await, ["2060-03-15T10:00:00Z 1001 2002"]);
    server.finish().await;
}

#[tokio::test]
async fn a_report_is_about_as_many_organizations_as_it_likes() {
    let (server, org, key) = at(NOW).await;
    let other = crate::organization::Organization::of(&server, "owner@beta.com", "beta").await;
    let rows = [
        Row::new("a", &org.id, time(NOW)).requests(1).json(),
        Row::new("b", &other.id, time(NOW)).requests(10).json(),
        Row::new("c", &org.id, time(NOW)).requests(100).json(),
    ];
    assert_eq!(taken(&report(&server, &key, &rows).await), (3, 0));
    assert_eq!(columns(&server, &org.owner.scoped, "").await, ["2060-03-15T10:00:00Z 101 0"]);
    assert_eq!(columns(&server, &other.owner.scoped, "").await, ["2060-03-15T10:00:00Z 10 0"]);

    // The gateway tells late what it did before an organization was suspended.
    set_status(&server, "beta", TenantStatus::Suspended).await;
    let late = [Row::new("d", &other.id, time(NOW)).requests(1_000).json()];
    assert_eq!(taken(&report(&server, &key, &late).await), (1, 0));
    set_status(&server, "beta", TenantStatus::Active).await;
    assert_eq!(columns(&server, &other.owner.scoped, "").await, ["2060-03-15T10:00:00Z 1010 0"]);
    server.finish().await;
}

/// The bounds of `at` are of the moment at which the request runs.
#[tokio::test]
async fn a_row_is_at_most_seven_days_old_and_five_minutes_ahead() {
    let (server, org, key) = at(NOW).await;
    const WEEK: i64 = 7 * 24 * 60 * 60 * 1_000;
    const AHEAD: i64 = 5 * 60 * 1_000;
    for (millis, is_taken) in [
        (-WEEK - 1, false),
        (-WEEK, true),
        (-WEEK + 1, true),
        (AHEAD - 1, true),
        (AHEAD, true),
        (AHEAD + 1, false),
        (100 * WEEK, false),
        (-100 * WEEK, false),
    ] {
        // The harness moves the clock by a millisecond for each request.
        let now = server.clock.now().millis() + 1;
        let at = trueport::clock::Time::from_millis(now + millis);
        let rows = [Row::new("known", &org.id, time(NOW)).json(), Row::new(text(at), &org.id, at).json()];
        let reply = report(&server, &key, &rows).await;
        assert_eq!(reply.status.is_success(), is_taken, "{millis}: {}", reply.text);
        if !is_taken {
            assert_eq!(reply.invalid_fields(), ["events[1].at"], "{millis}");
        }
    }
    for far in ["0001-01-01T00:00:00Z", "9999-12-30T22:00:00Z", "-009999-01-02T01:59:59Z"] {
        let rows = [Row::new("far", &org.id, time(NOW)).with("at", json!(far)).json()];
        assert_eq!(report(&server, &key, &rows).await.invalid_fields(), ["events[0].at"], "{far}");
    }
    server.finish().await;
}

/// A request whose body is this JSON, made longer by blanks.
fn padded(server: &TestServer, path: &str, key: &str, body: &Json, length: usize) -> RequestBuilder {
    let text = body.to_string();
    let blanks = " ".repeat(length - text.len());
    let request = server.request(Method::POST, path).header("Content-Type", "application/json");
    request.bearer_auth(key).body(format!("{blanks}{text}"))
}

#[tokio::test]
async fn a_report_may_be_longer_than_other_bodies() {
    const KIB: usize = 1024;
    let (server, org, key) = at(NOW).await;
    let reader = service_key(&server, &["tokens:read"]).await;
    let full = body(&[Row::new("a", &org.id, time(NOW)).requests(1).json()]);
    let question = json!({"token": "x"});
    for (path, key, body, length, status) in [
        ("/internal/usage", &key, &full, KIB * KIB + 1, 413),
        ("/internal/usage", &reader, &full, KIB * KIB + 1, 403),
        ("/internal/introspect", &reader, &question, 64 * KIB, 200),
        ("/internal/introspect", &reader, &question, 64 * KIB + 1, 413),
        ("/internal/usage", &key, &full, KIB * KIB, 200),
    ] {
        let reply = send(padded(&server, path, key, body, length)).await;
        let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
        assert_eq!(reply.status.as_u16(), status, "{path} {length}: {}", reply.text);
        assert!(status != 413 || code == "body_too_large", "{path}: {code}");
    }
    assert_eq!(columns(&server, &org.owner.scoped, "").await, ["2060-03-15T10:00:00Z 1 0"]);
    server.finish().await;
}
