//! The audit as a file.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::System;

use super::{Scene, insert_events, stored};
use crate::audit::events;
use crate::harness::{Reply, TestServer};
use crate::inspect::{all_linked, set_platform_admin};
use crate::raw::{exchange, head};

async fn download(server: &TestServer, path: &str, query: &str, token: &str) -> Reply {
    let file = server.get(&format!("{path}/export?format={query}"), token).await;
    assert_eq!(file.status.as_u16(), 200, "{}", file.text);
    file
}

fn lines(file: &Reply) -> Vec<Json> {
    file.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_file_holds_what_is_asked_for_oldest_first_and_is_an_event_itself() {
    let scene = Scene::new().await;
    let (server, first) = (&scene.server, &scene.first);
    let day: String = server.clock.now().to_string().chars().take(10).collect();
    let file = download(server, "/service/audit-events", "ndjson", &first.owner.scoped).await;
    assert_eq!(file.header("content-type"), Some("application/x-ndjson"));
    let name = format!("attachment; filename=\"audit-{day}.ndjson\"");
    assert_eq!(file.header("content-disposition"), Some(name.as_str()));
    let ids = |events: &[Json]| events.iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    let mut wanted = stored(server, Some(&first.id)).await;
    wanted.reverse();
    assert_eq!(ids(&lines(&file)), ids(&wanted));

    // Told in the chain of whom it concerns, with who did it.
    let event = events(server).await.into_iter().rfind(|event| event.action == "audit.exported").unwrap();
    assert_eq!(event.request_id.as_deref(), file.header("x-request-id"));
    assert_eq!(event.actor_id.as_ref(), Some(&first.owner.user_id));
    assert_eq!((event.tenant_id.as_ref(), &event.changes), (Some(&first.id), &json!({"format": "ndjson"})));
    let all = download(server, "/admin/audit-events", "ndjson", &scene.admin.access).await;
    assert_eq!(lines(&all).len(), stored(server, None).await.len());
    let event = events(server).await.into_iter().rfind(|event| event.action == "audit.exported").unwrap();
    assert_eq!((event.tenant_id, event.target_kind.as_str()), (None, "audit"));

    // Filters are those of the lists.
    let query = format!("ndjson&tenant_id={}&action=invite.created", scene.second.id);
    let some = lines(&download(server, "/admin/audit-events", &query, &scene.admin.access).await);
    assert!(some.len() == 3 && some.iter().all(|event| event["tenant_id"] == json!(scene.second.id)), "{some:?}");
    let none = download(server, "/service/audit-events", "ndjson&actor=operator", &first.owner.scoped).await;
    assert_eq!(none.text, "");
    scene.server.finish().await;
}

#[tokio::test]
async fn a_table_holds_no_formula() {
    let scene = Scene::new().await;
    let evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "quiet \"quotes\", commas\nand lines"];
    let id = scene.first.id.clone();
    let write = move |tx: &mut Tx<'_>, _: &System| {
        for (index, text) in evil.iter().enumerate() {
            tx.execute(
                "INSERT INTO audit_events (id, at, actor_kind, action, target_kind, target_id, tenant_id, address) \
                 VALUES (?1, ?2, 'system', 'test.made', 'thing', ?3, ?4, ?3)",
                args![&format!("evt_{index}"), index as i64, *text, &id],
            )?;
        }
        Ok(())
    };
    scene.server.app.write(&System, write).await.unwrap();
    let token = &scene.first.owner.scoped;
    let file = download(&scene.server, "/service/audit-events", "csv&action=test.made", token).await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().ends_with(".csv\""));
    let mut reader = csv::Reader::from_reader(file.text.as_bytes());
    let column = reader.headers().unwrap().iter().position(|name| name == "target_id").unwrap();
    let cells: Vec<String> = reader.records().map(|record| record.unwrap()[column].to_owned()).collect();
    let expected: Vec<String> = evil.iter().map(|text| format!("'{text}")).collect();
    assert_eq!(cells[..6], expected[..6]);
    assert_eq!(cells[6], evil[6]);
    // Without events there is the line of names still.
    let none = download(&scene.server, "/service/audit-events", "csv&action=no.such", token).await;
    assert!(none.text.starts_with("id,number,at,actor_kind,") && none.text.lines().count() == 1, "{}", none.text);
    scene.server.finish().await;
}

#[tokio::test]
async fn many_events_are_sent_whole_and_what_comes_meanwhile_is_not() {
    let scene = Scene::new().await;
    let (server, first) = (&scene.server, &scene.first);
    insert_events(server, &first.id, 50_000).await;
    let before = stored(server, Some(&first.id)).await.len();
    let path = "/service/audit-events/export?format=ndjson";
    let mut response = server.request(Method::GET, path).bearer_auth(&first.owner.scoped).send().await.unwrap();
    let mut text = String::from_utf8(response.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    // Written while the file is under way.
    let body = json!({"name": "Another Name"});
    server.call(Method::PATCH, "/service/info", &first.owner.scoped, body).await.expect(200);
    while let Some(chunk) = response.chunk().await.unwrap() {
        text += std::str::from_utf8(&chunk).unwrap();
    }
    let ids: BTreeSet<&str> = text.lines().map(|line| line.split("\"id\":\"evt_").nth(1).unwrap()).collect();
    // And the event that the download is.
    assert_eq!((ids.len(), text.lines().count()), (before + 1, before + 1));
    assert!(!text.contains("Another Name"));
    all_linked(server).await;
    scene.server.finish().await;
}

/// Over HTTP/1.0 nobody could tell a part from the whole.
#[tokio::test]
async fn a_download_needs_a_version_of_http_that_tells_its_end() {
    let scene = Scene::new().await;
    let before = events(&scene.server).await.len();
    for (path, token) in [("service", &scene.first.owner.scoped), ("admin", &scene.admin.access)] {
        let target = format!("/platform/api/{path}/audit-events/export?format=ndjson");
        let asked = |fields: &str| head("GET", &target, fields).replace("HTTP/1.1", "HTTP/1.0");
        let refused =
            exchange(&scene.server, asked(&format!("Authorization: Bearer {token}\r\n")).as_bytes(), false).await;
        assert_eq!((refused.status, refused.problem()), (426, "http_version".to_owned()));
        assert_eq!(refused.header("upgrade"), Some("http/1.1"));
        let stranger = exchange(&scene.server, asked("").as_bytes(), false).await;
        assert_eq!(stranger.status, 401);
    }
    assert_eq!(events(&scene.server).await.len(), before, "nothing was taken along");
    scene.server.finish().await;
}

/// Who may not read any more gets no more; and what broke off does not look whole.
#[tokio::test]
async fn a_download_breaks_off_when_the_right_to_it_ends() {
    let scene = Scene::new().await;
    let (server, first) = (&scene.server, &scene.first);
    set_platform_admin(server, &first.owner.email, true).await;
    insert_events(server, &first.id, 50_000).await;
    let path = "/admin/audit-events/export?format=ndjson";
    let mut response = server.request(Method::GET, path).bearer_auth(&scene.admin.access).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    set_platform_admin(server, &scene.admin.email, false).await;
    let mut lines = 0;
    let broken = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => lines += chunk.iter().filter(|byte| **byte == b'\n').count(),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broken && lines < 50_000, "{lines} lines, and then the end");
    // Who hangs up leaves nothing behind: the server stops at once.
    let hung_up = server.request(Method::GET, path).bearer_auth(&first.owner.access).send().await.unwrap();
    drop(hung_up);
    tokio::time::timeout(Duration::from_secs(5), scene.server.finish()).await.expect("nothing holds the server");
}
