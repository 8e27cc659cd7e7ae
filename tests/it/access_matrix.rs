//! Every route of the table with every kind of caller, as one snapshot. A new route shows up here by itself.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::caller::Operator;
use trueport::domain::fields::Email;
use trueport::domain::operators;
use trueport::http::routes;

use crate::harness::{Reply, TestServer, Tokens};
use crate::protection::concrete;
use crate::sessions::wait_until_expired;

/// Who calls.
const CALLERS: [&str; 8] = ["nobody", "garbage", "expired", "global", "refresh", "ended", "disabled", "admin"];

/// One reply of the walk.
struct Cell {
    method: Method,
    /// As in the table.
    path: String,
    access: &'static str,
    caller: &'static str,
    reply: Reply,
}

/// Calls every route as every caller, with `{}` for a body and the id of nothing.
async fn walk(server: &TestServer) -> Vec<Cell> {
    server.set_config("auth.anonymous_requests_per_minute", json!(1_000_000)).await;
    for name in ["person", "disabled", "admin"] {
        server.register(&format!("{name}@acme.com")).await;
    }
    let promote = Email::parse("admin@acme.com").unwrap();
    server.app.write(&Operator, move |tx, by| operators::set_platform_admin(tx, by, &promote, true)).await.unwrap();
    let mut cells = Vec::new();
    for route in routes::table() {
        for caller in CALLERS {
            let token = token_of(server, caller).await;
            let body =
                if [Method::GET, Method::DELETE].contains(route.operation.method()) { Json::Null } else { json!({}) };
            let reply =
                server.call(route.operation.method().clone(), &concrete(route.operation.path()), &token, body).await;
            let (method, path) = (route.operation.method().clone(), route.operation.path().to_owned());
            cells.push(Cell { method, path, access: route.access, caller, reply });
        }
    }
    cells
}

/// A token of its own for each call: a call may end the session it came from.
async fn token_of(server: &TestServer, caller: &str) -> String {
    let set_disabled = async |is_disabled: bool| {
        let email = Email::parse("disabled@acme.com").unwrap();
        server.app.write(&Operator, move |tx, by| operators::set_disabled(tx, by, &email, is_disabled)).await.unwrap();
    };
    let person = async || server.sign_in("person@acme.com").await;
    match caller {
        "nobody" => String::new(),
        "garbage" => "garbage".to_owned(),
        "expired" => {
            let Tokens { access, .. } = person().await;
            wait_until_expired(server, &access);
            access
        }
        "global" => person().await.access,
        "refresh" => person().await.refresh,
        "ended" => {
            let Tokens { access, .. } = person().await;
            server.call(Method::POST, "/global/auth/logout", &access, Json::Null).await.expect(204);
            access
        }
        "disabled" => {
            set_disabled(false).await;
            let Tokens { access, .. } = server.sign_in("disabled@acme.com").await;
            set_disabled(true).await;
            access
        }
        "admin" => server.sign_in("admin@acme.com").await.access,
        _ => panic!("{caller} is not known"),
    }
}

#[tokio::test]
async fn who_may_call_what() {
    let server = TestServer::start().await;
    let cells = walk(&server).await;
    let callers = CALLERS.map(|caller| format!("{caller:<9}")).concat();
    let mut lines = vec![format!("{:<52}{:<15}{}", "", "", callers.trim_end())];
    for row in cells.chunks(CALLERS.len()) {
        let statuses: String = row.iter().map(|cell| format!("{:<9}", cell.reply.status.as_u16())).collect();
        let route = format!("{} {}", row[0].method, row[0].path);
        lines.push(format!("{route:<52}{:<15}{statuses}", row[0].access).trim_end().to_owned());
    }
    insta::assert_snapshot!(lines.join("\n"));
    // The snapshot has numbers only; what is behind them is held here.
    let strangers = ["nobody", "garbage", "expired", "ended", "disabled"];
    for cell in &cells {
        let is_open = ["Anonymous", "Probe"].contains(&cell.access);
        if strangers.contains(&cell.caller) && !is_open {
            cell.reply.expect_problem(401, "unauthorized");
        }
        let what = format!("{} {} as {}", cell.method, cell.path, cell.caller);
        let code = cell.reply.json()["code"].as_str().unwrap_or_default().to_owned();
        match cell.reply.status.as_u16() {
            403 => assert_eq!((code.as_str(), cell.caller), ("wrong_token_scope", "refresh"), "{what}"),
            status => assert!(status < 500, "{what}: {}", cell.reply.text),
        }
    }
    server.finish().await;
}
