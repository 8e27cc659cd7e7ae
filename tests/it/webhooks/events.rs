//! What webhooks are told of, and what it says.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::webhook_events::EVENT_TYPES;
use trueport::store::tenants::TenantStatus;

use super::{Hook, Sink, happen, permissive_server, settled, try_make};
use crate::audit::{Event, events};
use crate::executable::eventually;
use crate::harness::TestServer;
use crate::impersonation::impersonate;
use crate::organization::{Organization, accept, change, remove, select, set_status};
use crate::plans::platform_admin;
use crate::subscriptions::activate;

/// Everything that an organization's webhooks can be told of, and now and then something that they are not.
struct Story<'a> {
    server: &'a TestServer,
    organization: Organization,
    scoped: String,
}

impl Story<'_> {
    async fn call(&self, method: Method, path: &str, body: Json) -> Json {
        let reply = self.server.call(method, path, &self.scoped, body).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text);
        reply.json()
    }

    /// Lets time pass; the owner signs in again.
    async fn wait(&mut self, days: u64) {
        settled(self.server).await;
        self.server.advance(days * 24 * 60 * 60);
        let access = self.server.sign_in("owner@acme.com").await.access;
        self.scoped = select(self.server, &access, &self.organization.id).await;
    }

    async fn mail(&self, email: &str) {
        self.server.mail.next_mail_to(email).await;
    }

    async fn people(&self) {
        let (server, scoped) = (self.server, &self.scoped);
        let invite = json!({"email": "guest@acme.com", "role": "viewer"});
        self.call(Method::POST, "/service/invites", invite.clone()).await;
        self.mail("guest@acme.com").await;
        let sent = self.call(Method::POST, "/service/invites", invite).await;
        self.mail("guest@acme.com").await;
        let id = sent["id"].as_str().unwrap();
        self.call(Method::POST, &format!("/service/invites/{id}/resend"), Json::Null).await;
        let token = server.mail.next_mail_to("guest@acme.com").await.link_token();
        let access = server.person("guest@acme.com").await.access;
        accept(server, &access, &token).await.expect(200);
        self.mail("owner@acme.com").await;
        let guest = crate::tokens::claims(&access)["sub"].as_str().unwrap().to_owned();
        for body in [json!({"role": "admin"}), json!({"status": "disabled"}), json!({"status": "active"})] {
            change(server, scoped, &guest, body).await.expect(200);
        }
        self.mail("guest@acme.com").await;
        self.call(Method::POST, "/service/ownership-transfer", json!({"user_id": guest})).await;
        let scoped_guest = select(server, &access, &self.organization.id).await;
        let back = json!({"user_id": self.organization.owner.user_id});
        server.call(Method::POST, "/service/ownership-transfer", &scoped_guest, back).await.expect(200);
        for email in ["guest@acme.com", "owner@acme.com", "guest@acme.com", "owner@acme.com"] {
            self.mail(email).await;
        }
        let leaving = self.organization.join(server, "leaving@acme.com", "viewer").await;
        super::post(server, &leaving.scoped, "/service/members/leave").await.expect(204);
        remove(server, scoped, &guest).await.expect(200);
        self.mail("guest@acme.com").await;
        let sent =
            self.call(Method::POST, "/service/invites", json!({"email": "late@acme.com", "role": "viewer"})).await;
        self.mail("late@acme.com").await;
        self.call(Method::DELETE, &format!("/service/invites/{}", sent["id"].as_str().unwrap()), Json::Null).await;
    }

    async fn settings(&self) {
        happen(self.server, &self.scoped, "Renamed").await;
        let key = "/service/configs/gateway.violation_action";
        // By a platform admin in the owner's name; both are told.
        let admin = platform_admin(self.server).await;
        let owner_id = &self.organization.owner.user_id;
        let acting = impersonate(self.server, &admin, owner_id, &self.organization.id).await;
        let body = json!({"value": "warn", "scope": "ENVIRONMENT"});
        self.server.call(Method::PUT, key, &acting, body).await.expect(200);
        self.call(Method::DELETE, &format!("{key}?scope=ENVIRONMENT"), Json::Null).await;
        let store = json!({
            "provider": "S3", "bucket": "acme-logs", "region": "us-east-1", "endpoint": "https://127.0.0.1:9",
            "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        });
        self.call(Method::PUT, "/service/storage", store).await;
        // Tells nobody.
        self.call(Method::POST, "/service/storage/test", Json::Null).await;
        self.call(Method::DELETE, "/service/storage", Json::Null).await;
    }

    async fn billing(&mut self) {
        let server = self.server;
        activate(server, &self.scoped, "plan_pro").await.expect(201);
        self.mail("owner@acme.com").await;
        let at_end = json!({"at_period_end": true});
        self.call(Method::POST, "/service/subscriptions/cancel", at_end.clone()).await;
        activate(server, &self.scoped, "plan_pro").await.expect(201);
        self.wait(32).await;
        self.happened("subscription.renewed").await;
        self.call(Method::POST, "/service/subscriptions/cancel", at_end).await;
        self.wait(32).await;
        self.happened("subscription.expired").await;
        self.mail("owner@acme.com").await;
    }

    async fn statuses(&self) {
        use TenantStatus::{Active, Archived, Suspended};
        for status in [Suspended, Active, Archived] {
            self.server.advance(1);
            set_status(self.server, "acme", status).await;
        }
    }

    /// Waits until the audit has this.
    async fn happened(&self, action: &str) {
        eventually(action, || async {
            events(self.server).await.iter().any(|event| event.action == action).then_some(())
        })
        .await;
    }
}

/// The type that an event is told under.
fn type_of(event: &Event) -> String {
    match event.action.strip_prefix("membership.") {
        Some("created") => "member.joined".to_owned(),
        Some(change) => format!("member.{change}"),
        None => event.action.clone(),
    }
}

/// What is told of an event.
fn expected(event: &Event) -> Json {
    let changes = if event.changes.is_null() { json!({}) } else { event.changes.clone() };
    json!({
        "tenant_id": event.tenant_id,
        "actor": {"kind": event.actor_kind, "id": event.actor_id, "impersonator_id": event.impersonator_id},
        "target": {"kind": event.target_kind, "id": event.target_id},
        "changes": changes,
    })
}

fn count(items: impl Iterator<Item = (String, String)>) -> BTreeMap<(String, String), usize> {
    items.fold(BTreeMap::new(), |mut counts, item| {
        *counts.entry(item).or_default() += 1;
        counts
    })
}

#[tokio::test]
async fn each_event_is_told_once_also_of_an_organization_that_is_closed() {
    let server = permissive_server().await;
    server.set_config("billing.ends_soon_days", json!(1)).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    // Another organization's events are told to nobody here.
    let other = Organization::of(&server, "other@acme.com", "other").await.owner.scoped;
    let (sink, foreign) = (Sink::start().await, Sink::start().await);
    Hook::make(&server, &organization.owner.scoped, &sink.url()).await;
    Hook::make(&server, &other, &foreign.url()).await;
    let scoped = organization.owner.scoped.clone();
    let mut story = Story { server: &server, organization, scoped };
    story.people().await;
    story.settings().await;
    let told = |event: &Event| EVENT_TYPES.iter().any(|known| known.name == type_of(event));
    story.billing().await;
    story.statuses().await;

    let all = events(&server).await;
    let tenant_id = story.organization.id.as_str();
    let own: Vec<&Event> =
        all.iter().filter(|event| event.tenant_id.as_deref() == Some(tenant_id) && told(event)).collect();
    let types: BTreeSet<String> = own.iter().map(|event| type_of(event)).collect();
    let catalogue: BTreeSet<String> = EVENT_TYPES.iter().map(|known| known.name.to_owned()).collect();
    assert_eq!(types, catalogue, "let each event of the catalogue happen here");
    let received = sink.told_times(own.len()).await;
    let expected = count(own.iter().map(|event| (type_of(event), expected(event).to_string())));
    let received_counts = count(received.iter().map(|told| (told.event_type(), told.body()["data"].to_string())));
    assert_eq!(received_counts, expected);
    assert_eq!(received.iter().map(|told| &told.id).collect::<BTreeSet<_>>().len(), received.len());
    for told in &received {
        let body = told.body();
        let names: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(names, ["data", "timestamp", "type"], "{body}");
        assert!(body["timestamp"].as_str().unwrap().ends_with('Z'));
        for secret in ["AKIAIOSFODNN7EXAMPLE", "wJalrX", "token", "whsec_"] {
            assert!(!told.raw.contains(secret), "{}", told.raw);
        }
    }
    let of_type = |name: &str| received.iter().find(|told| told.event_type() == name).unwrap().body()["data"].clone();
    assert_eq!(of_type("tenant.updated")["changes"]["name"], "Renamed");
    assert_eq!(of_type("config.updated")["changes"], json!({"value": "warn", "environment": "prod"}));
    assert!(of_type("config.updated")["actor"]["impersonator_id"].is_string());
    assert_eq!(of_type("tenant.archived")["actor"], json!({"kind": "operator", "id": null, "impersonator_id": null}));
    let is_own = |told: &super::Told| told.body()["data"]["tenant_id"].as_str() != Some(tenant_id);
    assert!(foreign.told().iter().all(is_own), "{:?}", foreign.told());
    server.finish().await;
}

#[tokio::test]
async fn a_webhook_is_told_of_what_it_wants_and_two_of_one_event_under_one_id() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sinks = [Sink::start().await, Sink::start().await, Sink::start().await, Sink::start().await];
    let wanted = [json!(["tenant.updated"]), json!(["*"]), json!(["config.updated", "member.left"]), json!(["*"])];
    for (index, (sink, events)) in sinks.iter().zip(wanted).enumerate() {
        let body = json!({"url": sink.url(), "events": events, "enabled": index < 3});
        try_make(&server, &scoped, body).await.expect(201);
    }
    happen(&server, &scoped, "Renamed").await;
    let model = json!({"value": "m"});
    server.call(Method::PUT, "/service/configs/gateway.default_model", &scoped, model).await.expect(200);
    let first = sinks[0].told_times(1).await;
    let second = sinks[1].told_times(2).await;
    let third = sinks[2].told_times(1).await;
    assert_eq!(first[0].event_type(), "tenant.updated");
    assert_eq!(third[0].event_type(), "config.updated");
    assert_eq!(second.iter().map(super::Told::event_type).collect::<Vec<_>>(), ["tenant.updated", "config.updated"]);
    assert_eq!((&first[0].id, &first[0].raw), (&second[0].id, &second[0].raw));
    assert_eq!((&third[0].id, &third[0].raw), (&second[1].id, &second[1].raw));
    assert!(sinks[3].told().is_empty());
    server.finish().await;
}

/// What was undone, or refused, is told to nobody.
#[tokio::test]
async fn what_did_not_happen_is_not_told() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let invite = json!({"email": "owner@acme.com", "role": "viewer"});
    server.call(Method::POST, "/service/invites", &scoped, invite).await.expect(409);
    server.call(Method::PATCH, "/service/info", &scoped, json!({"billing_email": "x"})).await.expect(422);
    server.call(Method::PATCH, "/service/info", &scoped, json!({})).await.expect(200);
    hook.test(&server, &scoped).await;
    assert_eq!(sink.told_times(1).await[0].event_type(), "webhook.test");
    assert_eq!(hook.deliveries(&server, &scoped, "").await.len(), 1);
    server.finish().await;
}
