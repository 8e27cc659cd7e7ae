//! A server of its own for each test: in this process, on a free port, with a data folder or database of its own, a real
//! SMTP server that collects its mails, and a clock that the test moves.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use trueport::app::{App, Options};
use trueport::clock::Clock;
use trueport::config::{Config, LogFormat};
use trueport::db::{Location, Threads};
use trueport::domain::caller::Operator;
use trueport::domain::configs;
use trueport::domain::settings::{ConfigValue, Overrides};
use trueport::secret::Secret;
use trueport::server::Server;

use crate::postgres::TestDatabase;
use crate::smtp_sink::SmtpSink;

/// A password that the rules allow.
pub(crate) const PASSWORD: &str = "SecurePassword123!";

/// Argon2 parameters that cost a test little.
pub(crate) const CHEAP_HASH: (u32, u32) = (64, 1);

/// A running server and what belongs to it.
pub(crate) struct TestServer {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    pub(crate) mail: SmtpSink,
    pub(crate) setup: Setup,
    pub(crate) url: String,
    client: reqwest::Client,
    running: Option<(Server, Threads)>,
    database: Option<TestDatabase>,
    folder: TempDir,
}

/// A further server beside a [`TestServer`].
pub(crate) struct Another {
    _app: App,
    server: Server,
    _threads: Threads,
}

impl Another {
    pub(crate) async fn finish(self) {
        self.server.stop().await;
    }
}

