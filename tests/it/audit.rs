//! What leaves a trace (contract 35).

use serde_json::Value as Json;
use trueport::args;
use trueport::db::{Row, Tx};

use crate::harness::TestServer;

/// An event of the audit.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) actor_kind: String,
    pub(crate) actor_id: Option<String>,
    pub(crate) action: String,
    pub(crate) target_kind: String,
    pub(crate) target_id: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) changes: Json,
}

impl Event {
    fn read(row: &Row<'_>) -> trueport::db::Result<Self> {
        Ok(Self {
            actor_kind: row.get(0)?,
            actor_id: row.get(1)?,
            action: row.get(2)?,
            target_kind: row.get(3)?,
            target_id: row.get(4)?,
            request_id: row.get(5)?,
            address: row.get(6)?,
            changes: row.get::<Option<String>>(7)?.map_or(Json::Null, |text| serde_json::from_str(&text).unwrap()),
        })
    }
}

/// Every event so far, oldest first.
pub(crate) async fn events(server: &TestServer) -> Vec<Event> {
    let read = |tx: &mut Tx<'_>| {
        let sql = "SELECT actor_kind, actor_id, action, target_kind, target_id, request_id, address, changes \
             FROM audit_events ORDER BY at, id";
        Ok(tx.all(sql, args![], Event::read)?)
    };
    server.app.read(read).await.unwrap()
}
