//! Webhooks of an organization: who is told what, how it is signed, and what becomes of what is not taken.
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

mod attempts;
mod disabled;
mod events;
mod limits;
mod management;
mod secrets;
mod targets;
mod turns;

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::Operator;

use crate::executable::eventually;
use crate::harness::{Reply, Setup, TestServer};
use crate::storage::fake::{Answer, Fake, reply};

/// A server whose tenants may have webhooks at loopback addresses.
pub(crate) async fn permissive_server() -> TestServer {
    TestServer::start_with(Setup { private_targets: true, ..Setup::default() }).await
}

/// A receiver of webhooks.
struct Sink {
    fake: Fake,
    answer: Arc<Mutex<Answer>>,
}

/// What a receiver was told.
#[derive(Clone, Debug)]
struct Told {
    id: String,
    timestamp: i64,
    signatures: Vec<String>,
    raw: String,
}

impl Told {
    fn body(&self) -> Json {
        serde_json::from_str(&self.raw).unwrap()
    }

    fn event_type(&self) -> String {
        self.body()["type"].as_str().unwrap().to_owned()
    }
}

fn answer(status: u16) -> Answer {
    reply(&format!("{status} Whatever"), "", "Said by the other side.")
}

impl Sink {
    /// One that takes everything.
    async fn start() -> Self {
        let given = Arc::new(Mutex::new(answer(204)));
        let answer = Arc::clone(&given);
        Self { fake: Fake::start(move |_| given.lock().unwrap().clone()).await, answer }
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn url(&self) -> String {
        format!("{}/hooks", self.fake.url())
    }

    /// Everything so far.
    fn told(&self) -> Vec<Told> {
        let told = self.fake.heard().into_iter().map(|heard| {
            assert_eq!(heard.first, "POST /hooks HTTP/1.1");
            let header = |name: &str| heard.headers.get(name).unwrap_or_else(|| panic!("{name}: {heard:?}")).clone();
            assert_eq!(header("content-type"), "application/json");
            assert!(header("user-agent").starts_with("trueport/"));
            Told {
                id: header("webhook-id"),
                timestamp: header("webhook-timestamp").parse().unwrap(),
                signatures: header("webhook-signature").split(' ').map(str::to_owned).collect(),
                raw: String::from_utf8(heard.body).unwrap(),
            }
        });
        told.collect()
    }

    /// Everything, once it is at least so much.
    async fn told_times(&self, count: usize) -> Vec<Told> {
        let ask = || async { Some(self.told()).filter(|told| told.len() >= count) };
        let told = eventually(&format!("{count} requests arrive"), ask).await;
        assert_eq!(told.len(), count, "{told:#?}");
        told
    }
}

/// HMAC by its definition (RFC 2104), apart from the program's own.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let padded = |pad: u8| block.map(|byte| byte ^ pad).to_vec();
    let inner = Sha256::digest([padded(0x36), message.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}

/// The signature that a secret makes.
fn signature(secret: &str, told: &Told) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert!((24..=64).contains(&key.len()), "{} bytes", key.len());
    let signed = format!("{}.{}.{}", told.id, told.timestamp, told.raw);
    format!("v1,{}", STANDARD.encode(hmac_sha256(&key, signed.as_bytes())))
}

/// A webhook as it was made.
#[derive(Clone, Debug)]
struct Hook {
    id: String,
    secret: String,
    path: String,
}

impl Hook {
    fn of(made: &Json) -> Self {
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let id = text("id");
        Self { path: format!("/service/webhooks/{id}"), id, secret: text("secret") }
    }

    /// One that is told of everything.
    async fn make(server: &TestServer, scoped: &str, url: &str) -> Self {
        Self::of(&try_make(server, scoped, json!({"url": url, "events": ["*"]})).await.expect(201))
    }

    async fn shown(&self, server: &TestServer, scoped: &str) -> Json {
        server.get(&self.path, scoped).await.expect(200)
    }

    async fn change(&self, server: &TestServer, scoped: &str, body: Json) -> Json {
        server.call(Method::PATCH, &self.path, scoped, body).await.expect(200)
    }

    /// Has it told of a test; returns the delivery.
    async fn test(&self, server: &TestServer, scoped: &str) -> Json {
        post(server, scoped, &format!("{}/test", self.path)).await.expect(201)
    }

    async fn redeliver(&self, server: &TestServer, scoped: &str, delivery: &Json) -> Reply {
        let path = format!("{}/deliveries/{}/redeliver", self.path, delivery["id"].as_str().unwrap());
        post(server, scoped, &path).await
    }

    /// The deliveries of a status, or all of them, newest first.
    async fn deliveries(&self, server: &TestServer, scoped: &str, status: &str) -> Vec<Json> {
        let query = if status.is_empty() { String::new() } else { format!("&status={status}") };
        let path = format!("{}/deliveries?limit=200{query}", self.path);
        server.get(&path, scoped).await.expect(200)["items"].as_array().unwrap().clone()
    }

    async fn detail(&self, server: &TestServer, scoped: &str, delivery: &Json) -> Json {
        let path = format!("{}/deliveries/{}", self.path, delivery["id"].as_str().unwrap());
        server.get(&path, scoped).await.expect(200)
    }

    /// A delivery, once it is as `wanted` says.
    async fn when(
        &self,
        server: &TestServer,
        scoped: &str,
        delivery: &Json,
        what: &str,
        wanted: impl Fn(&Json) -> bool,
    ) -> Json {
        let ask = || async {
            let detail = self.detail(server, scoped, delivery).await;
            Some(detail).filter(|detail| wanted(&detail["delivery"]))
        };
        eventually(&format!("a delivery is {what}"), ask).await
    }

    /// A delivery after so many attempts that have ended.
    async fn tried(&self, server: &TestServer, scoped: &str, delivery: &Json, attempts: usize) -> Json {
        let ask = || async {
            let detail = self.detail(server, scoped, delivery).await;
            Some(detail).filter(|detail| detail["attempts"].as_array().unwrap().len() == attempts)
        };
        eventually(&format!("{attempts} attempts have ended"), ask).await
    }
}

async fn try_make(server: &TestServer, scoped: &str, body: Json) -> Reply {
    server.call(Method::POST, "/service/webhooks", scoped, body).await
}

async fn post(server: &TestServer, scoped: &str, path: &str) -> Reply {
    server.call(Method::POST, path, scoped, Json::Null).await
}

/// Something that webhooks are told of, each time.
async fn happen(server: &TestServer, scoped: &str, name: &str) {
    server.call(Method::PATCH, "/service/info", scoped, json!({"name": name})).await.expect(200);
}

/// Gives a webhook an address that no admin could give it now.
async fn move_to(server: &TestServer, id: &str, url: &'static str) {
    let id = id.to_owned();
    let write = move |tx: &mut Tx<'_>, _: &Operator| {
        Ok(tx.execute("UPDATE webhooks SET url = ?2, rests_until = 0 WHERE id = ?1", args![&id, url])?)
    };
    assert_eq!(server.app.write(&Operator, write).await.unwrap(), 1);
}

/// Waits until nothing is pending: the clock must not jump while something is under way.
async fn settled(server: &TestServer) {
    let pending = |tx: &mut Tx<'_>| {
        let sql = "SELECT count(*) FROM webhook_deliveries WHERE status = 'pending'";
        Ok(tx.one(sql, args![], |row| row.get::<i64>(0))?)
    };
    let ask = || async { (server.app.read(pending).await.unwrap() == 0).then_some(()) };
    eventually("every delivery is settled", ask).await;
}