/// What a test may choose about its server.
pub(crate) struct Setup {
    /// Values that win over stored ones, beside the mail server's.
    pub(crate) values: BTreeMap<&'static str, ConfigValue>,
    pub(crate) hash_cost: (u32, u32),
    pub(crate) trusted_proxies: Vec<&'static str>,
    /// Whether the server knows the SMTP sink.
    pub(crate) smtp: bool,
    /// Whether it serves metrics, on a free port.
    pub(crate) metrics: bool,
    /// Whether tenants may keep exports in a folder beside the data.
    pub(crate) local_storage: bool,
    /// Whether storage may be at loopback addresses.
    pub(crate) private_targets: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            values: BTreeMap::new(),
            hash_cost: CHEAP_HASH,
            trusted_proxies: Vec::new(),
            smtp: true,
            metrics: false,
            local_storage: false,
            private_targets: false,
        }
    }
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    pub(crate) async fn start_with(setup: Setup) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = TestDatabase::create();
        let (mail, clock) = (SmtpSink::start().await, Clock::manual());
        let config = config(&setup, &folder, database.as_ref(), &mail);
        let (app, running, url) = open(config, &clock, setup.hash_cost).await;
        // Proxies of the environment must not come between a test and its server.
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        Self { app, clock, mail, setup, url, client, running: Some(running), database, folder }
    }

    /// Stops the server gracefully and starts it again on the same data, at the same moment of the clock.
    pub(crate) async fn restart(&mut self) {
        self.restart_after(Duration::ZERO).await;
    }

    /// The same, with so much time in between in which nothing runs.
    pub(crate) async fn restart_after(&mut self, span: Duration) {
        self.halt().await;
        self.clock.advance(span);
        let config = config(&self.setup, &self.folder, self.database.as_ref(), &self.mail);
        let (app, running, url) = open(config, &self.clock, self.setup.hash_cost).await;
        (self.app, self.running, self.url) = (app, Some(running), url);
    }

    /// Starts a second server on the same database, with the same master key and clock; only PostgreSQL allows that.
    pub(crate) async fn start_another(&self) -> Option<Another> {
        let database = self.database.as_ref()?;
        let config = Config {
            data_dir: self.folder.path().join("another"),
            master_key_is_ours: false,
            ..config(&self.setup, &self.folder, Some(database), &self.mail)
        };
        let (app, (server, threads), _) = open(config, &self.clock, self.setup.hash_cost).await;
        Some(Another { _app: app, server, _threads: threads })
    }

    async fn halt(&mut self) {
        if let Some((server, _threads)) = self.running.take() {
            server.stop().await;
        }
    }

    /// Where the metrics are served.
    pub(crate) fn metrics_url(&self) -> String {
        let running = self.running.as_ref().and_then(|(server, _)| server.metrics_address());
        format!("http://{}/metrics", running.expect("metrics are served"))
    }

    /// The folder that holds database and master key.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The PostgreSQL database, where the tests run on one.
    pub(crate) fn database(&self) -> Option<&TestDatabase> {
        self.database.as_ref()
    }

    /// Ends the test: the server stops and every mail it sent must have been taken by the test.
    pub(crate) async fn finish(mut self) {
        self.halt().await;
        let untaken: Vec<String> =
            self.mail.untaken().iter().map(|mail| format!("{} to {:?}", mail.subject, mail.to)).collect();
        assert!(untaken.is_empty(), "mails that the test did not expect: {untaken:#?}");
    }

    /// A request to a path below the API's base path, or to a path of its own such as `/healthz`.
    /// The clock moves by a millisecond, so that what requests wrote has an order.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.clock.advance(Duration::from_millis(1));
        let api = ["/global", "/service", "/admin", "/internal", "/.well-known", "/openapi"];
        let is_api = api.iter().any(|start| path.starts_with(start));
        let base = if is_api { trueport::http::BASE_PATH } else { "" };
        self.client.request(method, format!("{}{base}{path}", self.url))
    }

    /// A request with a JSON body and, if it is not empty, an access token.
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str, body: Json) -> Reply {
        call(self.request(method, path), token, &body).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Reply {
        self.call(Method::GET, path, token, Json::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Json) -> Reply {
        self.call(Method::POST, path, "", body).await
    }

    /// Registers `email` with [`PASSWORD`], takes the welcome mail, and returns the token of its link.
    pub(crate) async fn register(&self, email: &str) -> String {
        let body = json!({"email": email, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
        self.post("/global/auth/register", body).await.expect(201);
        if !self.setup.smtp {
            return String::new();
        }
        self.mail.next_mail_to(email).await.link_token()
    }

    /// Signs `email` in with [`PASSWORD`].
    pub(crate) async fn sign_in(&self, email: &str) -> Tokens {
        let reply = self.post("/global/auth/login", json!({"email": email, "password": PASSWORD})).await;
        Tokens::of(&reply.expect(200))
    }

    /// Registers and signs in.
    pub(crate) async fn person(&self, email: &str) -> Tokens {
        self.register(email).await;
        self.sign_in(email).await
    }

    /// Stores a global configuration value as the command line does.
    pub(crate) async fn set_config(&self, key: &'static str, value: Json) {
        let installation = self.app.installation();
        self.app
            .write(&Operator, move |tx, by| configs::set_global(tx, by, &installation, key, &value, None).map(drop))
            .await
            .expect("the value is stored");
        self.app.reload().await.expect("the settings are read again");
    }

    /// Actions of the audit so far but the program's own, oldest first, each as `actor action target`.
    pub(crate) async fn audit(&self) -> Vec<String> {
        let read = |tx: &mut trueport::db::Tx<'_>| {
            let rows = tx.all(
                "SELECT actor_kind, action, target_kind FROM audit_events WHERE actor_kind <> 'system' ORDER BY at, id",
                trueport::args![],
                |row| Ok(format!("{} {} {}", row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?)),
            )?;
            Ok(rows)
        };
        self.app.read(read).await.expect("the audit can be read")
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn config(setup: &Setup, folder: &TempDir, database: Option<&TestDatabase>, mail: &SmtpSink) -> Config {
    let mut values = setup.values.clone();
    if setup.smtp {
        values.insert("smtp.host", ConfigValue::Text("127.0.0.1".into()));
        values.insert("smtp.port", ConfigValue::Int(mail.address().port().into()));
        values.insert("smtp.security", ConfigValue::Text("none".into()));
        values.insert("smtp.from_address", ConfigValue::Text("noreply@trueport.example".into()));
    }
    Config {
        data_dir: folder.path().to_owned(),
        location: match database {
            Some(database) => Location::Postgres(Secret::new(database.url.as_str())),
            None => Location::Sqlite(folder.path().join("trueport.db")),
        },
        master_key_file: folder.path().join("master.key"),
        master_key_is_ours: true,
        listen: "127.0.0.1:0".parse().expect("an address"),
        metrics_listen: setup.metrics.then(|| "127.0.0.1:0".parse().expect("an address")),
        trusted_proxies: setup.trusted_proxies.iter().map(|text| text.parse().expect("a network")).collect(),
        storage_local_root: setup.local_storage.then(|| exports_root(folder)),
        allow_private_targets: setup.private_targets,
        overrides: Overrides { values, default_base_url: "https://trueport.example".into() },
        log_format: LogFormat::Text,
        log: "info".into(),
    }
}

/// The folder that the operator keeps for exports, which must be there.
fn exports_root(folder: &TempDir) -> std::path::PathBuf {
    let root = folder.path().join("exports");
    std::fs::create_dir_all(&root).expect("a folder for exports");
    root
}

async fn open(config: Config, clock: &Clock, hash_cost: (u32, u32)) -> (App, (Server, Threads), String) {
    let options = Options { clock: clock.clone(), hash_cost, migrate: true };
    let (app, threads) = App::open(config, options).await.expect("the data opens");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let server = Server::start(&app, listener).expect("the server starts");
    let url = format!("http://{}", server.address());
    (app, (server, threads), url)
}

/// Sends a request with an access token, if it is not empty, and a JSON body, if it is not null.
pub(crate) async fn call(mut request: RequestBuilder, token: &str, body: &Json) -> Reply {
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if !body.is_null() {
        request = request.json(body);
    }
    send(request).await
}

/// Sends a request and reads the whole reply, which must carry a request id and be documented.
pub(crate) async fn send(request: RequestBuilder) -> Reply {
    let (client, request) = request.build_split();
    let request = request.expect("a request that can be sent");
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = client.execute(request).await.expect("the server answers");
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("the body arrives");
    crate::openapi::assert_documented(&method, &path, status.as_u16(), &text);
    crate::openapi::assert_headers_documented(&method, &path, status.as_u16(), &headers);
    assert!(headers.contains_key("x-request-id"), "no x-request-id: {status} {text}");
    Reply { status, headers, text }
}

/// A reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    /// The JSON body; null if there is none.
    pub(crate) fn json(&self) -> Json {
        if self.text.is_empty() { Json::Null } else { serde_json::from_str(&self.text).expect("a JSON body") }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Fails unless the status is this one; returns the body.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Json {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }

    /// Fails unless this is a complete problem with this status and code; returns the body.
    #[track_caller]
    pub(crate) fn expect_problem(&self, status: u16, code: &str) -> Json {
        let body = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        assert_eq!(body["code"], code, "{}", self.text);
        assert_eq!(body["status"], status, "{}", self.text);
        assert_eq!(body["request_id"].as_str(), self.header("x-request-id"), "{}", self.text);
        for name in ["type", "title", "detail"] {
            assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {}", self.text);
        }
        assert_eq!(body.get("errors").is_some(), status == 422, "{}", self.text);
        if status == 401 {
            assert_eq!(self.header("www-authenticate"), Some("Bearer"));
        }
        if status == 429 {
            for name in ["retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] {
                assert!(self.header(name).is_some_and(|text| text.parse::<u64>().is_ok()), "{name} is missing");
            }
        }
        body
    }

    /// The fields that a 422 names.
    #[track_caller]
    pub(crate) fn invalid_fields(&self) -> Vec<String> {
        let body = self.expect_problem(422, "validation_error");
        let errors = body["errors"].as_array().expect("a list of errors");
        errors.iter().map(|error| error["field"].as_str().expect("a field").to_owned()).collect()
    }
}

/// The tokens of a sign-in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    #[track_caller]
    pub(crate) fn of(body: &Json) -> Self {
        assert_eq!(body["token_type"], "bearer");
        assert!(body["expires_in"].is_i64());
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}
