//! Limits on guessing a password (contract 18). Those on codes are in `otp.rs`.

use crate::harness::{PASSWORD, Setup, TestServer};
use crate::inspect::{attempts, count, login, login_from, login_request, send_together};

const WRONG: &str = "WrongPassword789!";
const MINUTES: u64 = 60;
const HOUR: u64 = 60 * MINUTES;
const DAY: u64 = 24 * HOUR;

/// Behind a proxy that tells the client's address, without mail.
async fn behind_proxy() -> TestServer {
    let trusted_proxies = vec!["127.0.0.1/32"];
    TestServer::start_with(Setup { trusted_proxies, smtp: false, ..Setup::default() }).await
}

async fn without_mail() -> TestServer {
    TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await
}

async fn fail(server: &TestServer, address: &str, email: &str, times: usize) {
    for _ in 0..times {
        login_from(server, address, email, WRONG).await.expect_problem(401, "invalid_credentials");
    }
}

/// Contract 18: for an address that nobody has as for any other, and whatever the password is.
#[tokio::test]
async fn ten_failures_from_an_address_close_it_for_fifteen_minutes() {
    let server = behind_proxy().await;
    for email in ["known@acme.com", "other@acme.com"] {
        server.register(email).await;
    }
    let right = |email: &str| if email.eq_ignore_ascii_case("known@acme.com") { 200 } else { 401 };
    // The email, addresses that failures come from, one that is closed then, one that is not.
    let cases = [
        ("known@acme.com", ["198.51.100.7", "198.51.100.7"], "198.51.100.7", "198.51.100.8"),
        ("unknown@acme.com", ["198.51.100.7", "198.51.100.7"], "198.51.100.7", "198.51.100.8"),
        // What the client writes left of the proxy's own entry does not matter.
        ("KNOWN@acme.com", ["1.2.3.4, 198.51.100.9", "5.6.7.8, 198.51.100.9"], "198.51.100.9", "198.51.100.8"),
        ("known@acme.com", ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2"], "2001:db8:0:1::3", "2001:db8:0:2::1"),
    ];
    for (email, failing, closed, open) in cases {
        let started = server.clock.now();
        for address in failing {
            fail(&server, address, email, 5).await;
        }
        server.advance(5 * MINUTES);
        for password in [WRONG, PASSWORD] {
            let reply = login_from(&server, closed, email, password).await;
            reply.expect_problem(429, "too_many_attempts");
            assert_eq!((reply.header("ratelimit-limit"), reply.header("ratelimit-remaining")), (Some("10"), Some("0")));
        }
        login_from(&server, open, email, PASSWORD).await.expect(right(email));
        login_from(&server, closed, "other@acme.com", PASSWORD).await.expect(200);

        // Refused attempts do not prolong it: the first of the ten is forgotten after fifteen minutes.
        let reply = login_from(&server, closed, email, PASSWORD).await;
        let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
        let elapsed = server.clock.now().since(started).as_secs();
        assert!((15 * MINUTES - 1..=15 * MINUTES + 1).contains(&(elapsed + wait)), "{elapsed} {wait}");
        server.advance(wait - 1);
        login_from(&server, closed, email, PASSWORD).await.expect(429);
        server.advance(1);
        login_from(&server, closed, email, PASSWORD).await.expect(right(email));
        server.advance(15 * MINUTES);
    }
    server.finish().await;
}

#[tokio::test]
async fn nobody_escapes_the_limit_by_naming_another_address() {
    let server = without_mail().await;
    server.register("dev@acme.com").await;
    for index in 0..10 {
        fail(&server, &format!("198.51.100.{index}"), "dev@acme.com", 1).await;
    }
    let reply = login_from(&server, "198.51.100.99", "dev@acme.com", PASSWORD).await;
    reply.expect_problem(429, "too_many_attempts");
    server.finish().await;
}

#[tokio::test]
async fn a_success_gives_its_attempt_back_and_no_other() {
    let server = without_mail().await;
    server.register("dev@acme.com").await;
    for _ in 0..9 {
        login(&server, "dev@acme.com", WRONG).await.expect(401);
    }
    for _ in 0..12 {
        login(&server, "dev@acme.com", PASSWORD).await.expect(200);
    }
    assert_eq!(attempts(&server).await, 9);
    login(&server, "dev@acme.com", WRONG).await.expect(401);
    login(&server, "dev@acme.com", PASSWORD).await.expect_problem(429, "too_many_attempts");
    server.finish().await;
}

#[tokio::test]
async fn parallel_guesses_never_pass_the_limit() {
    let server = without_mail().await;
    server.register("known@acme.com").await;
    for email in ["known@acme.com", "unknown@acme.com"] {
        let replies = send_together((0..20).map(|_| login_request(&server, email, WRONG))).await;
        assert_eq!((count(&replies, 401), count(&replies, 429)), (10, 10), "{replies:?}");
        login(&server, email, PASSWORD).await.expect_problem(429, "too_many_attempts");
    }
    assert_eq!(attempts(&server).await, 20);
    server.finish().await;
}

#[tokio::test]
async fn a_restart_forgets_no_failure() {
    let mut server = without_mail().await;
    server.register("dev@acme.com").await;
    for _ in 0..3 {
        for _ in 0..3 {
            login(&server, "dev@acme.com", WRONG).await.expect(401);
        }
        server.restart().await;
    }
    login(&server, "dev@acme.com", WRONG).await.expect(401);
    server.restart().await;
    login(&server, "dev@acme.com", PASSWORD).await.expect_problem(429, "too_many_attempts");
    server.advance(15 * MINUTES);
    login(&server, "dev@acme.com", PASSWORD).await.expect(200);
    server.finish().await;
}

/// Contract 18: from many addresses at once; whoever signed in from an address lately can still do so.
#[tokio::test]
async fn a_hundred_failures_in_an_hour_close_an_account_to_strange_addresses() {
    let mut server = behind_proxy().await;
    server.register("known@acme.com").await;
    server.register("other@acme.com").await;
    login_from(&server, "192.0.2.1", "known@acme.com", PASSWORD).await.expect(200);
    server.advance(DAY);
    login_from(&server, "192.0.2.2", "known@acme.com", PASSWORD).await.expect(200);
    login_from(&server, "192.0.2.3", "other@acme.com", PASSWORD).await.expect(200);
    server.advance(30 * DAY - 20 * MINUTES);

    for email in ["known@acme.com", "unknown@acme.com"] {
        for index in 0..10 {
            fail(&server, &format!("198.51.100.{index}"), email, 10).await;
        }
    }
    server.restart().await;
    // The email, the address, and what the right password answers.
    let cases = [
        ("known@acme.com", "203.0.113.1", 429),
        ("known@acme.com", "192.0.2.1", 429),
        ("known@acme.com", "192.0.2.2", 200),
        ("known@acme.com", "192.0.2.3", 429),
        ("other@acme.com", "203.0.113.1", 200),
        ("unknown@acme.com", "203.0.113.1", 429),
        ("unknown@acme.com", "192.0.2.2", 429),
    ];
    for (email, address, status) in cases {
        let reply = login_from(&server, address, email, PASSWORD).await;
        if status == 429 {
            reply.expect_problem(429, "too_many_attempts");
            assert_eq!(reply.header("ratelimit-limit"), Some("100"));
        } else {
            reply.expect(status);
        }
    }
    // The limit for the pair holds for known addresses too.
    fail(&server, "192.0.2.2", "known@acme.com", 10).await;
    let reply = login_from(&server, "192.0.2.2", "known@acme.com", PASSWORD).await;
    assert_eq!(reply.expect_problem(429, "too_many_attempts")["status"], 429);
    assert_eq!(reply.header("ratelimit-limit"), Some("10"));

    server.advance(HOUR);
    login_from(&server, "203.0.113.1", "known@acme.com", PASSWORD).await.expect(200);
    login_from(&server, "203.0.113.1", "unknown@acme.com", PASSWORD).await.expect(401);
    server.finish().await;
}
