//! Every route of the table with every kind of caller, as one snapshot. A new route shows up here by itself.

mod callers;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::http::routes;

use crate::harness::{Reply, Setup, TestServer, call};
use callers::{Callers, Tier};

/// One reply of the walk.
struct Cell {
    method: Method,
    /// As in the table.
    path: String,
    access: &'static str,
    tier: Tier,
    caller: &'static str,
    reply: Reply,
}

/// Calls every route as every caller of the tier, with `{}` for a body.
async fn walk(callers: &mut Callers<'_>, tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for route in routes::table() {
        let (method, path) = (route.operation.method().clone(), route.operation.path().to_owned());
        let body = if [Method::GET, Method::DELETE].contains(&method) { Json::Null } else { json!({}) };
        for caller in tier.callers() {
            let request = callers.request(tier, caller, &method, &path).await;
            let reply = call(request, "", &body).await;
            if reply.status.is_success() && method != Method::GET {
                callers.spoiled(tier, caller).await;
            }
            cells.push(Cell { method: method.clone(), path: path.clone(), access: route.access, tier, caller, reply });
        }
    }
    cells
}

/// How the rule of a route refuses a caller; `None` where the call gets as far as the handler.
fn refusal(access: &str, tier: Tier, caller: &str) -> Option<(u16, &'static str)> {
    const RULES: [&str; 4] = ["Scoped<Viewer>", "Scoped<Member>", "Scoped<Admin>", "Scoped<Owner>"];
    const ROLES: [&str; 4] = ["viewer", "member", "admin", "owner"];
    let code = match (access, tier, caller) {
        ("Anonymous" | "Probe", ..) => return None,
        (_, _, "nobody" | "garbage" | "expired" | "ended" | "disabled") => return Some((401, "unauthorized")),
        (_, _, "refresh") => "wrong_token_scope",
        ("SignedIn" | "SessionHolder", ..) | ("Global", Tier::Global, _) => return None,
        ("Global", Tier::Scoped, _) | (_, Tier::Global, _) => "wrong_token_scope",
        (_, _, "removed" | "dismember") => "membership_ended",
        (_, _, "suspended") => "tenant_suspended",
        (_, _, "archived") => "tenant_archived",
        (_, _, "mismatch") => "tenant_mismatch",
        (_, _, "foreign") => return None,
        _ => {
            let least = RULES.iter().position(|rule| *rule == access).expect("a rule that is known here");
            let role = ROLES.iter().position(|role| *role == caller).expect("a caller that is known here");
            if role >= least {
                return None;
            }
            "insufficient_role"
        }
    };
    Some((403, code))
}

#[tokio::test]
async fn who_may_call_what() {
    // Nothing here is about mails, and members who are removed would be sent some.
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    server.set_config("auth.anonymous_requests_per_minute", json!(1_000_000)).await;
    let mut callers = Callers::gather(&server).await;
    let mut cells = Vec::new();
    let mut lines = Vec::new();
    for tier in Tier::ALL {
        let head: String = tier.callers().iter().map(|caller| format!("{caller:<10}")).collect();
        lines.push(format!("{:<53}{:<16}{}", format!("{tier:?} tokens"), "", head.trim_end()));
        let walked = walk(&mut callers, tier).await;
        for row in walked.chunks(tier.callers().len()) {
            let statuses: String = row.iter().map(|cell| format!("{:<10}", cell.reply.status.as_u16())).collect();
            let route = format!("{} {}", row[0].method, row[0].path);
            lines.push(format!("{route:<53}{:<16}{}", row[0].access, statuses.trim_end()));
        }
        lines.push(String::new());
        cells.extend(walked);
    }
    insta::assert_snapshot!(lines.join("\n"));
    // The snapshot has numbers only; what is behind them is held here.
    for cell in &cells {
        let what = format!("{} {} as {:?} {}", cell.method, cell.path, cell.tier, cell.caller);
        let code = cell.reply.json()["code"].as_str().unwrap_or_default().to_owned();
        let status = cell.reply.status.as_u16();
        let is_owner_leaving = cell.path.ends_with("/members/leave") && ["owner", "foreign"].contains(&cell.caller);
        match refusal(cell.access, cell.tier, cell.caller) {
            Some(expected) => {
                assert_eq!((status, code.as_str()), expected, "{what}");
                cell.reply.expect_problem(status, &code);
            }
            None if is_owner_leaving => assert_eq!((status, code.as_str()), (403, "owner_protected"), "{what}"),
            None => assert!(![401, 403].contains(&status) && status < 500, "{what}: {}", cell.reply.text),
        }
        assert!(status != 404 || code == "not_found", "{what}: {}", cell.reply.text);
    }
    server.finish().await;
}
