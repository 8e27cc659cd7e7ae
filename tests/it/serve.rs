//! The server as a process: how it stops, what it tells the service manager, what its log says (contract 37 and 40).
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

use std::collections::HashMap;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpStream, UnixDatagram};

use crate::executable::{Installation, Running, eventually, together};
use crate::harness::{PASSWORD, Reply, Tokens, send};
use crate::smtp_sink::{Behaviour, Phase, SmtpSink};

/// A request whose head has been sent and whose body the server waits for.
struct HalfSent {
    stream: BufReader<TcpStream>,
    body: String,
}

impl HalfSent {
    async fn start(server: &Running, path: &str, body: &Json) -> Self {
        let stream = TcpStream::connect(server.address()).await.expect("the server accepts");
        let mut stream = BufReader::new(stream);
        let (base, body) = (trueport::http::BASE_PATH, body.to_string());
        let head = format!(
            "POST {base}{path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             expect: 100-continue\r\n\r\n",
            server.address(),
            body.len(),
        );
        stream.write_all(head.as_bytes()).await.expect("the head is taken");
        let mut line = String::new();
        // The server says so when the handler asks for the body: the request is under way.
        stream.read_line(&mut line).await.expect("the server answers");
        assert_eq!(line, "HTTP/1.1 100 Continue\r\n");
        stream.read_line(&mut line).await.expect("the empty line comes");
        Self { stream, body }
    }

    async fn send_body(&mut self) {
        self.stream.write_all(self.body.as_bytes()).await.expect("the body is taken");
    }

    /// The status, after the connection has ended.
    async fn status(mut self) -> u16 {
        let mut reply = String::new();
        self.stream.read_to_string(&mut reply).await.expect("the reply arrives");
        let status = reply.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).expect("a status line");
        status.parse().expect("a status")
    }
}

async fn refuses_connections(server: &Running) {
    let refused = || async { TcpStream::connect(server.address()).await.is_err().then_some(()) };
    eventually("new connections are refused", refused).await;
}

#[tokio::test]
async fn a_stop_lets_requests_under_way_finish() {
    let installation = Installation::new();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut server = installation.serve().await;
        let email = format!("{}@example.com", signal.as_str().to_lowercase());
        let late = format!("late-{email}");
        server.register(&email).await.expect(201);
        let login = json!({"email": email, "password": PASSWORD});
        let mut logins = together((0..8).map(|_| HalfSent::start(&server, "/global/auth/login", &login))).await;
        let names = json!({"email": late, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
        let mut slow = HalfSent::start(&server, "/global/auth/register", &names).await;
        together(logins.iter_mut().map(HalfSent::send_body)).await;

        server.signal(signal);
        server.logged("stopping").await;
        refuses_connections(&server).await;
        // The slow client sends its body only now.
        slow.send_body().await;
        assert_eq!(slow.status().await, 201, "{signal}");
        assert_eq!(together(logins.into_iter().map(HalfSent::status)).await, [200; 8], "{signal}");
        assert_eq!(server.ended().await.code(), Some(0), "{signal}");
        assert!(server.log_text().contains("\"stopped\""));

        let again = installation.serve().await;
        again.login(&late).await.expect(200);
        again.stop().await;
    }
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    // Kept to the end: its database goes with it, and a server without one has something to wait for.
    let installation = Installation::new();
    let mut server = installation.serve().await;
    let asked = async || {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut reply = [0; 512];
        let read = stream.read(&mut reply).await.unwrap();
        assert!(reply[..read].starts_with(b"HTTP/1.1 200 OK"));
        stream
    };
    let idle = asked().await;
    let silent = TcpStream::connect(server.address()).await.unwrap();
    // Connections are taken in their order: once this one is answered, the silent one is being served, too.
    let later = asked().await;
    let started = Instant::now();
    server.signal(Signal::SIGTERM);
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(8), "it took {:?}", started.elapsed());
    drop((idle, silent, later));
}

/// Ten seconds are the grace; the rest is what a busy machine may need.
const STOP: Duration = Duration::from_millis(11_500);

