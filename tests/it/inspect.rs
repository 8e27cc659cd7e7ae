//! What the API does not show, read from the database, what only the operator does, and requests sent together.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::Operator;
use trueport::domain::fields::{Email, Name};
use trueport::domain::{operators, passwords, service_keys};
use trueport::id::{Id as _, ServiceKeyId, UserId};
use trueport::secret::Secret;
use trueport::store::{audit_events, users};

use crate::executable::eventually;
use crate::harness::{Reply, TestServer, send};

/// Every mail ever made, oldest first, each as `template recipient`, whether it has been delivered or not.
pub(crate) async fn outbox(server: &TestServer) -> Vec<String> {
    let sql = "SELECT template, recipient FROM outbox ORDER BY created_at, id";
    texts(server, sql, 2).await
}

/// Every audit event as `action` followed by the JSON of its changes, oldest first.
pub(crate) async fn audited_changes(server: &TestServer) -> Vec<String> {
    let sql = "SELECT action, COALESCE(changes, '') FROM audit_events ORDER BY at, id";
    texts(server, sql, 2).await
}

/// Waits until every event has its place in its chain.
pub(crate) async fn all_linked(server: &TestServer) {
    let ask = || async {
        let unlinked = server.app.read(|tx| Ok(audit_events::operator_count_unlinked(tx)?)).await.unwrap();
        (unlinked == 0).then_some(())
    };
    eventually("all events are linked", ask).await;
}

/// Waits until no mail is under way: one that is when the clock leaps is sent again.
pub(crate) async fn mails_settled(server: &TestServer) {
    let sql = "SELECT count(*) FROM outbox WHERE status = 'waiting' AND attempts > 0 AND last_error IS NULL";
    let ask = || async {
        let under_way = server.app.read(move |tx| Ok(tx.one(sql, args![], |row| row.get::<i64>(0))?)).await.unwrap();
        (under_way == 0).then_some(())
    };
    eventually("all mails are settled", ask).await;
}

/// Everything that the audit holds of every event.
pub(crate) async fn whole_audit(server: &TestServer) -> Vec<String> {
    let sql = "SELECT actor_kind, COALESCE(actor_id, ''), action, target_kind, COALESCE(target_id, ''), \
               COALESCE(request_id, ''), COALESCE(address, ''), COALESCE(changes, '') FROM audit_events ORDER BY at, id";
    texts(server, sql, 8).await
}

/// The stored hash of a person's password; empty for an account without one.
pub(crate) async fn password_hash(server: &TestServer, email: &'static str) -> String {
    let read = move |tx: &mut Tx<'_>| {
        let sql = "SELECT COALESCE(password_hash, '') FROM users WHERE email = ?1";
        Ok(tx.one(sql, args![email], |row| row.get::<String>(0))?)
    };
    server.app.read(read).await.expect("there is an account with this address")
}

/// The addresses of all accounts in alphabetical order.
pub(crate) async fn accounts(server: &TestServer) -> Vec<String> {
    texts(server, "SELECT email FROM users ORDER BY email", 1).await
}

/// How many attempts are counted at the moment, of whatever kind.
pub(crate) async fn attempts(server: &TestServer) -> i64 {
    const COUNT: &str = "SELECT count(*) FROM attempts WHERE kind IN ('password', 'otp')";
    let read = |tx: &mut Tx<'_>| Ok(tx.one(COUNT, args![], |row| row.get::<i64>(0))?);
    server.app.read(read).await.expect("the attempts can be counted")
}

/// The first `columns` columns of every row, which must be texts, with a space between them.
async fn texts(server: &TestServer, sql: &'static str, columns: usize) -> Vec<String> {
    let read = move |tx: &mut Tx<'_>| {
        let rows = tx.all(sql, args![], |row| {
            let texts: Result<Vec<String>, _> = (0..columns).map(|index| row.get::<String>(index)).collect();
            Ok(texts?.join(" "))
        })?;
        Ok(rows)
    };
    server.app.read(read).await.expect("the rows can be read")
}

