//! Organizations neither see nor touch each other (contract 26: something of another tenant is 404, never 403).

mod rows;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::http::{BASE_PATH, routes};
use trueport::store::tenants::TenantStatus;

use crate::harness::TestServer;
use crate::inspect::look;
use crate::organization::{Organization, Person, accept, change, invite, remove, select, set_status, try_select};
use crate::plans;
use crate::subscriptions::activate;
use crate::tokens::claims;
use rows::rows_of;

/// Who is an admin in both organizations.
const SHARED: &str = "shared@acme.com";

/// An organization with members and with invitations that wait, one of them made by [`SHARED`].
struct House {
    slug: &'static str,
    organization: Organization,
    /// Of the plan that it has.
    subscription_id: String,
    /// In the order in which they joined, each with a role; the last one is [`SHARED`].
    members: Vec<(Person, &'static str)>,
    /// In the order in which they were made: the replies, each with the address of who invited.
    invites: Vec<(Json, String)>,
}

impl House {
    async fn build(server: &TestServer, slug: &'static str) -> Self {
        let organization = Organization::of(server, &format!("owner@{slug}.example"), slug).await;
        let viewer = organization.join(server, &format!("viewer@{slug}.example"), "viewer").await;
        let members = vec![(organization.owner.clone(), "owner"), (viewer, "viewer")];
        let activated = activate(server, &organization.owner.scoped, "plan_pro").await.expect(201);
        server.mail.next_mail_to(&organization.owner.email).await;
        let subscription_id = activated["id"].as_str().unwrap().to_owned();
        let mut house = Self { slug, organization, subscription_id, members, invites: Vec::new() };
        house.invite(server, house.organization.owner.clone(), "member").await;
        house
    }

    async fn invite(&mut self, server: &TestServer, by: Person, role: &str) {
        let email = format!("{role}-by-{}", by.email);
        let sent = invite(server, &by.scoped, &email, role).await.expect(201);
        server.mail.next_mail_to(&email).await;
        self.invites.push((sent, by.email));
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
    let (mut first, mut second) = (House::build(server, "first").await, House::build(server, "second").await);
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
    (first, second)
}

/// Method and path, without the base path, of every route of the table that has `wanted`.
fn routes_with(wanted: impl Fn(&Method, &str) -> bool) -> Vec<(Method, String)> {
    let table = routes::table().into_iter();
    let named = table.map(|route| (route.operation.method().clone(), route.operation.path().replace(BASE_PATH, "")));
    named.filter(|(method, path)| wanted(method, path)).collect()
}

/// Whether a route takes an id of something, in its path, its query or its body.
fn takes_an_id(method: &Method, path: &str) -> bool {
    let document = routes::document();
    let operation = &document["paths"][format!("{BASE_PATH}{path}")][method.as_str().to_lowercase()];
    let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
    let schema = body.as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')));
    let properties = schema.and_then(|schema| schema["properties"].as_object()).into_iter().flatten();
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.filter(|parameter| parameter["in"] == "query");
    let mut names = properties.map(|(name, _)| name.as_str()).chain(parameters.filter_map(|one| one["name"].as_str()));
    path.contains('{') || names.any(|name| name == "id" || name.ends_with("_id") || name.ends_with("_ids"))
}

/// What somebody could try to reach.
struct Ids {
    users: Vec<String>,
    invites: Vec<String>,
    sessions: Vec<String>,
    subscriptions: Vec<String>,
    tenants: Vec<String>,
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
            // A plan belongs to nobody; what belongs to somebody is none.
            ("POST", "/service/subscriptions") => in_body(&self.subscriptions, "plan_id"),
            ("PATCH" | "DELETE", "/admin/plans/{id}") => in_path(&self.subscriptions, &Json::Null),
            ("PUT", "/admin/tenants/{id}/subscription") => in_path(&self.tenants, &json!({"plan_id": "plan_pro"})),
            _ => panic!("{method} {path} takes an id and is new: say of what, and try it with another's"),
        }
    }
}

/// Everything that an organization shows, to its owner and in the database.
async fn everything(server: &TestServer, house: &House) -> Vec<String> {
    let mut all = rows_of(server, &house.organization.id).await;
    for (_, path) in routes_with(|method, path| method == Method::GET && path.starts_with("/service")) {
        all.push(server.get(&path, &house.owner().scoped).await.expect(200).to_string());
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
            _ => (404, "not_found"),
        };
        let (path_of_nothing, body) = Ids::of_nothing().requests(&method, &path).remove(0);
        let nothing = server.call(method.clone(), &path_of_nothing, token, body).await;
        for (path, body) in Ids::of(&second).requests(&method, &path) {
            let what = format!("{method} {path} {body}");
            let reply = server.call(method.clone(), &path, token, body).await;
            assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (expected.0, &json!(expected.1)), "{what}");
            assert_eq!(look(&reply), look(&nothing), "{what}");
            tried += 1;
        }
    }
    assert!(tried >= 18, "only {tried} requests");
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

/// A text and a time of the one row that a statement finds.
async fn stored(server: &TestServer, sql: &'static str, tenant_id: &str, key: &str) -> (String, String) {
    let (tenant_id, key) = (tenant_id.to_owned(), key.to_owned());
    let read = move |tx: &mut Tx<'_>| {
        Ok(tx.one(sql, args![&tenant_id, &key], |row| Ok((row.get(0)?, row.get::<Time>(1)?.to_string())))?)
    };
    server.app.read(read).await.unwrap()
}

