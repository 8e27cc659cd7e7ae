//! A webhook of each organization, with something that it was told.

use serde_json::{Value as Json, json};
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::Operator;
use trueport::domain::operators;
use trueport::id::{DeliveryId, Id as _, MessageId, WebhookId};
use trueport::store::webhook_deliveries::{self, Attempt, Delivery, DeliveryStatus};
use trueport::store::webhooks::{self, Webhook};

use super::House;
use crate::harness::TestServer;

const AT: &str = "2024-01-15T10:30:00Z";

fn id(prefix: &str, house: &House) -> String {
    format!("{prefix}_01h455vb4pex5vsknk084sn0{}q", house.number)
}

/// The ids of a house's webhook and of its delivery.
pub(super) fn ids(house: &House) -> (String, String) {
    (id("whk", house), id("dlv", house))
}

/// A path to the house's own webhook.
pub(super) fn own_path(house: &House, path: &str) -> String {
    if !path.starts_with("/service/webhooks") {
        return path.to_owned();
    }
    let (id, delivery_id) = ids(house);
    path.replace("{id}", &id).replace("{delivery_id}", &delivery_id)
}

/// It is disabled, so that nothing of it changes by itself.
pub(super) async fn furnish(server: &TestServer, house: &House) {
    let at = Time::parse(AT).unwrap();
    let (slug, number) = (house.slug, house.number);
    let webhook = Webhook {
        id: WebhookId::parse(&id("whk", house)).unwrap(),
        url: format!("https://{slug}.example/"),
        events: vec!["*".to_owned()],
        description: format!("Of {slug}"),
        is_enabled: false,
        disabled_reason: None,
        failing_since: None,
        old_secret_until: None,
        created_at: at,
        updated_at: at,
    };
    let delivery = Delivery {
        id: DeliveryId::parse(&id("dlv", house)).unwrap(),
        webhook_id: webhook.id.clone(),
        message_id: MessageId::parse(&id("msg", house)).unwrap(),
        event_type: "tenant.updated".to_owned(),
        body: format!("{{\"of\":\"{slug}\"}}"),
        status: DeliveryStatus::Failed,
        attempts: 1,
        earlier_attempts: 0,
        created_at: at,
        due_at: at,
        settled_at: Some(server.clock.now()),
        last_status: Some(500 + number),
        last_error: Some(format!("Of {slug}")),
    };
    let attempt = Attempt { number: 1, at, duration: number, status: None, error: Some(format!("Of {slug}")) };
    let write = move |tx: &mut Tx<'_>, _: &Operator| {
        let tenant = operators::find_tenant(tx, slug)?;
        webhooks::insert(tx, tenant.scope(), &webhook, slug.as_bytes())?;
        webhook_deliveries::insert(tx, tenant.scope(), &delivery)?;
        Ok(webhook_deliveries::insert_attempt(tx, tenant.scope(), &delivery.id, &attempt)?)
    };
    server.app.write(&Operator, write).await.unwrap();
}

/// Paths of a `GET` with what they show of a house.
pub(super) async fn shown(server: &TestServer, house: &House, path: &str) -> Vec<(String, Json)> {
    let (slug, own) = (house.slug, own_path(house, path));
    let webhook = json!({
        "id": id("whk", house), "url": format!("https://{slug}.example/"), "events": ["*"],
        "description": format!("Of {slug}"), "enabled": false, "disabled_reason": null, "failing_since": null,
        "old_secret_expires_at": null, "created_at": AT, "updated_at": AT,
    });
    let sql = "SELECT id, settled_at FROM webhook_deliveries WHERE tenant_id = ?1 AND id = ?2";
    let (_, settled_at) = super::shown::stored(server, sql, &house.organization.id, &id("dlv", house)).await;
    let delivery = json!({
        "id": id("dlv", house), "message_id": id("msg", house), "type": "tenant.updated", "status": "failed",
        "attempts": 1, "created_at": AT, "next_attempt_at": null, "settled_at": settled_at,
        "last_status": 500 + house.number, "last_error": format!("Of {slug}"),
    });
    let page = |items: &[&Json]| json!({"items": items, "total": 1});
    match path.rsplit('/').next().unwrap() {
        "webhooks" => {
            vec![(own.clone(), page(&[&webhook])), (format!("{own}?limit=1&offset=1"), page(&[]))]
        }
        "deliveries" => {
            let none = json!({"items": [], "total": 0});
            vec![
                (own.clone(), page(&[&delivery])),
                (format!("{own}?limit=1&offset=1"), page(&[])),
                (format!("{own}?status=failed"), page(&[&delivery])),
                (format!("{own}?status=pending"), none),
            ]
        }
        "{id}" => vec![(own, webhook)],
        _ => {
            let attempt = json!({
                "number": 1, "at": AT, "duration_ms": house.number, "status": null, "error": format!("Of {slug}"),
            });
            let payload = format!("{{\"of\":\"{slug}\"}}");
            vec![(own, json!({"delivery": delivery, "payload": payload, "attempts": [attempt]}))]
        }
    }
}
