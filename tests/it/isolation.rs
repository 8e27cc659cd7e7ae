//! Organizations neither see nor touch each other (contract 26: something of another tenant is 404, never 403).

mod furnishing;
mod rows;
mod shown;
mod webhooks;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::clock::Time;
use trueport::domain::service_keys::SCOPES;
use trueport::http::{BASE_PATH, routes};
use trueport::store::tenants::TenantStatus;

use crate::harness::{Setup, TestServer};
use crate::inspect::{all_linked, look, make_service_key};
use crate::openapi::{DOCUMENT, resolve};
use crate::organization::{Organization, Person, accept, change, invite, remove, select, set_status, try_select};
use crate::protection::concrete;
use crate::subscriptions::activate;
use crate::tokens::claims;
use furnishing::{furnish, usage_row};
use rows::rows_of;

/// Who is an admin in both organizations.
const SHARED: &str = "shared@acme.com";

/// An organization with members and with invitations that wait, one of them made by [`SHARED`].
struct House {
    slug: &'static str,
    /// In what it has of its own: the first house has ones where the second has twos.
    number: i64,
    built_at: Time,
    organization: Organization,
    /// Of the plan that it has.
    subscription_id: String,
    /// In the order in which they joined, each with a role; the last one is [`SHARED`].
    members: Vec<(Person, &'static str)>,
    /// In the order in which they were made: the replies, each with the address of who invited.
    invites: Vec<(Json, String)>,
}

impl House {
    async fn build(server: &TestServer, slug: &'static str, number: i64) -> Self {
        let organization = Organization::of(server, &format!("owner@{slug}.example"), slug).await;
        let viewer = organization.join(server, &format!("viewer@{slug}.example"), "viewer").await;
        let members = vec![(organization.owner.clone(), "owner"), (viewer, "viewer")];
        let activated = activate(server, &organization.owner.scoped, "plan_pro").await.expect(201);
        server.mail.next_mail_to(&organization.owner.email).await;
        let subscription_id = activated["id"].as_str().unwrap().to_owned();
        let built_at = server.clock.now();
        let mut house = Self { slug, number, built_at, organization, subscription_id, members, invites: Vec::new() };
        house.invite(server, house.organization.owner.clone(), "member").await;
        house
    }

    async fn invite(&mut self, server: &TestServer, by: Person, role: &str) {
        let email = format!("{role}-by-{}", by.email);
        let sent = invite(server, &by.scoped, &email, role).await.expect(201);
        server.mail.next_mail_to(&email).await;
        self.invites.push((sent, by.email));
    }

    /// Two days of usage around the moment at which the house was built.
    fn usage_query(&self) -> String {
        let hour = |hours: i64| Time::from_seconds((self.built_at.seconds() / 3600 + hours) * 3600);
        format!("?environment=all&from={}&to={}", hour(-24), hour(24))
    }

    fn owner(&self) -> &Person {
        &self.organization.owner
    }

