//! Requests at the same time, and such that nobody waits for.

use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{KEY, is_replayed, post, request, stored, tenant};
use crate::harness::{PASSWORD, Setup, TestServer};
use crate::inspect::{outbox, send_together};
use crate::raw::head;

#[tokio::test]
async fn of_equal_requests_at_the_same_time_one_runs() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    for round in 0..5 {
        let body = json!({"name": format!("Acme {round}")});
        let requests = (0..12).map(|_| request(&server, "/global/tenants", &access, &format!("k{round}"), &body));
        let replies = send_together(requests).await;
        let ran = replies.iter().filter(|reply| reply.status == 201 && !is_replayed(reply)).count();
        assert_eq!(ran, 1, "{replies:#?}");
        for reply in &replies {
            if reply.status == 409 {
                reply.expect_problem(409, "idempotency_in_progress");
                assert_eq!(reply.header("retry-after"), Some("1"));
            } else {
                reply.expect(201);
            }
        }
    }
    assert_eq!(server.get("/global/tenants", &access).await.expect(200).as_array().map(Vec::len), Some(5));
    server.finish().await;
}

#[tokio::test]
async fn of_different_requests_at_the_same_time_one_runs() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let requests =
        (0..12).map(|index| request(&server, "/global/tenants", &access, "one", &tenant(&format!("acme-{index}"))));
    let replies = send_together(requests).await;
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.expect_problem(422, "idempotency_key_reused");
    }
    assert_eq!(server.get("/global/tenants", &access).await.expect(200).as_array().map(Vec::len), Some(1));
    server.finish().await;
}

/// Whoever hangs up while the password is hashed finds the outcome under the key.
#[tokio::test]
async fn a_request_that_nobody_waits_for_runs_to_its_end() {
    let server = TestServer::start_with(Setup { hash_cost: (64 * 1024, 8), ..Setup::default() }).await;
    let access = server.person("jane@acme.com").await.access;
    let body = json!({"email": "new@acme.com", "current_password": PASSWORD});
    let text = body.to_string();
    let fields = format!(
        "Authorization: Bearer {access}\r\n{KEY}: one\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        text.len()
    );
    let mut connection = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).await.unwrap();
    let bytes = head("POST", "/platform/api/global/auth/me/email", &fields) + &text;
    connection.write_all(bytes.as_bytes()).await.unwrap();
    // Once the key is reserved the request is under way.
    while stored(&server).await == 0 {
        tokio::task::yield_now().await;
    }
    drop(connection);
    loop {
        let reply = post(&server, "/global/auth/me/email", &access, "one", &body).await;
        if reply.status == 200 {
            assert!(is_replayed(&reply));
            break;
        }
        reply.expect_problem(409, "idempotency_in_progress");
    }
    let sent = outbox(&server).await.into_iter().filter(|mail| mail.ends_with("new@acme.com")).count();
    assert_eq!(sent, 1);
    server.mail.next_mail_to("new@acme.com").await;
    server.mail.next_mail_to("jane@acme.com").await;
    server.finish().await;
}
