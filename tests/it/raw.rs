//! HTTP by hand, for requests that no client library sends.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::TestServer;

/// How long a test waits for a reply; only a server that hangs lets it pass.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back over the wire; everything is empty where the server closed the connection without a word.
#[derive(Debug, Default)]
pub(crate) struct RawReply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl RawReply {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return Self::default() };
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Self { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The code of the problem that it carries.
    #[track_caller]
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body: serde_json::Value =
            serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert_eq!(body["status"], self.status, "{self:?}");
        assert!(
            body["request_id"]
                .as_str()
                .is_some_and(|id| Some(id.to_ascii_lowercase().as_str()) == self.header("x-request-id"))
        );
        body["code"].as_str().expect("a code").to_owned()
    }
}

/// Sends these bytes, says that no more come if `cut`, and reads until the server closes the connection.
pub(crate) async fn exchange(server: &TestServer, bytes: &[u8], cut: bool) -> RawReply {
    let address = server.url.strip_prefix("http://").unwrap();
    let (mut reader, mut writer) = TcpStream::connect(address).await.expect("the server listens").into_split();
    let (bytes, mut received) = (bytes.to_vec(), Vec::new());
    let write = async {
        // The server may answer and close before it has read everything.
        let written = writer.write_all(&bytes).await;
        if cut && written.is_ok() {
            let _ = writer.shutdown().await;
        }
    };
    let read = async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut buffer).await {
            received.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(PATIENCE, async { tokio::join!(write, read) }).await.expect("the server answers or closes");
    RawReply::parse(&received)
}

/// The first line and the fields of a request that closes the connection.
pub(crate) fn head(method: &str, target: &str, fields: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: trueport.example\r\nConnection: close\r\n{fields}\r\n")
}