/// Disables or enables a person as the command line does.
pub(crate) async fn set_disabled(server: &TestServer, email: &str, is_disabled: bool) {
    let email = Email::parse(email).expect("an address");
    let write = move |tx: &mut Tx<'_>, by: &Operator| operators::set_disabled(tx, by, &email, is_disabled).map(drop);
    server.app.write(&Operator, write).await.expect("the account is changed");
}

/// Has the address of an account proved, as by the link of the welcome mail.
pub(crate) async fn prove_address(server: &TestServer, user_id: &str) {
    let id = UserId::parse(user_id).expect("an id");
    let write = move |tx: &mut Tx<'_>, _: &Operator| Ok(users::set_email_verified(tx, &id)?);
    server.app.write(&Operator, write).await.expect("the account is changed");
}

/// Makes a person a platform admin, or takes it from them, as the command line does.
pub(crate) async fn set_platform_admin(server: &TestServer, email: &str, is_platform_admin: bool) {
    let email = Email::parse(email).expect("an address");
    let write = move |tx: &mut Tx<'_>, by: &Operator| {
        operators::set_platform_admin(tx, by, &email, is_platform_admin).map(drop)
    };
    server.app.write(&Operator, write).await.expect("the account is changed");
}

/// Sets a person's password as the command line does.
pub(crate) async fn set_password(server: &TestServer, email: &str, hash: Secret) {
    let (installation, email) = (server.app.installation(), Email::parse(email).expect("an address"));
    let write = move |tx: &mut Tx<'_>, by: &Operator| {
        let user = operators::find(tx, &email)?;
        passwords::set_by_operator(tx, by, &installation, &user, &hash)
    };
    server.app.write(&Operator, write).await.expect("the password is set");
}

/// Makes a service key with these scopes as the command line does; returns its id and the key itself.
pub(crate) async fn make_service_key(server: &TestServer, scopes: &[&str]) -> (ServiceKeyId, String) {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let write = move |tx: &mut Tx<'_>, by: &Operator| {
        let (key, secret) = service_keys::create(tx, by, &Name::parse("A service").unwrap(), &scopes)?;
        Ok((key.id, secret.expose().to_owned()))
    };
    server.app.write(&Operator, write).await.expect("the key is made")
}

/// Revokes a service key as the command line does.
pub(crate) async fn revoke_service_key(server: &TestServer, id: ServiceKeyId) {
    let write = move |tx: &mut Tx<'_>, by: &Operator| service_keys::revoke(tx, by, &id);
    server.app.write(&Operator, write).await.expect("the key is revoked");
}

/// A sign-in with a password.
pub(crate) async fn login(server: &TestServer, email: &str, password: &str) -> Reply {
    send(login_request(server, email, password)).await
}

/// The same, not sent yet.
pub(crate) fn login_request(server: &TestServer, email: &str, password: &str) -> RequestBuilder {
    post_request(server, "/global/auth/login", &json!({"email": email, "password": password}))
}

/// An anonymous POST that is not sent yet.
pub(crate) fn post_request(server: &TestServer, path: &str, body: &Json) -> RequestBuilder {
    server.request(Method::POST, path).json(body)
}

/// A sign-in that a proxy forwards for a client with this address.
pub(crate) async fn login_from(server: &TestServer, address: &str, email: &str, password: &str) -> Reply {
    send(login_request(server, email, password).header("x-forwarded-for", address)).await
}

/// Sends requests at the same time; the replies come in no particular order.
pub(crate) async fn send_together(requests: impl IntoIterator<Item = RequestBuilder>) -> Vec<Reply> {
    let sent: JoinSet<Reply> = requests.into_iter().map(send).collect();
    sent.join_all().await
}

/// What somebody who guesses can tell replies apart by: all but the request's id and the values of headers.
pub(crate) fn look(reply: &Reply) -> (u16, Json, Vec<String>) {
    let mut body = reply.json();
    if let Some(problem) = body.as_object_mut().filter(|body| body.contains_key("request_id")) {
        problem.remove("request_id");
    }
    let mut headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    (reply.status.as_u16(), body, headers)
}

/// How many of these replies have this status.
pub(crate) fn count(replies: &[Reply], status: u16) -> usize {
    replies.iter().filter(|reply| reply.status.as_u16() == status).count()
}
