//! What platform admins do leaves its trace, in the audit of the organization too that it is done to.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Deed, events};
use crate::executable::eventually;
use crate::harness::{PASSWORD, TestServer};
use crate::inspect::{prove_address, set_platform_admin};
use crate::organization::Organization;
use crate::plans::{create, platform_admin, retire};
use crate::tokens::claims;

/// Calls a route so that it changes something, as `email`, who has no account yet and becomes a platform admin, to what
/// is made for it.
pub(super) async fn perform(server: &TestServer, method: &Method, path: &str, email: &str) -> Deed {
    let access = server.person(email).await.access;
    set_platform_admin(server, email, true).await;
    let call = async |method: Method, path: &str, body: Json| server.call(method, path, &access, body).await;
    let plan = json!({"name": "Team", "price": 99.5, "billing_cycle": "YEARLY"});
    let (mut tenant_id, mut secrets, mut is_told) = (None, vec![access.clone()], Vec::new());
    let service_key = json!({"name": "gateway-1", "scopes": ["usage:write"]});
    let (target, body, actions): (String, Json, &'static [&'static str]) = match (method.as_str(), path) {
        ("POST", "/admin/plans") => (path.to_owned(), plan, &["user plan.created"]),
        ("PATCH" | "DELETE", "/admin/plans/{id}") => {
            let made = call(Method::POST, "/admin/plans", plan).await.expect(201);
            let target = path.replace("{id}", made["id"].as_str().unwrap());
            match method.as_str() {
                "PATCH" => (target, json!({"price": 100}), &["user plan.updated"]),
                _ => (target, Json::Null, &["user plan.retired"]),
            }
        }
        // A secret is what must not show.
        ("PUT", "/admin/configs/{key}") => {
            secrets.push("a password of the mail server".to_owned());
            let body = json!({"value": "a password of the mail server", "is_locked": true});
            (path.replace("{key}", "smtp.password"), body, &["user config.updated"])
        }
        ("DELETE", "/admin/configs/{key}") => {
            let target = path.replace("{key}", "gateway.violation_action");
            call(Method::PUT, &target, json!({"value": "log"})).await.expect(200);
            (target, Json::Null, &["user config.reset"])
        }
        ("POST", "/admin/service-keys") => (path.to_owned(), service_key, &["user service_key.created"]),
        ("DELETE", "/admin/service-keys/{id}") => {
            let made = call(Method::POST, "/admin/service-keys", service_key).await.expect(201);
            let target = path.replace("{id}", made["id"].as_str().unwrap());
            (target, Json::Null, &["user service_key.revoked"])
        }
        (_, path) if path.starts_with("/admin/tenants/{id}/") => {
            let slug = email.split('@').next().unwrap();
            let organization = Organization::of(server, &format!("owner-{email}"), slug).await;
            let target = path.replace("{id}", &organization.id);
            let (body, actions): (Json, &'static [&'static str]) = match (method.as_str(), path) {
                ("PUT", "/admin/tenants/{id}/subscription") => {
                    (json!({"plan_id": "plan_pro"}), &["user subscription.activated"])
                }
                ("PUT", "/admin/tenants/{id}/status") => {
                    (json!({"status": "suspended", "reason": "Payment overdue"}), &["user tenant.suspended"])
                }
                ("POST", "/admin/tenants/{id}/ownership-transfer") => {
                    let member = organization.join(server, &format!("member-{email}"), "viewer").await;
                    is_told.push(member.email);
                    (json!({"user_id": member.user_id}), &["user tenant.ownership_transferred"])
                }
                _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
            };
            is_told.push(organization.owner.email);
            tenant_id = Some(organization.id);
            (target, body, actions)
        }
        ("POST", "/admin/tenants") => {
            let body =
                json!({"name": "Made", "slug": email.split('@').next(), "owner_email": format!("owner-{email}")});
            (path.to_owned(), body, &["user user.created", "user user.reset_link_made", "user tenant.created"])
        }
        ("POST", "/admin/users") => {
            let body = json!({"email": format!("other-{email}")});
            (path.to_owned(), body, &["user user.created", "user user.reset_link_made"])
        }
        ("POST", "/admin/installation/end-sessions") => {
            (path.to_owned(), Json::Null, &["user installation.sessions_ended"])
        }
        ("POST", "/admin/mail/test") => {
            is_told.push(format!("test-{email}"));
            (path.to_owned(), json!({"to": is_told[0]}), &["user mail.tested"])
        }
        (_, path) if path.starts_with("/admin/outbox/{id}/") => {
            server.mail.stop().await;
            let other = format!("other-{email}");
            let body = json!({"email": other, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
            server.post("/global/auth/register", body).await.expect(201);
            let target = path.replace("{id}", &failed_once(server, &access, &other).await);
            is_told.push(other);
            match path {
                "/admin/outbox/{id}/retry" => (target, Json::Null, &["user outbox.retried"]),
                "/admin/outbox/{id}/reveal" => (target, Json::Null, &["user outbox.revealed"]),
                _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
            }
        }
        ("POST", "/admin/users/{id}/impersonate") => {
            let slug = email.split('@').next().unwrap();
            let organization = Organization::of(server, &format!("owner-{email}"), slug).await;
            let target = path.replace("{id}", &organization.owner.user_id);
            let body = json!({"tenant_id": organization.id, "reason": "Ticket 4711"});
            tenant_id = Some(organization.id);
            (target, body, &["user user.impersonated"])
        }
        (_, path) if path.starts_with("/admin/users/{id}") => {
            let other = server.person(&format!("other-{email}")).await.access;
            let id = claims(&other)["sub"].as_str().unwrap().to_owned();
            prove_address(server, &id).await;
            let target = path.replace("{id}", &id);
            secrets.push(other);
            match (method.as_str(), path) {
                ("PATCH", "/admin/users/{id}") => {
                    let body = json!({"status": "disabled", "is_platform_admin": true});
                    (target, body, &["user user.promoted", "user user.disabled"])
                }
                ("DELETE", "/admin/users/{id}") => (target, Json::Null, &["user user.deleted"]),
                ("POST", "/admin/users/{id}/end-sessions") => (target, Json::Null, &["user user.sessions_ended"]),
                ("POST", "/admin/users/{id}/reset-mfa") => (target, Json::Null, &["user user.second_factor_reset"]),
                ("POST", "/admin/users/{id}/unlock") => (target, Json::Null, &["user user.unlocked"]),
                _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
            }
        }
        _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
    };
    let reply = call(method.clone(), &target, body).await;
    let told = reply.json();
    if path.starts_with("/admin/outbox/") {
        server.mail.restart().await;
        server.call(Method::POST, &target.replace("reveal", "retry"), &access, Json::Null).await.expect(204);
    }
    if path == "/admin/tenants" {
        tenant_id = told["id"].as_str().map(str::to_owned);
    }
    for address in is_told {
        server.mail.next_mail_to(&address).await;
    }
    let secret = [("access_token", "ey"), ("key", "tpk_"), ("link", "https:"), ("set_password_url", "https:")];
    let shown =
        secret.into_iter().filter_map(|(name, start)| told[name].as_str().filter(|text| text.starts_with(start)));
    // Of a link, what opens something; of the rest, the whole.
    secrets.extend(shown.map(|text| text.split_once("?token=").map_or(text, |(_, token)| token).to_owned()));
    Deed { reply, actions, secrets, tenant_id }
}

