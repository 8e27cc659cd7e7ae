//! Configuration of the installation, of an organization and of its environments (specification "Configuration
//! Management" and "Admin Configuration", contract 30 to 32 and 34).

mod cache;
mod effects;
mod errors;
mod explain;
mod gateway;
mod history;
mod keys;
mod layers;
mod locks;
mod tree;
mod values;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, Setup, TestServer};
use crate::inspect::set_platform_admin;
use crate::organization::Organization;

/// A server, a platform admin, and an organization with a token for each environment.
struct Stage {
    server: TestServer,
    /// A token of a platform admin who is in no organization.
    admin: String,
    acme: Organization,
    /// The owner's tokens for staging and dev; the one for prod is `acme.owner.scoped`.
    staging: String,
    dev: String,
}

impl Stage {
    async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    async fn with(setup: Setup) -> Self {
        let server = TestServer::start_with(setup).await;
        let admin = platform_admin(&server, "root@trueport.example").await;
        let acme = Organization::of(&server, "owner@acme.com", "acme").await;
        let staging = switch(&server, &acme.owner.scoped, "staging").await;
        let dev = switch(&server, &acme.owner.scoped, "dev").await;
        Self { server, admin, acme, staging, dev }
    }

    /// The owner's token for prod.
    fn prod(&self) -> &str {
        &self.acme.owner.scoped
    }

    /// Sets or, without a body, resets the installation's value, which must succeed.
    async fn global(&self, key: &str, body: Json) -> Json {
        change(&self.server, &self.admin, &format!("/admin/configs/{key}"), body).await.expect(200)
    }

    /// The same for the organization's value, with the token of one of its environments.
    async fn own(&self, token: &str, key: &str, body: Json) -> Json {
        change(&self.server, token, &format!("/service/configs/{key}"), body).await.expect(200)
    }

    /// What a key shows in the organization's tree.
    async fn shown(&self, token: &str, key: &str) -> Json {
        item(&self.server.get("/service/configs", token).await.expect(200), key)
    }

    /// The value in force in each environment, prod first.
    async fn values(&self, key: &str) -> [Json; 3] {
        let mut values = [Json::Null, Json::Null, Json::Null];
        for (value, token) in values.iter_mut().zip([self.prod(), &self.staging, &self.dev]) {
            *value = self.shown(token, key).await["val"].clone();
        }
        values
    }

    /// What a key shows in the tree of the installation.
    async fn shown_globally(&self, key: &str) -> Json {
        item(&self.server.get("/admin/configs", &self.admin).await.expect(200), key)
    }
}

/// Registers somebody and makes them a platform admin; returns their global token.
async fn platform_admin(server: &TestServer, email: &str) -> String {
    let access = server.person(email).await.access;
    set_platform_admin(server, email, true).await;
    access
}

/// A token of the same session for another environment.
async fn switch(server: &TestServer, scoped: &str, environment: &str) -> String {
    let body = json!({"environment": environment});
    let switched = server.call(Method::POST, "/service/auth/switch-environment", scoped, body).await.expect(200);
    switched["access_token"].as_str().expect("a token").to_owned()
}

/// PUT with a body, DELETE without one.
async fn change(server: &TestServer, token: &str, path: &str, body: Json) -> Reply {
    let method = if body.is_null() { Method::DELETE } else { Method::PUT };
    server.call(method, path, token, body).await
}

/// The objects of all keys in a tree, in its order.
fn items(tree: &Json) -> Vec<&Json> {
    let resources = tree["resources"].as_array().expect("resources").iter();
    let groups = resources.flat_map(|resource| resource["config_groups"].as_array().expect("groups"));
    let sections = groups.flat_map(|group| group["sections"].as_array().expect("sections"));
    sections.flat_map(|section| section["configs"].as_array().expect("keys")).collect()
}

/// The object of a key in a tree; null where it is not shown.
pub(crate) fn item(tree: &Json, key: &str) -> Json {
    items(tree).into_iter().find(|item| item["key"] == key).cloned().unwrap_or_default()
}
