//! A store that fails is tried again, and nothing is missed or written twice for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::domain::exports::day_name;

use super::{again, assert_whole, day_before, exported, failed, object, pass_midnights};
use crate::audit::{Event, events};
use crate::executable::eventually;
use crate::harness::TestServer;
use crate::organization::Organization;
use crate::plans::platform_admin;
use crate::storage::fake::{Answer, Fake, reply, stored};
use crate::storage::{permissive_server, put, root, s3_at};

/// Seconds from now until the next try, give or take the time that a test takes.
fn wait(server: &TestServer, listed: &serde_json::Value) -> u64 {
    let at = Time::parse(listed["next"]["at"].as_str().unwrap()).unwrap();
    (at + Duration::from_secs(5)).since(server.clock.now()).as_secs() / 10 * 10
}

/// The objects that were put, in their order.
fn put_objects(fake: &Fake) -> Vec<String> {
    let object = |line: &String| {
        let path = line.strip_prefix("PUT /acme-corp-audit-logs/")?;
        Some(path.split(['?', ' ']).next()?.to_owned())
    };
    fake.requests().iter().map(|line| object(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

#[tokio::test]
async fn a_day_that_fails_is_tried_again_after_growing_times_and_the_days_behind_it_follow() {
    let server = permissive_server().await;
    let works = Arc::new(AtomicBool::new(false));
    let is_working = Arc::clone(&works);
    let fake = Fake::start(move |_| match is_working.load(Ordering::SeqCst) {
        true => stored(),
        false => reply("403 Forbidden", "", "<Error><Code>AccessDenied</Code><Message>secret words</Message></Error>"),
    })
    .await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    put(&server, &organization.owner.scoped, &s3_at(&fake.url())).await.expect(200);
    pass_midnights(&server, 1);
    let scoped = again(&server, &organization).await;
    let first_day = day_before(&server, 1);
    let told_reason = "The credentials do not allow reading, writing and deleting here. Check their rights.";
    for (attempts, seconds) in [(1, 60), (2, 120), (3, 240)] {
        let listed = failed(&server, &scoped, attempts).await;
        assert_eq!((wait(&server, &listed), &listed["total"]), (seconds, &json!(0)), "{listed}");
        assert_eq!(listed["next"]["day"], day_name(first_day));
        let told = listed["next"]["last_error"].as_str().unwrap();
        assert_eq!(told, told_reason);
        server.advance(seconds);
    }
    failed(&server, &scoped, 4).await;
    // As after many more: six hours are the longest time.
    let id = organization.id.clone();
    let many = move |tx: &mut Tx<'_>, _: &System| {
        let sql = "UPDATE storage_settings SET attempts = 8, next_try_at = 0 WHERE tenant_id = ?1";
        Ok(tx.execute(sql, args![&id])?)
    };
    server.app.write(&System, many).await.unwrap();
    for (attempts, seconds) in [(9, 15_360), (10, 21_600), (11, 21_600)] {
        let scoped = again(&server, &organization).await;
        let listed = failed(&server, &scoped, attempts).await;
        assert_eq!(wait(&server, &listed), seconds, "{listed}");
        if attempts < 11 {
            server.advance(seconds);
        }
    }
    platform_admin(&server).await;
    let failing = async || {
        let admin = server.sign_in("admin@trueport.example").await.access;
        server.get("/admin/installation", &admin).await.expect(200)["exports_failing"].clone()
    };
    let is_told = |event: &Event| event.action == "storage.export_failing";
    assert_eq!((failing().await, events(&server).await.iter().any(is_told)), (json!(0), false));
    server.advance(21_600);
    failed(&server, &again(&server, &organization).await, 12).await;
    // Told once: to the owner, in the audit, and to the operator as long as it lasts.
    let mail = server.mail.next_mail_to("owner@acme.com").await;
    assert_eq!(mail.subject, "The export of the audit of The acme fails");
    assert!(mail.text.contains(&day_name(first_day)) && mail.text.contains("Check their rights."), "{}", mail.text);
    let told: Vec<Event> = events(&server).await.into_iter().filter(is_told).collect();
    assert_eq!((told.len(), told[0].tenant_id.as_deref()), (1, Some(&*organization.id)));
    assert_eq!(told[0].changes, json!({"day": day_name(first_day), "reason": told_reason}));
    assert_eq!(failing().await, 1);
    assert_eq!(put_objects(&fake), vec![object(&organization.id, first_day); 8]);

    works.store(true, Ordering::SeqCst);
    pass_midnights(&server, 2);
    let scoped = again(&server, &organization).await;
    let days = (day_before(&server, 0).millis() - first_day.millis()) / trueport::domain::storage::DAY;
    let listed = exported(&server, &scoped, usize::try_from(days).unwrap()).await;
    let admin = server.sign_in("admin@trueport.example").await.access;
    assert_eq!(server.get("/admin/installation", &admin).await.expect(200)["exports_failing"], 0);
    assert_eq!((&listed["next"]["attempts"], &listed["next"]["last_error"]), (&json!(0), &json!(null)));
    let expected: Vec<String> =
        (1..=days).rev().map(|days| object(&organization.id, day_before(&server, days))).collect();
    assert_eq!(put_objects(&fake)[8..], expected);
    server.finish().await;
}

#[tokio::test]
async fn a_store_that_fails_holds_up_nobody_else() {
    let server = permissive_server().await;
    let fake = Fake::start(|_| Answer::Bytes(String::new())).await;
    let broken = Organization::of(&server, "owner@broken.com", "broken").await;
    let whole = Organization::of(&server, "owner@acme.com", "acme").await;
    let bare = Organization::of(&server, "owner@bare.com", "bare").await;
    put(&server, &broken.owner.scoped, &s3_at(&fake.url())).await.expect(200);
    put(&server, &whole.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let no_keys = json!({"provider": "S3", "bucket": "acme-logs", "region": "us-east-1"});
    put(&server, &bare.owner.scoped, &no_keys).await.expect(200);
    pass_midnights(&server, 1);
    let told = async |organization: &Organization| {
        let listed = failed(&server, &again(&server, organization).await, 1).await;
        listed["next"]["last_error"].as_str().unwrap().to_owned()
    };
    assert!(told(&broken).await.starts_with("Nobody answers at this address."));
    assert!(told(&bare).await.starts_with("No credentials are set"));
    exported(&server, &again(&server, &whole).await, 1).await;
    server.finish().await;
}

#[tokio::test]
async fn a_link_in_the_way_of_an_object_is_refused_until_it_is_gone() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    put(&server, &organization.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let outside = server.folder().join("outside");
    let folder = root(&server).join(&organization.id);
    let inner = folder.join("audit").join(&organization.id);
    // In place of each part of the way, the object among them.
    let links =
        [folder.clone(), folder.join("audit"), inner.clone(), root(&server).join(object_path(&server, &organization))];
    pass_midnights_is_held_up(&server, &links, &outside).await;
    for (index, link) in links.iter().enumerate() {
        let scoped = again(&server, &organization).await;
        let listed = failed(&server, &scoped, index as u64 + 1).await;
        let told = listed["next"]["last_error"].as_str().unwrap();
        assert!(told.contains("symbolic link"), "{} {told}", link.display());
        std::fs::remove_file(link).unwrap();
        if let Some(next) = links.get(index + 1) {
            std::fs::create_dir_all(next.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(&outside, next).unwrap();
        }
        server.advance(600);
    }
    exported(&server, &again(&server, &organization).await, 1).await;
    assert_whole(&server, &organization.id, 1).await;
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
    server.finish().await;
}

/// Path of the object of the present day, below the root.
fn object_path(server: &TestServer, organization: &Organization) -> String {
    format!("{}/{}", organization.id, object(&organization.id, day_before(server, 0)))
}

/// Puts the first of the links in place, which leads outside, and lets the day pass.
async fn pass_midnights_is_held_up(server: &TestServer, links: &[std::path::PathBuf], outside: &std::path::Path) {
    std::fs::create_dir_all(outside).unwrap();
    std::fs::create_dir_all(root(server)).unwrap();
    std::os::unix::fs::symlink(outside, &links[0]).unwrap();
    pass_midnights(server, 1);
}

#[tokio::test]
async fn a_try_that_a_stop_cut_off_is_made_again() {
    let mut server = permissive_server().await;
    let is_silent = Arc::new(AtomicBool::new(true));
    let silent = Arc::clone(&is_silent);
    let fake = Fake::start(move |_| if silent.load(Ordering::SeqCst) { Answer::Silence } else { stored() }).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    put(&server, &organization.owner.scoped, &s3_at(&fake.url())).await.expect(200);
    pass_midnights(&server, 1);
    let day = day_before(&server, 1);
    let ask = || async { (!fake.requests().is_empty()).then_some(()) };
    eventually("the store is called", ask).await;
    server.restart().await;
    is_silent.store(false, Ordering::SeqCst);
    // Nobody knows whether the server that took it still lives, until the time of a try is over.
    server.advance(600);
    let scoped = again(&server, &organization).await;
    let listed = exported(&server, &scoped, 1).await;
    assert_eq!(listed["next"]["attempts"], 0);
    assert_eq!(put_objects(&fake), vec![object(&organization.id, day); 2]);
    server.finish().await;
}

#[tokio::test]
async fn two_servers_on_one_database_write_nothing_twice() {
    let server = permissive_server().await;
    let Some(another) = server.start_another().await else { return server.finish().await };
    let fake = Fake::start(|_| stored()).await;
    let mut organizations = Vec::new();
    for index in 0..6 {
        let slug = format!("acme-{index}");
        let organization = Organization::of(&server, &format!("{slug}@acme.com"), &slug).await;
        put(&server, &organization.owner.scoped, &s3_at(&fake.url())).await.expect(200);
        organizations.push(organization);
    }
    pass_midnights(&server, 4);
    let mut expected = Vec::new();
    for organization in &organizations {
        let listed = exported(&server, &again(&server, organization).await, 4).await;
        assert_eq!((&listed["next"]["attempts"], &listed["next"]["last_error"]), (&json!(0), &json!(null)));
        expected.extend((1..=4).map(|days| object(&organization.id, day_before(&server, days))));
    }
    let mut written = put_objects(&fake);
    written.sort();
    expected.sort();
    assert_eq!(written, expected);
    another.finish().await;
    server.finish().await;
}