#[tokio::test]
async fn nobody_holds_up_a_stop_for_longer_than_ten_seconds() {
    let mail = SmtpSink::start().await;
    mail.behave(Behaviour::Hang(Phase::Message));
    let installation = Installation::new().with_smtp(&mail);
    let mut server = installation.serve().await;
    server.register("jane@example.com").await.expect(201);
    let connected = || async { (mail.connections() > 0).then_some(()) };
    eventually("the server has connected to the mail server", connected).await;
    let stuck = HalfSent::start(&server, "/global/auth/login", &json!({})).await;
    let mut half_a_head = TcpStream::connect(server.address()).await.unwrap();
    half_a_head.write_all(b"GET /healthz HTTP/1.1\r\nho").await.unwrap();

    let started = Instant::now();
    server.signal(Signal::SIGTERM);
    assert_eq!(server.ended().await.code(), Some(0), "{}", server.log_text());
    assert!(started.elapsed() < STOP, "it took {:?}:\n{}", started.elapsed(), server.log_text());
    drop((stuck, half_a_head));

    // Nothing is lost: what was on its way is sent by the next server, in its time.
    let listed = installation.run(&["mail", "list", "--json"]).await.expect(0).json();
    assert_eq!(listed[0]["status"], "waiting", "{listed}");
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let installation = Installation::new();
    let mut server = installation.serve().await;
    let stuck = HalfSent::start(&server, "/global/auth/login", &json!({})).await;
    let started = Instant::now();
    server.signal(Signal::SIGTERM);
    server.logged("stopping").await;
    server.signal(Signal::SIGTERM);
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(8), "it took {:?}", started.elapsed());
    drop(stuck);
}

#[tokio::test]
async fn the_service_manager_is_told_of_start_and_stop() {
    let mut installation = Installation::new();
    let path = installation.folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    installation.set("NOTIFY_SOCKET", path.display());
    let told = async || {
        let mut bytes = [0; 256];
        let told = tokio::time::timeout(Duration::from_secs(30), manager.recv(&mut bytes)).await;
        let length = told.expect("the service manager is told").unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap().trim_end().to_owned()
    };
    let server = installation.serve().await;
    assert_eq!(told().await, "READY=1");
    server.get("/readyz", "").await.expect(200);
    server.stop().await;
    assert_eq!(told().await, "STOPPING=1");

    // As soon as it says that it is ready, a signal stops it gracefully.
    let mut child = installation.command(&["serve"]).spawn().unwrap();
    assert_eq!(told().await, "READY=1");
    signal::kill(Pid::from_raw(child.id().unwrap().try_into().unwrap()), Signal::SIGTERM).unwrap();
    assert_eq!(told().await, "STOPPING=1");
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}

/// Takes part in a flow and remembers what must not be seen of it.
struct Watch<'a> {
    server: &'a Running,
    secrets: Vec<String>,
    request_ids: Vec<String>,
}

impl Watch<'_> {
    async fn call(&mut self, method: Method, path: &str, token: &str, body: Json) -> Json {
        let reply = self.server.call(method, path, token, body.clone()).await;
        self.remember(&reply, &body);
        reply.json()
    }

    async fn post(&mut self, path: &str, body: Json) -> Json {
        self.call(Method::POST, path, "", body).await
    }

    fn remember(&mut self, reply: &Reply, sent: &Json) {
        self.request_ids.push(reply.header("x-request-id").unwrap().to_owned());
        let replied = if reply.text.is_empty() { Json::Null } else { reply.json() };
        let sent =
            ["password", "current_password", "new_password", "token", "code", "refresh_token"].map(|name| &sent[name]);
        let replied = ["access_token", "refresh_token"].map(|name| &replied[name]);
        self.secrets.extend(sent.iter().chain(&replied).filter_map(|value| value.as_str().map(str::to_owned)));
    }
}

