//! What organizations have beside people: usage, configuration, a store, and days that were exported.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::Operator;
use trueport::domain::operators;
use trueport::domain::service_keys::SCOPES;
use trueport::store::storage_settings::{self, Export};

use super::shown::stored;
use super::{House, webhooks};
use crate::harness::TestServer;
use crate::inspect::make_service_key;

const HOUR: i64 = 60 * 60;

/// A row of a report of usage.
pub(super) fn usage_row(
    id: &str,
    tenant_id: &str,
    environment: &str,
    at: Time,
    requests: i64,
    violations: i64,
) -> Json {
    json!({
        "id": id, "tenant_id": tenant_id, "environment": environment, "at": at.to_string(), "requests": requests,
        "violations": violations,
    })
}

/// Furnishes both houses alike, and in other numbers.
pub(super) async fn furnish(server: &TestServer, houses: [&House; 2]) {
    let mut rows = Vec::new();
    for house in houses {
        let call = async |method: Method, path: &str, body: Json| {
            server.call(method, path, &house.owner().scoped, body).await.expect(200)
        };
        let model = json!({"value": format!("model-of-{}", house.slug)});
        call(Method::PUT, "/service/configs/gateway.default_model", model).await;
        let timeout = json!({"value": 100 + house.number, "scope": "ENVIRONMENT"});
        call(Method::PUT, "/service/configs/gateway.timeout_seconds", timeout).await;
        let store = json!({
            "provider": "S3", "bucket": format!("exports-of-{}", house.slug), "region": "us-east-1",
            "endpoint": format!("https://{}.example", house.slug), "aws_access_key_id": house.slug,
            "aws_secret_access_key": "secret",
        });
        call(Method::PUT, "/service/storage", store).await;
        export(server, house).await;
        webhooks::furnish(server, house).await;
        for (environment, at, hundreds) in [
            ("prod", house.built_at, 1),
            ("staging", house.built_at, 10),
            ("prod", Time::from_seconds(house.built_at.seconds() - HOUR), 100),
        ] {
            let id = format!("{}-{hundreds}", house.slug);
            let requests = 100 * hundreds * house.number;
            rows.push(usage_row(&id, &house.organization.id, environment, at, requests, house.number));
        }
    }
    // One report about both.
    let (_, key) = make_service_key(server, SCOPES).await;
    let taken = server.call(Method::POST, "/internal/usage", &key, json!({"events": rows})).await;
    assert_eq!(taken.expect(200), json!({"accepted": 6, "duplicates": 0}));
    // The nightly export puts off what is not due yet; from then on nothing here changes by itself.
    let due = |tx: &mut Tx<'_>| {
        let now = tx.now();
        let sql = "SELECT count(*) FROM storage_settings WHERE next_try_at <= ?1";
        Ok(tx.one(sql, args![now], |row| row.get::<i64>(0))?)
    };
    while server.app.read(due).await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Two days, as if they had been exported.
fn exported(house: &House) -> [Export; 2] {
    [10, 20].map(|ten| {
        let day = format!("2024-01-{}", ten + house.number);
        Export {
            day_at: Time::parse(&format!("{day}T00:00:00Z")).unwrap(),
            object: format!("audit/{}/{day}.ndjson.gz", house.organization.id),
            events: ten + house.number,
            size: 1_000 * house.number,
            exported_at: Time::parse("2024-02-01T00:10:00Z").unwrap(),
        }
    })
}

async fn export(server: &TestServer, house: &House) {
    let (slug, exported) = (house.slug, exported(house));
    let write = move |tx: &mut Tx<'_>, _: &Operator| {
        let tenant = operators::find_tenant(tx, slug)?;
        Ok(exported.iter().try_for_each(|export| storage_settings::insert_export(tx, tenant.scope(), export))?)
    };
    server.app.write(&Operator, write).await.unwrap();
}

