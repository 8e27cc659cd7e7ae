//! Load: blocking clients that cost little, and wrk.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// One kept connection with one request under way.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    address: String,
}

pub(crate) struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// Fails unless the status is this one; returns the body.
    pub(crate) fn expect(self, status: u16) -> Json {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl Client {
    pub(crate) fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket option");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket option");
        Self { stream: BufReader::new(stream), address: address.to_owned() }
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, token: &str, body: &Json) -> Answer {
        self.send_text(method, path, token, &body.to_string())
    }

    /// The same with a body that is JSON already.
    pub(crate) fn send_text(&mut self, method: &str, path: &str, token: &str, body: &str) -> Answer {
        let authorization = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{authorization}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).expect("the server reads");
        self.answer()
    }

    fn answer(&mut self) -> Answer {
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            assert!(self.stream.read_line(&mut line).expect("the server answers") > 0, "the connection was closed");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().expect("a status");
            } else if let Some(rest) = line.strip_prefix("content-length:") {
                length = rest.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("the body arrives");
        Answer { status, body }
    }
}

/// Lets `clients` clients do `work(client, number, connection)` for `span`, and returns how often it was done per second.
pub(crate) fn drive(
    address: &str,
    clients: usize,
    span: Duration,
    work: impl Fn(usize, usize, &mut Client) + Sync,
) -> f64 {
    let done = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for client in 0..clients {
            let (work, done) = (&work, &done);
            scope.spawn(move || {
                let mut http = Client::connect(address);
                let mut number = 0;
                while started.elapsed() < span {
                    work(client, number, &mut http);
                    number += 1;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64()
}

/// Requests per second that wrk counts in five seconds; fails if any was not answered with 2xx.
pub(crate) fn wrk(url: &str, token: &str) -> f64 {
    let output = Command::new("wrk")
        .args(["-t2", "-c32", "-d5s", "-H", &format!("authorization: Bearer {token}"), url])
        .output()
        .expect("wrk runs (Debian package wrk)");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && !text.contains("Non-2xx"), "{text}");
    let line = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    line.and_then(|figure| figure.trim().parse().ok()).unwrap_or_else(|| panic!("no figure in {text}"))
}
