//! The figures of the whole installation (specification "GET /stats", contract 34).

mod series;

use serde_json::{Value as Json, json};

use crate::harness::TestServer;
use crate::inspect::set_disabled;
use crate::organization::{Organization, set_status};
use crate::plans::platform_admin;
use crate::service_keys::service_key;
use crate::usage::{Row, go_to, report, time};
use trueport::store::tenants::TenantStatus;

fn figures(tenants: i64, active: i64, users: i64, requests: i64, violations: i64) -> Json {
    json!({
        "total_tenants": tenants, "active_tenants": active, "total_users": users, "total_api_requests_24h": requests,
        "total_violations_24h": violations,
    })
}

#[tokio::test]
async fn the_figures_are_those_of_the_specification() {
    let server = TestServer::start().await;
    go_to(&server, "2060-03-15T10:40:00Z");
    let admin = platform_admin(&server).await;
    assert_eq!(server.get("/admin/stats", &admin).await.expect(200), figures(0, 0, 1, 0, 0));
    let first = Organization::of(&server, "owner@first.example", "first").await;
    let second = Organization::of(&server, "owner@second.example", "second").await;
    Organization::of(&server, "owner@third.example", "third").await;
    // A member of two is one account, and one that is disabled still is one.
    first.join(&server, "viewer@first.example", "viewer").await;
    set_disabled(&server, "owner@third.example", true).await;
    assert_eq!(server.get("/admin/stats", &admin).await.expect(200), figures(3, 3, 5, 0, 0));

    let key = service_key(&server, &["usage:write"]).await;
    let row = |id: &str, organization: &Organization, at: &str, counts: (i64, i64)| {
        Row::new(id, &organization.id, time("2060-03-15T10:40:00Z"))
            .with("at", json!(at))
            .requests(counts.0)
            .violations(counts.1)
    };
    let rows = [
        // Just too old, the first moment of the window, the hour that is over next, and a clock that goes before.
        row("too-old", &first, "2060-03-14T10:59:59.999Z", (1, 1_000)),
        row("oldest", &first, "2060-03-14T11:00:00Z", (10, 1)),
        row("staging", &first, "2060-03-15T03:00:00Z", (100, 2)).with("environment", json!("staging")),
        row("another", &second, "2060-03-15T10:00:00Z", (1_000, 4)),
        row("ahead", &second, "2060-03-15T10:43:00Z", (10_000, 8)),
    ]
    .map(Row::json);
    report(&server, &key, &rows).await.expect(200);
    assert_eq!(server.get("/admin/stats", &admin).await.expect(200), figures(3, 3, 5, 11_110, 15));

    // What was counted stays, whatever becomes of the organization.
    set_status(&server, "second", TenantStatus::Suspended).await;
    set_status(&server, "third", TenantStatus::Archived).await;
    for (moment, requests, violations) in [
        ("2060-03-15T10:59:59.999Z", 11_110, 15),
        ("2060-03-15T11:00:00Z", 11_100, 14),
        ("2060-03-15T11:00:01Z", 11_100, 14),
    ] {
        go_to(&server, moment);
        let expected = figures(3, 1, 5, requests, violations);
        assert_eq!(server.get("/admin/stats", &admin).await.expect(200), expected, "at {moment}");
    }
    server.finish().await;
}
