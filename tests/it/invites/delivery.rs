//! Mails of invitations while there is no mail server.

use trueport::args;
use trueport::db::Tx;

use super::invited;
use crate::executable::eventually;
use crate::harness::{Setup, TestServer};
use crate::organization::{Organization, accept, invite};

/// How many mails wait after a try that failed.
async fn failed(server: &TestServer) -> i64 {
    let read = |tx: &mut Tx<'_>| {
        let sql = "SELECT count(*) FROM outbox WHERE status = 'waiting' AND last_error IS NOT NULL AND due_at > ?1";
        Ok(tx.one(sql, args![tx.now()], |row| row.get::<i64>(0))?)
    };
    server.app.read(read).await.expect("the outbox can be read")
}

#[tokio::test]
async fn an_invitation_waits_for_the_mail_server_and_loses_nothing() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let access = server.person("new@acme.com").await.access;
    server.mail.stop().await;
    for email in ["new@acme.com", "other@acme.com"] {
        invite(&server, &org.owner.scoped, email, "viewer").await.expect(201);
    }
    assert_eq!(invited(&server, &org.owner.scoped).await, ["other@acme.com", "new@acme.com"]);
    eventually("both mails have failed once", async || (failed(&server).await == 2).then_some(())).await;
    server.mail.restart().await;
    server.advance(60);
    let token = server.mail.next_mail_to("new@acme.com").await.link_token();
    server.mail.next_mail_to("other@acme.com").await;
    // The acceptance is told when it can be.
    server.mail.stop().await;
    accept(&server, &access, &token).await.expect(200);
    eventually("the mail has failed once", async || (failed(&server).await == 1).then_some(())).await;
    server.mail.restart().await;
    server.advance(60);
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn an_invitation_waits_until_there_is_a_mail_server_at_all() {
    let mut server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    invite(&server, &org.owner.scoped, "new@acme.com", "viewer").await.expect(201);
    server.setup.smtp = true;
    server.restart().await;
    let token = server.mail.next_mail_to("new@acme.com").await.link_token();
    server.mail.next_mail_to("owner@acme.com").await;
    let access = server.person("new@acme.com").await.access;
    accept(&server, &access, &token).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}
