//! What is measured: the built executable, and a bare axum server as the yardstick. Both are processes of their own and
//! are stopped by their process id.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::Client;

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_trueport");

pub(crate) fn executable_size() -> u64 {
    std::fs::metadata(EXECUTABLE).expect("the executable").len()
}

/// A running process that listens.
pub(crate) struct Trueport {
    child: Child,
    address: String,
}

impl Trueport {
    /// Starts the server on a free port and returns when it has answered once.
    pub(crate) fn start(folder: &Path) -> Self {
        let address = free_address();
        let mut command = Command::new(EXECUTABLE);
        command.args(["serve", "--listen", &address, "--log-format", "json", "--data-dir"]).arg(folder);
        Self::spawn(command, address, "/healthz")
    }

    fn spawn(mut command: Command, address: String, path: &str) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        let started = Instant::now();
        while std::net::TcpStream::connect(&address).is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "the program does not listen");
            std::thread::sleep(Duration::from_micros(500));
        }
        Client::connect(&address).send("GET", path, "", &serde_json::Value::Null).expect(200);
        Self { child, address }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process lives");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Trueport {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").to_string()
}

/// Runs a command on the folder; `input` is its standard input.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: &str) -> Vec<u8> {
    let mut command = Command::new(EXECUTABLE);
    command.args(arguments).arg("--data-dir").arg(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("it reads");
    let done = child.wait_with_output().expect("the program ends");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// Raises the limit on anonymous requests, which would otherwise be what is measured.
pub(crate) fn allow_many_requests(folder: &Path) {
    run(folder, &["config", "set", "auth.anonymous_requests_per_minute", "1000000"], "");
}

/// Makes a key for a service that may do everything a service can.
pub(crate) fn service_key(folder: &Path) -> String {
    let scopes = ["tokens:read", "usage:write", "configs:read", "entitlements:read"];
    let mut arguments = vec!["service-key", "create", "--json", "--name", "bench"];
    arguments.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
    let done = run(folder, &arguments, "");
    let made: serde_json::Value = serde_json::from_slice(&done).expect("JSON");
    made["key"].as_str().expect("a key").to_owned()
}

/// This program again, as the yardstick.
pub(crate) fn bare_axum() -> Trueport {
    let address = free_address();
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--bare-axum", &address]);
    Trueport::spawn(command, address, "/")
}

pub(crate) fn serve_bare_axum(address: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind(address).expect("the address is free");
        listener.set_nonblocking(true).expect("a socket option");
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "ok" }));
        let server = axum_server::from_tcp(listener).expect("a listener").http1_only();
        server.serve(router.into_make_service()).await.expect("it serves");
    });
}
