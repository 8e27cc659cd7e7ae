//! How long what was reported is kept. Old rows go when the server starts, and every ten minutes.

use serde_json::json;
use trueport::args;
use trueport::db::Tx;

use super::{DAY, HOUR, Row, at, columns, go_to, report, taken};
use crate::executable::eventually;
use crate::harness::TestServer;
use crate::organization::select;

const NOW: &str = "2060-03-15T10:30:00Z";

/// Starts the server again and waits until so many rows are left.
async fn sweep(server: &mut TestServer, count: &'static str, left: i64) {
    server.restart().await;
    let server = &*server;
    let ask = || async {
        let read = move |tx: &mut Tx<'_>| Ok(tx.one(count, args![], |row| row.get::<i64>(0))?);
        (server.app.read(read).await.expect("the rows can be counted") == left).then_some(())
    };
    eventually(&format!("{left} left of {count}"), ask).await;
}

#[tokio::test]
async fn an_id_is_remembered_for_eight_days() {
    const IDS: &str = "SELECT count(*) FROM usage_ids";
    let (mut server, org, key) = at(NOW).await;
    let row = |server: &TestServer, id: &str| Row::new(id, &org.id, server.clock.now()).requests(1).json();
    for id in ["first", "second"] {
        assert_eq!(taken(&report(&server, &key, &[row(&server, id)]).await), (1, 0));
        server.advance(HOUR);
    }
    // Two hours are over.
    server.advance(8 * DAY - 2 * HOUR - 60);
    let both = [row(&server, "first"), row(&server, "second")];
    assert_eq!(taken(&report(&server, &key, &both).await), (0, 2), "sent again, it is not remembered for longer");
    server.advance(60);
    sweep(&mut server, IDS, 1).await;
    let both = [row(&server, "first"), row(&server, "second")];
    assert_eq!(taken(&report(&server, &key, &both).await), (1, 1));
    server.advance(HOUR);
    sweep(&mut server, IDS, 1).await;
    let both = [row(&server, "first"), row(&server, "second")];
    assert_eq!(taken(&report(&server, &key, &both).await), (1, 1));
    server.finish().await;
}

#[tokio::test]
async fn hours_are_kept_for_as_many_days_as_is_set() {
    const HOURS: &str = "SELECT count(*) FROM usage_hours";
    let (mut server, org, key) = at(NOW).await;
    // In the hours 10, 11 and 12 of that day.
    for requests in [1, 10, 100] {
        let row = Row::new(requests.to_string(), &org.id, server.clock.now()).requests(requests).json();
        assert_eq!(taken(&report(&server, &key, &[row]).await), (1, 0));
        server.advance(HOUR);
    }
    let shown = async |server: &TestServer| {
        let access = server.sign_in("owner@acme.com").await.access;
        let scoped = select(server, &access, &org.id).await;
        columns(server, &scoped, "?from=2060-03-15T00:00:00Z&to=2060-03-16T00:00:00Z").await
    };
    let all = ["2060-03-15T10:00:00Z 1 0", "2060-03-15T11:00:00Z 10 0", "2060-03-15T12:00:00Z 100 0"];
    go_to(&server, "2060-04-16T10:30:00Z");
    sweep(&mut server, HOURS, 3).await;
    assert_eq!(shown(&server).await, all, "it is more than a year unless it is set");
    // Only the first of the hours began more than 32 days ago.
    server.set_config("usage.retention_days", json!(32)).await;
    sweep(&mut server, HOURS, 2).await;
    assert_eq!(shown(&server).await, all[1..]);
    server.set_config("usage.retention_days", json!(31)).await;
    sweep(&mut server, HOURS, 0).await;
    assert_eq!(shown(&server).await, Vec::<String>::new());
    server.finish().await;
}
