//! What leaves a trace (contract 35).

mod administration;
mod configuration;
mod factors;
mod organizations;
mod services;
mod webhooks;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::{Row, Tx};
use trueport::domain::caller::{Operator, System};
use trueport::domain::fields::Email;
use trueport::domain::service_keys::SCOPES;
use trueport::domain::{operators, setup};
use trueport::http::routes;

use crate::harness::{PASSWORD, Reply, Setup, TestServer, Tokens};
use crate::inspect::{make_service_key, set_platform_admin};
use crate::organization::{Organization, Person};
use crate::protection::concrete;
use crate::sessions::refresh;
use crate::tokens::claims;

/// An event of the audit.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) actor_kind: String,
    pub(crate) actor_id: Option<String>,
    /// The platform admin who acted as this user.
    pub(crate) impersonator_id: Option<String>,
    pub(crate) action: String,
    pub(crate) target_kind: String,
    pub(crate) target_id: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) address: Option<String>,
    pub(crate) changes: Json,
    /// The organization in whose audit it stands.
    pub(crate) tenant_id: Option<String>,
}

impl Event {
    fn read(row: &Row<'_>) -> trueport::db::Result<Self> {
        Ok(Self {
            actor_kind: row.get(0)?,
            actor_id: row.get(1)?,
            action: row.get(2)?,
            target_kind: row.get(3)?,
            target_id: row.get(4)?,
            request_id: row.get(5)?,
            address: row.get(6)?,
            changes: row.get::<Option<String>>(7)?.map_or(Json::Null, |text| serde_json::from_str(&text).unwrap()),
            tenant_id: row.get(8)?,
            impersonator_id: row.get(9)?,
        })
    }
}

/// Every event so far, oldest first.
pub(crate) async fn events(server: &TestServer) -> Vec<Event> {
    let read = |tx: &mut Tx<'_>| {
        let sql = "SELECT actor_kind, actor_id, action, target_kind, target_id, request_id, address, changes, tenant_id, \
             impersonator_id FROM audit_events ORDER BY at, id";
        Ok(tx.all(sql, args![], Event::read)?)
    };
    server.app.read(read).await.unwrap()
}

const OTHER_PASSWORD: &str = "Another Password 456";

/// A call that succeeded, the actions that it must have left, and what must not show in them.
struct Deed {
    reply: Reply,
    actions: &'static [&'static str],
    secrets: Vec<String>,
    /// In whose audit the events must stand, but those about an account.
    tenant_id: Option<String>,
}

