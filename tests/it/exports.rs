//! The nightly export of each organization's audit: gzipped NDJSON, one object a day (contract 35).
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

mod days;
mod failures;
mod listing;
mod stores;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::GzDecoder;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::exports::day_name;
use trueport::domain::storage::{DAY, day_of};

use crate::executable::eventually;
use crate::harness::TestServer;
use crate::organization::{Organization, select};
use crate::storage::root;

/// After the end of a day until it is exported, in milliseconds.
const MARGIN: i64 = 10 * 60 * 1_000;

/// The exported days and the next one.
async fn exports(server: &TestServer, scoped: &str) -> Json {
    server.get("/service/storage/exports?limit=200", scoped).await.expect(200)
}

/// The same, once there are so many days; there are never more.
async fn exported(server: &TestServer, scoped: &str, days: usize) -> Json {
    let ask = || async {
        let found = exports(server, scoped).await;
        let total = found["total"].as_u64().unwrap();
        assert!(total <= days as u64, "{found}");
        (total == days as u64).then_some(found)
    };
    eventually(&format!("{days} days are exported"), ask).await
}

/// The same, once the day that is next has failed so often.
async fn failed(server: &TestServer, scoped: &str, attempts: u64) -> Json {
    let ask = || async { Some(exports(server, scoped).await).filter(|found| found["next"]["attempts"] == attempts) };
    eventually(&format!("a day fails for the {attempts}th time"), ask).await
}

/// Moves the clock to the moment at which the day is exported that ends so many midnights from now.
fn pass_midnights(server: &TestServer, midnights: i64) {
    let now = server.clock.now();
    let moment = Time::from_millis(day_of(now).millis() + midnights * DAY + MARGIN);
    server.clock.advance(moment.since(now));
}

/// Begin of the day that is so many days behind the present one.
fn day_before(server: &TestServer, days: i64) -> Time {
    Time::from_millis(day_of(server.clock.now()).millis() - days * DAY)
}

/// A token for the organization of a new sign-in: sessions do not last that long.
async fn again(server: &TestServer, organization: &Organization) -> String {
    let access = server.sign_in(&organization.owner.email).await.access;
    select(server, &access, &organization.id).await
}

/// Name of the object of a day.
fn object(tenant_id: &str, day: Time) -> String {
    format!("audit/{tenant_id}/{}.ndjson.gz", day_name(day))
}

/// The lines of an object.
fn lines(packed: &[u8]) -> Vec<Json> {
    let mut text = String::new();
    GzDecoder::new(packed).read_to_string(&mut text).expect("gzip of UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    let mut lines: Vec<Json> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
    for line in lines.iter_mut().filter(|line| line["number"] == 1) {
        // What a chain begins with is an event's link to nothing, which the database does not have.
        assert!(line.as_object_mut().unwrap().remove("previous").is_some());
    }
    lines
}

/// What the lines of a day must be, from the database.
async fn events(server: &TestServer, tenant_id: &str, day: Time) -> Vec<Json> {
    let tenant_id = tenant_id.to_owned();
    let read = move |tx: &mut Tx<'_>| {
        let sql = "SELECT e.id, e.at, e.actor_kind, e.actor_id, e.action, e.target_kind, e.target_id, e.request_id, \
                   e.address, e.changes, e.impersonator_id, e.number, e.link, p.link FROM audit_events e \
                   LEFT JOIN audit_events p ON p.chain = e.chain AND p.number = e.number - 1 \
                   WHERE e.tenant_id = ?1 AND e.at >= ?2 AND e.at < ?3 ORDER BY e.at, e.id";
        let end = Time::from_millis(day.millis() + DAY);
        Ok(tx.all(sql, args![&tenant_id, day, end], |row| {
            let text = |index| row.get::<Option<String>>(index);
            let changes = text(9)?.map(|text| serde_json::from_str::<Json>(&text).unwrap());
            let mut line = json!({
                "id": text(0)?, "at": row.get::<Time>(1)?.to_string(), "at_ms": row.get::<i64>(1)?,
                "actor": {"kind": text(2)?, "id": text(3)?, "impersonator_id": text(10)?},
                "action": text(4)?, "target": {"kind": text(5)?, "id": text(6)?}, "request_id": text(7)?,
                "address": text(8)?, "changes": changes, "tenant_id": tenant_id, "number": row.get::<i64>(11)?,
                "link": URL_SAFE_NO_PAD.encode(row.get::<Vec<u8>>(12)?),
            });
            if let Some(previous) = row.get::<Option<Vec<u8>>>(13)? {
                line["previous"] = json!(URL_SAFE_NO_PAD.encode(previous));
            }
            Ok(line)
        })?)
    };
    server.app.read(read).await.expect("the audit can be read")
}

/// The objects in a tenant's folder by their names, which are those of the tenant.
fn objects(server: &TestServer, tenant_id: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = root(server).join(tenant_id);
    let inner = Path::new("audit").join(tenant_id);
    for (outer, only) in [(folder.clone(), "audit"), (folder.join("audit"), tenant_id)] {
        let names: Vec<_> = fs::read_dir(outer).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [only]);
    }
    let read = |entry: fs::DirEntry| {
        let name = inner.join(entry.file_name()).display().to_string();
        (name, fs::read(entry.path()).unwrap())
    };
    fs::read_dir(folder.join(&inner)).unwrap().map(|entry| read(entry.unwrap())).collect()
}

/// Fails unless the tenant's folder holds exactly the days until yesterday, `days` of them, each with its events;
/// returns how many events each day has, oldest first.
async fn assert_whole(server: &TestServer, tenant_id: &str, days: i64) -> Vec<usize> {
    let objects = objects(server, tenant_id);
    let expected: Vec<Time> = (1..=days).rev().map(|days| day_before(server, days)).collect();
    let names: Vec<String> = expected.iter().map(|day| object(tenant_id, *day)).collect();
    assert_eq!(objects.keys().cloned().collect::<Vec<_>>(), names);
    let mut counts = Vec::new();
    for (packed, day) in objects.values().zip(expected) {
        let (written, wanted) = (lines(packed), events(server, tenant_id, day).await);
        assert_eq!(written, wanted);
        counts.push(written.len());
    }
    counts
}
