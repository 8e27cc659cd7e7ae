//! Which events are in which day's object.

use std::time::Duration;

use serde_json::json;
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::domain::exports as exports_domain;
use trueport::domain::storage::DAY;
use trueport::error::{Code, Error};
use trueport::id::EventId;

use super::{again, assert_whole, day_before, exported, exports, object, objects, pass_midnights};
use crate::harness::TestServer;
use crate::organization::Organization;
use crate::storage::{permissive_server, put};

/// Writes an event of the tenant at each of these moments, which is told in its changes.
async fn insert_events(server: &TestServer, tenant_id: &str, moments: Vec<Time>) {
    let tenant_id = tenant_id.to_owned();
    let write = move |tx: &mut Tx<'_>, _: &System| {
        for (index, moment) in moments.iter().enumerate() {
            let (id, changes): (EventId, _) = (tx.new_id(), json!({"index": index, "text": "line\nbreak \u{2028} é"}));
            tx.execute(
                "INSERT INTO audit_events (id, at, actor_kind, action, target_kind, tenant_id, changes) \
                 VALUES (?1, ?2, 'system', 'test.made', 'tenant', ?3, ?4)",
                args![&id, *moment, &tenant_id, &changes.to_string()],
            )?;
        }
        Ok(())
    };
    server.app.write(&System, write).await.expect("the events are written");
}

