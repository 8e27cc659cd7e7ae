//! The chains of the audit (contract 35): numbers and links within a second, and what `audit verify` finds out.
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

mod crashes;
mod files;
mod retention;
mod servers;
mod tampering;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::System;

use crate::executable::{Finished, Installation, eventually};
use crate::harness::{Setup, TestServer};
use crate::inspect::all_linked;
use crate::organization::{Organization, select};

/// What runs the command line beside a server.
pub(crate) struct Beside(Installation);

impl Beside {
    pub(crate) fn of(server: &TestServer) -> Self {
        let mut installation = Installation::new().with_data_dir(server.folder().to_owned());
        if let Some(database) = server.database() {
            installation.set("TRUEPORT_DATABASE_URL", &database.url);
        }
        Self(installation)
    }

    /// Runs `audit verify` with these further arguments.
    pub(crate) async fn verify(&self, arguments: &[&str]) -> Finished {
        self.0.run(&[&["audit", "verify"], arguments].concat()).await
    }

    /// Fails unless all is well; returns what is told.
    pub(crate) async fn expect_whole(&self, arguments: &[&str]) -> Json {
        let told = self.verify(&[&["--json"], arguments].concat()).await.expect(0).json();
        assert_eq!(told["ok"], true, "{told}");
        told
    }
}

/// A server without mails, and an organization whose owner has changed names so often.
async fn server_with_events(events: usize) -> (TestServer, Organization) {
    let server = TestServer::start_with(Setup { smtp: false, local_storage: true, ..Setup::default() }).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    rename(&server, &organization, events).await;
    (server, organization)
}

/// Writes events of the organization.
async fn rename(server: &TestServer, organization: &Organization, events: usize) {
    for index in 0..events {
        let body = json!({"name": format!("Name {index} of {}", server.clock.now().millis())});
        server.call(Method::PATCH, "/service/info", &organization.owner.scoped, body).await.expect(200);
    }
}

/// Waits until everything is linked and sealed.
pub(crate) async fn sealed(server: &TestServer) {
    all_linked(server).await;
    server.advance(60);
    let ask = || async {
        let count = "SELECT count(*) FROM audit_chains WHERE number <> sealed_number";
        (number(server, count).await == 0).then_some(())
    };
    eventually("all chains are sealed", ask).await;
}

/// The number that a statement finds.
async fn number(server: &TestServer, sql: &'static str) -> i64 {
    let read = move |tx: &mut Tx<'_>| Ok(tx.one(sql, args![], |row| row.get::<i64>(0))?);
    server.app.read(read).await.unwrap()
}

/// Runs statements in one transaction.
pub(crate) async fn execute(server: &TestServer, statements: &[String]) {
    // Statements are part of the program and live as long; these are made up.
    let statements: Vec<&'static str> = statements.iter().map(|sql| &*sql.clone().leak()).collect();
    let write = move |tx: &mut Tx<'_>, _: &System| {
        for sql in &statements {
            tx.execute(sql, args![])?;
        }
        Ok(())
    };
    server.app.write(&System, write).await.unwrap();
}

/// Each chain with the numbers of its events in the order of their time.
async fn numbers(server: &TestServer) -> BTreeMap<String, Vec<i64>> {
    let read = |tx: &mut Tx<'_>| {
        let sql = "SELECT chain, number, coalesce(tenant_id, 'platform') FROM audit_events ORDER BY at, id";
        Ok(tx.all(sql, args![], |row| {
            let (chain, number, owner) = (row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?);
            assert_eq!(chain, owner);
            Ok((chain, number))
        })?)
    };
    let mut chains = BTreeMap::<String, Vec<i64>>::new();
    for (chain, number) in server.app.read(read).await.unwrap() {
        chains.entry(chain).or_default().push(number);
    }
    chains
}

#[tokio::test]
async fn events_are_numbered_in_their_order_in_the_chain_that_they_belong_to() {
    let (server, first) = server_with_events(20).await;
    let second = Organization::of(&server, "owner@other.com", "other").await;
    for organization in [&second, &first, &second] {
        rename(&server, organization, 3).await;
    }
    all_linked(&server).await;
    let chains = numbers(&server).await;
    assert_eq!(chains.len(), 3);
    for (chain, numbers) in &chains {
        assert_eq!(*numbers, (1..=numbers.len() as i64).collect::<Vec<_>>(), "{chain}");
    }
    let told = Beside::of(&server).expect_whole(&[]).await;
    assert_eq!((&told["unlinked"], &told["seal"]["holds"]), (&json!(0), &json!(true)));
    for chain in told["chains"].as_array().unwrap() {
        let count = chains[chain["chain"].as_str().unwrap()].len();
        assert_eq!((&chain["first"], &chain["last"], &chain["events"]), (&json!(1), &json!(count), &json!(count)));
    }
    // Only one of them, by its slug; also where a person reads it.
    let one = Beside::of(&server).verify(&["--tenant", "other"]).await.expect(0);
    assert!(
        one.stdout.contains(&second.id) && one.stdout.contains("whole") && !one.stdout.contains("platform"),
        "{one}"
    );
    Beside::of(&server).verify(&["--tenant", "nobody"]).await.expect(3);
    server.finish().await;
}

#[tokio::test]
async fn a_checkpoint_is_made_once_a_day() {
    let (server, mut organization) = server_with_events(2).await;
    sealed(&server).await;
    assert_eq!(number(&server, "SELECT count(*) FROM audit_checkpoints").await, 0);
    for day in 1..=3 {
        server.advance(24 * 60 * 60);
        let access = server.sign_in(&organization.owner.email).await.access;
        organization.owner.scoped = select(&server, &access, &organization.id).await;
        rename(&server, &organization, 2).await;
        sealed(&server).await;
        // Of the two chains that grew.
        assert_eq!(number(&server, "SELECT count(*) FROM audit_checkpoints").await, 2 * day);
    }
    Beside::of(&server).expect_whole(&[]).await;
    server.finish().await;
}
