//! The last platform admin who can sign in stays one (contract 36).

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::db::Tx;
use trueport::store::users;

use super::{patch, user_id};
use crate::harness::TestServer;
use crate::inspect::{count, prove_address, send_together, set_disabled, set_platform_admin};
use crate::plans::platform_admin;

async fn active_admins(server: &TestServer) -> i64 {
    server.app.read(|tx: &mut Tx<'_>| Ok(users::count_active_admins(tx)?)).await.expect("the admins can be counted")
}

#[tokio::test]
async fn the_last_platform_admin_is_neither_demoted_nor_disabled() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let other = server.person("other@acme.com").await.access;
    let (admin_id, other_id) = (user_id(&admin), user_id(&other));
    // Somebody who cannot sign in does not count.
    prove_address(&server, &other_id).await;
    set_platform_admin(&server, "other@acme.com", true).await;
    set_disabled(&server, "other@acme.com", true).await;
    let bodies = [
        json!({"is_platform_admin": false}),
        json!({"status": "disabled"}),
        json!({"status": "disabled", "is_platform_admin": false}),
        json!({"status": "disabled", "is_platform_admin": true}),
    ];
    for body in &bodies {
        patch(&server, &admin, &admin_id, body.clone()).await.expect_problem(409, "last_platform_admin");
    }
    server.get("/admin/stats", &admin).await.expect(200);
    // Who does not count can go.
    patch(&server, &admin, &other_id, json!({"is_platform_admin": false})).await.expect(200);
    patch(&server, &admin, &other_id, json!({"is_platform_admin": true, "status": "active"})).await.expect(200);
    // With two, one may leave, and then the other one is the last.
    patch(&server, &admin, &admin_id, json!({"is_platform_admin": false})).await.expect(200);
    server.get("/admin/stats", &admin).await.expect_problem(403, "platform_admin_required");
    let other = server.sign_in("other@acme.com").await.access;
    for body in &bodies {
        patch(&server, &other, &other_id, body.clone()).await.expect_problem(409, "last_platform_admin");
    }
    assert_eq!(active_admins(&server).await, 1);
    server.finish().await;
}

/// Each change would be allowed by itself.
#[tokio::test]
async fn of_two_admins_who_remove_each_other_at_once_one_stays() {
    let server = TestServer::start().await;
    let first = platform_admin(&server).await;
    let second = server.person("second@acme.com").await.access;
    let ids = [user_id(&first), user_id(&second)];
    let demoted = json!({"is_platform_admin": false});
    let request = |token: &str, id: &str, body: &Json| {
        server.request(Method::PATCH, &format!("/admin/users/{id}")).bearer_auth(token).json(body)
    };
    for round in 0..10 {
        for email in ["admin@trueport.example", "second@acme.com"] {
            set_platform_admin(&server, email, true).await;
        }
        // Each other, or each themselves.
        let (of_first, of_second) = if round % 2 == 0 { (&ids[1], &ids[0]) } else { (&ids[0], &ids[1]) };
        let both = [request(&first, of_first, &demoted), request(&second, of_second, &demoted)];
        let replies = send_together(both).await;
        assert_eq!(count(&replies, 200), 1, "round {round}: {replies:?}");
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            let code = reply.json()["code"].as_str().unwrap().to_owned();
            match code.as_str() {
                "platform_admin_required" => drop(reply.expect_problem(403, &code)),
                _ => drop(reply.expect_problem(409, "last_platform_admin")),
            }
        }
        assert_eq!(active_admins(&server).await, 1, "round {round}");
        let mut statuses = Vec::new();
        for token in [&first, &second] {
            statuses.push(server.get("/admin/stats", token).await.status.as_u16());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403], "round {round}");
    }
    for email in ["admin@trueport.example", "second@acme.com"] {
        set_platform_admin(&server, email, true).await;
    }
    let disabled = json!({"status": "disabled"});
    let both = [request(&first, &ids[1], &disabled), request(&second, &ids[0], &disabled)];
    let replies = send_together(both).await;
    assert_eq!((count(&replies, 200), active_admins(&server).await), (1, 1), "{replies:?}");
    server.finish().await;
}
