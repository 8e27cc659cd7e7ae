//! How long the audit is kept.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::domain::storage::{DAY, day_of};
use trueport::id::EventId;

use super::{Beside, execute, number, sealed, server_with_events};
use crate::executable::eventually;
use crate::harness::TestServer;
use crate::inspect::all_linked;

/// Writes so many events of the tenant on each of the days before today, all of which are linked and sealed then.
async fn write_old_events(server: &TestServer, tenant_id: &str, days: i64, each: i64) {
    let tenant_id = tenant_id.to_owned();
    let today = day_of(server.clock.now()).millis();
    let write = move |tx: &mut Tx<'_>, _: &System| {
        for index in 0..days * each {
            let id: EventId = tx.new_id();
            let at = Time::from_millis(today - (days - index / each) * DAY + index % each);
            tx.execute(
                "INSERT INTO audit_events (id, at, actor_kind, action, target_kind, tenant_id) \
                 VALUES (?1, ?2, 'system', 'test.made', 'tenant', ?3)",
                args![&id, at, &tenant_id],
            )?;
        }
        Ok(())
    };
    server.app.write(&System, write).await.unwrap();
    sealed(server).await;
}

/// Starts again, so that the cleanup runs, and waits until the oldest events of the chain are of this day.
async fn cut(server: &mut TestServer, days: i64) {
    server.restart().await;
    let from = day_of(server.clock.now()).millis() - days * DAY;
    let ask = || async {
        let old = server
            .app
            .read(move |tx| {
                let sql = "SELECT count(*) FROM audit_events WHERE at < ?1";
                Ok(tx.one(sql, args![from], |row| row.get::<i64>(0))?)
            })
            .await
            .unwrap();
        (old == 0).then_some(())
    };
    eventually("old events are cut off", ask).await;
    all_linked(server).await;
}

#[tokio::test]
async fn old_days_are_cut_off_and_what_is_left_is_whole() {
    // Events of before are linked before those of today: the chain begins with them.
    let (mut server, organization) = server_with_events(0).await;
    execute(&server, &["audit_events", "audit_chains", "audit_seal"].map(|table| format!("DELETE FROM {table}"))).await;
    write_old_events(&server, &organization.id, 10, 350).await;
    let beside = Beside::of(&server);
    beside.expect_whole(&[]).await;

    // 0 keeps everything.
    server.restart().await;
    assert_eq!(number(&server, "SELECT count(*) FROM audit_events WHERE action = 'test.made'").await, 3_500);
    server.set_config("audit.retention_days", json!(4)).await;
    cut(&mut server, 4).await;
    assert_eq!(number(&server, "SELECT count(*) FROM audit_events WHERE action = 'test.made'").await, 4 * 350);
    // It is told, in the chain itself: in bites of 1,000.
    assert_eq!(number(&server, "SELECT count(*) FROM audit_events WHERE action = 'audit.cut'").await, 3);
    let told = beside.expect_whole(&["--tenant", &organization.id]).await;
    assert_eq!(told["chains"][0]["first"], 6 * 350 + 1);
    sealed(&server).await;
    beside.expect_whole(&[]).await;

    // What was cut off cannot come back, and nothing before it.
    let copy = "INSERT INTO audit_events (id, at, actor_kind, action, target_kind, tenant_id, chain, number, link) \
         SELECT 'evt_forged', at, actor_kind, action, target_kind, tenant_id, chain, 7, link FROM audit_events \
         WHERE number = 2200 AND tenant_id IS NOT NULL";
    execute(&server, &[copy.to_owned()]).await;
    let found = beside.verify(&["--json", "--tenant", &organization.id]).await.expect(4).json();
    assert_eq!(found["chains"][0]["fault"]["kind"], "inserted");
    server.finish().await;
}

#[tokio::test]
async fn what_is_not_whole_or_not_exported_is_not_cut_off() {
    let (mut server, organization) = server_with_events(0).await;
    execute(&server, &["audit_events", "audit_chains", "audit_seal"].map(|table| format!("DELETE FROM {table}"))).await;
    write_old_events(&server, &organization.id, 10, 5).await;
    // Its export has come to the day that ended seven days ago, and does not come further.
    let store = json!({"provider": "LOCAL"});
    server.call(Method::PUT, "/service/storage", &organization.owner.scoped, store).await.expect(200);
    let next = day_of(server.clock.now()).millis() - 7 * DAY;
    let far = server.clock.now() + Duration::from_secs(1_000_000);
    execute(&server, &[format!("UPDATE storage_settings SET next_day_at = {next}, next_try_at = {}", far.millis())])
        .await;
    server.set_config("audit.retention_days", json!(4)).await;
    cut(&mut server, 7).await;
    let rest = "SELECT count(*) FROM audit_events WHERE action = 'test.made'";
    assert_eq!(number(&server, rest).await, 7 * 5);

    execute(&server, &["UPDATE audit_events SET address = 'x' WHERE number = 23".to_owned()]).await;
    server.call(Method::DELETE, "/service/storage", &organization.owner.scoped, json!(null)).await.expect(204);
    server.restart().await;
    // Up to the one that was changed.
    let ask = || async { (number(&server, rest).await == 50 - 22).then_some(()) };
    eventually("what is whole is cut off", ask).await;
    let found = Beside::of(&server).verify(&["--json", "--tenant", &organization.id]).await.expect(4).json();
    assert_eq!(found["chains"][0]["fault"]["number"], 23);
    server.finish().await;
}
