//! The real executable: commands that run to their end, and servers that are stopped by their process id. What they
//! share, a data folder and perhaps a database of its own, is an [`Installation`].

use std::fmt;
use std::fs;
use std::future::Future;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use reqwest::{Method, RequestBuilder};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::harness::{PASSWORD, Reply, Tokens, call};
use crate::postgres::TestDatabase;
use crate::smtp_sink::SmtpSink;

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer; `what` names it when none comes.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    patiently(ask).await.unwrap_or_else(|| panic!("not within {PATIENCE:?}: {what}"))
}

async fn patiently<T, F: Future<Output = Option<T>>>(ask: impl Fn() -> F) -> Option<T> {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.ok()
}

/// Runs futures at the same time; returns what they do in their order.
pub(crate) async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                *output = Some(done);
            }
        }
        if running.iter().all(|(_, output)| output.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

/// A data folder, which does not exist before the first command makes it, and the variables that commands get.
pub(crate) struct Installation {
    variables: Vec<(String, String)>,
    /// Put in front of the executable, as `sh -c … sh`.
    wrapper: Vec<String>,
    data_dir: PathBuf,
    pub(crate) database: Option<TestDatabase>,
    pub(crate) folder: TempDir,
}

impl Installation {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = TestDatabase::create();
        let data_dir = folder.path().join("data");
        let mut variables = vec![
            ("TRUEPORT_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            ("TRUEPORT_BASE_URL".to_owned(), "https://trueport.example".to_owned()),
        ];
        if let Some(database) = &database {
            variables.push(("TRUEPORT_DATABASE_URL".to_owned(), database.url.clone()));
        }
        Self { variables, wrapper: Vec::new(), data_dir, database, folder }
    }

    /// With this variable in the environment.
    pub(crate) fn with(mut self, variable: &str, value: impl fmt::Display) -> Self {
        self.set(variable, value);
        self
    }

    /// With the mail server's address in the environment.
    pub(crate) fn with_smtp(self, mail: &SmtpSink) -> Self {
        self.with("TRUEPORT_SMTP_HOST", "127.0.0.1")
            .with("TRUEPORT_SMTP_PORT", mail.address().port())
            .with("TRUEPORT_SMTP_SECURITY", "none")
            .with("TRUEPORT_SMTP_FROM_ADDRESS", "noreply@trueport.example")
    }

    /// With another data folder.
    pub(crate) fn with_data_dir(mut self, data_dir: PathBuf) -> Self {
        self.data_dir = data_dir;
        self
    }

    /// Started through these words, which must end in an `exec`.
    pub(crate) fn with_wrapper(mut self, words: &[&str]) -> Self {
        self.wrapper = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    pub(crate) fn set(&mut self, variable: &str, value: impl fmt::Display) {
        self.unset(variable);
        self.variables.push((variable.to_owned(), value.to_string()));
    }

    pub(crate) fn unset(&mut self, variable: &str) {
        self.variables.retain(|(name, _)| name != variable);
    }

    /// Where database and master key are.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.data_dir.clone()
    }

    /// The executable with nothing of the caller's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let executable = env!("CARGO_BIN_EXE_trueport");
        let mut command = match self.wrapper.split_first() {
            None => Command::new(executable),
            Some((first, others)) => {
                let mut command = Command::new(first);
                command.args(others).arg(executable);
                command
            }
        };
        command.args(arguments).current_dir(self.folder.path()).kill_on_drop(true);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("TRUEPORT_DATA_DIR", &self.data_dir);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Finished {
        self.run_with_input(arguments, "").await
    }

    /// Runs a command that is given this on its standard input.
    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: &str) -> Finished {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("the executable starts");
        let mut stdin = child.stdin.take().expect("its input is a pipe");
        // A command that does not read its input may have ended already.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        let running = tokio::time::timeout(PATIENCE, child.wait_with_output());
        let output = running.await.unwrap_or_else(|_elapsed| panic!("{arguments:?} does not end"));
        let output = output.expect("its output can be read");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
        Finished {
            command: arguments.join(" "),
            status: output.status,
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Makes a platform admin with [`PASSWORD`].
    pub(crate) async fn create_admin(&self, email: &str) -> Finished {
        self.run_with_input(&["admin", "create", "--email", email, "--password-stdin"], PASSWORD).await
    }

    /// Starts a server and waits until it serves.
    pub(crate) async fn serve(&self) -> Running {
        Running::start(self.command(&["serve"])).await
    }
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    command: String,
    status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// The exit code; a signal's death has none.
    pub(crate) fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Fails unless the exit code is this one, and on anything that a person should not read.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code(), Some(code), "{self}");
        for word in ["panicked", "RUST_BACKTRACE", "Some(", "Err("] {
            assert!(!self.stderr.contains(word), "{word} in {self}");
        }
        if code != 0 {
            assert!(!self.stderr.trim().is_empty(), "it does not say why: {self}");
        }
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON, {error}: {self}"))
    }
}