#[tokio::test]
async fn each_day_holds_its_own_events_of_its_tenant_in_their_order() {
    let server = permissive_server().await;
    let acme = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    acme.join(&server, "guest@acme.com", "member").await;
    for organization in [&acme, &other] {
        put(&server, &organization.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    }
    let today = day_before(&server, 0);
    let at = |millis: i64| Time::from_millis(today.millis() + millis);
    // At both ends of the days to come, and before the tenant was made.
    insert_events(&server, &acme.id, [-1, 0, DAY - 1, DAY, DAY + 1, 2 * DAY - 1, 2 * DAY].map(at).to_vec()).await;
    insert_events(&server, &other.id, [DAY - 1, DAY].map(at).to_vec()).await;

    pass_midnights(&server, 1);
    for organization in [&acme, &other] {
        let scoped = again(&server, organization).await;
        exported(&server, &scoped, 1).await;
    }
    let first = assert_whole(&server, &acme.id, 1).await[0];
    assert!(first > 4 && assert_whole(&server, &other.id, 1).await[0] < first, "{first}");

    // The signing in of before is in the second day; the third one has an event at its first moment, the fourth none.
    pass_midnights(&server, 3);
    for organization in [&acme, &other] {
        let scoped = again(&server, organization).await;
        exported(&server, &scoped, 4).await;
    }
    let (of_acme, of_other) = (assert_whole(&server, &acme.id, 4).await, assert_whole(&server, &other.id, 4).await);
    assert_eq!((of_acme[0], of_acme[2], of_acme[3]), (first, 1, 0));
    assert!(of_acme[1] >= 3 && of_other[1] >= 1, "{of_acme:?} {of_other:?}");
    assert_eq!(of_other[2..], [0, 0]);
    let empty = &objects(&server, &acme.id)[&object(&acme.id, day_before(&server, 1))];
    assert!(!empty.is_empty(), "also nothing at all is gzip");
    server.finish().await;
}

#[tokio::test]
async fn a_day_is_exported_ten_minutes_after_its_end_and_not_before() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    put(&server, &organization.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let today = day_before(&server, 0);
    let ready = Time::from_millis(today.millis() + DAY + super::MARGIN);
    // The job has looked and put it off.
    let ask = || async {
        let next = exports(&server, &organization.owner.scoped).await["next"].clone();
        (next["at"] == ready.to_string()).then_some(next)
    };
    let next = crate::executable::eventually("the export is put off", ask).await;
    assert_eq!(next["day"], trueport::domain::exports::day_name(today));

    // A second before, another one is exported whose turn it is: the job was there.
    server.clock.advance((ready - Duration::from_secs(2)).since(server.clock.now()));
    let witness = Organization::of(&server, "owner@other.com", "other").await;
    put(&server, &witness.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let (id, day) = (witness.id.clone(), today);
    let sooner = move |tx: &mut Tx<'_>, _: &System| {
        let sql = "UPDATE storage_settings SET next_day_at = ?2, next_try_at = 0 WHERE tenant_id = ?1";
        Ok(tx.execute(sql, args![&id, Time::from_millis(day.millis() - DAY)])?)
    };
    server.app.write(&System, sooner).await.unwrap();
    exported(&server, &witness.owner.scoped, 1).await;
    let scoped = again(&server, &organization).await;
    assert!(server.clock.now() < ready);
    assert_eq!(exports(&server, &scoped).await["total"], 0);
    server.advance(2);
    exported(&server, &scoped, 1).await;
    server.finish().await;
}

#[tokio::test]
async fn a_day_of_many_events_is_whole() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    put(&server, &organization.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let today = day_before(&server, 0);
    // More than two batches of 2,000; some 1,500 at a time share a millisecond, also around the ends of batches.
    let moments = (0..4_500).map(|index| Time::from_millis(today.millis() + 1_000 + index / 1_500)).collect();
    insert_events(&server, &organization.id, moments).await;
    pass_midnights(&server, 1);
    let scoped = again(&server, &organization).await;
    let listed = exported(&server, &scoped, 1).await;
    let counts = assert_whole(&server, &organization.id, 1).await;
    assert!(counts[0] > 4_500);
    let packed = &objects(&server, &organization.id)[&object(&organization.id, today)];
    assert_eq!((&listed["items"][0]["events"], &listed["items"][0]["size"]), (&json!(counts[0]), &json!(packed.len())));
    server.finish().await;
}

#[tokio::test]
async fn what_was_missed_while_nothing_ran_is_made_up_for() {
    let mut server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    put(&server, &organization.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    server.restart_after(Duration::from_secs(5 * 24 * 60 * 60)).await;
    pass_midnights(&server, 1);
    let scoped = again(&server, &organization).await;
    exported(&server, &scoped, 6).await;
    assert_eq!(assert_whole(&server, &organization.id, 6).await[1..], [0; 5]);

    // A store that is set later begins with the day on which the organization was made.
    let late = Organization::of(&server, "owner@late.com", "late").await;
    pass_midnights(&server, 3);
    let scoped = again(&server, &late).await;
    assert_eq!(exports(&server, &scoped).await["total"], 0);
    put(&server, &scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    exported(&server, &scoped, 3).await;
    assert!(assert_whole(&server, &late.id, 3).await[0] > 0);
    server.finish().await;
}

/// A line without its link could not be verified.
#[tokio::test]
async fn a_day_waits_until_its_events_are_linked() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    put(&server, &organization.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    crate::inspect::all_linked(&server).await;
    let (id, day, installation) = (organization.id.clone(), day_before(&server, 2), server.app.installation());
    // In one transaction, in which no job links; nothing of it stays.
    let write = move |tx: &mut Tx<'_>, by: &System| -> trueport::error::Result<()> {
        let sql = "UPDATE storage_settings SET next_day_at = ?2, next_try_at = 0 WHERE tenant_id = ?1";
        tx.execute(sql, args![&id, day])?;
        tx.execute(
            "INSERT INTO audit_events (id, at, actor_kind, action, target_kind, tenant_id) \
             VALUES ('evt_1', ?2, 'system', 'test.made', 'tenant', ?1)",
            args![&id, Time::from_millis(day.millis() + DAY - 1)],
        )?;
        assert!(exports_domain::claim(tx, by, &installation)?.is_none(), "an unlinked event is left out");
        tx.execute("UPDATE audit_events SET at = at + 1 WHERE id = 'evt_1'", args![])?;
        assert!(exports_domain::claim(tx, by, &installation)?.is_some(), "it waits for the next day's");
        Err(Error::new(Code::Conflict))
    };
    assert_eq!(server.app.write(&System, write).await.unwrap_err().code(), Code::Conflict);
    server.finish().await;
}
