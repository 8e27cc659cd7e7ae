//! A write that waits in the queue already when what allowed it ends. On SQLite, whose single writer a test can hold: what
//! is queued runs in order, whatever the clock of the machine does. On PostgreSQL writes run beside each other.

use std::sync::mpsc;

use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::task::JoinHandle;
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::{Operator, System};
use trueport::domain::fields::Email;
use trueport::domain::operators;
use trueport::store::tenants::TenantStatus;

use super::Change;
use crate::harness::{PASSWORD, Reply, TestServer, call};
use crate::inspect::{accounts, all_linked, audited_changes, outbox};
use crate::members::roster;
use crate::organization::{Organization, Person, invite};

/// The writer, busy until it is released or the test ends.
pub(crate) struct HeldWriter<'a> {
    server: &'a TestServer,
    release: mpsc::Sender<()>,
    holding: JoinHandle<()>,
    queued: usize,
}

impl<'a> HeldWriter<'a> {
    /// Waits until nothing else writes, and then for the writer. Every mail must have been taken.
    pub(crate) async fn of(server: &'a TestServer) -> Self {
        let waiting = |tx: &mut Tx<'_>| {
            let sql = "SELECT count(*) FROM outbox WHERE status = 'waiting'";
            Ok(tx.one(sql, args![], |row| row.get::<i64>(0))?)
        };
        // Else what became of a mail would be written meanwhile and counted as a request.
        while server.app.read(waiting).await.expect("the outbox can be read") > 0 {
            tokio::task::yield_now().await;
        }
        // So would the links of the audit.
        all_linked(server).await;
        let (release, released) = mpsc::channel::<()>();
        let (began, begun) = mpsc::channel();
        let app = server.app.clone();
        let holding = tokio::spawn(async move {
            let hold = move |_: &mut Tx<'_>, _: &System| {
                let _ = began.send(());
                // An error where the test has failed: then it is over too.
                let _ = released.recv();
                Ok(())
            };
            app.write(&System, hold).await.expect("the writer is held");
        });
        while begun.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        Self { server, release, holding, queued: 0 }
    }

    /// Starts something that ends in a write, and waits until that write is queued behind what is queued already.
    pub(crate) async fn queue<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let running = tokio::spawn(work);
        self.queued += 1;
        while self.server.app.db().queued_writes() < self.queued {
            assert!(!running.is_finished(), "it ended without a write");
            tokio::task::yield_now().await;
        }
        running
    }

    pub(crate) async fn release(self) {
        self.release.send(()).expect("the writer waits");
        self.holding.await.expect("the writer goes on");
    }
}

/// A request that has yet to be sent.
pub(crate) fn request(
    server: &TestServer,
    method: Method,
    path: &str,
    token: &str,
    body: Json,
) -> impl Future<Output = Reply> + Send + use<> {
    let (request, token) = (server.request(method, path), token.to_owned());
    async move { call(request, &token, &body).await }
}

/// The request that makes a change.
fn cause(
    server: &TestServer,
    org: &Organization,
    person: &Person,
    change: Change,
) -> impl Future<Output = Reply> + Send + use<> {
    let member = format!("/service/members/{}", person.user_id);
    let (owner, person) = (org.owner.scoped.as_str(), person);
    let (method, path, token, body) = match change {
        Change::Removed => (Method::DELETE, member.as_str(), owner, Json::Null),
        Change::Left => (Method::POST, "/service/members/leave", &*person.scoped, Json::Null),
        Change::Disabled => (Method::PATCH, &*member, owner, json!({"status": "disabled"})),
        Change::Role(role) => (Method::PATCH, &*member, owner, json!({"role": role})),
        Change::Archived => (Method::POST, "/service/archive", owner, json!({"slug": "acme"})),
        Change::Owner => (Method::POST, "/service/ownership-transfer", owner, json!({"user_id": person.user_id})),
        Change::SignedOut => (Method::POST, "/global/auth/logout", &*person.access, Json::Null),
        other => panic!("{other:?} is no single request"),
    };
    request(server, method, path, token, body)
}

/// Everything about the organization that a write could change.
async fn state(server: &TestServer) -> Vec<String> {
    let read = |tx: &mut Tx<'_>| {
        let sql = "SELECT name || ' ' || billing_email || ' ' || status FROM tenants UNION ALL \
                   SELECT email || ' ' || role FROM invites UNION ALL \
                   SELECT user_id || ' ' || role || ' ' || status FROM memberships ORDER BY 1";
        Ok(tx.all(sql, args![], |row| row.get::<String>(0))?)
    };
    server.app.read(read).await.expect("the rows can be read")
}