/// The values of the tree, changed to those of a house.
fn tree(house: &House, untouched: &Json) -> Json {
    fn each<'a>(node: &'a mut Json, name: &str) -> &'a mut Vec<Json> {
        node[name].as_array_mut().unwrap()
    }
    let mut tree = untouched.clone();
    let mut changed = 0;
    for resource in each(&mut tree, "resources") {
        for group in each(resource, "config_groups") {
            for section in each(group, "sections") {
                for config in each(section, "configs") {
                    let value = match config["key"].as_str() {
                        Some("gateway.default_model") => json!(format!("model-of-{}", house.slug)),
                        Some("gateway.timeout_seconds") => json!(100 + house.number),
                        _ => continue,
                    };
                    config["val"] = value;
                    changed += 1;
                }
            }
        }
    }
    assert_eq!(changed, 2);
    tree
}

/// The layers of a key whose value is set at one of a house's own levels.
fn explained(key: &str, default: Json, value: Json, source: &str) -> Json {
    let layer = |name: &str, value: Json| {
        json!({
            "source": name, "is_set": !value.is_null(), "value": value, "is_locked": false, "is_winner": name == source,
        })
    };
    let own = |name: &str| layer(name, if name == source { value.clone() } else { Json::Null });
    let layers = [layer("default", default), layer("global", Json::Null), own("tenant"), own("environment")];
    json!({"key": key, "val": value, "source": source, "layers": layers})
}

/// The one change of a key.
async fn change(server: &TestServer, house: &House, key: &str, value: &Json, environment: Json) -> Json {
    let sql = "SELECT actor_id, at FROM config_changes WHERE tenant_id = ?1 AND key = ?2";
    let (user_id, at) = stored(server, sql, &house.organization.id, key).await;
    assert_eq!(user_id, house.owner().user_id);
    json!({
        "at": at, "actor": "user", "user_id": user_id, "email": house.owner().email, "action": "set",
        "environment": environment, "value": value, "is_locked": false,
    })
}

async fn entitlements(server: &TestServer, house: &House) -> Json {
    let sql = "SELECT id, start_at FROM subscriptions WHERE tenant_id = ?1 AND plan_id = ?2";
    let (_, from) = stored(server, sql, &house.organization.id, "plan_pro").await;
    let sql = "SELECT id, end_at FROM subscriptions WHERE tenant_id = ?1 AND plan_id = ?2";
    let (_, to) = stored(server, sql, &house.organization.id, "plan_pro").await;
    json!({
        "tenant_id": house.organization.id, "tenant_status": "active", "plan_id": "plan_pro", "plan_name": "Pro",
        "limits": {
            "requests_per_month": 500_000, "api_keys": 10, "log_retention_days": 90, "ml_violation_detection": true,
            "custom_ml_models": false,
        },
        // In all environments, from the hour on in which the plan began.
        "used": {"from": from, "to": to, "requests": 1_100 * house.number, "violations": 2 * house.number},
        "member_count": house.members.len(),
    })
}

/// The hour before the house was built and that hour, each as requests and violations in times of the house's number.
fn usage(house: &House, environment: &str, counts: [(i64, i64); 2]) -> (String, Json) {
    let hour = |hours: i64| Time::from_seconds((house.built_at.seconds() / HOUR + hours) * HOUR);
    let counts = counts.map(|(requests, violations)| (requests * house.number, violations * house.number));
    let column = |hours: i64, (requests, violations): (i64, i64)| json!({"at": hour(hours).to_string(), "requests": requests, "violations": violations});
    let body = json!({
        "items": [column(-1, counts[0]), column(0, counts[1])],
        "requests": counts[0].0 + counts[1].0,
        "violations": counts[0].1 + counts[1].1,
    });
    (format!("/service/usage?from={}&to={}{environment}", hour(-1), hour(1)), body)
}