/// Calls a route so that it changes something, for a person of its own.
async fn perform(server: &TestServer, method: &Method, path: &str, email: &str) -> Deed {
    if path.starts_with("/internal") {
        return services::perform(server, method, path, email).await;
    }
    if path.starts_with("/admin") {
        return administration::perform(server, method, path, email).await;
    }
    if organizations::is_about_one(path) {
        return organizations::perform(server, method, path, email).await;
    }
    let call = async |token: &str, body: Json| server.call(method.clone(), path, token, body).await;
    let link = server.register(email).await;
    let Tokens { access, refresh: refresh_token } = server.sign_in(email).await;
    let mail = async |path: &str| {
        server.post(path, json!({"email": email})).await.expect(200);
        server.mail.next_mail_to(email).await
    };
    let passwords = json!({"current_password": PASSWORD, "new_password": OTHER_PASSWORD});
    let mut secrets =
        vec![PASSWORD.to_owned(), OTHER_PASSWORD.to_owned(), access.clone(), refresh_token.clone(), link.clone()];
    let (body, token, actions, mails): (Json, &str, &'static [&'static str], &[&str]) = match (method.as_str(), path) {
        ("POST", "/global/auth/register") => {
            let email = format!("new-{email}");
            let body = json!({"email": email, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
            let reply = call("", body).await;
            secrets.push(server.mail.next_mail_to(&email).await.link_token());
            return Deed { reply, actions: &["anonymous user.created"], secrets, tenant_id: None };
        }
        ("POST", "/global/auth/login") => {
            (json!({"email": email, "password": PASSWORD}), "", &["user session.created"], &[])
        }
        ("POST", "/global/auth/otp/request") => (json!({"email": email}), "", &[], &[email]),
        ("POST", "/global/auth/otp/verify") => {
            let code = mail("/global/auth/otp/request").await.six_digit_code();
            secrets.push(code.clone());
            let actions = &["anonymous user.email_verified", "user session.created"];
            (json!({"email": email, "code": code}), "", actions, &[])
        }
        ("POST", "/global/auth/refresh") => (json!({"refresh_token": refresh_token}), "", &[], &[]),
        ("POST", "/global/auth/logout") => (Json::Null, &access, &["user session.ended"], &[]),
        ("POST", "/global/auth/forgot-password") => (json!({"email": email}), "", &[], &[email]),
        ("POST", "/global/auth/reset-password") => {
            let token = mail("/global/auth/forgot-password").await.link_token();
            secrets.push(token.clone());
            let body = json!({"token": token, "new_password": OTHER_PASSWORD});
            (body, "", &["anonymous user.password_reset", "anonymous user.email_verified"], &[email])
        }
        ("PUT", "/global/auth/password") => (passwords, &access, &["user user.password_changed"], &[email]),
        ("POST", "/global/auth/verify-email") => (json!({"token": link}), "", &["anonymous user.email_verified"], &[]),
        ("PATCH", "/global/auth/me") => (json!({"first_name": "Joan"}), &access, &["user user.updated"], &[]),
        ("POST", "/global/auth/me/email") => {
            let new = "changed@acme.com";
            let body = json!({"email": new, "current_password": PASSWORD});
            (body, &access, &["user user.email_change_requested"], &[email, new])
        }
        ("DELETE", "/global/auth/sessions/{id}") => {
            let other = claims(&server.sign_in(email).await.access)["sid"].as_str().unwrap().to_owned();
            let path = path.replace("{id}", &other);
            let reply = server.call(Method::DELETE, &path, &access, Json::Null).await;
            return Deed { reply, actions: &["user session.ended"], secrets, tenant_id: None };
        }
        (method, path) if path.starts_with("/global/auth/mfa/") => {
            return factors::perform(server, method, path, email, &access).await;
        }
        ("POST", "/global/auth/setup") => {
            let installation = server.app.installation();
            let link = server.app.write(&System, move |tx, by| setup::link(tx, by, &installation)).await.unwrap();
            let link = link.expect("there is no platform admin").expose().to_owned();
            let token = link.split_once("token=").unwrap().1.to_owned();
            secrets.push(token.clone());
            let body = json!({
                "token": token, "email": "admin@acme.com", "password": OTHER_PASSWORD, "first_name": "A", "last_name": "B",
            });
            (body, "", &["anonymous user.created"], &[])
        }
        _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
    };
    let reply = call(token, body).await;
    for address in mails {
        server.mail.next_mail_to(address).await;
    }
    Deed { reply, actions, secrets, tenant_id: None }
}

#[tokio::test]
async fn every_route_that_changes_something_leaves_an_event() {
    let server = TestServer::start_with(Setup { local_storage: true, ..Setup::default() }).await;
    let (mut changing, mut silent, mut secrets) = (0, Vec::new(), Vec::new());
    for (index, route) in routes::table().into_iter().enumerate() {
        if route.operation.method() == Method::GET {
            continue;
        }
        changing += 1;
        let path = route.operation.path().strip_prefix(trueport::http::BASE_PATH).expect("a path of the API");
        let email = format!("person{index}@acme.com");
        let deed = perform(&server, route.operation.method(), path, &email).await;
        let what = format!("{} {path}", route.operation.method());
        assert!(deed.reply.status.is_success(), "{what}: {} {}", deed.reply.status, deed.reply.text);
        let request_id = deed.reply.header("x-request-id");
        let all = events(&server).await;
        let left: Vec<&Event> = all.iter().filter(|event| event.request_id.as_deref() == request_id).collect();
        let actions: Vec<String> = left.iter().map(|event| format!("{} {}", event.actor_kind, event.action)).collect();
        assert_eq!(actions, deed.actions, "{what}");
        if actions.is_empty() {
            silent.push(path.to_owned());
        }
        let user_id = server.app.read(move |tx| operators::find(tx, &Email::parse(&email).unwrap())).await.unwrap().id;
        for event in left {
            assert_eq!(event.address.as_deref(), Some("127.0.0.1"), "{what}");
            assert!(event.target_id.is_some(), "{what}: {event:?}");
            let actor = (event.actor_kind == "user").then(|| user_id.to_string());
            assert_eq!(event.actor_id, actor, "{what}");
            // That somebody acts as one of its members is the organization's to know.
            let is_its_own = event.target_kind != "user" || event.action == "user.impersonated";
            let tenant_id = deed.tenant_id.as_ref().filter(|_| is_its_own);
            assert_eq!(event.tenant_id.as_ref(), tenant_id, "{what}: {event:?}");
        }
        secrets.extend(deed.secrets);
    }
    assert!(changing >= 48);
    for event in events(&server).await.iter().map(|event| format!("{event:?}")) {
        assert!(!secrets.iter().any(|secret| event.contains(secret)), "{event}");
    }
    // The contract's exceptions and what changes nothing, and no others.
    silent.sort();
    let expected = [
        "/global/auth/forgot-password",
        "/global/auth/otp/request",
        "/global/auth/refresh",
        "/internal/introspect",
        "/internal/usage",
    ];
    assert_eq!(silent, expected);
    server.finish().await;
}

#[tokio::test]
async fn every_failed_sign_in_leaves_an_event() {
    let server = TestServer::start().await;
    for name in ["jane", "disabled"] {
        server.register(&format!("{name}@acme.com")).await;
    }
    let email = Email::parse("disabled@acme.com").unwrap();
    let disable = server.app.write(&Operator, move |tx, by| operators::set_disabled(tx, by, &email, true));
    let disabled = disable.await.unwrap();
    let wrong = "a wrong password";
    for (path, secret_name, secret, email, target_id) in [
        ("/global/auth/login", "password", wrong, "jane@acme.com", "found"),
        ("/global/auth/login", "password", wrong, "nobody@acme.com", "none"),
        ("/global/auth/login", "password", PASSWORD, "disabled@acme.com", disabled.id.as_ref()),
        ("/global/auth/otp/verify", "code", "000000", "jane@acme.com", "found"),
        ("/global/auth/otp/verify", "code", "000000", "nobody@acme.com", "none"),
        ("/global/auth/otp/verify", "code", "000000", "disabled@acme.com", disabled.id.as_ref()),
    ] {
        let reply = server.post(path, json!({"email": email, secret_name: secret})).await;
        reply.expect(401);
        let all = events(&server).await;
        let event = all.last().unwrap();
        assert_eq!(
            (event.actor_kind.as_str(), event.action.as_str()),
            ("anonymous", "session.denied"),
            "{path} {email}"
        );
        assert_eq!(event.request_id.as_deref(), reply.header("x-request-id"));
        assert_eq!((event.target_kind.as_str(), event.target_id.is_some()), ("user", target_id != "none"));
        if target_id.starts_with("usr_") {
            assert_eq!(event.target_id.as_deref(), Some(target_id));
        }
        assert_eq!(event.changes["email"], email);
        assert!(!format!("{event:?}").contains(secret), "{event:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_changes_nothing_leaves_nothing() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "jane@acme.com", "acme").await;
    let Person { access, scoped, user_id, .. } = organization.owner;
    set_platform_admin(&server, "jane@acme.com", true).await;
    let (_, key) = make_service_key(&server, SCOPES).await;
    let (_, lesser_key) = make_service_key(&server, &["tokens:read"]).await;
    let token_for = |path: &str| match path.split('/').nth(1) {
        Some("service") => &scoped,
        Some("internal") => &key,
        _ => &access,
    };
    let hook =
        webhooks::prepare(&server, &scoped, &Method::POST, "/service/webhooks/{id}/deliveries/{delivery_id}/redeliver");
    let hook_target = hook.await.target;
    let ids: Vec<&str> = hook_target.split('/').collect();
    let before = events(&server).await.len();
    for route in routes::table().into_iter().filter(|route| route.operation.method() == Method::GET) {
        // To take the audit along is an event, which is held to its own test.
        if route.operation.path().ends_with("/audit-events/export") {
            continue;
        }
        let path = concrete(route.operation.path())
            .replace("ten_01h455vb4pex5vsknk084sn02q", &organization.id)
            .replace("whk_01h455vb4pex5vsknk084sn02q", ids[3])
            .replace("dlv_01h455vb4pex5vsknk084sn02q", ids[5])
            .replace("usr_01h455vb4pex5vsknk084sn02q", &user_id);
        let query = match path.rsplit('/').next() {
            Some("check-availability") => "?slug=free",
            Some("series") => "?metric=users",
            _ => "",
        };
        server.get(&format!("{path}{query}"), token_for(&path)).await.expect(200);
        // Refused, too.
        for other in ["", &lesser_key] {
            server.get(&path, other).await;
        }
    }
    let me = format!("/service/members/{user_id}");
    let of_tenant = |part: &str| format!("/admin/tenants/{}/{part}", organization.id);
    let subscription = of_tenant("subscription");
    let (status, new_owner) = (of_tenant("status"), of_tenant("ownership-transfer"));
    let account = format!("/admin/users/{user_id}");
    let impersonate = format!("{account}/impersonate");
    for (method, path, body, status) in [
        (Method::POST, "/global/auth/register", json!({"email": "x"}), 422),
        (Method::POST, "/global/auth/reset-password", json!({"token": "x", "new_password": OTHER_PASSWORD}), 400),
        (Method::POST, "/global/auth/verify-email", json!({"token": "x"}), 400),
        (
            Method::PUT,
            "/global/auth/password",
            json!({"current_password": "wrong", "new_password": OTHER_PASSWORD}),
            400,
        ),
        (Method::DELETE, "/global/auth/sessions/ses_01h455vb4pex5vsknk084sn02q", Json::Null, 404),
        (Method::POST, "/global/auth/select-tenant", json!({"tenant_id": "ten_01h455vb4pex5vsknk084sn02q"}), 403),
        (Method::POST, "/global/tenants", json!({"name": "Acme", "slug": "acme"}), 409),
        (Method::POST, "/global/invites/accept", json!({"token": "x"}), 400),
        (Method::PATCH, "/service/info", json!({"billing_email": "x"}), 422),
        (Method::POST, "/service/archive", json!({"slug": "another"}), 422),
        (Method::POST, "/service/ownership-transfer", json!({"user_id": user_id}), 422),
        (Method::POST, "/service/auth/switch-environment", json!({"environment": "moon"}), 422),
        (Method::PATCH, &me, json!({"role": "viewer"}), 403),
        (Method::DELETE, &me, Json::Null, 403),
        (Method::POST, "/service/members/leave", Json::Null, 403),
        (Method::POST, "/service/invites", json!({"email": "jane@acme.com", "role": "viewer"}), 409),
        (Method::POST, "/service/invites/inv_01h455vb4pex5vsknk084sn02q/resend", Json::Null, 404),
        (Method::DELETE, "/service/invites/inv_01h455vb4pex5vsknk084sn02q", Json::Null, 404),
        (Method::POST, "/service/subscriptions", json!({"plan_id": "plan_01h455vb4pex5vsknk084sn02q"}), 404),
        (Method::POST, "/service/subscriptions", json!({"plan_id": "plan_dev"}), 409),
        (Method::POST, "/service/subscriptions/cancel", json!({"at_period_end": false}), 409),
        (Method::POST, "/admin/plans", json!({"name": "x", "price": -1, "billing_cycle": "MONTHLY"}), 422),
        (Method::PATCH, "/admin/plans/plan_01h455vb4pex5vsknk084sn02q", json!({"name": "x"}), 404),
        (Method::DELETE, "/admin/plans/plan_01h455vb4pex5vsknk084sn02q", Json::Null, 404),
        (Method::DELETE, "/admin/plans/plan_dev", Json::Null, 409),
        (Method::PUT, &subscription, json!({"plan_id": "plan_dev"}), 409),
        (Method::PUT, &status, json!({"status": "closed"}), 422),
        (Method::PUT, &status, json!({"status": "active"}), 200),
        (Method::POST, &new_owner, json!({"user_id": user_id}), 422),
        (Method::POST, &new_owner, json!({"user_id": "usr_01h455vb4pex5vsknk084sn02q"}), 404),
        (Method::PATCH, &account, json!({"status": "active", "is_platform_admin": true}), 200),
        (Method::PATCH, &account, json!({"is_platform_admin": false}), 409),
        (Method::PATCH, &account, json!({"status": "disabled"}), 409),
        (Method::PATCH, &account, json!({"status": "asleep"}), 422),
        (Method::DELETE, &account, Json::Null, 409),
        (Method::DELETE, "/admin/users/usr_01h455vb4pex5vsknk084sn02q", Json::Null, 404),
        (Method::POST, "/admin/users", json!({"email": "jane@acme.com"}), 400),
        (Method::POST, "/admin/tenants", json!({"name": "X", "slug": "acme", "owner_email": "new@acme.com"}), 409),
        (Method::POST, &impersonate, json!({"tenant_id": organization.id, "reason": "Ticket 4711"}), 403),
        (Method::POST, &impersonate, json!({"tenant_id": organization.id, "reason": ""}), 422),
        (Method::POST, "/admin/outbox/msg_01h455vb4pex5vsknk084sn02q/retry", Json::Null, 404),
        (Method::POST, "/admin/outbox/msg_01h455vb4pex5vsknk084sn02q/reveal", Json::Null, 404),
        (Method::POST, "/admin/mail/test", json!({"to": "nobody"}), 422),
        (Method::POST, "/admin/users/usr_01h455vb4pex5vsknk084sn02q/end-sessions", Json::Null, 404),
        (Method::POST, "/admin/users/usr_01h455vb4pex5vsknk084sn02q/unlock", Json::Null, 404),
        (Method::PUT, "/service/configs/gateway.nothing", json!({"value": 1}), 404),
        (Method::PUT, "/service/configs/smtp.username", json!({"value": "x"}), 403),
        (Method::PUT, "/service/configs/gateway.violation_action", json!({"value": "x"}), 422),
        // Nothing is set that could be taken away.
        (Method::DELETE, "/service/configs/gateway.violation_action", Json::Null, 200),
        (Method::DELETE, "/admin/configs/gateway.violation_action", Json::Null, 200),
        (Method::PUT, "/admin/configs/smtp.port", json!({"value": 25}), 403),
        (Method::DELETE, "/admin/configs/smtp.port", Json::Null, 403),
        (Method::PUT, "/service/storage", json!({"provider": "S3"}), 422),
        (Method::POST, "/service/storage/test", Json::Null, 409),
        (Method::POST, "/service/webhooks", json!({"url": "x", "events": []}), 422),
        (Method::PATCH, &ids[..4].join("/"), json!({}), 200),
        (Method::DELETE, "/service/webhooks/whk_01h455vb4pex5vsknk084sn02q", Json::Null, 404),
        (Method::POST, "/service/webhooks/whk_01h455vb4pex5vsknk084sn02q/test", Json::Null, 404),
        (Method::POST, "/service/webhooks/whk_01h455vb4pex5vsknk084sn02q/rotate-secret", Json::Null, 404),
        (Method::POST, &hook_target.replace(ids[5], "dlv_01h455vb4pex5vsknk084sn02q"), Json::Null, 404),
        (Method::POST, "/admin/service-keys", json!({"name": "x", "scopes": []}), 422),
        (Method::DELETE, "/admin/service-keys/key_01h455vb4pex5vsknk084sn02q", Json::Null, 404),
        (Method::POST, "/internal/usage", json!({"events": [{}]}), 422),
        (Method::POST, "/internal/introspect", json!({"token": "x"}), 200),
    ] {
        let reply = server.call(method, path, token_for(path), body).await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.text);
    }
    refresh(&server, "garbage").await.expect(401);
    let after = events(&server).await;
    assert_eq!(after.len(), before, "{:?}", after.last());
    server.finish().await;
}
