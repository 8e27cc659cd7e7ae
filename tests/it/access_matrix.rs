//! Every route of the table with every kind of caller, as one snapshot. A new route shows up here by itself.

mod callers;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::http::{BASE_PATH, routes};

use crate::audit::{Event, events};
use crate::executable::eventually;
use crate::harness::{Reply, Setup, TestServer, call};
use crate::inspect::{count, send_together, set_platform_admin};
use crate::openapi::{DOCUMENT, required_scope};
use crate::organization::Organization;
use crate::plans::platform_admin;
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
                callers.spoiled(tier, caller, &path).await;
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
        (_, Tier::Service, "revoked" | "made-up") => return Some((401, "unauthorized")),
        ("Service", Tier::Service, "full") => return None,
        ("Service", Tier::Service, _) => "missing_scope",
        (_, Tier::Service, _) => "wrong_token_scope",
        (_, _, "nobody" | "garbage" | "expired" | "ended" | "disabled") => return Some((401, "unauthorized")),
        (_, _, "refresh") | ("Service", ..) => "wrong_token_scope",
        // Acting for somebody is for the organization, and not for what its owner alone may do.
        ("PlatformAdmin" | "SignedIn" | "SessionHolder" | "Global", _, "as-owner" | "as-viewer")
        | ("Scoped<Owner>", _, "as-owner") => "impersonation_forbidden",
        ("PlatformAdmin", _, "platform") => return None,
        // Whatever the organization of the token has become: the person is looked at, not the membership.
        ("PlatformAdmin", ..) => "platform_admin_required",
        ("SignedIn" | "SessionHolder", ..) | ("Global", Tier::Global, _) => return None,
        ("Global", Tier::Scoped, _) | (_, Tier::Global, _) => "wrong_token_scope",
        (_, _, "removed" | "dismember") => "membership_ended",
        (_, _, "suspended") => "tenant_suspended",
        (_, _, "archived") => "tenant_archived",
        (_, _, "unproven") => "mfa_enrollment_required",
        (_, _, "mismatch") => "tenant_mismatch",
        (_, _, "foreign") => return None,
        (rule, _, "platform") => return refusal(rule, tier, "admin"),
        (rule, _, "as-owner") => return refusal(rule, tier, "owner"),
        (rule, _, "as-viewer") => return refusal(rule, tier, "viewer"),
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

/// Contract 35: who is signed in and is no platform admin leaves one event for each call, and nobody else leaves any. A
/// platform admin who acts for somebody is none meanwhile, and both names stand in the event.
async fn assert_denials_are_audited(server: &TestServer, cells: &[Cell]) {
    let mut denials = events(server).await;
    denials.retain(|event| event.action == "admin.denied");
    let mut denied: Vec<&Cell> =
        cells.iter().filter(|cell| cell.access == "PlatformAdmin" && cell.reply.status == 403).collect();
    denied.retain(|cell| cell.reply.json()["code"] != "wrong_token_scope");
    assert!(denied.iter().filter(|cell| cell.caller == "as-owner").count() > 20, "nobody acted for the owner");
    assert_eq!(denials.len(), denied.len());
    for cell in denied {
        let request_id = cell.reply.header("x-request-id");
        let mut own = denials.iter().filter(|event| event.request_id.as_deref() == request_id);
        let event = own.next().unwrap_or_else(|| panic!("{} {} left nothing", cell.method, cell.path));
        assert!(own.next().is_none() && event.actor_kind == "user" && event.actor_id.is_some(), "{event:?}");
        assert_eq!(event.impersonator_id.is_some(), cell.caller.starts_with("as-"), "{event:?}");
        assert_eq!((event.target_id.as_deref(), event.tenant_id.as_deref()), (None, None), "{event:?}");
        assert_eq!(event.changes, json!({"route": format!("{} {}", cell.method, cell.path)}));
    }
}

/// Who may not is heard two hundred times an hour; of the rest one event tells, so that nobody fills the disk.
#[tokio::test]
async fn denials_of_a_person_are_counted_after_so_many_an_hour() {
    let mut server = TestServer::start().await;
    let owner = Organization::of(&server, "owner@acme.com", "acme").await.owner;
    let other = server.person("other@acme.com").await;
    let call = async |server: &TestServer, token: &str| {
        server.get("/admin/plans", token).await.expect_problem(403, "platform_admin_required");
    };
    let told = async |server: &TestServer| {
        let all = events(server).await;
        let denied = all.iter().filter(|event| event.action == "admin.denied").count();
        let counted: Vec<Event> = all.into_iter().filter(|event| event.action == "admin.denials_counted").collect();
        (denied, counted)
    };
    let began = server.clock.now().to_string();
    let requests = (0..230).map(|index| {
        let token = if index % 2 == 0 { &owner.access } else { &owner.scoped };
        server.request(Method::GET, "/admin/plans").bearer_auth(token)
    });
    assert_eq!(count(&send_together(requests).await, 403), 230);
    call(&server, &other.access).await;
    let (denied, counted) = told(&server).await;
    assert_eq!((denied, counted.len()), (200 + 1, 0));

    // Once the hour is over the next call tells, or the cleaning up.
    server.advance(60 * 60);
    let owner_access = server.sign_in("owner@acme.com").await.access;
    call(&server, &owner_access).await;
    let (denied, counted) = told(&server).await;
    assert_eq!((denied, counted.len()), (200 + 2, 1));
    let event = &counted[0];
    assert_eq!((&*event.actor_kind, event.target_id.as_deref()), ("system", Some(&*owner.user_id)));
    assert_eq!(event.changes, json!({"calls": 30, "since": began}));
    for _ in 0..204 {
        call(&server, &owner_access).await;
    }
    server.advance(60 * 60);
    server.restart().await;
    let ask = || async { told(&server).await.1.get(1).map(|event| event.changes["calls"].clone()) };
    assert_eq!(eventually("the cleaning up has told", ask).await, 5);
    server.finish().await;
}