    fn shared(&self) -> &Person {
        &self.members.last().unwrap().0
    }
}

/// Two organizations of one shape. They share a person, and nothing else.
async fn two_houses(server: &TestServer) -> (House, House) {
    let (mut first, mut second) = (House::build(server, "first", 1).await, House::build(server, "second", 2).await);
    let shared = first.organization.join(server, SHARED, "admin").await;
    let token = second.organization.invite(server, SHARED, "admin").await;
    accept(server, &shared.access, &token).await.expect(200);
    server.mail.next_mail_to(&second.owner().email).await;
    let scoped = select(server, &shared.access, &second.organization.id).await;
    second.members.push((Person { scoped, ..shared.clone() }, "admin"));
    first.members.push((shared, "admin"));
    for house in [&mut first, &mut second] {
        house.invite(server, house.shared().clone(), "viewer").await;
    }
    furnish(server, [&first, &second]).await;
    (first, second)
}

/// Method and path, without the base path, of every route of the table that has `wanted`.
fn routes_with(wanted: impl Fn(&Method, &str) -> bool) -> Vec<(Method, String)> {
    let table = routes::table().into_iter();
    let named = table.map(|route| (route.operation.method().clone(), route.operation.path().replace(BASE_PATH, "")));
    named.filter(|(method, path)| wanted(method, path)).collect()
}

/// The names of all properties of a schema and of what is in it.
fn names_in(schema: &'static Json) -> Vec<&'static str> {
    let schema = resolve(schema);
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut names: Vec<&str> = schema.get("items").map_or_else(Vec::new, names_in);
    for (name, property) in properties {
        names.push(name);
        names.extend(names_in(property));
    }
    names
}

/// Whether a route takes an id of something, in its path, its query or its body. The keys of the configuration are the
/// same for everybody.
fn takes_an_id(method: &Method, path: &str) -> bool {
    let operation = &DOCUMENT["paths"][format!("{BASE_PATH}{path}")][method.as_str().to_lowercase()];
    let mut names = names_in(&operation["requestBody"]["content"]["application/json"]["schema"]);
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.filter(|parameter| parameter["in"] == "query");
    names.extend(parameters.filter_map(|parameter| parameter["name"].as_str()));
    let is_id = |name: &&str| *name == "id" || name.ends_with("_id") || name.ends_with("_ids");
    path.replace("{key}", "").contains('{') || names.iter().any(is_id)
}

/// What somebody could try to reach.
struct Ids {
    users: Vec<String>,
    invites: Vec<String>,
    sessions: Vec<String>,
    subscriptions: Vec<String>,
    tenants: Vec<String>,
    /// Each with one of its deliveries.
    webhooks: Vec<(String, String)>,
}

impl Ids {
    fn of(house: &House) -> Self {
        let own = house.members.iter().map(|(person, _)| person).filter(|person| person.email != SHARED);
        let session_id = |person: &Person| claims(&person.access)["sid"].as_str().unwrap().to_owned();
        Self {
            users: own.clone().map(|person| person.user_id.clone()).collect(),
            invites: house.invites.iter().map(|(sent, _)| sent["id"].as_str().unwrap().to_owned()).collect(),
            sessions: own.map(session_id).collect(),
            subscriptions: vec![house.subscription_id.clone()],
            tenants: vec![house.organization.id.clone()],
            webhooks: vec![webhooks::ids(house)],
        }
    }

    fn of_nothing() -> Self {
        let one = |prefix: &str| vec![format!("{prefix}_01h455vb4pex5vsknk084sn02q")];
        Self {
            users: one("usr"),
            invites: one("inv"),
            sessions: one("ses"),
            subscriptions: one("sub"),
            tenants: one("ten"),
            webhooks: one("whk").into_iter().zip(one("dlv")).collect(),
        }
    }

    /// The requests of a route with each of the ids that it takes, as path and body.
    fn requests(&self, method: &Method, path: &str) -> Vec<(String, Json)> {
        let in_path = |ids: &[String], body: &Json| -> Vec<(String, Json)> {
            let (before, after) = (path.split('{').next().unwrap(), path.split('}').nth(1).unwrap());
            ids.iter().map(|id| (format!("{before}{id}{after}"), body.clone())).collect()
        };
        let in_body = |ids: &[String], name: &str| -> Vec<(String, Json)> {
            ids.iter().map(|id| (path.to_owned(), json!({name: id}))).collect()
        };
        match (method.as_str(), path) {
            ("DELETE", "/global/auth/sessions/{id}") => in_path(&self.sessions, &Json::Null),
            ("POST", "/global/auth/select-tenant") => in_body(&self.tenants, "tenant_id"),
            ("POST", "/service/ownership-transfer") => in_body(&self.users, "user_id"),
            ("PATCH", "/service/members/{user_id}") => {
                let bodies = [json!({}), json!({"role": "member"}), json!({"status": "disabled"})];
                bodies.iter().flat_map(|body| in_path(&self.users, body)).collect()
            }
            ("DELETE", "/service/members/{user_id}") => in_path(&self.users, &Json::Null),
            ("POST", "/service/invites/{id}/resend") | ("DELETE", "/service/invites/{id}") => {
                in_path(&self.invites, &Json::Null)
            }
            (_, path) if path.starts_with("/service/webhooks/") => {
                let body = if method == Method::PATCH { json!({"enabled": false}) } else { Json::Null };
                let each = self.webhooks.iter();
                let replaced = each.map(|(id, part)| path.replace("{id}", id).replace("{delivery_id}", part));
                replaced.map(|path| (path, body.clone())).collect()
            }
            // A plan belongs to nobody; what belongs to somebody is none.
            ("POST", "/service/subscriptions") => in_body(&self.subscriptions, "plan_id"),
            ("PATCH" | "DELETE", "/admin/plans/{id}") => in_path(&self.subscriptions, &Json::Null),
            ("DELETE", "/admin/service-keys/{id}") => in_path(&self.subscriptions, &Json::Null),
            ("GET", "/internal/tenants/{id}/configs" | "/internal/tenants/{id}/entitlements") => {
                in_path(&self.tenants, &Json::Null)
            }
            ("POST", "/internal/usage") => {
                let rows = self.tenants.iter().map(|id| usage_row("tried", id, "prod", Time::from_seconds(0), 1, 1));
                rows.map(|row| (path.to_owned(), json!({"events": [row]}))).collect()
            }
            // Ids at the store's provider, which are nobody's here.
            ("PUT", "/service/storage") => Vec::new(),
            ("GET", "/admin/tenants/{id}") => in_path(&self.tenants, &Json::Null),
            ("PUT", "/admin/tenants/{id}/status") => in_path(&self.tenants, &json!({"status": "suspended"})),
            ("POST", "/admin/tenants/{id}/ownership-transfer") => {
                in_path(&self.tenants, &json!({"user_id": self.users[0]}))
            }
            ("GET", "/admin/users/{id}") => in_path(&self.users, &Json::Null),
            ("PATCH", "/admin/users/{id}") => in_path(&self.users, &json!({"status": "disabled"})),
            ("DELETE", "/admin/users/{id}")
            | ("POST", "/admin/users/{id}/end-sessions" | "/admin/users/{id}/unlock") => {
                in_path(&self.users, &Json::Null)
            }
            ("POST", "/admin/users/{id}/impersonate") => {
                in_path(&self.users, &json!({"tenant_id": self.tenants[0], "reason": "Curiosity"}))
            }
            // Mails belong to nobody.
            ("POST", "/admin/outbox/{id}/retry" | "/admin/outbox/{id}/reveal") => {
                in_path(&self.subscriptions, &Json::Null)
            }
            ("PUT", "/admin/tenants/{id}/subscription") => in_path(&self.tenants, &json!({"plan_id": "plan_pro"})),
            ("GET", "/admin/audit-events" | "/admin/audit-events/export") => {
                let path = |id: &String| (format!("{path}?format=csv&tenant_id={id}"), Json::Null);
                self.tenants.iter().map(path).collect()
            }
            _ => panic!("{method} {path} takes an id and is new: say of what, and try it with another's"),
        }
    }
}

/// Everything that an organization shows, to its owner and in the database.
async fn everything(server: &TestServer, house: &House) -> Vec<String> {
    // From then on nothing changes by itself.
    all_linked(server).await;
    let mut all = rows_of(server, &house.organization.id).await;
    for (_, path) in routes_with(|method, path| method == Method::GET && path.starts_with("/service")) {
        // A download is an event itself.
        if path == "/service/audit-events/export" {
            continue;
        }
        let query = if path == "/service/usage" { house.usage_query() } else { String::new() };
        let path = webhooks::own_path(house, &path);
        let shown = server.get(&format!("{}{query}", concrete(&path)), &house.owner().scoped).await;
        all.push(shown.expect(200).to_string());
    }
    all
}

/// Not only is it refused: the refusal is the one for ids that name nothing, so that nobody can tell what exists.
#[tokio::test]
async fn the_ids_of_another_organization_name_nothing() {
    let server = TestServer::start().await;
    let (first, second) = two_houses(&server).await;
    let (before, own_before) = (everything(&server, &second).await, everything(&server, &first).await);
    let mut tried = 0;
    for (method, path) in routes_with(takes_an_id) {
        let token = if path.starts_with("/service") { &first.owner().scoped } else { &first.owner().access };
        let expected = match path.as_str() {
            "/global/auth/select-tenant" => (403, "not_a_member"),
            path if path.starts_with("/admin") => (403, "platform_admin_required"),
            path if path.starts_with("/internal") => (403, "wrong_token_scope"),
            _ => (404, "not_found"),
        };
        let Some((path_of_nothing, body)) = Ids::of_nothing().requests(&method, &path).pop() else { continue };
        let nothing = server.call(method.clone(), &path_of_nothing, token, body).await;
        for (path, body) in Ids::of(&second).requests(&method, &path) {
            let what = format!("{method} {path} {body}");
            let reply = server.call(method.clone(), &path, token, body).await;
            assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (expected.0, &json!(expected.1)), "{what}");
            assert_eq!(look(&reply), look(&nothing), "{what}");
            tried += 1;
        }
    }
    assert!(tried >= 25, "only {tried} requests");
    assert_eq!(everything(&server, &second).await, before);
    assert_eq!(everything(&server, &first).await, own_before);
    // Nor can a stranger tell that it was closed, as its members can.
    for (status, code) in [(TenantStatus::Suspended, "tenant_suspended"), (TenantStatus::Archived, "tenant_archived")] {
        set_status(&server, second.slug, status).await;
        let id = &second.organization.id;
        try_select(&server, &first.owner().access, id).await.expect_problem(403, "not_a_member");
        try_select(&server, &second.owner().access, id).await.expect_problem(403, code);
    }
    server.finish().await;
}

#[tokio::test]
async fn who_is_in_two_organizations_is_changed_in_one() {
    let server = TestServer::start().await;
    let (first, second) = two_houses(&server).await;
    let (before, shared) = (everything(&server, &second).await, second.shared());
    let owner = &first.owner().scoped;
    for body in [json!({"role": "viewer"}), json!({"status": "disabled"}), json!({"status": "active"})] {
        change(&server, owner, &shared.user_id, body).await.expect(200);
    }
    server.mail.next_mail_to(SHARED).await;
    remove(&server, owner, &shared.user_id).await.expect(200);
    server.mail.next_mail_to(SHARED).await;
    server.get("/service/info", &first.shared().scoped).await.expect_problem(403, "membership_ended");
    try_select(&server, &shared.access, &first.organization.id).await.expect_problem(403, "not_a_member");
    assert_eq!(everything(&server, &second).await, before);
    server.get("/service/invites", &shared.scoped).await.expect(200);
    server.finish().await;
}

/// Every setting that an organization has, changed in one; a service reports about that one, too.
#[tokio::test]
async fn what_one_organization_sets_leaves_the_other_as_it_is() {
    let server = TestServer::start_with(Setup { local_storage: true, ..Setup::default() }).await;
    let (first, second) = two_houses(&server).await;
    let before = everything(&server, &second).await;
    let (_, key) = make_service_key(&server, SCOPES).await;
    let row = usage_row("only-the-first", &first.organization.id, "prod", server.clock.now(), 7, 7);
    let model = "/service/configs/gateway.default_model";
    let mut settings = routes_with(|method, path| {
        let is_setting = path.starts_with("/service/configs") || path.starts_with("/service/storage");
        is_setting && method != Method::GET
    });
    for (method, path, body) in [
        (Method::PUT, model, json!({"value": "another-model"})),
        (Method::PUT, model, json!({"value": "yet-another-model", "scope": "ENVIRONMENT"})),
        (Method::DELETE, &format!("{model}?scope=ENVIRONMENT"), Json::Null),
        (Method::DELETE, model, Json::Null),
        (Method::PUT, "/service/storage", json!({"provider": "LOCAL"})),
        (Method::POST, "/service/storage/test", Json::Null),
        (Method::DELETE, "/service/storage", Json::Null),
        (Method::PUT, "/service/storage", json!({"provider": "LOCAL"})),
        (Method::POST, "/internal/usage", json!({"events": [row]})),
    ] {
        let token = if path.starts_with("/internal") { &key } else { &first.owner().scoped };
        let template = path.split('?').next().unwrap().replace("gateway.default_model", "{key}");
        settings.retain(|setting| *setting != (method.clone(), template.clone()));
        let reply = server.call(method, path, token, body).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text);
        assert!(path != "/service/storage/test" || reply.json()["ok"] == true, "{}", reply.text);
    }
    assert!(settings.is_empty(), "these are new, change something with them: {settings:?}");
    assert_eq!(everything(&server, &second).await, before);
    assert_ne!(everything(&server, &first).await, before);
    let folder = |house: &House| server.folder().join("exports").join(&house.organization.id);
    assert!(folder(&first).exists() && !folder(&second).exists(), "a folder of the wrong organization");
    server.finish().await;
}