#[tokio::test]
async fn the_log_is_json_names_each_request_and_tells_no_secret() {
    let mail = SmtpSink::start().await;
    let installation = Installation::new().with_smtp(&mail).with("TRUEPORT_LOG", "trace");
    let server = installation.serve().await;
    let mut watch = Watch { server: &server, secrets: Vec::new(), request_ids: Vec::new() };
    let auth = |name: &str| format!("/global/auth/{name}");

    let link = std::fs::read_to_string(installation.data_dir().join("setup-link")).unwrap();
    let setup_token = link.trim().rsplit("token=").next().unwrap();
    let names = json!({"first_name": "Jane", "last_name": "Doe", "password": PASSWORD});
    let with = |more: Json| {
        let mut body = names.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    watch.post(&auth("setup"), with(json!({"token": setup_token, "email": "admin@example.com"}))).await;
    watch.post(&auth("register"), with(json!({"email": "jane@example.com"}))).await;
    let welcome = mail.next_mail_to("jane@example.com").await;
    watch.post(&auth("verify-email"), json!({"token": welcome.link_token()})).await;
    watch.post(&auth("verify-email"), json!({"token": "a-token-that-is-none-but-might-be"})).await;
    watch.post(&auth("login"), json!({"email": "jane@example.com", "password": "the wrong one"})).await;
    let tokens = watch.post(&auth("login"), json!({"email": "jane@example.com", "password": PASSWORD})).await;
    let tokens = Tokens::of(&watch.post(&auth("refresh"), json!({"refresh_token": tokens["refresh_token"]})).await);
    watch.call(Method::GET, &auth("me"), &tokens.access, Json::Null).await;
    let passwords = json!({"current_password": PASSWORD, "new_password": "AnotherPassword1!"});
    watch.call(Method::PUT, &auth("password"), &tokens.access, passwords).await;
    mail.next_mail_to("jane@example.com").await;
    let email = json!({"email": "jane.doe@example.com", "current_password": "AnotherPassword1!"});
    watch.call(Method::POST, &auth("me/email"), &tokens.access, email).await;
    let confirm = mail.next_mail_to("jane.doe@example.com").await;
    watch.post(&auth("verify-email"), json!({"token": confirm.link_token()})).await;
    watch.post(&auth("otp/request"), json!({"email": "jane.doe@example.com"})).await;
    let code = mail.next_mail_to("jane.doe@example.com").await.six_digit_code();
    watch.post(&auth("otp/verify"), json!({"email": "jane.doe@example.com", "code": code})).await;
    watch.post(&auth("forgot-password"), json!({"email": "jane.doe@example.com"})).await;
    let reset = mail.next_mail_to("jane.doe@example.com").await.link_token();
    watch.post(&auth("reset-password"), json!({"token": reset, "new_password": "ThirdPassword1!"})).await;
    // Faults: malformed bodies that hold a password, a token in the wrong place, an unknown route.
    let body = "{\"email\": \"jane@example.com\", \"password\": \"Unquoted-Secret-7";
    let broken = server.request(Method::POST, &auth("login")).header("content-type", "application/json").body(body);
    watch.remember(&send(broken).await, &json!({"password": "Unquoted-Secret-7"}));
    watch.post(&auth("login"), json!({"email": ["x"], "password": {"token": "Nested-Secret-8"}})).await;
    watch.post(&auth("register"), json!({"email": "no", "password": "Refused-Secret-9"})).await;
    watch.call(Method::GET, &format!("/global/nowhere?token={}", tokens.access), &tokens.refresh, Json::Null).await;
    let named = server.request(Method::POST, &auth("login")).header("x-request-id", "my-own.id_1").body("");
    watch.remember(&send(named).await, &Json::Null);
    let Watch { mut secrets, request_ids, .. } = watch;
    secrets.extend(["Nested-Secret-8".to_owned(), setup_token.to_owned(), tokens.access, tokens.refresh]);
    secrets.push(std::fs::read_to_string(installation.data_dir().join("master.key")).unwrap().trim().to_owned());
    server.signal(Signal::SIGTERM);
    let mut server = server;
    assert_eq!(server.ended().await.code(), Some(0));

    assert!(secrets.len() > 25 && secrets.contains(&code), "{secrets:?}");
    let log = server.log_text();
    for secret in &secrets {
        let line = log.lines().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "{secret} is in the log: {line:?}");
    }
    let mut of_request: HashMap<String, usize> = HashMap::new();
    for line in server.log_lines() {
        for name in ["timestamp", "level", "message", "target"] {
            assert!(line[name].is_string(), "no {name} in {line}");
        }
        let id = line["span"]["request_id"].as_str();
        if line["target"].as_str().unwrap().starts_with("trueport::http") {
            assert!(id.is_some(), "a line of a request that does not name it: {line}");
        }
        *of_request.entry(id.unwrap_or_default().to_owned()).or_default() += 1;
    }
    for id in &request_ids {
        assert!(of_request.contains_key(id), "nothing in the log of {id}");
    }
    assert_eq!(request_ids.last().unwrap(), "my-own.id_1");
}

#[tokio::test]
async fn the_log_is_text_where_that_is_set() {
    let installation = Installation::new().with("TRUEPORT_LOG_FORMAT", "text");
    let mut child = installation.command(&["serve"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let reading = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the log goes on");
            assert!(!line.starts_with('{'), "{line}");
            if line.contains("serving") {
                return line;
            }
        }
    });
    let line = reading.await.expect("it serves");
    assert!(line.contains("INFO") && line.contains("address=127.0.0.1:"), "{line}");
    assert!(!line.contains('\u{1b}'), "no colours where nobody looks: {line}");
}