/// The id of the one mail to this address, once a first try has failed.
async fn failed_once(server: &TestServer, admin: &str, recipient: &str) -> String {
    let ask = async || {
        let listed = server.get("/admin/outbox?status=waiting&limit=200", admin).await.expect(200);
        let mut items = listed["items"].as_array().unwrap().iter();
        let failed = items.find(|item| item["recipient"] == recipient && item["last_error"].is_string());
        failed.map(|item| item["id"].as_str().unwrap().to_owned())
    };
    eventually("the mail waits after a failure", ask).await
}

/// A plan is shown whole each time, so that what it was at any moment can be told.
#[tokio::test]
async fn what_a_plan_is_shows_in_the_audit() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let before = events(&server).await.len();
    let limits = json!({"api_keys": 7, "ml_violation_detection": true});
    let body = json!({"name": "Team", "price": 99.5, "billing_cycle": "YEARLY", "features": ["One"], "limits": limits});
    let made = create(&server, &admin, body).await.expect(201);
    let id = made["id"].as_str().unwrap();
    let body = json!({"price": 120, "limits": {"custom_ml_models": true}, "self_service": false});
    server.call(Method::PATCH, &format!("/admin/plans/{id}"), &admin, body).await.expect(200);
    for _ in 0..2 {
        retire(&server, &admin, id).await.expect(204);
    }
    let first = json!({
        "name": "Team", "price_minor": 9950, "billing_cycle": "YEARLY", "features": ["One"], "requests_per_month": null,
        "api_keys": 7, "log_retention_days": null, "ml_violation_detection": true, "custom_ml_models": false,
        "self_service": true,
    });
    let mut second = first.clone();
    for (name, value) in [
        ("price_minor", json!(12000)),
        ("api_keys", json!(null)),
        ("ml_violation_detection", json!(false)),
        ("custom_ml_models", json!(true)),
        ("self_service", json!(false)),
    ] {
        second[name] = value;
    }
    let left = events(&server).await.split_off(before);
    let expected = [("plan.created", &first), ("plan.updated", &second), ("plan.retired", &second)];
    assert_eq!(left.len(), expected.len(), "{left:#?}");
    for (event, (action, changes)) in left.iter().zip(expected) {
        assert_eq!((event.action.as_str(), &event.changes), (action, changes));
        assert_eq!((event.target_kind.as_str(), event.target_id.as_deref()), ("plan", Some(id)));
    }
    server.finish().await;
}
