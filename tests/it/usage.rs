//! Usage: reported by services, counted once, shown by the hour and day (contract 34).

mod kept;
mod once;
mod refused;
mod series;
mod taken;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::clock::Time;

use crate::harness::{Reply, TestServer};
use crate::organization::Organization;
use crate::service_keys::service_key;

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// A row of a report: in `prod`, and of nothing, unless it is told otherwise.
#[derive(Clone)]
pub(crate) struct Row(Json);

impl Row {
    pub(crate) fn new(id: impl Into<String>, tenant_id: &str, at: Time) -> Self {
        let (id, at) = (id.into(), text(at));
        let row = json!({
            "id": id, "tenant_id": tenant_id, "environment": "prod", "at": at, "requests": 0, "violations": 0,
        });
        Self(row)
    }

    pub(crate) fn requests(self, count: i64) -> Self {
        self.with("requests", json!(count))
    }

    pub(crate) fn violations(self, count: i64) -> Self {
        self.with("violations", json!(count))
    }

    /// With another value in a field.
    pub(crate) fn with(mut self, field: &str, value: Json) -> Self {
        self.0[field] = value;
        self
    }

    pub(crate) fn json(self) -> Json {
        self.0
    }
}

/// The body of a report.
pub(crate) fn body(rows: &[Json]) -> Json {
    json!({"events": rows})
}

pub(crate) async fn report(server: &TestServer, key: &str, rows: &[Json]) -> Reply {
    server.call(Method::POST, "/internal/usage", key, body(rows)).await
}

/// Reports rows, which must be taken; returns how many were new and how many were not.
#[track_caller]
fn taken(reply: &Reply) -> (i64, i64) {
    let taken = reply.expect(200);
    assert_eq!(taken.as_object().expect("an object").len(), 2, "{taken}");
    (taken["accepted"].as_i64().expect("accepted"), taken["duplicates"].as_i64().expect("duplicates"))
}

/// A moment of the future that is easy to read in a test.
pub(crate) fn time(text: &str) -> Time {
    Time::parse(text).unwrap_or_else(|| panic!("{text} is no time"))
}

/// A moment with its milliseconds, which [`Time`] does not show.
fn text(at: Time) -> String {
    Timestamp::from_millisecond(at.millis()).expect("a time of the calendar").to_string()
}

/// Moves the clock so that the next request runs at this moment.
pub(crate) fn go_to(server: &TestServer, moment: &str) {
    let millis = time(moment).millis() - server.clock.now().millis() - 1;
    server.clock.advance(Duration::from_millis(u64::try_from(millis).expect("a moment to come")));
}

/// The usage of the organization that a token is for, as `begin requests violations` for each column that has something.
async fn columns(server: &TestServer, scoped: &str, query: &str) -> Vec<String> {
    let series = server.get(&format!("/service/usage{query}"), scoped).await.expect(200);
    let items = series["items"].as_array().expect("items");
    let sum = |name: &str| items.iter().map(|item| item[name].as_i64().expect("a number")).sum::<i64>();
    assert_eq!((&series["requests"], &series["violations"]), (&json!(sum("requests")), &json!(sum("violations"))));
    assert!(items.iter().zip(items.iter().skip(1)).all(|(one, next)| one["at"].as_str() < next["at"].as_str()));
    let used = items.iter().filter(|item| item["requests"] != 0 || item["violations"] != 0);
    used.map(|item| format!("{} {} {}", item["at"].as_str().expect("a time"), item["requests"], item["violations"]))
        .collect()
}

/// A server at this moment, with an organization and a key for reports.
async fn at(moment: &str) -> (TestServer, Organization, String) {
    let server = TestServer::start().await;
    go_to(&server, moment);
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let key = service_key(&server, &["usage:write"]).await;
    (server, org, key)
}
