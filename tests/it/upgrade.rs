//! An upgrade: the database of an earlier release, filled with what that release could make, is opened by this one, which
//! must lose nothing of it and know it where it looks things up by what came later (search, totals, audit chains).
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value as Json, json};

use crate::executable::{Installation, Running};

const ADMIN: &str = "admin@acme.com";
const OWNER: &str = "adam.admin@acme.com";

/// A data folder of version 19 for the engine that the tests run on.
fn earlier() -> Installation {
    let installation = Installation::new().with("TRUEPORT_SMTP_HOST", "");
    let folder = installation.data_dir();
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(folder.join("master.key"), include_str!("upgrade/v0019.master.key")).unwrap();
    fs::set_permissions(folder.join("master.key"), fs::Permissions::from_mode(0o600)).unwrap();
    match &installation.database {
        Some(database) => database.run(include_str!("upgrade/v0019.postgres.sql")),
        None => {
            let database = Connection::open(folder.join("trueport.db")).unwrap();
            database.execute_batch(include_str!("upgrade/v0019.sqlite.sql")).unwrap();
        }
    }
    installation
}

async fn sign_in(server: &Running, email: &str) -> String {
    let tokens = server.login(email).await.expect(200);
    tokens["access_token"].as_str().unwrap().to_owned()
}

/// A token for the organization with this slug.
async fn select(server: &Running, email: &str, slug: &str) -> String {
    let token = sign_in(server, email).await;
    let tenants = server.get("/global/tenants", &token).await.expect(200);
    let tenants = tenants["items"].as_array().or_else(|| tenants.as_array()).unwrap().clone();
    let tenant =
        tenants.iter().find(|tenant| tenant["slug"] == slug).unwrap_or_else(|| panic!("no {slug}: {tenants:?}"));
    let body = json!({"tenant_id": tenant["id"]});
    let scoped = server.call(Method::POST, "/global/auth/select-tenant", &token, body).await.expect(200);
    scoped["access_token"].as_str().unwrap().to_owned()
}

/// These fields of each item, sorted.
fn fields(items: &Json, names: &[&str]) -> Vec<String> {
    let items = items["items"].as_array().or_else(|| items.as_array()).unwrap();
    let text =
        |item: &Json| names.iter().map(|name| item[name].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ");
    let mut found: Vec<String> = items.iter().map(text).collect();
    found.sort();
    found
}

#[tokio::test]
async fn what_an_earlier_release_stored_is_there_and_found() {
    let installation = earlier();
    let server = installation.serve().await;

    let admin = sign_in(&server, ADMIN).await;
    let tenants = server.get("/admin/tenants", &admin).await.expect(200);
    assert_eq!(
        fields(&tenants, &["slug", "status", "subscription_plan"]),
        ["acme-corp active Pro", "globex archived Developer", "initech suspended Developer"]
    );
    for (path, total) in [
        ("/admin/users", 7),
        ("/admin/users?email=acme.com", 5),
        ("/admin/users?email=vera", 1),
        ("/admin/users?email=z", 0),
        ("/admin/tenants?q=corporation", 1),
        ("/admin/tenants?status=suspended", 1),
    ] {
        assert_eq!(server.get(path, &admin).await.expect(200)["total"], total, "{path}");
    }
    let stats = server.get("/admin/stats", &admin).await.expect(200);
    assert_eq!((&stats["total_tenants"], &stats["total_users"]), (&json!(3), &json!(7)), "{stats}");

    let owner = select(&server, OWNER, "acme-corp").await;
    let members = server.get("/service/members", &owner).await.expect(200);
    assert_eq!(
        fields(&members, &["email", "role"]),
        [
            "adam.admin@acme.com owner",
            "mia.member@acme.com member",
            "olga.owner@acme.com admin",
            "vera.viewer@acme.com viewer"
        ]
    );
    let explained = server.get("/service/configs/gateway.requests_per_minute/explain", &owner).await.expect(200);
    assert_eq!(explained["val"], 60, "{explained}");
    let locked = server.get("/service/configs/gateway.max_request_kib/explain", &owner).await.expect(200);
    assert_eq!((&locked["val"], &locked["source"]), (&json!(512), &json!("global")), "{locked}");
    assert_eq!(server.get("/service/storage", &owner).await.expect(200)["provider"], "LOCAL");

    // What this release adds works on what was there before.
    server
        .call(Method::POST, "/service/invites", &owner, json!({"email": "next@acme.com", "role": "viewer"}))
        .await
        .expect(201);
    let events = server.get("/service/audit-events?action=tenant.created", &owner).await.expect(200);
    assert_eq!(events["total"], 1, "{events}");
    server.stop().await;
    installation.run(&["audit", "verify"]).await.expect(0);
}

#[tokio::test]
async fn the_earlier_release_is_named_before_and_the_upgrade_is_done_once() {
    let installation = earlier();
    let refused = installation.run(&["tenant", "list"]).await.expect(1);
    assert!(refused.stderr.contains("is at schema version 19"), "{refused}");
    installation.run(&["migrate", "up"]).await.expect(0);
    let tenants = installation.run(&["tenant", "list", "--json"]).await.expect(0).json();
    installation.run(&["migrate", "up"]).await.expect(0);
    assert_eq!(installation.run(&["tenant", "list", "--json"]).await.expect(0).json(), tenants);
}