#[tokio::test]
async fn a_queued_write_commits_on_no_authority_that_ended_meanwhile() {
    let ended = (403, "membership_ended");
    let too_little = (403, "insufficient_role");
    let cases = [
        (Change::Removed, "admin", ended),
        (Change::Left, "admin", ended),
        (Change::Disabled, "admin", ended),
        (Change::Role("member"), "admin", too_little),
        (Change::Role("viewer"), "admin", too_little),
        (Change::Archived, "admin", (403, "tenant_archived")),
        (Change::SignedOut, "admin", (401, "unauthorized")),
    ];
    for (change, role, (status, code)) in cases {
        let server = TestServer::start().await;
        if server.database().is_some() {
            return;
        }
        let org = Organization::of(&server, "owner@acme.com", "acme").await;
        let person = org.join(&server, "person@acme.com", role).await;
        let other = org.join(&server, "other@acme.com", "viewer").await;
        let waiting = invite(&server, &org.owner.scoped, "waiting@acme.com", "viewer").await.expect(201);
        server.mail.next_mail_to("waiting@acme.com").await;
        let (member, waiting) = (
            format!("/service/members/{}", other.user_id),
            format!("/service/invites/{}", waiting["id"].as_str().unwrap()),
        );
        let resend = format!("{waiting}/resend");
        let attempts = [
            (Method::PATCH, "/service/info", json!({"name": "Taken over", "billing_email": "eve@evil.example"})),
            (Method::POST, "/service/invites", json!({"email": "eve@evil.example", "role": "admin"})),
            (Method::PATCH, &member, json!({"role": "admin", "status": "disabled"})),
            (Method::DELETE, &member, Json::Null),
            (Method::POST, &resend, Json::Null),
            (Method::DELETE, &waiting, Json::Null),
        ];

        let mut held = HeldWriter::of(&server).await;
        let (before, mails, events) =
            (state(&server).await, outbox(&server).await.len(), audited_changes(&server).await.len());
        let caused = held.queue(cause(&server, &org, &person, change)).await;
        let mut late = Vec::new();
        for (method, path, body) in attempts {
            let what = format!("{method} {path} after {change:?}");
            late.push((what, held.queue(request(&server, method, path, &person.scoped, body)).await));
        }
        assert_eq!(state(&server).await, before, "nothing has run yet");
        held.release().await;
        assert!(caused.await.unwrap().status.is_success(), "{change:?}");
        for (what, reply) in late {
            let reply = reply.await.unwrap();
            assert_eq!(reply.json()["code"], code, "{what}: {}", reply.text);
            reply.expect_problem(status, code);
        }

        // The change itself left its trace, and nothing else did.
        assert_eq!(audited_changes(&server).await.len(), events + 1, "{change:?}");
        let told = usize::from(matches!(change, Change::Removed | Change::Role(_)));
        assert_eq!(outbox(&server).await.len(), mails + told, "{change:?}");
        let about_others = |lines: Vec<String>| -> Vec<String> {
            lines
                .into_iter()
                .filter(|line| !line.starts_with(&person.user_id) && !line.starts_with("The acme"))
                .collect()
        };
        assert_eq!(about_others(state(&server).await), about_others(before), "{change:?}");
        let name = if change == Change::Archived { "archived" } else { "active" };
        assert!(state(&server).await.contains(&format!("The acme owner@acme.com {name}")), "{change:?}");
        for _ in 0..told {
            server.mail.next_mail_to("person@acme.com").await;
        }
        server.finish().await;
    }
}

/// What happens to the person or the organization outside of it.
#[tokio::test]
async fn a_queued_write_ends_with_the_organization_or_the_account() {
    for (change, status, code) in
        [(Change::Suspended, 403, "tenant_suspended"), (Change::AccountDisabled, 401, "unauthorized")]
    {
        let server = TestServer::start().await;
        if server.database().is_some() {
            return;
        }
        let org = Organization::of(&server, "owner@acme.com", "acme").await;
        let person = org.join(&server, "person@acme.com", "admin").await;
        let mut held = HeldWriter::of(&server).await;
        let (before, events) = (state(&server).await, audited_changes(&server).await.len());
        // The operator's own write, queued as the command line's would wait.
        let (app, email) = (server.app.clone(), Email::parse("person@acme.com").unwrap());
        let write = move |tx: &mut Tx<'_>, by: &Operator| match change {
            Change::Suspended => operators::set_tenant_status(tx, by, "acme", TenantStatus::Suspended, None).map(drop),
            _ => operators::set_disabled(tx, by, &email, true).map(drop),
        };
        let caused = held.queue(async move { app.write(&Operator, write).await }).await;
        let rename = request(&server, Method::PATCH, "/service/info", &person.scoped, json!({"name": "Taken over"}));
        let rename = held.queue(rename).await;
        let body = json!({"email": "eve@evil.example", "role": "admin"});
        let invitation = held.queue(request(&server, Method::POST, "/service/invites", &person.scoped, body)).await;
        held.release().await;
        caused.await.unwrap().expect("the operator's write is done");
        for late in [rename, invitation] {
            late.await.unwrap().expect_problem(status, code);
        }
        let mut expected = before;
        if change == Change::Suspended {
            for line in &mut expected {
                *line = line.replace("owner@acme.com active", "owner@acme.com suspended");
            }
        }
        assert_eq!(state(&server).await, expected, "{change:?}");
        assert_eq!(audited_changes(&server).await.len(), events + 1, "{change:?}");
        server.finish().await;
    }
}

