//! Figures for Prometheus (contract 41).

use reqwest::Method;
use serde_json::Value as Json;

use crate::harness::{Setup, TestServer};

#[tokio::test]
async fn metrics_tell_what_was_answered_and_what_waits() {
    let server = TestServer::start_with(Setup { metrics: true, smtp: false, ..Setup::default() }).await;
    server.register("dev@acme.com").await;
    server.get("/global/auth/me", "").await.expect(401);
    server.get("/global/auth/me", "").await.expect(401);
    server.get("/nothing/here?secret=1", "").await.expect(404);
    // Words of the client's own choice make no names of their own.
    for word in ["FIRST", "SECOND"] {
        server.call(Method::from_bytes(word.as_bytes()).unwrap(), "/healthz", "", Json::Null).await.expect(405);
    }

    let reply = reqwest::Client::builder().no_proxy().build().unwrap().get(server.metrics_url()).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "text/plain; version=0.0.4");
    let text = reply.text().await.unwrap();
    for line in [
        "# TYPE trueport_http_requests_total counter",
        r#"trueport_http_requests_total{method="POST",route="/platform/api/global/auth/register",status="201"} 1"#,
        r#"trueport_http_requests_total{method="GET",route="/platform/api/global/auth/me",status="401"} 2"#,
        r#"trueport_http_requests_total{method="GET",route="-",status="404"} 1"#,
        r#"trueport_http_request_duration_seconds_count{method="GET",route="-",status="404"} 1"#,
        r#"trueport_http_requests_total{method="OTHER",route="/healthz",status="405"} 2"#,
        "trueport_outbox_waiting 1",
        "trueport_password_queue 0",
        "trueport_database_queued_writes 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    for word in ["secret", "FIRST", "SECOND"] {
        assert!(!text.contains(word), "{text}");
    }
    server.finish().await;
}

/// Off unless asked for: neither a listener of its own nor a route of the API.
#[tokio::test]
async fn without_the_setting_there_are_no_metrics() {
    let server = TestServer::start().await;
    server.get("/metrics", "").await.expect_problem(404, "unknown_route");
    assert!(server.app.metrics().is_none());
    server.finish().await;
}
