//! A row counts once, however often and by however many it is sent.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Row, at, body, columns, report, taken, time};
use crate::inspect::send_together;
use crate::organization::Organization;
use crate::service_keys::service_key;

const NOW: &str = "2060-03-15T10:30:00Z";

#[tokio::test]
async fn of_rows_with_one_id_the_first_counts() {
    let (mut server, org, key) = at(NOW).await;
    let other = Organization::of(&server, "owner@beta.com", "beta").await;
    let row = |id: &str| Row::new(id, &org.id, time(NOW));
    // Twice in one report too.
    let rows = [row("a").requests(1), row("b").requests(10), row("a").requests(100), row("a").requests(1)];
    let rows = rows.map(Row::json);
    assert_eq!(taken(&report(&server, &key, &rows).await), (2, 2));
    assert_eq!(taken(&report(&server, &key, &rows).await), (0, 4));
    // Whatever else it says, and whichever service sends it.
    let again = [
        row("a").requests(7).violations(7),
        row("b").with("environment", json!("dev")).requests(7),
        row("a").with("at", json!("2060-03-14T10:30:00Z")).requests(7),
        row("a").with("tenant_id", json!(other.id)).requests(7),
        row("A").requests(1_000),
        row(" a").requests(10_000),
    ]
    .map(Row::json);
    let another = service_key(&server, &["usage:write"]).await;
    assert_eq!(taken(&report(&server, &another, &again).await), (2, 4));
    assert_eq!(columns(&server, &other.owner.scoped, "?environment=all").await, Vec::<String>::new());
    let expected = ["2060-03-15T10:00:00Z 11011 0"];
    assert_eq!(columns(&server, &org.owner.scoped, "?environment=all").await, expected);

    server.restart().await;
    assert_eq!(taken(&report(&server, &key, &rows).await), (0, 4));
    assert_eq!(columns(&server, &org.owner.scoped, "?environment=all").await, expected);
    server.finish().await;
}

/// Sends reports at the same time, each of which must be taken; returns how many rows were new and how many were not.
async fn together(server: &crate::harness::TestServer, key: &str, reports: &[Vec<Json>]) -> (i64, i64) {
    let requests =
        reports.iter().map(|rows| server.request(Method::POST, "/internal/usage").bearer_auth(key).json(&body(rows)));
    let replies = send_together(requests).await;
    let sums = replies.iter().map(taken);
    sums.fold((0, 0), |(accepted, duplicates), (more, again)| (accepted + more, duplicates + again))
}

#[tokio::test]
async fn the_same_report_twenty_times_at_once_counts_once() {
    let (server, org, key) = at(NOW).await;
    // More than one statement's worth of ids, over several hours.
    let rows: Vec<Json> = (0..250)
        .map(|index| {
            let at = json!(format!("2060-03-15T0{}:00:00Z", index % 10));
            Row::new(format!("row-{index}"), &org.id, time(NOW)).with("at", at).requests(1).violations(2).json()
        })
        .collect();
    let reports = vec![rows; 20];
    assert_eq!(together(&server, &key, &reports).await, (250, 19 * 250));
    let expected: Vec<String> = (0..10).map(|hour| format!("2060-03-15T0{hour}:00:00Z 25 50")).collect();
    assert_eq!(columns(&server, &org.owner.scoped, "").await, expected);
    server.finish().await;
}

/// Services that send again what they are not sure of do not keep to an order.
#[tokio::test]
async fn reports_that_overlap_in_any_order_count_each_row_once() {
    let (server, org, key) = at(NOW).await;
    let rows: Vec<Json> = (0..120)
        .map(|index| Row::new(format!("row-{index}"), &org.id, time(NOW)).requests(1 << (index % 4)).json())
        .collect();
    let reports: Vec<Vec<Json>> = (0..12)
        .map(|index| {
            let mut part = rows[index * 5..index * 5 + 60].to_vec();
            if index % 2 == 1 {
                part.reverse();
            }
            part
        })
        .collect();
    // The last one ends with row 114.
    assert_eq!(together(&server, &key, &reports).await, (115, 12 * 60 - 115));
    assert_eq!(columns(&server, &org.owner.scoped, "").await, ["2060-03-15T10:00:00Z 427 0"]);
    server.finish().await;
}

#[tokio::test]
async fn parallel_reports_about_the_same_hours_add_up() {
    let (server, org, key) = at(NOW).await;
    let other = Organization::of(&server, "owner@beta.com", "beta").await;
    let reports: Vec<Vec<Json>> = (0..20)
        .map(|sender| {
            let rows = (0..30).map(|index| {
                let tenant = if index % 2 == 0 { &org.id } else { &other.id };
                let at = json!(format!("2060-03-15T0{}:59:00Z", 7 + index % 3));
                let id = format!("{sender}-{index}");
                Row::new(id, tenant, time(NOW)).with("at", at).requests(sender).violations(1).json()
            });
            if sender % 2 == 0 { rows.collect() } else { rows.rev().collect() }
        })
        .collect();
    assert_eq!(together(&server, &key, &reports).await, (600, 0));
    // Five rows of each of twenty senders, whose numbers add up to 190.
    let expected = ["07", "08", "09"].map(|hour| format!("2060-03-15T{hour}:00:00Z 950 100"));
    for organization in [&org, &other] {
        assert_eq!(columns(&server, &organization.owner.scoped, "").await, expected);
    }
    server.finish().await;
}
