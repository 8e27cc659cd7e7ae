//! The outbox: mails that wait for a mail server that fails, and go out once (contract 22).
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

mod administration;
mod settings;
mod trial;
mod tries;
mod workers;

use std::time::Duration;

use serde_json::json;
use trueport::args;
use trueport::clock::Time;

use crate::executable::eventually;
use crate::harness::{PASSWORD, Reply, TestServer};
use crate::smtp_sink::SmtpSink;

/// A row of the outbox.
#[derive(Debug, PartialEq)]
struct Row {
    status: String,
    attempts: i64,
    due_at: Time,
    /// Whether it still says something, sealed.
    says_something: bool,
    error: Option<String>,
}

async fn rows(server: &TestServer, recipient: &str) -> Vec<Row> {
    let recipient = recipient.to_owned();
    let read = move |tx: &mut trueport::db::Tx<'_>| {
        let rows = tx.all(
            "SELECT status, attempts, due_at, variables_sealed, last_error FROM outbox WHERE recipient = ?1 \
             ORDER BY created_at, id",
            args![&recipient],
            |row| {
                let sealed: Option<Vec<u8>> = row.get(3)?;
                if let Some(sealed) = &sealed {
                    assert!(
                        !sealed.windows(4).any(|word| word == b"Jane" || word == b"http"),
                        "what a mail says is sealed"
                    );
                }
                Ok(Row {
                    status: row.get(0)?,
                    attempts: row.get(1)?,
                    due_at: row.get(2)?,
                    says_something: sealed.is_some(),
                    error: row.get(4)?,
                })
            },
        )?;
        Ok(rows)
    };
    server.app.read(read).await.expect("the outbox can be read")
}

/// The newest mail to `recipient`, once it is as `wanted` says.
async fn row_when(server: &TestServer, recipient: &str, what: &str, wanted: impl Fn(&Row) -> bool) -> Row {
    let ask = || async { rows(server, recipient).await.pop().filter(&wanted) };
    eventually(&format!("the mail to {recipient} is {what}"), ask).await
}

async fn settled(server: &TestServer, recipient: &str, status: &str) -> Row {
    let row = row_when(server, recipient, status, |row| row.status == status).await;
    assert!(!row.says_something, "what the mail said is erased");
    row
}

/// The newest mail to `recipient` after its try number `attempts` has failed.
async fn failed_try(server: &TestServer, recipient: &str, attempts: i64) -> Row {
    let claim = Duration::from_secs(200);
    let row = row_when(server, recipient, &format!("back after {attempts} tries"), |row| {
        row.attempts == attempts && row.error.is_some() && row.due_at < server.clock.now() + claim
    })
    .await;
    assert_eq!((row.status.as_str(), row.says_something), ("waiting", true));
    row
}

async fn register(server: &TestServer, email: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
    server.post("/global/auth/register", body).await
}

fn copies_to(mail: &SmtpSink, recipient: &str) -> usize {
    mail.mails().iter().filter(|mail| mail.to == [recipient]).count()
}

/// Longer than the first waiting time, shorter than the time for which a worker holds a mail.
const FIRST_BACKOFF: u64 = 6;
