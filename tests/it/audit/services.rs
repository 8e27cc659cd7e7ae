//! What services do with their keys leaves nothing: they report and ask, and change nothing that somebody decided on.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::service_keys::SCOPES;

use super::Deed;
use crate::harness::TestServer;
use crate::inspect::make_service_key;
use crate::organization::Organization;

/// Calls a route so that it does what it is for, as a service, about `email`, who has no account yet, and an organization
/// of that person.
pub(super) async fn perform(server: &TestServer, method: &Method, path: &str, email: &str) -> Deed {
    let organization = Organization::of(server, email, email.split('@').next().unwrap()).await;
    let (_, key) = make_service_key(server, SCOPES).await;
    let (body, done): (Json, Json) = match (method.as_str(), path) {
        ("POST", "/internal/usage") => {
            let row = json!({
                "id": email, "tenant_id": organization.id, "environment": "prod",
                "at": server.clock.now().to_string(), "requests": 3, "violations": 1,
            });
            (json!({"events": [row]}), json!({"accepted": 1, "duplicates": 0}))
        }
        ("POST", "/internal/introspect") => (json!({"token": organization.owner.scoped}), json!({"active": true})),
        _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
    };
    let reply = server.call(method.clone(), path, &key, body).await;
    for (name, value) in done.as_object().unwrap() {
        assert_eq!(reply.json()[name], *value, "{path}: {}", reply.text);
    }
    let secrets = vec![key, organization.owner.access, organization.owner.scoped];
    Deed { reply, actions: &[], secrets, tenant_id: Some(organization.id) }
}
