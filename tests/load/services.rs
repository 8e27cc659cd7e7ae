//! What services and members ask for most: usage reported, tokens introspected, configuration read.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::client::{self, Client, drive};
use crate::{ROUNDS, median, per_second, row, server};

/// Services that report at the same time.
const REPORTERS: usize = 4;
const ROWS: usize = 1_000;

/// An organization of the person with this token.
struct Organization {
    id: String,
    scoped: String,
    made_at: String,
}

fn found(address: &str, token: &str) -> Organization {
    let mut http = Client::connect(address);
    let made = http.send("POST", "/platform/api/global/tenants", token, &json!({"name": "Bench"})).expect(201);
    let body = json!({"tenant_id": made["id"]});
    let selected = http.send("POST", "/platform/api/global/auth/select-tenant", token, &body).expect(200);
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    Organization { id: text(&made["id"]), scoped: text(&selected["access_token"]), made_at: text(&made["created_at"]) }
}

/// Measures all of it on a running server.
pub(crate) fn measure(address: &str, folder: &Path, token: &str) {
    let organization = found(address, token);
    let url = |path: &str| format!("http://{address}/platform/api{path}");
    let info = || client::wrk(&url("/service/info"), &organization.scoped);
    rate("GET info (membership and tenant checked too), 32 connections", info);
    rate("GET configs of an organization (the whole tree), 32 connections", || {
        client::wrk(&url("/service/configs"), &organization.scoped)
    });
    let key = server::service_key(folder);
    rate("GET configs for the gateway, 32 connections", || {
        client::wrk(&url(&format!("/internal/tenants/{}/configs", organization.id)), &key)
    });
    let body = json!({"token": organization.scoped});
    rate("introspections of a scoped token, 32 clients", || {
        drive(address, 32, Duration::from_secs(4), |_, _, http| {
            let reply = http.send("POST", "/platform/api/internal/introspect", &key, &body).expect(200);
            assert_eq!(reply["active"], true);
        })
    });
    let round = std::sync::atomic::AtomicUsize::new(0);
    rate("usage rows in batches of 1,000, 4 services (each on disk when answered)", || {
        let round = round.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let batches = drive(address, REPORTERS, Duration::from_secs(5), |reporter, number, http| {
            let report = report(&organization, &format!("{round}-{reporter}-{number}"));
            let taken = http.send_text("POST", "/platform/api/internal/usage", &key, &report).expect(200);
            assert_eq!(taken["accepted"], ROWS);
        });
        batches * ROWS as f64
    });
}

fn rate(what: &str, measure: impl Fn() -> f64) {
    row(what, &per_second(median((0..ROUNDS).map(|_| measure()).collect())));
}

/// A report of rows with ids of their own.
fn report(organization: &Organization, name: &str) -> String {
    let environments = ["prod", "staging", "dev"];
    let rows: Vec<String> = (0..ROWS)
        .map(|index| {
            format!(
                r#"{{"id":"{name}-{index}","tenant_id":"{}","environment":"{}","at":"{}","requests":{index},"violations":1}}"#,
                organization.id,
                environments[index % environments.len()],
                organization.made_at
            )
        })
        .collect();
    format!(r#"{{"events":[{}]}}"#, rows.join(","))
}
