//! What is done in and to organizations leaves its trace in their own audit too.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{Deed, Event, events, webhooks};
use crate::harness::{PASSWORD, TestServer};
use crate::organization::{Organization, change, invite, set_status};
use crate::subscriptions::activate;

/// Routes outside `/service` whose events belong to an organization.
const JOINING: [&str; 3] = ["/global/auth/select-tenant", "/global/tenants", "/global/invites/accept"];

pub(super) fn is_about_one(path: &str) -> bool {
    path.starts_with("/service") || JOINING.contains(&path)
}

/// Calls a route so that it changes something, as `email`, who has no account yet, in an organization of its own.
pub(super) async fn perform(server: &TestServer, method: &Method, path: &str, email: &str) -> Deed {
    let is_guest = ["/global/invites/accept", "/service/members/leave"].contains(&path);
    let owner = if is_guest { format!("owner-{email}") } else { email.to_owned() };
    let guest = if is_guest { email.to_owned() } else { format!("guest-{email}") };
    let slug = email.split('@').next().unwrap();
    let organization = Organization::of(server, &owner, slug).await;
    let (access, scoped) = (organization.owner.access.clone(), organization.owner.scoped.clone());
    let join = async |role: &str| organization.join(server, &guest, role).await;
    let in_path = |id: &str| format!("{}{id}{}", path.split('{').next().unwrap(), path.split('}').nth(1).unwrap());
    let mut secrets = vec![access.clone(), scoped.clone()];
    let (mut tenant_id, mut target) = (organization.id.clone(), path.to_owned());
    let (body, token, actions, mails): (Json, String, &'static [&'static str], Vec<&str>) =
        match (method.as_str(), path) {
            ("POST", "/global/auth/select-tenant") => {
                (json!({"tenant_id": tenant_id}), access, &["user session.tenant_selected"], vec![])
            }
            ("POST", "/global/tenants") => {
                let body = json!({"name": "Another", "slug": format!("another-{slug}")});
                (body, access, &["user tenant.created"], vec![])
            }
            ("POST", "/global/invites/accept") => {
                let token = organization.invite(server, &guest, "member").await;
                secrets.push(token.clone());
                let access = server.person(&guest).await.access;
                (
                    json!({"token": token}),
                    access,
                    &["user membership.created", "user user.email_verified"],
                    vec![&owner],
                )
            }
            ("PATCH", "/service/info") => (json!({"name": "Renamed"}), scoped, &["user tenant.updated"], vec![]),
            ("POST", "/service/archive") => (json!({"slug": slug}), scoped, &["user tenant.archived"], vec![]),
            ("POST", "/service/ownership-transfer") => {
                let body = json!({"user_id": join("viewer").await.user_id});
                (body, scoped, &["user tenant.ownership_transferred"], vec![&owner, &guest])
            }
            ("POST", "/service/auth/switch-environment") => {
                (json!({"environment": "staging"}), scoped, &["user session.environment_switched"], vec![])
            }
            ("PATCH", "/service/members/{user_id}") => {
                target = in_path(&join("admin").await.user_id);
                let body = json!({"role": "viewer", "status": "disabled"});
                (body, scoped, &["user membership.role_changed", "user membership.disabled"], vec![&guest])
            }
            ("DELETE", "/service/members/{user_id}") => {
                target = in_path(&join("admin").await.user_id);
                (Json::Null, scoped, &["user membership.removed"], vec![&guest])
            }
            ("POST", "/service/members/leave") => {
                (Json::Null, join("member").await.scoped, &["user membership.left"], vec![])
            }
            ("POST", "/service/invites") => {
                (json!({"email": guest, "role": "member"}), scoped, &["user invite.created"], vec![&guest])
            }
            ("POST", "/service/invites/{id}/resend") | ("DELETE", "/service/invites/{id}") => {
                let sent = invite(server, &scoped, &guest, "member").await.expect(201);
                secrets.push(server.mail.next_mail_to(&guest).await.link_token());
                target = in_path(sent["id"].as_str().unwrap());
                match method.as_str() {
                    "POST" => (Json::Null, scoped, &["user invite.resent"], vec![&guest]),
                    _ => (Json::Null, scoped, &["user invite.revoked"], vec![]),
                }
            }
            ("POST", "/service/subscriptions") => {
                (json!({"plan_id": "plan_pro"}), scoped, &["user subscription.activated"], vec![&owner])
            }
            ("POST", "/service/subscriptions/cancel") => {
                activate(server, &scoped, "plan_pro").await.expect(201);
                (json!({"at_period_end": false}), scoped, &["user subscription.cancelled"], vec![&owner, &owner])
            }
            ("PUT", "/service/configs/{key}") => {
                target = path.replace("{key}", "gateway.violation_action");
                (json!({"value": "warn", "scope": "ENVIRONMENT"}), scoped, &["user config.updated"], vec![])
            }
            ("DELETE", "/service/configs/{key}") => {
                target = path.replace("{key}", "gateway.violation_action");
                server.call(Method::PUT, &target, &scoped, json!({"value": "warn"})).await.expect(200);
                (Json::Null, scoped, &["user config.reset"], vec![])
            }
            ("PUT", "/service/storage") => {
                secrets
                    .extend(["AKIAIOSFODNN7EXAMPLE".to_owned(), "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY".to_owned()]);
                let body = json!({
                    "provider": "S3", "bucket": format!("exports-of-{slug}"), "region": "us-east-1",
                    "aws_access_key_id": secrets[2], "aws_secret_access_key": secrets[3],
                });
                (body, scoped, &["user storage.updated"], vec![])
            }
            ("POST", "/service/storage/test") => {
                let local = json!({"provider": "LOCAL"});
                server.call(Method::PUT, "/service/storage", &scoped, local).await.expect(200);
                (Json::Null, scoped, &["user storage.tested"], vec![])
            }
            ("DELETE", "/service/storage") => {
                let local = json!({"provider": "LOCAL"});
                server.call(Method::PUT, "/service/storage", &scoped, local).await.expect(200);
                (Json::Null, scoped, &["user storage.deleted"], vec![])
            }
            (_, path) if path.starts_with("/service/webhooks") => {
                let hooks = webhooks::prepare(server, &scoped, method, path).await;
                secrets.extend(hooks.secrets);
                target = hooks.target;
                (hooks.body, scoped, hooks.actions, vec![])
            }
            _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
        };
    let reply = server.call(method.clone(), &target, &token, body).await;
    for address in mails {
        let mail = server.mail.next_mail_to(address).await;
        if mail.text.contains("?token=") {
            secrets.push(mail.link_token());
        }
    }
    for name in ["access_token", "secret"] {
        secrets.extend(reply.json()[name].as_str().map(str::to_owned));
    }
    if path == "/global/tenants" {
        tenant_id = reply.json()["id"].as_str().expect("an id").to_owned();
    }
    Deed { reply, actions, secrets, tenant_id: Some(tenant_id) }
}

