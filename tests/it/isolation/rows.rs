//! What the database holds of one organization, whatever the tables are.

use std::collections::BTreeMap;

use trueport::args;
use trueport::db::{Row, Tx};

use crate::harness::TestServer;

/// Every row of the organization with all its columns, in every table that has a `tenant_id`, and its own: a table that
/// comes later is in it by itself.
pub(super) async fn rows_of(server: &TestServer, tenant_id: &str) -> Vec<String> {
    let is_postgres = server.database().is_some();
    let columns = if is_postgres {
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
         WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    } else {
        "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' \
         ORDER BY t.name, c.cid"
    };
    // Makes a text of whatever type, NULL too.
    let quote = if is_postgres { "quote_nullable" } else { "quote" };
    let tenant_id = tenant_id.to_owned();
    let read = move |tx: &mut Tx<'_>| {
        let pair = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<String>(1)?));
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in tx.all(columns, args![], pair)? {
            tables.entry(table).or_default().push(column);
        }
        let mut rows = Vec::new();
        for (table, columns) in &tables {
            let key = if table == "tenants" { "id" } else { "tenant_id" };
            if !columns.iter().any(|column| column == key) {
                continue;
            }
            let values: Vec<String> = columns.iter().map(|name| format!("'{name}=' || {quote}({name})")).collect();
            let sql = format!("SELECT {} FROM {table} WHERE {key} = ?1", values.join(" || ' ' || "));
            // Statements are part of the program and live as long; this one is made up.
            let found = tx.all(sql.leak(), args![&tenant_id], |row| row.get::<String>(0))?;
            rows.extend(found.into_iter().map(|row| format!("{table} {row}")));
        }
        rows.sort();
        Ok(rows)
    };
    let rows = server.app.read(read).await.expect("the rows can be read");
    for table in [
        "tenants",
        "memberships",
        "invites",
        "subscriptions",
        "audit_events",
        "usage_hours",
        "config_values",
        "config_changes",
        "storage_settings",
        "audit_exports",
        "webhooks",
        "webhook_deliveries",
        "webhook_attempts",
    ] {
        assert!(rows.iter().any(|row| row.starts_with(&format!("{table} "))), "the rows of {table} are not found");
    }
    rows
}
