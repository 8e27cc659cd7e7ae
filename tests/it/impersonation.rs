//! A platform admin acts as a member of an organization (contract 36).

mod ends;
mod limits;
mod queued;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, TestServer};
use crate::organization::Person;
use crate::plans::platform_admin;
use crate::tokens::claims;

/// A platform admin who helps, with a global token, and is in no organization.
async fn supporter(server: &TestServer) -> Person {
    let access = platform_admin(server).await;
    let user_id = claims(&access)["sub"].as_str().expect("a sub").to_owned();
    Person { email: "admin@trueport.example".to_owned(), user_id, scoped: String::new(), access }
}

async fn try_impersonate(server: &TestServer, admin: &str, user_id: &str, body: Json) -> Reply {
    server.call(Method::POST, &format!("/admin/users/{user_id}/impersonate"), admin, body).await
}

/// A token with which a platform admin acts as a member.
pub(crate) async fn impersonate(server: &TestServer, admin: &str, user_id: &str, tenant_id: &str) -> String {
    let body = json!({"tenant_id": tenant_id, "reason": "Ticket 4711"});
    let reply = try_impersonate(server, admin, user_id, body).await.expect(200);
    reply["access_token"].as_str().expect("a token").to_owned()
}
