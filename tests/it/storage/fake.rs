//! A server that answers whatever a test wants, also nothing at all.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a fake server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Sends these bytes and closes the connection.
    Bytes(String),
    /// Sends this head, and a body that never ends.
    Endless(String),
    /// Sends this head, and a byte of the body now and then.
    Drip(String),
    /// Holds the connection and says nothing.
    Silence,
}

/// A reply with this status, these headers and this body.
pub(crate) fn reply(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Bytes(format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"))
}

/// What S3 says to an object that it has stored.
pub(crate) fn stored() -> Answer {
    reply("200 OK", "etag: \"0123\"\r\n", "")
}

/// A request that was heard to its end.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// Such as `PUT /bucket/object HTTP/1.1`; empty for a connection without a request.
    pub(crate) first: String,
    /// By their names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// A listener on a free port; it ends together with this value.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    listening: JoinHandle<()>,
}

impl Fake {
    /// Answers each request by its first line, such as `PUT /bucket/object HTTP/1.1`.
    pub(crate) async fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (requests, answer) = (Arc::<Mutex<Vec<Heard>>>::default(), Arc::new(answer));
        let heard = Arc::clone(&requests);
        let listening = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (heard, answer) = (Arc::clone(&heard), Arc::clone(&answer));
                // Whoever gives up in the middle is no failure of the fake.
                tokio::spawn(async move { converse(stream, &heard, answer.as_ref()).await.unwrap_or_default() });
            }
        });
        Self { address, heard: requests, listening }
    }

    /// First lines of the requests so far; an empty one for a connection without a request.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.heard().into_iter().map(|heard| heard.first).collect()
    }

    /// The requests so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn converse(
    stream: TcpStream,
    heard: &Mutex<Vec<Heard>>,
    answer: &(dyn Fn(&str) -> Answer + Send + Sync),
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut first, mut headers) = (String::new(), BTreeMap::new());
    stream.read_line(&mut first).await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length = headers.get("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let first = first.trim_end().to_owned();
    heard.lock().unwrap().push(Heard { first: first.clone(), headers, body });
    match answer(&first) {
        Answer::Bytes(text) => {
            stream.write_all(text.as_bytes()).await?;
            stream.shutdown().await
        }
        Answer::Endless(head) => {
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&[b'x'; 16 * 1024]).await?;
            }
        }
        Answer::Drip(head) => {
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(b"x").await?;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        Answer::Silence => std::future::pending().await,
    }
}
