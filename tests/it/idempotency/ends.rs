//! How long a key holds, and what becomes of it when the program ends in the middle of a run.

use std::time::Duration;

use serde_json::json;
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::domain::idempotency::{self, Asked, Ending, Kept, Reserved, Run};
use trueport::error::Code;

use super::{DAY, is_replayed, post, stored, tenant};
use crate::harness::TestServer;
use crate::organization::found;

const ROUTE: &str = "/platform/api/global/tenants";

#[tokio::test]
async fn a_key_holds_for_a_day_and_is_deleted_then() {
    let mut server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    post(&server, "/global/tenants", &access, "one", &tenant("acme")).await.expect(201);
    server.advance(DAY - 5);
    let access = server.sign_in("jane@acme.com").await.access;
    assert!(is_replayed(&post(&server, "/global/tenants", &access, "one", &tenant("acme")).await));
    server.advance(5);
    let anew = post(&server, "/global/tenants", &access, "one", &tenant("acme")).await;
    anew.expect_problem(409, "slug_taken");
    assert!(!is_replayed(&anew));
    // The job that deletes runs when the server starts.
    server.restart_after(Duration::from_secs(DAY)).await;
    while stored(&server).await > 0 {
        tokio::task::yield_now().await;
    }
    server.finish().await;
}

/// Reserves the key of a POST of tenants as a request does that never ends.
async fn begin(server: &TestServer, user_id: &str, body: &str) -> Run {
    let (installation, asked) = (server.app.installation(), Asked::new(user_id, ROUTE, "one", ROUTE, body.as_bytes()));
    let reserve = move |tx: &mut Tx<'_>, _: &System| idempotency::reserve(tx, installation.vault(), &asked);
    match server.app.write(&System, reserve).await.expect("the key is free") {
        Reserved::Run(run) => run,
        Reserved::Replay(kept) => panic!("{kept:?}"),
    }
}

async fn person(server: &TestServer) -> (String, String) {
    let access = server.person("jane@acme.com").await.access;
    let user_id = crate::tokens::claims(&access)["sub"].as_str().expect("a sub").to_owned();
    (access, user_id)
}

/// The program ended before anything was changed: the request can be sent again, once it is clear that it ended.
#[tokio::test]
async fn a_run_that_changed_nothing_is_run_again() {
    let server = TestServer::start().await;
    let (access, user_id) = person(&server).await;
    let body = tenant("acme");
    let run = begin(&server, &user_id, &body.to_string()).await;
    let send = async || post(&server, "/global/tenants", &access, "one", &body).await;
    send().await.expect_problem(409, "idempotency_in_progress");
    server.advance(60);
    send().await.expect(201);
    assert!(is_replayed(&send().await));
    // The first one was not dead but slow. It is too late: what it writes is undone, and its reply is not kept.
    let late = server.app.run(run.clone(), async {
        let write = |tx: &mut Tx<'_>, _: &System| {
            tx.execute("UPDATE users SET first_name = 'Late'", args![])?;
            Ok(())
        };
        server.app.write(&System, write).await
    });
    assert_eq!(late.await.expect_err("it does not hold the key").code(), Code::IdempotencyInProgress);
    let installation = server.app.installation();
    for ending in [Ending::NotDone, Ending::Failed, Ending::Reply(Kept::Done { status: 200, body: Vec::new() })] {
        let (run, installation) = (run.clone(), installation.clone());
        let end = move |tx: &mut Tx<'_>, _: &System| idempotency::end(tx, installation.vault(), &run, &ending);
        server.app.write(&System, end).await.expect("nothing happens");
        assert_eq!(send().await.expect(201)["slug"], "acme");
    }
    assert_eq!(server.get("/global/auth/me", &access).await.expect(200)["first_name"], "Jane");
    server.finish().await;
}

/// The program ended after a change: nobody knows the reply, and nothing is done twice.
#[tokio::test]
async fn a_run_that_changed_something_is_never_run_again() {
    let server = TestServer::start().await;
    let (access, user_id) = person(&server).await;
    let body = json!({"name": "Acme"});
    let run = begin(&server, &user_id, &body.to_string()).await;
    server.app.run(run, found_as(&server)).await;
    let access_again = async || server.sign_in("jane@acme.com").await.access;
    let send = async |access: &str| post(&server, "/global/tenants", access, "one", &body).await;
    send(&access).await.expect_problem(409, "idempotency_in_progress");
    for seconds in [60, DAY - 120] {
        server.advance(seconds);
        send(&access_again().await).await.expect_problem(409, "idempotency_outcome_unknown");
    }
    server.advance(60);
    send(&access_again().await).await.expect(201);
    found(&server, &access_again().await, "acme-three").await;
    server.finish().await;
}

async fn found_as(server: &TestServer) {
    let write = |tx: &mut Tx<'_>, _: &System| {
        tx.execute("UPDATE users SET last_name = 'Smith'", args![])?;
        Ok(())
    };
    server.app.write(&System, write).await.expect("it is changed");
}

/// A failure that came before a change leaves the key free; one that came after it does not.
#[tokio::test]
async fn a_failure_frees_the_key_unless_something_was_changed() {
    let server = TestServer::start().await;
    let (access, user_id) = person(&server).await;
    let body = tenant("acme");
    for has_changed in [false, true] {
        let run = begin(&server, &user_id, &body.to_string()).await;
        if has_changed {
            server.app.run(run.clone(), found_as(&server)).await;
        }
        let installation = server.app.installation();
        let end = move |tx: &mut Tx<'_>, _: &System| idempotency::end(tx, installation.vault(), &run, &Ending::Failed);
        server.app.write(&System, end).await.expect("the end is noted");
        assert_eq!(stored(&server).await, i64::from(has_changed));
    }
    post(&server, "/global/tenants", &access, "one", &body).await.expect_problem(409, "idempotency_in_progress");
    server.finish().await;
}
