//! Values are remembered, and yet a change is there for whoever reads next: here, after a restart, on another server.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;

use super::{Stage, change, item};
use crate::executable::{Installation, Running, eventually, together};
use crate::harness::{Setup, TestServer, Tokens};
use crate::inspect::{count, send_together};

const KEY: &str = "gateway.timeout_seconds";
const WRITERS: i64 = 20;

#[tokio::test]
async fn whoever_reads_next_reads_what_was_written() {
    let mut stage = Stage::new().await;
    for round in 1..=10 {
        stage.own(stage.prod(), KEY, json!({"value": round})).await;
        assert_eq!(stage.shown(&stage.staging, KEY).await["val"], round);
        stage.own(&stage.dev, KEY, json!({"value": 100 + round, "scope": "ENVIRONMENT"})).await;
        assert_eq!(stage.values(KEY).await, [json!(round), json!(round), json!(100 + round)]);
        stage.global("gateway.max_request_kib", json!({"value": round})).await;
        assert_eq!(stage.shown(stage.prod(), "gateway.max_request_kib").await["val"], round);
        stage.global(KEY, json!({"value": 200 + round, "is_locked": true})).await;
        assert_eq!(stage.shown(&stage.dev, KEY).await["val"], 200 + round);
        stage.global(KEY, json!({"value": 200 + round, "is_locked": false})).await;
        assert_eq!(stage.values(KEY).await, [json!(round), json!(round), json!(100 + round)]);
        if round == 5 {
            stage.server.restart().await;
            assert_eq!(stage.values(KEY).await, [json!(round), json!(round), json!(100 + round)]);
        }
    }
    stage.server.finish().await;
}

/// The value that is stored, past everything that is remembered.
async fn stored(server: &TestServer, tenant_id: &str, environment: &'static str) -> Json {
    let tenant_id = tenant_id.to_owned();
    let read = move |tx: &mut Tx<'_>| {
        let sql = "SELECT value FROM config_values WHERE key = ?1 AND tenant_id = ?2 AND environment = ?3";
        Ok(tx.one(sql, args![KEY, &tenant_id, environment], |row| row.get::<String>(0))?)
    };
    let text = server.app.read(read).await.expect("the value is stored");
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn of_twenty_values_at_once_one_stays_and_all_readers_agree() {
    let stage = Stage::new().await;
    let (own, global) = (format!("/service/configs/{KEY}"), format!("/admin/configs/{KEY}"));
    let put =
        |path: &str, token: &str, body: Json| stage.server.request(Method::PUT, path).bearer_auth(token).json(&body);
    for round in 0..3 {
        let value = |index: i64| 10 + round * WRITERS + index;
        let whole = (0..WRITERS).map(|index| put(&own, stage.prod(), json!({"value": value(index)})));
        let replies = send_together(whole).await;
        assert_eq!(count(&replies, 200), replies.len(), "{replies:#?}");
        let kept = stored(&stage.server, &stage.acme.id, "").await;
        for token in [stage.prod(), &stage.dev] {
            assert_eq!(stage.shown(token, KEY).await["val"], kept);
        }

        let here = |index| put(&own, &stage.staging, json!({"value": value(index), "scope": "ENVIRONMENT"}));
        let replies = send_together((0..WRITERS).map(here)).await;
        assert_eq!(count(&replies, 200), replies.len(), "{replies:#?}");
        let kept = stored(&stage.server, &stage.acme.id, "staging").await;
        assert_eq!(stage.shown(&stage.staging, KEY).await["val"], kept);

        let replies =
            send_together((0..WRITERS).map(|index| put(&global, &stage.admin, json!({"value": value(index)})))).await;
        assert_eq!(count(&replies, 200), replies.len(), "{replies:#?}");
        let kept = stored(&stage.server, "", "").await;
        assert_eq!(stage.shown_globally(KEY).await["val"], kept);
        let history = stage.server.get(&format!("{global}/history"), &stage.admin).await.expect(200);
        assert_eq!(history["total"], (round + 1) * WRITERS);
        let stored_rows = |tx: &mut Tx<'_>| {
            let sql = "SELECT count(*) FROM config_values WHERE key = ?1";
            Ok(tx.one(sql, args![KEY], |row| row.get::<i64>(0))?)
        };
        assert_eq!(stage.server.app.read(stored_rows).await.unwrap(), 3, "one row for each place");
    }
    stage.server.finish().await;
}

