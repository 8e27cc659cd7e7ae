//! A tenant's plan over time (contract 28 and 29).

mod changes;
mod mails;
mod periods;
mod races;

use jiff::{Span, Timestamp, tz::TimeZone};
use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::domain::subscriptions;

use crate::harness::{Reply, TestServer};
use crate::organization::{Organization, select};

const DAY: u64 = 24 * 60 * 60;

/// Chooses a plan.
pub(crate) async fn activate(server: &TestServer, scoped: &str, plan_id: &str) -> Reply {
    server.call(Method::POST, "/service/subscriptions", scoped, json!({"plan_id": plan_id})).await
}

pub(crate) async fn cancel(server: &TestServer, scoped: &str, at_period_end: bool) -> Reply {
    let body = json!({"at_period_end": at_period_end});
    server.call(Method::POST, "/service/subscriptions/cancel", scoped, body).await
}

/// Everything that the organization ever had, newest first.
pub(crate) async fn history(server: &TestServer, scoped: &str) -> Vec<Json> {
    let listed = server.get("/service/subscriptions?limit=200", scoped).await.expect(200);
    let items = listed["items"].as_array().expect("items").clone();
    assert_eq!(listed["total"], items.len());
    items
}

/// Part of what [`history`] has of each.
fn outline<'a>(history: &'a [Json], names: [&str; 2]) -> Vec<(&'a str, &'a str)> {
    let text = |item: &'a Json, name: &str| item[name].as_str().unwrap_or_default();
    history.iter().map(|item| (text(item, names[0]), text(item, names[1]))).collect()
}

/// Fails unless exactly one subscription counts, each of the others ended where the next began, and none is missing.
fn assert_contiguous(history: &[Json]) {
    let is_active: Vec<bool> = history.iter().map(|item| item["status"] == "ACTIVE").collect();
    assert!(is_active[0] && !is_active[1..].contains(&true), "{history:#?}");
    assert_eq!(history.last().unwrap()["plan_id"], "plan_dev");
    for pair in history.windows(2) {
        assert_ne!(pair[0]["id"], pair[1]["id"]);
        // What came after an expired one may have been made late and renewed at once.
        let is_next = match pair[1]["status"].as_str() {
            Some("EXPIRED") => pair[0]["start_date"].as_str() >= pair[1]["ended_at"].as_str(),
            _ => pair[0]["created_at"] == pair[1]["ended_at"],
        };
        assert!(is_next, "{history:#?}");
    }
}

/// An access token for the organization of a new sign-in: sessions do not last a month.
async fn again(server: &TestServer, organization: &Organization) -> String {
    let access = server.sign_in(&organization.owner.email).await.access;
    select(server, &access, &organization.id).await
}

/// The same day of another month, or the last one where that has no such day.
fn months_later(text: &str, months: i64) -> String {
    let start = text.parse::<Timestamp>().unwrap().to_zoned(TimeZone::UTC);
    start.checked_add(Span::new().months(months)).unwrap().timestamp().to_string()
}

/// Moves the clock to this moment, which must be to come.
fn move_to(server: &TestServer, moment: Time) {
    let now = server.clock.now();
    assert!(moment >= now, "{moment} is over");
    server.clock.advance(moment.since(now));
}

/// Moves the clock to half past ten on January 31 of the next leap year, and returns the year.
fn move_to_january_of_a_leap_year(server: &TestServer) -> i16 {
    let now = Timestamp::from_millisecond(server.clock.now().millis()).unwrap();
    let this_year = now.to_zoned(TimeZone::UTC).year();
    let moment = |year: i16| format!("{year}-01-31T10:30:00Z").parse::<Timestamp>().unwrap();
    let is_leap = |year: &i16| jiff::civil::date(*year, 1, 1).in_leap_year();
    let year = (this_year..).filter(is_leap).find(|year| moment(*year) > now).unwrap();
    move_to(server, Time::from_millis(moment(year).as_millisecond()));
    year
}

/// The end of what the organization has now, to the millisecond.
async fn end_of(server: &TestServer, tenant_id: &str) -> Time {
    let tenant_id = tenant_id.to_owned();
    let read = move |tx: &mut Tx<'_>| {
        let sql = "SELECT end_at FROM subscriptions WHERE tenant_id = ?1 AND status = 'ACTIVE'";
        Ok(tx.one(sql, args![&tenant_id], |row| row.get(0))?)
    };
    server.app.read(read).await.expect("a tenant has a plan")
}

/// Whether the job has something to do.
async fn is_due(server: &TestServer) -> bool {
    let installation = server.app.installation();
    server.app.read(move |tx| subscriptions::is_due(tx, &installation)).await.unwrap()
}

/// Does what the job does, beside it, until nothing is left to do.
async fn settle(server: &TestServer) {
    while is_due(server).await {
        let installation = server.app.installation();
        server.app.write(&System, move |tx, by| subscriptions::settle(tx, by, &installation)).await.unwrap();
    }
}

/// How often an action stands in the audit of an organization.
async fn count_in_audit(server: &TestServer, tenant_id: &str, action: &str) -> usize {
    let events = crate::audit::events(server).await;
    let is_it = |event: &&crate::audit::Event| event.action == action && event.tenant_id.as_deref() == Some(tenant_id);
    let found: Vec<_> = events.iter().filter(is_it).collect();
    assert!(found.iter().all(|event| event.target_kind == "subscription" && event.target_id.is_some()));
    found.len()
}