/// Whoever was the owner when the request came is none when it runs.
#[tokio::test]
async fn of_queued_transfers_only_the_first_one_counts() {
    let server = TestServer::start().await;
    if server.database().is_some() {
        return;
    }
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let first = org.join(&server, "first@acme.com", "viewer").await;
    let second = org.join(&server, "second@acme.com", "viewer").await;
    let mut held = HeldWriter::of(&server).await;
    let transfer = held.queue(cause(&server, &org, &first, Change::Owner)).await;
    let again = held.queue(cause(&server, &org, &second, Change::Owner)).await;
    let archive = held.queue(cause(&server, &org, &first, Change::Archived)).await;
    // An admin still, and as such still at work.
    let rename = request(&server, Method::PATCH, "/service/info", &org.owner.scoped, json!({"name": "Renamed"}));
    let rename = held.queue(rename).await;
    held.release().await;
    transfer.await.unwrap().expect(200);
    for late in [again, archive] {
        late.await.unwrap().expect_problem(403, "insufficient_role");
    }
    assert_eq!(rename.await.unwrap().expect(200)["name"], "Renamed");
    let expected = ["owner@acme.com admin active", "first@acme.com owner active", "second@acme.com viewer active"];
    assert_eq!(roster(&server, &second.scoped).await, expected);
    for email in ["first@acme.com", "owner@acme.com"] {
        server.mail.next_mail_to(email).await;
    }
    server.finish().await;
}

/// The same for what is asked of the other side: the target of a transfer, the token of an invitation.
#[tokio::test]
async fn a_queued_write_finds_what_it_is_about_as_it_is_then() {
    let server = TestServer::start().await;
    if server.database().is_some() {
        return;
    }
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let removed = org.join(&server, "removed@acme.com", "admin").await;
    let disabled = org.join(&server, "disabled@acme.com", "admin").await;
    let access = server.person("new@acme.com").await.access;
    let revoked = org.invite(&server, "new@acme.com", "admin").await;
    let unused = org.invite(&server, "unregistered@acme.com", "admin").await;
    let listed = server.get("/service/invites", &org.owner.scoped).await.expect(200);
    let ids: Vec<&str> = listed["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    let people = accounts(&server).await;

    let mut held = HeldWriter::of(&server).await;
    let mut early = vec![
        held.queue(cause(&server, &org, &removed, Change::Removed)).await,
        held.queue(cause(&server, &org, &disabled, Change::Disabled)).await,
    ];
    for id in ids {
        let path = format!("/service/invites/{id}");
        early.push(held.queue(request(&server, Method::DELETE, &path, &org.owner.scoped, Json::Null)).await);
    }
    let to_removed = held.queue(cause(&server, &org, &removed, Change::Owner)).await;
    let to_disabled = held.queue(cause(&server, &org, &disabled, Change::Owner)).await;
    let accepted = request(&server, Method::POST, "/global/invites/accept", &access, json!({"token": revoked}));
    let accepted = held.queue(accepted).await;
    // The password is hashed by then.
    let body = json!({
        "email": "unregistered@acme.com", "password": PASSWORD, "first_name": "J", "last_name": "D", "invite_token": unused,
    });
    let registered = held.queue(request(&server, Method::POST, "/global/auth/register", "", body)).await;
    held.release().await;
    for early in early {
        assert!(early.await.unwrap().status.is_success());
    }
    to_removed.await.unwrap().expect_problem(404, "not_found");
    to_disabled.await.unwrap().expect_problem(409, "member_disabled");
    for late in [accepted, registered] {
        late.await.unwrap().expect_problem(400, "invalid_token");
    }
    assert_eq!(accounts(&server).await, people);
    let expected = ["owner@acme.com owner active", "disabled@acme.com admin disabled"];
    assert_eq!(roster(&server, &org.owner.scoped).await, expected);
    server.mail.next_mail_to("removed@acme.com").await;
    server.finish().await;
}