/// Each event as actor, action and whether it stands in the audit of the organization.
fn traces<'a>(events: &'a [Event], tenant_id: &str) -> Vec<(&'a str, &'a str, bool)> {
    let is_own = |event: &Event| event.tenant_id.as_deref().inspect(|id| assert_eq!(*id, tenant_id)).is_some();
    events.iter().map(|event| (event.actor_kind.as_str(), event.action.as_str(), is_own(event))).collect()
}

#[tokio::test]
async fn who_registers_with_an_invitation_shows_in_the_organizations_audit() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let email = "guest@acme.com";
    let token = organization.invite(&server, email, "member").await;
    let before = events(&server).await.len();
    let body = json!({
        "email": email, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe", "invite_token": token,
    });
    server.post("/global/auth/register", body).await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    let left = events(&server).await.split_off(before);
    let expected = [
        ("anonymous", "user.created", false),
        ("anonymous", "membership.created", true),
        ("anonymous", "user.email_verified", false),
    ];
    assert_eq!(traces(&left, &organization.id), expected);
    assert!(!format!("{left:?}").contains(&token));
    server.finish().await;
}

#[tokio::test]
async fn each_change_of_a_status_leaves_one_event_and_the_same_status_again_none() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let guest = organization.join(&server, "guest@acme.com", "member").await;
    let before = events(&server).await.len();
    for status in ["disabled", "disabled", "active", "active"] {
        let body = json!({"role": "member", "status": status});
        change(&server, &organization.owner.scoped, &guest.user_id, body).await.expect(200);
    }
    use TenantStatus::{Active, Archived, Suspended};
    for status in [Active, Suspended, Suspended, Active, Suspended, Archived, Archived, Active, Archived] {
        // Events of one millisecond have no order between the connections of PostgreSQL.
        server.clock.advance(Duration::from_millis(1));
        set_status(&server, "acme", status).await;
    }
    let left = events(&server).await.split_off(before);
    let expected = [
        ("user", "membership.disabled", true),
        ("user", "membership.enabled", true),
        ("operator", "tenant.suspended", true),
        ("operator", "tenant.activated", true),
        ("operator", "tenant.suspended", true),
        ("operator", "tenant.archived", true),
        ("operator", "tenant.activated", true),
        ("operator", "tenant.archived", true),
    ];
    assert_eq!(traces(&left, &organization.id), expected);
    server.finish().await;
}
