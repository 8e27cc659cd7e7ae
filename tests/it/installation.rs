//! The installation as platform admins see it, and the end of every session (contract 36).

use std::fs::File;
use std::time::{Duration, SystemTime};

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::id::MessageId;
use trueport::store::outbox::{self, Due};

use crate::audit::events;
use crate::executable::eventually;
use crate::harness::{Setup, TestServer, Tokens};
use crate::impersonation::impersonate;
use crate::organization::{Organization, select};
use crate::plans::platform_admin;
use crate::sessions::refresh;
use crate::tokens::claims;

async fn show(server: &TestServer, admin: &str) -> Json {
    server.get("/admin/installation", admin).await.expect(200)
}

#[tokio::test]
async fn the_figures_are_those_of_this_installation() {
    let mut server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let admin = platform_admin(&server).await;
    let started_at = server.clock.now();
    let first = show(&server, &admin).await;
    let names: Vec<&String> = first.as_object().unwrap().keys().collect();
    let expected = [
        "base_url",
        "created_at",
        "database_bytes",
        "engine",
        "exports_failing",
        "free_bytes",
        "id",
        "jobs",
        "last_backup_at",
        "mail_server",
        "mails_waiting",
        "schema_version",
        "started_at",
        "version",
    ];
    assert_eq!(names, expected);
    assert_eq!(first["id"], claims(&admin)["iss"]);
    assert_eq!(first["created_at"], json!(started_at.to_string()));
    assert_eq!((&first["started_at"], &first["mail_server"]), (&first["created_at"], &Json::Null));
    assert_eq!(first["base_url"], "https://trueport.example");
    assert_eq!(first["engine"], if server.database().is_some() { "postgresql" } else { "sqlite" });
    assert_eq!(first["version"], env!("CARGO_PKG_VERSION"));
    assert!(first["schema_version"].as_i64().unwrap() >= 20);
    assert!(first["free_bytes"].as_u64().unwrap() > 0);
    assert_eq!(first["exports_failing"], 0);
    assert_eq!((&first["mails_waiting"], &first["last_backup_at"]), (&json!(1), &Json::Null));

    // A hundred mails of ten thousand bytes.
    let fill = |tx: &mut Tx<'_>, _: &System| {
        for _ in 0..100 {
            let id: MessageId = tx.new_id();
            let due = Due {
                message_id: format!("<{id}@trueport.example>"),
                id,
                recipient: "jane@acme.com".to_owned(),
                template: "welcome".to_owned(),
                variables_sealed: (0..10_000_u32)
                    .map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8)
                    .collect(),
                attempts: 0,
                unknown_outcomes: 0,
                created_at: tx.now(),
            };
            let expires_at = tx.now() + Duration::from_secs(60);
            outbox::insert(tx, &due, expires_at)?;
        }
        Ok(())
    };
    server.app.write(&System, fill).await.unwrap();
    let filled = show(&server, &admin).await;
    assert_eq!(filled["mails_waiting"], 101);
    let grown = filled["database_bytes"].as_i64().unwrap() - first["database_bytes"].as_i64().unwrap();
    assert!((100_000..10_000_000).contains(&grown), "{grown}");

    let backups = server.folder().join("backups");
    std::fs::create_dir(&backups).unwrap();
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    File::create(backups.join("a backup")).unwrap().set_modified(written).unwrap();
    assert_eq!(show(&server, &admin).await["last_backup_at"], "2027-01-15T08:00:00Z");

    // Each job runs again and again; after a start, each has to do so anew.
    let first_start = all_jobs_since(&server, &admin, started_at.to_string()).await;
    server.restart_after(Duration::from_secs(600)).await;
    let later = server.clock.now().to_string();
    assert!(later > first_start);
    all_jobs_since(&server, &admin, later.clone()).await;
    server.set_config("smtp.host", json!("mail.acme.com")).await;
    let last = show(&server, &admin).await;
    assert_eq!(last["created_at"], first["created_at"], "the first start");
    assert_eq!((&last["started_at"], &last["mail_server"]), (&json!(later), &json!("mail.acme.com:587")));
    server.finish().await;
}

/// Waits until every job has run since then and none has failed; returns when the last one ran.
async fn all_jobs_since(server: &TestServer, admin: &str, since: String) -> String {
    let ask = async || {
        let shown = show(server, admin).await;
        let jobs = shown["jobs"].as_array().unwrap().clone();
        for job in &jobs {
            assert_eq!((&job["failed_at"], &job["failure"]), (&Json::Null, &Json::Null), "{job}");
        }
        let ran = |job: &Json| job["ran_at"].as_str().filter(|at| *at >= &*since).map(str::to_owned);
        let runs: Option<Vec<String>> = jobs.iter().map(ran).collect();
        let names: Vec<&str> = jobs.iter().map(|job| job["name"].as_str().unwrap()).collect();
        let all = ["audit_chain", "cleanup", "export", "outbox", "reload", "subscriptions", "webhooks"];
        runs.filter(|_| names == all).and_then(|runs| runs.into_iter().max())
    };
    eventually("every job has run", ask).await
}

#[tokio::test]
async fn every_session_of_everybody_ends() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "viewer").await;
    let pair = server.sign_in("member@acme.com").await;
    let acting = impersonate(&server, &admin, &member.user_id, &org.id).await;
    // One that has ended already, and one that was never refreshed and is over, are not counted.
    let ended = server.sign_in("owner@acme.com").await.access;
    server.call(Method::POST, "/global/auth/logout", &ended, Json::Null).await.expect(204);
    let body = json!({"email": "changed@acme.com", "current_password": crate::harness::PASSWORD});
    server.call(Method::POST, "/global/auth/me/email", &member.access, body).await.expect(200);
    let change = server.mail.next_mail_to("changed@acme.com").await.link_token();
    server.mail.next_mail_to("member@acme.com").await;

    let path = "/admin/installation/end-sessions";
    server.call(Method::POST, path, &admin, Json::Null).await.expect(204);
    let event = events(&server).await.pop().unwrap();
    assert_eq!((event.action.as_str(), &event.changes), ("installation.sessions_ended", &json!({"sessions_ended": 4})));
    assert_eq!(event.actor_id.as_deref(), claims(&admin)["sub"].as_str());
    assert_eq!(event.target_id.as_deref(), claims(&admin)["iss"].as_str());
    for token in [&admin, &org.owner.access, &org.owner.scoped, &member.access, &member.scoped, &pair.access, &acting] {
        for path in ["/global/auth/me", "/service/info", "/admin/stats"] {
            server.get(path, token).await.expect_problem(401, "unauthorized");
        }
    }
    refresh(&server, &pair.refresh).await.expect(401);
    server.call(Method::POST, path, &admin, Json::Null).await.expect_problem(401, "unauthorized");
    // Whoever was in an account does not take it along by an address asked for before.
    let late = server.post("/global/auth/verify-email", json!({"token": change})).await;
    late.expect_problem(400, "invalid_token");
    // Everybody may come back.
    let Tokens { access, refresh: token } = server.sign_in("owner@acme.com").await;
    select(&server, &access, &org.id).await;
    refresh(&server, &token).await.expect(200);
    let admin = server.sign_in("admin@trueport.example").await.access;
    server.call(Method::POST, path, &admin, Json::Null).await.expect(204);
    assert_eq!(events(&server).await.pop().unwrap().changes, json!({"sessions_ended": 2}));
    server.finish().await;
}