async fn exports(server: &TestServer, house: &House) -> (Vec<Json>, Json) {
    let item = |export: &Export| {
        json!({
            "day": export.day_at.to_string()[..10], "object": export.object, "events": export.events,
            "size": export.size, "exported_at": "2024-02-01T00:10:00Z",
        })
    };
    let sql = "SELECT provider, next_day_at FROM storage_settings WHERE tenant_id = ?1 AND provider = ?2";
    let (_, day) = stored(server, sql, &house.organization.id, "S3").await;
    let sql = "SELECT provider, next_try_at FROM storage_settings WHERE tenant_id = ?1 AND provider = ?2";
    let (_, at) = stored(server, sql, &house.organization.id, "S3").await;
    let next = json!({"day": day[..10], "at": at, "attempts": 0, "last_error": null});
    (exported(house).iter().rev().map(item).collect(), next)
}

/// Paths of a `GET` with what they show of a house; none if it shows nothing that was furnished. `untouched` is the
/// configuration of somebody who has set nothing.
pub(super) async fn shown(
    server: &TestServer,
    house: &House,
    untouched: &Json,
    path: &str,
) -> Option<Vec<(String, Json)>> {
    let key_path = |key: &str| path.replace("{key}", key);
    let (model, timeout) = (json!(format!("model-of-{}", house.slug)), json!(100 + house.number));
    let (model_key, timeout_key) = ("gateway.default_model", "gateway.timeout_seconds");
    Some(match path {
        "/service/configs" => vec![(path.to_owned(), tree(house, untouched))],
        "/service/configs/{key}/explain" => vec![
            (key_path(model_key), explained(model_key, json!(""), model, "tenant")),
            (key_path(timeout_key), explained(timeout_key, json!(120), timeout, "environment")),
        ],
        "/service/configs/{key}/history" => {
            let set = change(server, house, model_key, &model, Json::Null).await;
            let set_for_one = change(server, house, timeout_key, &timeout, json!("prod")).await;
            vec![
                (key_path(model_key), json!({"items": [set], "total": 1})),
                (key_path(timeout_key), json!({"items": [set_for_one], "total": 1})),
                (format!("{}?limit=1&offset=1", key_path(model_key)), json!({"items": [], "total": 1})),
            ]
        }
        "/service/storage" => {
            let body = json!({
                "provider": "S3", "bucket": format!("exports-of-{}", house.slug), "region": "us-east-1",
                "endpoint": format!("https://{}.example", house.slug), "credentials_set": true,
            });
            vec![(path.to_owned(), body)]
        }
        "/service/storage/exports" => {
            let (items, next) = exports(server, house).await;
            vec![
                (path.to_owned(), json!({"items": items, "total": 2, "next": next})),
                (format!("{path}?limit=1&offset=1"), json!({"items": [items[1]], "total": 2, "next": next})),
            ]
        }
        "/service/entitlements" => vec![(path.to_owned(), entitlements(server, house).await)],
        "/service/usage" => vec![
            usage(house, "", [(10_000, 1), (100, 1)]),
            usage(house, "&environment=staging", [(0, 0), (1_000, 1)]),
            usage(house, "&environment=dev", [(0, 0), (0, 0)]),
            usage(house, "&environment=all", [(10_000, 1), (1_100, 2)]),
        ],
        path if path.starts_with("/service/webhooks") => webhooks::shown(server, house, path).await,
        _ => return None,
    })
}

/// A service is told of the organization that it asks about.
#[tokio::test]
async fn a_service_sees_the_organization_that_it_names() {
    let server = TestServer::start().await;
    let (first, second) = super::two_houses(&server).await;
    let (_, key) = make_service_key(&server, SCOPES).await;
    for house in [&first, &second] {
        let id = &house.organization.id;
        let of_tenant = server.get(&format!("/internal/tenants/{id}/entitlements"), &key).await.expect(200);
        assert_eq!(of_tenant, entitlements(&server, house).await);
        for (environment, timeout) in [("prod", 100 + house.number), ("staging", 120)] {
            let path = format!("/internal/tenants/{id}/configs?environment={environment}");
            let told = server.get(&path, &key).await.expect(200);
            assert_eq!((&told["tenant_id"], &told["environment"]), (&json!(id), &json!(environment)));
            assert_eq!(told["configs"]["gateway.default_model"], format!("model-of-{}", house.slug));
            assert_eq!(told["configs"]["gateway.timeout_seconds"], timeout);
        }
    }
    server.finish().await;
}