async fn info(server: &TestServer, house: &House) -> Json {
    let sql = "SELECT plan_name, end_at FROM subscriptions WHERE tenant_id = ?1 AND plan_id = ?2";
    let (plan, end_date) = stored(server, sql, &house.organization.id, "plan_pro").await;
    json!({
        "id": house.organization.id,
        "name": format!("The {}", house.slug),
        "slug": house.slug,
        "status": "active",
        "billing_email": house.owner().email,
        "subscription": {"plan": plan, "status": "ACTIVE", "end_date": end_date},
    })
}

async fn members(server: &TestServer, house: &House) -> Vec<Json> {
    let mut members = Vec::new();
    for (person, role) in &house.members {
        let sql = "SELECT id, joined_at FROM memberships WHERE tenant_id = ?1 AND user_id = ?2";
        let (id, joined_at) = stored(server, sql, &house.organization.id, &person.user_id).await;
        members.push(json!({
            "id": id, "user_id": person.user_id, "email": person.email, "first_name": "Jane", "last_name": "Doe",
            "role": role, "status": "active", "joined_at": joined_at,
        }));
    }
    members
}

/// Newest first.
async fn invites(server: &TestServer, house: &House) -> Vec<Json> {
    let mut invites = Vec::new();
    for (sent, invited_by) in house.invites.iter().rev() {
        let sql = "SELECT email, created_at FROM invites WHERE tenant_id = ?1 AND id = ?2";
        let (email, created_at) = stored(server, sql, &house.organization.id, sent["id"].as_str().unwrap()).await;
        invites.push(json!({
            "id": sent["id"], "email": email, "role": sent["role"], "status": "pending", "invited_by": invited_by,
            "created_at": created_at, "expires_at": sent["expires_at"],
        }));
    }
    invites
}

/// Newest first.
async fn subscriptions(server: &TestServer, house: &House) -> Vec<Json> {
    let mut subscriptions = Vec::new();
    for (plan_id, price, status) in [("plan_pro", 299, "ACTIVE"), ("plan_dev", 0, "CANCELLED")] {
        let time = async |column: &str| {
            let sql = format!("SELECT id, {column} FROM subscriptions WHERE tenant_id = ?1 AND plan_id = ?2");
            stored(server, sql.leak(), &house.organization.id, plan_id).await
        };
        let (id, start_date) = time("start_at").await;
        let ended_at = if status == "ACTIVE" { Json::Null } else { json!(time("ended_at").await.1) };
        let plan_name = if plan_id == "plan_pro" { "Pro" } else { "Developer" };
        subscriptions.push(json!({
            "id": id, "plan_id": plan_id, "plan_name": plan_name, "status": status, "start_date": start_date,
            "end_date": time("end_at").await.1, "price": price, "billing_cycle": "MONTHLY", "auto_renew": true,
            "created_at": time("created_at").await.1, "ended_at": ended_at,
        }));
    }
    subscriptions
}

/// A person of both organizations sees in each what its owner sees.
#[tokio::test]
async fn every_get_shows_the_organization_of_the_token_and_no_other() {
    let server = TestServer::start().await;
    let (first, second) = two_houses(&server).await;
    for house in [&first, &second] {
        for (_, path) in routes_with(|method, path| method == Method::GET && path.starts_with("/service")) {
            // Each query with the whole reply, and how many there are where the reply tells it by header.
            let expected: Vec<(&str, Json, Option<&str>)> = match path.as_str() {
                "/service/info" => vec![("", info(&server, house).await, None)],
                "/service/members" => {
                    let members = members(&server, house).await;
                    vec![
                        ("", json!(members), None),
                        ("?limit=200", json!(members), Some("3")),
                        ("?limit=1&offset=1", json!([members[1]]), Some("3")),
                        // Both organizations have a match.
                        ("?q=viewer@", json!([members[1]]), Some("1")),
                        ("?q=jane", json!(members), Some("3")),
                    ]
                }
                "/service/invites" => {
                    let invites = invites(&server, house).await;
                    vec![
                        ("", json!({"items": invites, "total": 2}), None),
                        ("?limit=1&offset=1", json!({"items": [invites[1]], "total": 2}), None),
                    ]
                }
                "/service/subscriptions" => {
                    let subscriptions = subscriptions(&server, house).await;
                    vec![
                        ("", json!({"items": subscriptions, "total": 2}), None),
                        ("?limit=1&offset=1", json!({"items": [subscriptions[1]], "total": 2}), None),
                    ]
                }
                // The same for everybody.
                "/service/catalog/plans" => vec![("", plans::specified(), None)],
                _ => panic!("GET {path} is new: say what it shows of an organization"),
            };
            for (query, body, total) in expected {
                for person in [house.owner(), house.shared()] {
                    let reply = server.get(&format!("{path}{query}"), &person.scoped).await;
                    assert_eq!(reply.expect(200), body, "{path}{query} of {} to {}", house.slug, person.email);
                    assert_eq!(reply.header("x-total-count"), total, "{path}{query}");
                }
            }
        }
    }
    server.finish().await;
}
