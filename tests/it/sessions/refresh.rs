//! Refreshed tokens, and spent ones that come again.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{DAY, MINUTE, assert_ended, logout, refresh};
use crate::audit::events;
use crate::harness::{TestServer, Tokens, send};
use crate::tokens::claims;

#[tokio::test]
async fn a_refresh_gives_a_new_global_pair_of_the_same_session() {
    let server = TestServer::start().await;
    let first = server.person("jane@acme.com").await;
    server.advance(10 * MINUTE);
    let second = Tokens::of(&refresh(&server, &first.refresh).await.expect(200));
    let third = Tokens::of(&refresh(&server, &second.refresh).await.expect(200));
    let sids: Vec<Json> = [&first, &second, &third].map(|pair| claims(&pair.access)["sid"].clone()).into();
    assert!(sids.iter().all(|sid| *sid == sids[0]));
    assert_eq!(claims(&second.access)["typ"], "global");
    assert!(first.access != second.access && first.refresh != second.refresh && second.refresh != third.refresh);
    // An access token lives until its own end, whatever was refreshed meanwhile.
    for pair in [&first, &second, &third] {
        server.get("/global/auth/me", &pair.access).await.expect(200);
    }
    assert_eq!(server.get("/global/auth/sessions", &third.access).await.expect(200).as_array().unwrap().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_client_that_missed_the_answer_gets_the_same_child_again() {
    let mut server = TestServer::start().await;
    let parent = server.person("jane@acme.com").await;
    let child = Tokens::of(&refresh(&server, &parent.refresh).await.expect(200));
    let spent_at = server.clock.now().millis();
    // Half a minute later, after a restart, and in the last millisecond of the minute.
    for millis in [30_000, 45_000, 60_000] {
        if millis == 45_000 {
            server.restart().await;
        }
        let span = spent_at + millis - server.clock.now().millis() - 1;
        server.clock.advance(Duration::from_millis(u64::try_from(span).unwrap()));
        let again = Tokens::of(&refresh(&server, &parent.refresh).await.expect(200));
        assert_eq!(again.refresh, child.refresh, "after {millis} ms");
        server.get("/global/auth/me", &again.access).await.expect(200);
    }
    let grandchild = Tokens::of(&refresh(&server, &child.refresh).await.expect(200));
    server.get("/global/auth/me", &grandchild.access).await.expect(200);
    let ended = server.audit().await.iter().filter(|event| event.contains("session.ended")).count();
    assert_eq!(ended, 0);
    server.finish().await;
}

/// Three generations a few seconds apart, then a spent one again: which one, when, and whether the third was used.
#[tokio::test]
async fn any_other_spent_refresh_token_ends_the_session() {
    let server = TestServer::start().await;
    server.register("bystander@acme.com").await;
    for (index, (replayed, seconds, is_child_used)) in
        [(1, 61, false), (0, 1, false), (0, 61, false), (1, 1, true), (1, 3 * DAY, false), (0, 8 * DAY, false)]
            .into_iter()
            .enumerate()
    {
        let email = format!("jane{index}@acme.com");
        let mut pairs = vec![server.person(&email).await];
        for _ in 0..2 {
            server.advance(1);
            pairs.push(Tokens::of(&refresh(&server, &pairs.last().unwrap().refresh).await.expect(200)));
        }
        if is_child_used {
            pairs.push(Tokens::of(&refresh(&server, &pairs[2].refresh).await.expect(200)));
        }
        let mut left = seconds;
        // The session stays in use while the spent token grows older than it may.
        while left > 5 * DAY {
            server.advance(5 * DAY);
            left -= 5 * DAY;
            pairs.push(Tokens::of(&refresh(&server, &pairs.last().unwrap().refresh).await.expect(200)));
        }
        server.advance(left);
        let bystander = server.sign_in("bystander@acme.com").await;
        let reply = refresh(&server, &pairs[replayed].refresh).await;
        reply.expect_problem(401, "invalid_refresh_token");
        assert_ended(&server, &pairs.iter().collect::<Vec<_>>()).await;

        let session = claims(&pairs[0].access)["sid"].clone();
        let events = events(&server).await;
        let ends: Vec<_> = events.iter().filter(|event| event.action == "session.ended").collect();
        assert_eq!(ends.len(), index + 1, "one event for each session that ended");
        let end = ends.last().unwrap();
        assert_eq!(json!(end.target_id), session);
        assert_eq!(end.request_id.as_deref(), reply.header("x-request-id"));
        assert_eq!(end.changes["reason"], "refresh_token_reused");
        // Other people's sessions are none of that.
        refresh(&server, &bystander.refresh).await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn parallel_refreshes_of_one_token_get_one_child() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let request = server.request(Method::POST, "/global/auth/refresh");
            tokio::spawn(send(request.json(&json!({"refresh_token": tokens.refresh}))))
        })
        .collect();
    let mut children = Vec::new();
    for reply in waiting {
        let reply = reply.await.unwrap();
        // Under load a server may ask for another try; it must not give a second child or end the session.
        if reply.status.as_u16() != 503 {
            children.push(Tokens::of(&reply.expect(200)));
        }
    }
    assert!(!children.is_empty());
    for child in &children {
        assert_eq!(child.refresh, children[0].refresh);
        server.get("/global/auth/me", &child.access).await.expect(200);
    }
    refresh(&server, &children[0].refresh).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn only_a_live_refresh_token_refreshes() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    for token in [&tokens.access, "", "garbage", "a.b.c", "\0", &format!("{}x", tokens.refresh)] {
        refresh(&server, token).await.expect_problem(401, "invalid_refresh_token");
    }
    for body in [json!({}), json!({"refresh_token": null})] {
        assert_eq!(server.post("/global/auth/refresh", body).await.invalid_fields(), ["refresh_token"]);
    }
    server.post("/global/auth/refresh", Json::Null).await.expect_problem(422, "validation_error");
    for path in ["/global/auth/me", "/global/auth/sessions"] {
        server.get(path, &tokens.refresh).await.expect_problem(403, "wrong_token_scope");
    }
    logout(&server, &tokens.refresh).await.expect_problem(403, "wrong_token_scope");
    refresh(&server, &tokens.refresh).await.expect(200);
    server.finish().await;
}
