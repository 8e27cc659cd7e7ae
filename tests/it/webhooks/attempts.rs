//! What is not taken is tried again, for a day and a half, and by hand after that.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use tokio::io::AsyncWriteExt as _;
use trueport::clock::Time;

use super::{Hook, Sink, answer, happen, permissive_server, signature};
use crate::executable::eventually;
use crate::organization::{Organization, select};
use crate::storage::fake::{Answer, reply};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Waiting times after each attempt but the last.
pub(super) const DELAYS: [u64; 7] = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR];

#[tokio::test]
async fn what_fails_is_tried_again_and_given_up_after_a_day_and_a_half() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let mut scoped = organization.owner.scoped.clone();
    let sink = Sink::start().await;
    sink.answers(answer(500));
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let delivery = hook.test(&server, &scoped).await;
    for (index, delay) in DELAYS.into_iter().enumerate() {
        let tried = hook.tried(&server, &scoped, &delivery, index + 1).await["delivery"].clone();
        let attempts = json!(index + 1);
        assert_eq!((&tried["status"], &tried["attempts"]), (&json!("pending"), &attempts), "{tried}");
        assert_eq!((&tried["last_status"], &tried["last_error"]), (&json!(500), &json!("The target failed.")));
        let next = Time::parse(tried["next_attempt_at"].as_str().unwrap()).unwrap();
        let wait = next.since(server.clock.now()).as_secs();
        assert!((delay.saturating_sub(1)..=delay + delay / 5).contains(&wait), "{wait} s after attempt {attempts}");
        server.advance(delay + delay / 5 + 1);
        let access = server.sign_in("owner@acme.com").await.access;
        scoped = select(&server, &access, &organization.id).await;
    }
    let detail = hook.tried(&server, &scoped, &delivery, 8).await;
    assert_eq!(detail["delivery"]["status"], "failed");
    assert_eq!(detail["delivery"]["next_attempt_at"], Json::Null);
    let numbers: Vec<i64> =
        detail["attempts"].as_array().unwrap().iter().map(|attempt| attempt["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
    // One event, signed anew at each attempt.
    let told = sink.told_times(8).await;
    assert_eq!(told.iter().map(|told| (&told.id, &told.raw)).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(told.iter().map(|told| told.timestamp).collect::<BTreeSet<_>>().len(), 8);
    for told in &told {
        assert_eq!(told.signatures, [signature(&hook.secret, told)]);
    }
    assert_eq!(detail["payload"], told[0].raw);

    // By hand it begins anew, under the same id.
    hook.redeliver(&server, &scoped, &delivery).await.expect(200);
    let again = hook.tried(&server, &scoped, &delivery, 9).await["delivery"].clone();
    assert_eq!((&again["status"], &again["settled_at"]), (&json!("pending"), &Json::Null));
    sink.answers(answer(200));
    server.advance(7);
    let taken = hook.when(&server, &scoped, &delivery, "taken", |shown| shown["status"] == "delivered").await;
    assert_eq!(taken["attempts"].as_array().unwrap().len(), 10);
    assert_eq!((&taken["delivery"]["last_status"], &taken["delivery"]["last_error"]), (&json!(200), &Json::Null));
    // What was taken can be told again, too.
    hook.redeliver(&server, &scoped, &delivery).await.expect(200);
    let told = sink.told_times(11).await;
    assert_eq!(told.iter().map(|told| &told.id).collect::<BTreeSet<_>>().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn each_kind_of_failure_is_told_in_plain_words() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let broken = "The target closed the connection, or answered something that is not HTTP.";
    for (given, status, error) in [
        (answer(200), json!(200), Json::Null),
        (answer(299), json!(299), Json::Null),
        (answer(404), json!(404), json!("The target refused it.")),
        (answer(500), json!(500), json!("The target failed.")),
        (answer(429), json!(429), json!("The target answered that this is too much for it.")),
        (Answer::Bytes(String::new()), Json::Null, json!(broken)),
        (Answer::Bytes("SSH-2.0-OpenSSH_9.2\r\n".to_owned()), Json::Null, json!(broken)),
        // Nobody reads what never ends.
        (Answer::Endless("HTTP/1.1 200 OK\r\n\r\n".to_owned()), json!(200), Json::Null),
        (Answer::Drip("HTTP/1.1 200 OK\r\n\r\n".to_owned()), json!(200), Json::Null),
        (reply("200 OK", "set-cookie: a=b\r\n", ""), json!(200), Json::Null),
    ] {
        sink.answers(given.clone());
        let delivery = hook.test(&server, &scoped).await;
        let detail = hook.tried(&server, &scoped, &delivery, 1).await;
        let attempt = &detail["attempts"][0];
        assert_eq!((&attempt["status"], &attempt["error"]), (&status, &error), "{given:?}");
        let expected = if error.is_null() { "delivered" } else { "pending" };
        assert_eq!(detail["delivery"]["status"], expected, "{given:?}");
        // Nothing of it is tried again while the next one is looked at.
        sink.answers(answer(200));
        hook.change(&server, &scoped, json!({"enabled": false})).await;
        hook.change(&server, &scoped, json!({"enabled": true})).await;
    }
    // A port on which nobody listens, a name that nobody has, and TLS where there is none.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secure = format!("https://{}/", plain.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    });
    for (url, error) in [
        (format!("http://{nobody}/"), "Nobody answers at this address."),
        ("https://nobody.invalid/".to_owned(), "Nobody answers at this address."),
        (secure, "No trusted connection: the target's certificate or its TLS is not accepted."),
    ] {
        let hook = Hook::make(&server, &scoped, &url).await;
        let delivery = hook.test(&server, &scoped).await;
        let detail = hook.tried(&server, &scoped, &delivery, 1).await;
        assert_eq!(detail["attempts"][0]["error"], error, "{url}");
    }
    answering.await.unwrap();
    server.finish().await;
}

/// A target that did not answer is left in peace, and told everything when it is back.
#[tokio::test]
async fn what_waits_for_a_target_that_is_away_is_told_when_it_is_back() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    sink.answers(answer(503));
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    happen(&server, &scoped, "First").await;
    sink.told_times(1).await;
    eventually("the first attempt is noted", || async {
        (!hook.shown(&server, &scoped).await["failing_since"].is_null()).then_some(())
    })
    .await;
    for name in ["Second", "Third"] {
        happen(&server, &scoped, name).await;
    }
    sink.answers(answer(200));
    // A minute, and up to a fifth more.
    server.advance(73);
    let told = sink.told_times(4).await;
    let names: BTreeSet<String> =
        told.iter().map(|told| told.body()["data"]["changes"]["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["First", "Second", "Third"].map(str::to_owned).into());
    eventually("it fails no more", || async {
        hook.shown(&server, &scoped).await["failing_since"].is_null().then_some(())
    })
    .await;
    server.finish().await;
}