/// Each writer has a key of its own, so that whatever else it reads there was lost on the way.
#[tokio::test]
async fn everybody_reads_the_own_write_whoever_else_writes() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let keys = [
        "gateway.timeout_seconds",
        "gateway.max_request_kib",
        "gateway.requests_per_minute",
        "retention.log_days",
        "tenants.max_owned_per_user",
        "tenants.invite_mails_per_hour",
        "smtp.port",
        "usage.retention_days",
    ];
    let shared = &stage;
    let writers = keys.into_iter().map(|key| async move {
        for value in 101..=115 {
            shared.global(key, json!({"value": value})).await;
            assert_eq!(shared.shown_globally(key).await["val"], value, "{key}");
            if key.starts_with("gateway.") {
                assert_eq!(shared.shown(shared.prod(), key).await["val"], value, "{key}");
            }
        }
    });
    together(writers).await;

    let tokens = [("prod", stage.prod()), ("staging", &*stage.staging), ("dev", &*stage.dev)];
    let places = tokens.into_iter().flat_map(|token| keys.into_iter().take(3).map(move |key| (token, key)));
    let writers = places.map(|((environment, token), key)| async move {
        for value in 201..=215 {
            shared.own(token, key, json!({"value": value, "scope": "ENVIRONMENT"})).await;
            assert_eq!(shared.shown(token, key).await["val"], value, "{environment} {key}");
        }
    });
    together(writers).await;
    stage.server.finish().await;
}

/// A second server on the same database, which only PostgreSQL allows.
#[tokio::test]
async fn a_second_server_heeds_an_organization_at_once_and_the_installation_within_a_second() {
    let installation = Installation::new();
    if installation.database.is_none() {
        return;
    }
    installation.create_admin("root@trueport.example").await.expect(0);
    let first = installation.serve().await;
    let other_folder = installation.folder.path().join("other");
    let mut second = installation.command(&["serve", "--data-dir", other_folder.to_str().unwrap()]);
    second.env("TRUEPORT_MASTER_KEY_FILE", installation.data_dir().join("master.key"));
    let second = Running::start(second).await;

    let admin = Tokens::of(&first.login("root@trueport.example").await.expect(200)).access;
    let made = first.call(Method::POST, "/global/tenants", &admin, json!({"name": "Acme", "slug": "acme"})).await;
    let body = json!({"tenant_id": made.expect(201)["id"]});
    let selected = first.call(Method::POST, "/global/auth/select-tenant", &admin, body).await.expect(200);
    let scoped = selected["access_token"].as_str().unwrap();
    let (own, global) = (format!("/service/configs/{KEY}"), format!("/admin/configs/{KEY}"));
    let shown = async |server: &Running| {
        let tree = server.get("/service/configs", scoped).await.expect(200);
        item(&tree, KEY)
    };
    for value in 1..=10 {
        let (writer, reader) = if value % 2 == 0 { (&first, &second) } else { (&second, &first) };
        writer.call(Method::PUT, &own, scoped, json!({"value": value})).await.expect(200);
        assert_eq!(shown(reader).await["val"], value);
        assert_eq!(shown(writer).await["val"], value);
    }
    for value in 11..=14 {
        let (writer, reader) = if value % 2 == 0 { (&first, &second) } else { (&second, &first) };
        writer.call(Method::PUT, &global, &admin, json!({"value": value, "is_locked": true})).await.expect(200);
        assert_eq!(shown(writer).await["val"], value);
        // A lock binds at once also where it is not shown yet.
        let refused = reader.call(Method::PUT, &own, scoped, json!({"value": 5})).await;
        refused.expect_problem(403, "config_locked");
        eventually("the other server shows it", async || {
            let item = shown(reader).await;
            (item["val"] == value && item["is_locked"] == true).then_some(())
        })
        .await;
        writer.call(Method::DELETE, &global, &admin, Json::Null).await.expect(200);
        eventually("the other server shows the organization's again", async || {
            (shown(reader).await["val"] == 10).then_some(())
        })
        .await;
    }
    first.stop().await;
    second.stop().await;
}

/// Who is told that it is done must see it done, with what is remembered from before.
#[tokio::test]
async fn a_change_by_the_command_line_is_heeded_without_a_restart() {
    let stage = Stage::new().await;
    assert_eq!(stage.values(KEY).await, [json!(120), json!(120), json!(120)]);
    let installation = stage.server.app.installation();
    let write = move |tx: &mut Tx<'_>, by: &trueport::domain::caller::Operator| {
        trueport::domain::configs::set_global(tx, by, &installation, KEY, &json!(30), Some(true)).map(drop)
    };
    stage.server.app.write(&trueport::domain::caller::Operator, write).await.unwrap();
    let path = format!("/service/configs/{KEY}");
    change(&stage.server, stage.prod(), &path, json!({"value": 5})).await.expect_problem(403, "config_locked");
    eventually("it is shown", async || {
        let seen = stage.shown(stage.prod(), KEY).await;
        (seen["val"] == 30 && seen["is_locked"] == true).then_some(())
    })
    .await;
    stage.server.finish().await;
}