/// Contract 12 and 13: either tier will do, and the account is looked at, not the token.
#[tokio::test]
async fn a_platform_admin_is_one_as_long_as_the_account_says_so() {
    let server = TestServer::start().await;
    // Another one, so that the last one is never taken.
    platform_admin(&server).await;
    let owner = Organization::of(&server, "owner@acme.com", "acme").await.owner;
    for is_admin in [false, true, false, true] {
        set_platform_admin(&server, &owner.email, is_admin).await;
        for token in [&owner.access, &owner.scoped] {
            let reply = server.get("/admin/plans", token).await;
            match is_admin {
                true => drop(reply.expect(200)),
                false => drop(reply.expect_problem(403, "platform_admin_required")),
            }
        }
        // No door opens inside organizations for that.
        server.get("/service/info", &owner.access).await.expect_problem(403, "wrong_token_scope");
    }
    server.finish().await;
}

/// Contract 15 and 34: which scope opens what. The matrix takes it from the document, so it is held here.
#[test]
fn each_route_for_services_asks_for_the_scope_of_the_contract() {
    let scopes: BTreeMap<String, &str> = DOCUMENT["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| methods.as_object().unwrap().values().map(move |operation| (path, operation)))
        .filter_map(|(path, operation)| Some((path.replace(BASE_PATH, ""), required_scope(operation)?)))
        .collect();
    let expected = [
        ("/internal/introspect", "tokens:read"),
        ("/internal/tenants/{id}/configs", "configs:read"),
        ("/internal/tenants/{id}/entitlements", "entitlements:read"),
        ("/internal/usage", "usage:write"),
    ];
    assert_eq!(scopes, expected.map(|(path, scope)| (path.to_owned(), scope)).into());
}

/// The least roles of the product, where the table itself could be wrong.
#[test]
fn each_route_of_an_organization_asks_for_the_least_role_of_the_product() {
    let table = routes::table();
    let access = |method: &str, path: &str| {
        let path = format!("{BASE_PATH}{path}");
        let found = table.iter().find(|route| route.operation.method() == method && route.operation.path() == path);
        found.unwrap_or_else(|| panic!("there is no {method} {path}")).access
    };
    for (method, path, least) in [
        ("GET", "/service/info", "Scoped<Viewer>"),
        ("POST", "/service/auth/switch-environment", "Scoped<Viewer>"),
        ("GET", "/service/members", "Scoped<Viewer>"),
        ("GET", "/service/catalog/plans", "Scoped<Viewer>"),
        ("GET", "/service/configs", "Scoped<Viewer>"),
        ("POST", "/service/invites", "Scoped<Admin>"),
        ("DELETE", "/service/members/{user_id}", "Scoped<Admin>"),
        ("POST", "/service/subscriptions", "Scoped<Admin>"),
        ("PUT", "/service/configs/{key}", "Scoped<Admin>"),
        ("DELETE", "/service/configs/{key}", "Scoped<Admin>"),
        ("GET", "/service/storage", "Scoped<Admin>"),
        ("PUT", "/service/storage", "Scoped<Admin>"),
        ("POST", "/service/storage/test", "Scoped<Admin>"),
        ("GET", "/service/webhooks", "Scoped<Admin>"),
        ("POST", "/service/webhooks", "Scoped<Admin>"),
        ("GET", "/service/webhooks/{id}/deliveries", "Scoped<Admin>"),
        ("POST", "/service/ownership-transfer", "Scoped<Owner>"),
        ("POST", "/service/archive", "Scoped<Owner>"),
    ] {
        assert_eq!(access(method, path), least, "{method} {path}");
    }
    let of_admins = table.iter().filter(|route| route.operation.path().contains("/admin/"));
    assert!(of_admins.clone().count() >= 13, "the routes of the administration are not found");
    assert!(of_admins.clone().all(|route| route.access == "PlatformAdmin"), "a route of the administration is open");
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
        lines.push(format!("{:<57}{:<16}{}", format!("{tier:?} tokens"), "", head.trim_end()));
        let walked = walk(&mut callers, tier).await;
        for row in walked.chunks(tier.callers().len()) {
            let statuses: String = row.iter().map(|cell| format!("{:<10}", cell.reply.status.as_u16())).collect();
            let route = format!("{} {} ", row[0].method, row[0].path);
            lines.push(format!("{route:<57}{:<16}{}", row[0].access, statuses.trim_end()));
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
        let is_owner_leaving =
            cell.path.ends_with("/members/leave") && ["owner", "foreign", "as-owner"].contains(&cell.caller);
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
    assert_denials_are_audited(&server, &cells).await;
    server.finish().await;
}
