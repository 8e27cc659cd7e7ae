//! Exports and downloads, verified without the database.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value as Json, json};

use super::{Beside, execute, rename, sealed, server_with_events};
use crate::harness::TestServer;
use crate::inspect::{all_linked, set_platform_admin};
use crate::organization::Organization;

async fn download(server: &TestServer, path: &str, token: &str) -> String {
    let file = server.get(&format!("{path}?format=ndjson"), token).await;
    assert_eq!(file.status.as_u16(), 200, "{}", file.text);
    file.text
}

fn write(server: &TestServer, name: &str, text: &str) -> String {
    let path = server.folder().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    if name.ends_with(".gz") {
        let mut packed = GzEncoder::new(fs::File::create(&path).unwrap(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap();
    } else {
        fs::write(&path, text).unwrap();
    }
    path.display().to_string()
}

/// Changes one value of the line with this number.
fn with(text: &str, number: i64, change: impl Fn(&mut Json)) -> String {
    let each = |line: &str| {
        let mut event: Json = serde_json::from_str(line).unwrap();
        if event["number"] == number {
            change(&mut event);
            return format!("{event}\n");
        }
        format!("{line}\n")
    };
    text.lines().map(each).collect()
}

fn without(text: &str, number: i64) -> String {
    let is_other = |line: &&str| !line.contains(&format!("\"number\":{number},"));
    text.lines().filter(is_other).map(|line| format!("{line}\n")).collect()
}

#[tokio::test]
async fn lines_are_verified_with_nothing_but_the_key() {
    let (server, organization) = server_with_events(10).await;
    set_platform_admin(&server, &organization.owner.email, true).await;
    Organization::of(&server, "owner@other.com", "other").await;
    all_linked(&server).await;
    let all = download(&server, "/admin/audit-events/export", &organization.owner.access).await;
    let own = download(&server, "/service/audit-events/export", &organization.owner.scoped).await;
    let beside = Beside::of(&server);
    let whole = write(&server, "files/all.ndjson", &all);
    let told = beside.expect_whole(&[&whole]).await;
    assert_eq!(told["chains"].as_array().unwrap().len(), 3, "{told}");
    assert_eq!(told["unlinked"], 1, "of the download itself: {told}");
    // The same lines twice, packed, in a folder, in another order, and of one organization only.
    let mut lines: Vec<&str> = own.lines().collect();
    lines.reverse();
    write(&server, "files/deeper/own.ndjson.gz", &(lines.join("\n") + "\n"));
    write(&server, "files/deeper/README.txt", "not an export");
    let folder = server.folder().join("files").display().to_string();
    assert_eq!(beside.expect_whole(&[&folder]).await["chains"], told["chains"]);
    let one = beside.expect_whole(&[&folder, "--tenant", &organization.id]).await;
    assert_eq!(one["chains"].as_array().unwrap().len(), 1);
    beside.verify(&[&folder, "--tenant", "acme"]).await.expect(2);
    beside.verify(&["--against"]).await.expect(2);
    beside.verify(&[server.folder().join("nowhere").to_str().unwrap()]).await.expect(3);

    let last = own.lines().filter(|line| !line.contains("\"number\":null")).count() as i64;
    let number = last - 2;
    let cases: [(String, &str, i64); 9] = [
        (with(&own, number, |event| event["changes"]["name"] = json!("Evil")), "changed", number),
        (with(&own, number, |event| event["at_ms"] = json!(1)), "changed", number),
        (with(&own, number, |event| event["actor"]["impersonator_id"] = json!("usr_1")), "changed", number),
        (with(&own, number, |event| event["number"] = json!(number + 1)), "missing", number),
        (with(&own, number, |event| event["previous"] = event["link"].clone()), "changed", number),
        (with(&own, number, |event| event["link"] = Json::Null), "changed", number),
        (with(&own, number, |event| event["tenant_id"] = Json::Null), "changed", number),
        (without(&own, number), "missing", number),
        (without(&without(&own, 3), number), "missing", 3),
    ];
    for (index, (text, kind, number)) in cases.iter().enumerate() {
        let file = write(&server, &format!("bad/{index}.ndjson"), text);
        let found = beside.verify(&[&file, "--json"]).await.expect(4);
        let told = found.json();
        let mut faults = told["chains"].as_array().unwrap().iter().map(|chain| &chain["fault"]);
        let is_named = |fault: &Json| fault["kind"] == *kind && fault["number"] == *number;
        assert!(faults.any(is_named), "{index}: {found}");
    }
    // A line that is none, and another installation's key.
    let file = write(&server, "bad/cut.ndjson", &own[..own.len() - 20]);
    beside.verify(&[&file]).await.expect(4);
    let key = write(&server, "bad/other.key", &"A".repeat(43));
    beside.verify(&[&whole, "--master-key-file", &key]).await.expect(4);
    let no_key = server.folder().join("bad/no.key");
    beside.verify(&[&whole, "--master-key-file", no_key.to_str().unwrap()]).await.expect(78);
    server.finish().await;
}

/// The whole database as it was earlier has no fault of its own.
#[tokio::test]
async fn a_database_that_was_set_back_lacks_what_an_export_has() {
    let (server, organization) = server_with_events(3).await;
    sealed(&server).await;
    let tables = ["audit_events", "audit_chains", "audit_checkpoints", "audit_seal"];
    let keep: Vec<String> =
        tables.iter().map(|table| format!("CREATE TABLE old_{table} AS SELECT * FROM {table}")).collect();
    execute(&server, &keep).await;
    rename(&server, &organization, 5).await;
    sealed(&server).await;
    let own = download(&server, "/service/audit-events/export", &organization.owner.scoped).await;
    let file: PathBuf = write(&server, "own.ndjson", &own).into();
    let file = file.to_str().unwrap();
    all_linked(&server).await;
    let beside = Beside::of(&server);
    beside.expect_whole(&["--against", file]).await;
    let back =
        |table: &&str| [format!("DELETE FROM {table}"), format!("INSERT INTO {table} SELECT * FROM old_{table}")];
    execute(&server, &tables.iter().flat_map(back).collect::<Vec<_>>()).await;
    beside.expect_whole(&[]).await;
    let found = beside.verify(&["--json", "--against", file]).await.expect(4);
    let told = found.json();
    let chains = told["chains"].as_array().unwrap();
    let chain = chains.iter().find(|chain| chain["chain"] == json!(organization.id)).unwrap();
    assert_eq!(chain["fault"]["kind"], "database", "{found}");
    server.finish().await;
}