impl fmt::Display for Finished {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, status, stdout, stderr } = self;
        write!(formatter, "trueport {command}: {status}\n-- stdout\n{stdout}\n-- stderr\n{stderr}")
    }
}

/// A server of the real executable; killed with this value.
pub(crate) struct Running {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    reading: JoinHandle<()>,
    client: reqwest::Client,
    pub(crate) url: String,
}

impl Running {
    /// Starts a server whose log is JSON, and waits until it serves.
    pub(crate) async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the executable starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let stderr = child.stderr.take().expect("its log is a pipe");
        let reading = tokio::spawn(read_log(stderr, Arc::clone(&log)));
        // Proxies of the environment must not come between a test and its server.
        let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
        let mut running = Self { child, log, reading, client, url: String::new() };
        let address = running.logged("serving").await["address"].as_str().expect("an address").to_owned();
        running.url = format!("http://{address}");
        running
    }

    /// Where it listens, without the scheme.
    pub(crate) fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn pid(&self) -> Pid {
        let pid = self.child.id().expect("the server runs");
        Pid::from_raw(pid.try_into().expect("a process id"))
    }

    /// The first line of the log whose message starts so, as soon as there is one.
    pub(crate) async fn logged(&self, message: &str) -> Json {
        let starts_so = |line: &Json| line["message"].as_str().is_some_and(|text| text.starts_with(message));
        let find = || async {
            let found = self.log_lines().into_iter().find(starts_so);
            if found.is_none() && self.reading.is_finished() {
                panic!("the log ended without {message:?}:\n{}", self.log_text());
            }
            found
        };
        let found = patiently(find).await;
        found.unwrap_or_else(|| panic!("no {message:?} in the log within {PATIENCE:?}:\n{}", self.log_text()))
    }

    /// Every line of the log, each of which must be a JSON object.
    pub(crate) fn log_lines(&self) -> Vec<Json> {
        let parse = |line: &String| match serde_json::from_str(line) {
            Ok(Line(fields)) => Json::Object(fields),
            Err(error) => panic!("a line of the log is no JSON object, {error}: {line}"),
        };
        self.log.lock().expect("no panic while the lock was held").iter().map(parse).collect()
    }

    /// The whole log as it was written.
    pub(crate) fn log_text(&self) -> String {
        self.log.lock().expect("no panic while the lock was held").join("\n")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        signal::kill(self.pid(), signal).expect("the server runs");
    }

    /// Waits until the process has ended; its log is complete then.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = ended.unwrap_or_else(|_elapsed| panic!("the server does not end:\n{}", self.log_text()));
        (&mut self.reading).await.expect("the log was read to its end");
        status.expect("the server was waited for")
    }

    /// Stops it gracefully, which must succeed; returns its log.
    pub(crate) async fn stop(mut self) -> String {
        self.signal(Signal::SIGTERM);
        let status = self.ended().await;
        assert_eq!(status.code(), Some(0), "{}", self.log_text());
        self.log_text()
    }

    /// Kills it at once.
    pub(crate) async fn kill(mut self) {
        self.signal(Signal::SIGKILL);
        self.ended().await;
    }

    /// A request to a path below the API's base path, or to a path of its own such as `/healthz`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let is_api = ["/global", "/service", "/admin", "/internal"].iter().any(|start| path.starts_with(start));
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

    /// Tries to register `email` with [`PASSWORD`].
    pub(crate) async fn register(&self, email: &str) -> Reply {
        let body = json!({"email": email, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
        self.post("/global/auth/register", body).await
    }

    /// Tries to sign `email` in with [`PASSWORD`].
    pub(crate) async fn login(&self, email: &str) -> Reply {
        self.post("/global/auth/login", json!({"email": email, "password": PASSWORD})).await
    }

    /// Registers and signs in.
    pub(crate) async fn person(&self, email: &str) -> Tokens {
        self.register(email).await.expect(201);
        Tokens::of(&self.login(email).await.expect(200))
    }
}

/// A line of the log. Readers differ in what they make of a name that stands twice in an object, so none may.
struct Line(serde_json::Map<String, Json>);

impl<'de> Deserialize<'de> for Line {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LineVisitor)
    }
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = Line;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Line, A::Error> {
        let mut fields = serde_json::Map::new();
        while let Some((name, value)) = map.next_entry::<String, Json>()? {
            if fields.contains_key(&name) {
                return Err(serde::de::Error::custom(format!("{name} stands twice in it")));
            }
            fields.insert(name, value);
        }
        Ok(Line(fields))
    }
}

async fn read_log(stderr: tokio::process::ChildStderr, log: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Some(line) = lines.next_line().await.expect("the log is UTF-8") {
        log.lock().expect("no panic while the lock was held").push(line);
    }
}

/// Permission bits of a file or folder.
pub(crate) fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).mode() & 0o7777
}
