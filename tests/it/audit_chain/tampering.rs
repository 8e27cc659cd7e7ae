//! Whatever somebody changes who can write to the database and has not got the key: it is found, and named.

use serde_json::json;

use super::{Beside, execute, rename, sealed, server_with_events};
use crate::harness::TestServer;
use crate::inspect::{all_linked, set_platform_admin};
use crate::organization::{Organization, select};

const TABLES: [&str; 4] = ["audit_events", "audit_chains", "audit_checkpoints", "audit_seal"];

/// Puts a copy of the audit beside it.
async fn keep(server: &TestServer, name: &str) {
    let copy = |table: &&str| format!("CREATE TABLE {name}_{table} AS SELECT * FROM {table}");
    execute(server, &TABLES.iter().map(copy).collect::<Vec<_>>()).await;
}

/// Statements that put a copy back.
fn put_back(name: &str, tables: &[&str]) -> Vec<String> {
    let each =
        |table: &&str| [format!("DELETE FROM {table}"), format!("INSERT INTO {table} SELECT * FROM {name}_{table}")];
    tables.iter().flat_map(each).collect()
}

/// A server whose organization has sealed events of three days and some more behind the last checkpoint, and a copy of
/// how it was before them.
async fn seasoned_server() -> (TestServer, Organization) {
    let (server, mut organization) = server_with_events(4).await;
    for _ in 0..2 {
        sealed(&server).await;
        server.advance(24 * 60 * 60);
        let access = server.sign_in(&organization.owner.email).await.access;
        organization.owner.scoped = select(&server, &access, &organization.id).await;
        rename(&server, &organization, 4).await;
    }
    sealed(&server).await;
    keep(&server, "old").await;
    rename(&server, &organization, 4).await;
    sealed(&server).await;
    keep(&server, "good").await;
    (server, organization)
}

