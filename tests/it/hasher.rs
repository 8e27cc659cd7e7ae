//! Checking a password between two writes, on threads with a bounded queue (contract 17).

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};

use reqwest::Method;
use serde_json::json;
use trueport::db::{DbError, Tx};
use trueport::domain::caller::System;
use trueport::error::Code;
use trueport::hasher::Seat;
use trueport::secret::Secret;
use trueport::store::users;

use crate::harness::{PASSWORD, Setup, TestServer, send};
use crate::inspect::{attempts, login, login_request, outbox, password_hash, set_disabled, set_password};

const WRONG: &str = "WrongPassword789!";

#[tokio::test]
async fn a_hash_with_other_parameters_is_renewed_at_sign_in() {
    let mut server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    server.register("dev@acme.com").await;
    let tokens = server.sign_in("dev@acme.com").await;
    let first = password_hash(&server, "dev@acme.com").await;
    assert!(first.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{first}");

    server.setup.hash_cost = (128, 2);
    server.restart().await;
    login(&server, "dev@acme.com", WRONG).await.expect(401);
    assert_eq!(password_hash(&server, "dev@acme.com").await, first);
    server.sign_in("dev@acme.com").await;
    let renewed = password_hash(&server, "dev@acme.com").await;
    assert!(renewed.starts_with("$argon2id$v=19$m=128,t=2,p=1$"), "{renewed}");
    server.sign_in("dev@acme.com").await;
    assert_eq!(password_hash(&server, "dev@acme.com").await, renewed);

    // The password did not change, so whoever is signed in stays so.
    server.get("/global/auth/me", &tokens.access).await.expect(200);
    server.post("/global/auth/refresh", json!({"refresh_token": tokens.refresh})).await.expect(200);
    login(&server, "dev@acme.com", WRONG).await.expect(401);
    server.finish().await;
}

/// Contract 17: the password is checked between two writes, and the second one looks again.
#[tokio::test]
async fn a_change_while_the_password_is_checked_is_noticed() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let emails = ["same@acme.com", "changed@acme.com", "disabled@acme.com", "moved@acme.com"];
    for email in emails {
        server.register(email).await;
    }
    let hash = server.app.hasher().seat().unwrap().hash(&Secret::new(WRONG)).await.unwrap();

    let occupied = Occupied::leaving(&server, 20);
    let logins = emails.map(|email| {
        let request = login_request(&server, email, PASSWORD);
        tokio::spawn(send(request))
    });
    while attempts(&server).await < 4 {
        tokio::task::yield_now().await;
    }
    set_password(&server, "changed@acme.com", hash).await;
    set_disabled(&server, "disabled@acme.com", true).await;
    let move_away = |tx: &mut Tx<'_>, _: &System| {
        let user = users::by_email(tx, "moved@acme.com")?.ok_or(DbError::Missing)?;
        Ok(users::set_email(tx, &user, "elsewhere@acme.com")?)
    };
    server.app.write(&System, move_away).await.unwrap();
    drop(occupied);

    let [same, changed, disabled, moved] = logins;
    same.await.unwrap().expect(200);
    for login in [changed, disabled, moved] {
        login.await.unwrap().expect_problem(401, "invalid_credentials");
    }
    login(&server, "changed@acme.com", WRONG).await.expect(200);
    server.finish().await;
}

/// The same for who is signed in: whoever took the account back meanwhile is not undone.
#[tokio::test]
async fn a_change_under_way_is_refused_when_its_session_has_ended() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let tokens = server.person("dev@acme.com").await;
    let hash = server.app.hasher().seat().unwrap().hash(&Secret::new(WRONG)).await.unwrap();

    let occupied = Occupied::leaving(&server, 20);
    let requests = [
        (Method::PUT, "/global/auth/password", json!({"current_password": PASSWORD, "new_password": "Eves password"})),
        (Method::POST, "/global/auth/me/email", json!({"current_password": PASSWORD, "email": "eve@evil.example"})),
    ];
    let changes = requests.map(|(method, path, body)| {
        let request = server.request(method, path).bearer_auth(&tokens.access).json(&body);
        tokio::spawn(send(request))
    });
    while attempts(&server).await < 2 {
        tokio::task::yield_now().await;
    }
    set_password(&server, "dev@acme.com", hash.clone()).await;
    drop(occupied);

    for change in changes {
        change.await.unwrap().expect_problem(401, "unauthorized");
    }
    assert_eq!(password_hash(&server, "dev@acme.com").await, hash.expose());
    assert_eq!(outbox(&server).await, ["welcome dev@acme.com", "password_changed dev@acme.com"]);
    server.finish().await;
}

