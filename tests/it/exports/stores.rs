//! Exports to what speaks the protocols of S3 and Azure, and from one store to the next.

use std::collections::BTreeSet;

use serde_json::json;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::domain::exports::{self, Job};
use trueport::domain::storage as domain_storage;
use trueport::store::{storage_settings, tenants};

use super::{again, day_before, events, exported, failed, lines, object, objects, pass_midnights};
use crate::organization::Organization;
use crate::storage::fake::{Fake, stored};
use crate::storage::servers::Servers;
use crate::storage::{permissive_server, put, s3_at};

#[tokio::test]
async fn objects_reach_a_bucket_and_a_container() {
    let Some(servers) = Servers::find() else { return };
    let server = permissive_server().await;
    let mut kept = Vec::new();
    for (slug, place) in [("of-s3", servers.bucket().await), ("of-azure", servers.container().await)] {
        let organization = Organization::of(&server, &format!("owner@{slug}.com"), slug).await;
        put(&server, &organization.owner.scoped, &place.settings).await.expect(200);
        kept.push((organization, place));
    }
    pass_midnights(&server, 2);
    for (organization, place) in &kept {
        let scoped = again(&server, organization).await;
        let listed = exported(&server, &scoped, 2).await;
        let days = [day_before(&server, 2), day_before(&server, 1)];
        assert_eq!(place.names().await, BTreeSet::from(days.map(|day| object(&organization.id, day))));
        for (day, item) in days.iter().zip(listed["items"].as_array().unwrap().iter().rev()) {
            let packed = place.content(&object(&organization.id, *day)).await;
            assert_eq!(lines(&packed), events(&server, &organization.id, *day).await);
            assert_eq!(item["size"], packed.len());
        }
        assert!(!events(&server, &organization.id, days[0]).await.is_empty());
    }
    server.finish().await;
}

#[tokio::test]
async fn a_bucket_that_is_made_later_gets_every_day() {
    let Some(servers) = Servers::find() else { return };
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let place = servers.no_bucket();
    put(&server, &organization.owner.scoped, &place.settings).await.expect(200);
    pass_midnights(&server, 1);
    let scoped = again(&server, &organization).await;
    let listed = failed(&server, &scoped, 1).await;
    let told = "There is no bucket or container with this name. Check the name and the region.";
    assert_eq!(listed["next"]["last_error"], told);
    servers.make_bucket(&place.name).await;
    pass_midnights(&server, 1);
    let scoped = again(&server, &organization).await;
    exported(&server, &scoped, 2).await;
    assert_eq!(place.names().await.len(), 2);
    server.finish().await;
}

#[tokio::test]
async fn another_store_goes_on_where_the_one_before_ended() {
    let server = permissive_server().await;
    let (first, second) = (Fake::start(|_| stored()).await, Fake::start(|_| stored()).await);
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    put(&server, &organization.owner.scoped, &s3_at(&first.url())).await.expect(200);
    pass_midnights(&server, 2);
    let scoped = again(&server, &organization).await;
    exported(&server, &scoped, 2).await;

    put(&server, &scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let listed = exported(&server, &scoped, 2).await;
    assert_eq!(listed["next"]["day"], trueport::domain::exports::day_name(day_before(&server, 0)));
    pass_midnights(&server, 1);
    let scoped = again(&server, &organization).await;
    exported(&server, &scoped, 3).await;
    put(&server, &scoped, &s3_at(&second.url())).await.expect(200);
    pass_midnights(&server, 1);
    let scoped = again(&server, &organization).await;
    exported(&server, &scoped, 4).await;
    let names: Vec<String> = objects(&server, &organization.id).into_keys().collect();
    assert_eq!(names, [object(&organization.id, day_before(&server, 2))]);
    assert_eq!((first.requests().len(), second.requests().len()), (2, 1));
    server.finish().await;
}

#[tokio::test]
async fn another_store_is_tried_at_once_after_one_that_failed() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let no_keys = json!({"provider": "S3", "bucket": "acme-logs", "region": "us-east-1"});
    put(&server, &organization.owner.scoped, &no_keys).await.expect(200);
    pass_midnights(&server, 1);
    let scoped = again(&server, &organization).await;
    failed(&server, &scoped, 1).await;
    server.advance(60);
    failed(&server, &scoped, 2).await;
    put(&server, &scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    let listed = exported(&server, &scoped, 1).await;
    assert_eq!((&listed["next"]["attempts"], &listed["next"]["last_error"]), (&json!(0), &json!(null)));
    server.finish().await;
}

/// What the first store took is not what the second one has.
#[tokio::test]
async fn a_store_that_is_set_during_a_try_gets_the_day_too() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    let local = json!({"provider": "LOCAL"});
    put(&server, scoped, &local).await.expect(200);
    let (installation, tenant_id) = (server.app.installation(), organization.id.parse().expect("an id"));
    let taken = move |tx: &mut Tx<'_>| {
        let tenant = tenants::operator_by_id(tx, &tenant_id)?.expect("a tenant");
        let stored = storage_settings::find(tx, tenant.scope())?.expect("a store");
        let settings = domain_storage::open(installation.vault(), tenant.id(), stored).expect("its own key");
        Ok(Job { day_at: settings.export.next_day_at, tenant, settings })
    };
    for (is_set_anew, days) in [(true, 0), (false, 1)] {
        let job = server.app.read(taken.clone()).await.unwrap();
        if is_set_anew {
            put(&server, scoped, &local).await.expect(200);
        }
        server.app.write(&System, move |tx, by| exports::finish(tx, by, &job, 1, 1)).await.unwrap();
        let listed = super::exports(&server, scoped).await;
        assert_eq!(listed["total"], days, "{listed}");
    }
    server.finish().await;
}