/// A change, and what must be said of the organization's chain: the kind of fault and the number.
type Case = (String, &'static str, i64);

fn cases(id: &str, last: i64) -> Vec<Case> {
    // One that somebody wrote from somewhere.
    let near = last - 2;
    let of = |number: i64| format!("chain = '{id}' AND number = {number}");
    let set = |what: &str, number: i64| format!("UPDATE audit_events SET {what} WHERE {}", of(number));
    let head = |what: &str| format!("UPDATE audit_chains SET {what} WHERE chain = '{id}'");
    let copy = |number: &str| {
        format!(
            "INSERT INTO audit_events (id, at, actor_kind, action, target_kind, tenant_id, chain, number, link) SELECT \
             'evt_forged', at, actor_kind, action, target_kind, tenant_id, chain, {number}, link FROM audit_events \
             WHERE {}",
            of(last)
        )
    };
    let mut cases: Vec<Case> = [
        "id = 'evt_other'",
        "at = at + 1",
        "actor_kind = 'operator'",
        "actor_id = NULL",
        "impersonator_id = actor_id",
        "action = 'tenant.created'",
        "target_kind = 'user'",
        "target_id = target_id || 'x'",
        "tenant_id = NULL",
        "request_id = request_id || 'x'",
        "address = '192.0.2.9'",
        "changes = '{}'",
        "changes = replace(changes, ':', ': ')",
        "changes = NULL",
        "link = NULL",
    ]
    .iter()
    .map(|what| (set(what, near), "changed", near))
    .collect();
    let copy_link = format!("link = (SELECT o.link FROM audit_events o WHERE o.chain = '{id}' AND o.number = 4)");
    cases.extend([
        (set(&copy_link, near), "changed", near),
        (set("chain = 'nowhere'", near), "missing", near),
        (set("number = number + 1000", near), "missing", near),
        (set("number = NULL", near), "missing", near),
        (format!("DELETE FROM audit_events WHERE {}", of(1)), "missing", 1),
        (format!("DELETE FROM audit_events WHERE {}", of(6)), "missing", 6),
        (format!("DELETE FROM audit_events WHERE chain = '{id}' AND number > 3"), "cut", 4),
        (format!("DELETE FROM audit_events WHERE {}", of(last)), "cut", last),
        (format!("DELETE FROM audit_events WHERE chain = '{id}'"), "cut", 1),
        // Two that change places.
        (
            format!(
                "{}; {}; {}",
                set("number = -1", 5),
                set("number = 5", 6),
                format_args!("UPDATE audit_events SET number = 6 WHERE chain = '{id}' AND number = -1")
            ),
            "changed",
            5,
        ),
        (copy("number + 1"), "changed", last + 1),
        (copy("0"), "inserted", 0),
        (copy("NULL"), "inserted", 0),
        (head("number = number - 1"), "head", last),
        (head("link = mac"), "head", last),
        (head("mac = link"), "head", last),
        (head("checkpoint_number = 0"), "head", last),
        (format!("DELETE FROM audit_chains WHERE chain = '{id}'"), "head", last),
        // A begin that looks as if retention had cut it off.
        (
            format!(
                "{}; DELETE FROM audit_events WHERE {}",
                head(&format!("cut_number = 1, cut_link = (SELECT link FROM audit_events WHERE {})", of(1))),
                of(1)
            ),
            "head",
            last,
        ),
    ]);
    cases
}

#[tokio::test]
async fn whatever_is_changed_in_a_chain_is_found_and_named() {
    let (server, organization) = seasoned_server().await;
    let access = server.sign_in(&organization.owner.email).await.access;
    set_platform_admin(&server, &organization.owner.email, true).await;
    sealed(&server).await;
    execute(&server, &TABLES.map(|table| format!("DROP TABLE good_{table}"))).await;
    keep(&server, "good").await;
    let beside = Beside::of(&server);
    let whole = beside.expect_whole(&["--tenant", &organization.id]).await;
    let last = whole["chains"][0]["last"].as_i64().unwrap();
    assert!(last > 12, "{whole}");
    for (change, kind, number) in cases(&organization.id, last) {
        let statements: Vec<String> = change.split("; ").map(str::to_owned).collect();
        execute(&server, &statements).await;
        let found = beside.verify(&["--json", "--tenant", &organization.id]).await.expect(4);
        let fault = &found.json()["chains"][0]["fault"];
        assert_eq!((&fault["kind"], &fault["number"]), (&json!(kind), &json!(number)), "{change}: {found}");
        assert!(found.stderr.contains(&format!("chain {} is broken at number {number}", organization.id)), "{found}");
        // What is wrong in the middle, only a look at every event tells.
        let is_at_end = ["cut", "head"].contains(&kind) && !change.starts_with("DELETE FROM audit_chains");
        let named = if is_at_end { json!([organization.id]) } else { json!([]) };
        let state = server.get("/admin/audit-events/state", &access).await.expect(200);
        assert_eq!(state["broken"], named, "{change}");
        execute(&server, &put_back("good", &TABLES)).await;
    }
    beside.expect_whole(&[]).await;
    server.finish().await;
}

#[tokio::test]
async fn checkpoints_and_the_seal_are_found_changed_too() {
    let (server, organization) = seasoned_server().await;
    let beside = Beside::of(&server);
    let id = &organization.id;
    let access = server.sign_in(&organization.owner.email).await.access;
    set_platform_admin(&server, &organization.owner.email, true).await;
    sealed(&server).await;
    execute(&server, &TABLES.map(|table| format!("DROP TABLE good_{table}"))).await;
    keep(&server, "good").await;
    let of = |what: &str| format!("{what} WHERE chain = '{id}'");
    let last = format!("number = (SELECT max(number) FROM good_audit_checkpoints WHERE chain = '{id}')");
    let of_old = |table: &str| format!("INSERT INTO {table} SELECT * FROM old_{table} WHERE chain = '{id}'");
    for (change, kind) in [
        (of("UPDATE audit_checkpoints SET link = mac"), "checkpoint"),
        (of("UPDATE audit_checkpoints SET at = at + 1"), "checkpoint"),
        (of("UPDATE audit_checkpoints SET number = number - 1"), "checkpoint"),
        (format!("{} AND {last}", of("DELETE FROM audit_checkpoints")), "checkpoint"),
        (format!("{} AND NOT {last}", of("DELETE FROM audit_checkpoints")), "checkpoint"),
        (of("DELETE FROM audit_checkpoints"), "checkpoint"),
        // A chain as it was, with its head and checkpoints; and without.
        (
            [
                of("DELETE FROM audit_events"),
                of("DELETE FROM audit_chains"),
                of("DELETE FROM audit_checkpoints"),
                of_old("audit_events"),
                of_old("audit_chains"),
                of_old("audit_checkpoints"),
            ]
            .join("; "),
            "seal",
        ),
        (
            [of("DELETE FROM audit_events"), of("DELETE FROM audit_chains"), of("DELETE FROM audit_checkpoints")]
                .join("; "),
            "seal",
        ),
        (of("UPDATE audit_chains SET sealed_number = 0"), "head"),
        // As if nothing had ever been sealed, so that what was changed could be linked anew.
        (
            [
                of("UPDATE audit_events SET changes = '{}', chain = NULL, number = NULL, link = NULL"),
                of("DELETE FROM audit_chains"),
                of("DELETE FROM audit_checkpoints"),
                "DELETE FROM audit_seal".to_owned(),
                "UPDATE audit_chains SET sealed_number = 0".to_owned(),
            ]
            .join("; "),
            "head",
        ),
        ("DELETE FROM audit_seal".to_owned(), "seal"),
        ("UPDATE audit_seal SET at = at + 1".to_owned(), "seal"),
        ("DELETE FROM audit_seal; INSERT INTO audit_seal SELECT * FROM old_audit_seal".to_owned(), "seal"),
    ] {
        let statements: Vec<String> = change.split("; ").map(str::to_owned).collect();
        execute(&server, &statements).await;
        let found = beside.verify(&["--json"]).await.expect(4);
        let told = found.json();
        let faults: Vec<_> = told["chains"].as_array().unwrap().iter().map(|chain| &chain["fault"]["kind"]).collect();
        let is_found = if kind == "seal" {
            told["seal"]["holds"] == false && faults.iter().all(|fault| fault.is_null())
        } else {
            faults.contains(&&json!(kind))
        };
        assert!(is_found, "{change}: {found}");
        // What a seal is of is in the heads.
        if !change.contains("sealed_number") {
            let state = server.get("/admin/audit-events/state", &access).await.expect(200);
            assert_eq!((&state["seal_holds"], &state["unlinked"]), (&json!(kind != "seal"), &json!(0)), "{change}");
        }
        execute(&server, &put_back("good", &TABLES)).await;
    }
    beside.expect_whole(&[]).await;
    server.finish().await;
}

/// The server goes on and links what comes; what was broken stays so.
#[tokio::test]
async fn what_is_broken_is_not_mended_by_what_comes_after() {
    let (server, organization) = seasoned_server().await;
    let beside = Beside::of(&server);
    let id = &organization.id;
    let of = |what: &str| format!("{what} WHERE chain = '{id}'");
    let restored = |table: &str| format!("INSERT INTO {table} SELECT * FROM old_{table} WHERE chain = '{id}'");
    for change in [
        // The head alone, so that its numbers are taken; the tail and the head; the begin.
        vec![of("DELETE FROM audit_chains"), restored("audit_chains")],
        vec![
            of("DELETE FROM audit_events"),
            restored("audit_events"),
            of("DELETE FROM audit_chains"),
            restored("audit_chains"),
        ],
        vec![format!("{} AND number > 9", of("DELETE FROM audit_events"))],
        vec![
            of("UPDATE audit_chains SET cut_number = 1, cut_link = link"),
            format!("{} AND number = 1", of("DELETE FROM audit_events")),
        ],
        vec![of("DELETE FROM audit_chains")],
    ] {
        execute(&server, &change).await;
        rename(&server, &organization, 3).await;
        all_linked(&server).await;
        server.advance(61);
        rename(&server, &organization, 3).await;
        all_linked(&server).await;
        beside.verify(&[]).await.expect(4);
        execute(&server, &put_back("good", &TABLES)).await;
    }
    server.finish().await;
}