/// Contract 17: no request waits for a place in the queue, and none that needs no hash notices.
#[tokio::test]
async fn a_full_hashing_queue_refuses_password_routes_and_no_other() {
    let mut server = TestServer::start().await;
    for email in ["dev@acme.com", "disabled@acme.com"] {
        server.register(email).await;
    }
    set_disabled(&server, "disabled@acme.com", true).await;
    let tokens = server.sign_in("dev@acme.com").await;
    server.post("/global/auth/forgot-password", json!({"email": "dev@acme.com"})).await.expect(200);
    let reset = server.mail.next_mail_to("dev@acme.com").await.link_token();

    let occupied = Occupied::leaving(&server, 0);
    let new = "AnotherPassword456!";
    let change = json!({"current_password": PASSWORD, "new_password": new});
    let registration = json!({"email": "new@acme.com", "password": new, "first_name": "J", "last_name": "D"});
    let move_away = json!({"email": "new@acme.com", "current_password": PASSWORD});
    let mut refused = vec![
        (Method::POST, "/global/auth/register", "", registration.clone()),
        (Method::POST, "/global/auth/reset-password", "", json!({"token": reset, "new_password": new})),
    ];
    for _ in 0..12 {
        // An unknown address and a disabled account wait for a hash as any other, so that they take as long.
        for email in ["dev@acme.com", "disabled@acme.com", "unknown@acme.com"] {
            refused.push((Method::POST, "/global/auth/login", "", json!({"email": email, "password": PASSWORD})));
        }
        refused.push((Method::PUT, "/global/auth/password", &tokens.access, change.clone()));
        refused.push((Method::POST, "/global/auth/me/email", &tokens.access, move_away.clone()));
    }
    for (method, path, token, body) in refused {
        let reply = server.call(method, path, token, body).await;
        reply.expect_problem(503, Code::Overloaded.as_str());
        assert!(reply.header("retry-after").is_some_and(|text| text.parse::<u64>().is_ok()), "{path}");
    }
    server.get("/global/auth/me", &tokens.access).await.expect(200);
    server.call(Method::PATCH, "/global/auth/me", &tokens.access, json!({"first_name": "J"})).await.expect(200);
    server.post("/global/auth/refresh", json!({"refresh_token": tokens.refresh})).await.expect(200);
    server.post("/global/auth/register", json!({"email": "x"})).await.expect(422);
    drop(occupied);
    // With other threads, since these go on for a while.
    server.restart().await;

    // Nobody failed, so nobody is locked out, and nothing was used up.
    assert_eq!(attempts(&server).await, 0);
    server.sign_in("dev@acme.com").await;
    server.post("/global/auth/reset-password", json!({"token": reset, "new_password": new})).await.expect(200);
    server.mail.next_mail_to("dev@acme.com").await;
    server.finish().await;
}

type Checking = Pin<Box<dyn Future<Output = trueport::error::Result<trueport::hasher::Check>>>>;

/// Keeps every hashing thread busy and holds the seats before them, until it is dropped; then the threads end the check
/// they are at.
struct Occupied {
    _checking: Vec<Checking>,
    _seats: Vec<Seat>,
}

impl Occupied {
    /// Leaves this many seats. Each thread is at one check for some seconds, longer than the test needs, or for some
    /// tenths of a second where a request shall have its turn.
    fn leaving(server: &TestServer, places: usize) -> Self {
        let passes = if places == 0 { 200_000 } else { 10_000 };
        let stored = Secret::new(format!("$argon2id$v=19$m=64,t={passes},p=1${}${}", "A".repeat(22), "A".repeat(43)));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut seats: Vec<Seat> = std::iter::from_fn(|| server.app.hasher().seat().ok()).collect();
        seats.truncate(seats.len() - places);
        let busy = seats.drain(..threads).map(|seat| {
            let stored = stored.clone();
            let mut check: Checking = Box::pin(async move { seat.check(&Secret::new(WRONG), Some(&stored)).await });
            // The first poll hands it to the threads.
            assert!(check.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            check
        });
        Self { _checking: busy.collect(), _seats: seats }
    }
}
