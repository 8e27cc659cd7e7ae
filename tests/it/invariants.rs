//! What holds whoever contends and whatever a program error would write: one owner, one membership, one invitation.

mod contention;
mod database;

use trueport::args;
use trueport::db::Tx;

use crate::harness::{Reply, TestServer};
use crate::members::members;

/// Whether the server held out: however many contend, none is told that something went wrong inside.
#[track_caller]
fn assert_no_fault(replies: &[Reply]) {
    for reply in replies {
        assert!(reply.status.as_u16() < 500, "{reply:?}");
    }
}

/// The ids of owners as the organizations' rows name them, which must have a membership each.
async fn stored_owners(server: &TestServer) -> Vec<String> {
    let read = |tx: &mut Tx<'_>| {
        let sql = "SELECT m.user_id FROM tenants t JOIN memberships m ON m.tenant_id = t.id AND m.user_id = t.owner_id \
                   WHERE m.status = 'active'";
        Ok(tx.all(sql, args![], |row| row.get::<String>(0))?)
    };
    server.app.read(read).await.expect("the owners can be read")
}

/// The one owner, on whom the database and the list of members must agree.
async fn only_owner(server: &TestServer, scoped: &str) -> String {
    let listed = members(server, scoped).await;
    let listed: Vec<&str> = listed
        .iter()
        .filter(|member| member["role"] == "owner")
        .map(|member| member["user_id"].as_str().expect("an id"))
        .collect();
    let [owner] = listed[..] else { panic!("not one owner: {listed:?}") };
    assert_eq!(stored_owners(server).await, [owner]);
    owner.to_owned()
}

/// The single number that a query counts.
async fn counted(server: &TestServer, sql: &'static str) -> i64 {
    let read = move |tx: &mut Tx<'_>| Ok(tx.one(sql, args![], |row| row.get::<i64>(0))?);
    server.app.read(read).await.expect("the rows can be counted")
}
