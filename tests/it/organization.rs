//! Organizations for tests: people in them, with tokens of both tiers.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::db::Tx;
use trueport::domain::caller::Operator;
use trueport::domain::operators;
use trueport::store::tenants::TenantStatus;

use crate::harness::{Reply, TestServer};
use crate::tokens::claims;

/// A person with a session, in one organization.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) user_id: String,
    /// A global token.
    pub(crate) access: String,
    /// A token for the organization.
    pub(crate) scoped: String,
}

/// An organization and its owner.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) owner: Person,
}

impl Organization {
    /// Registers `owner`, who makes an organization with this slug.
    pub(crate) async fn of(server: &TestServer, owner: &str, slug: &str) -> Self {
        let access = server.person(owner).await.access;
        let id = found(server, &access, slug).await;
        let scoped = select(server, &access, &id).await;
        Self { id, owner: person(owner, access, scoped) }
    }

    /// Registers somebody, who is invited and accepts. Takes the mails of it.
    pub(crate) async fn join(&self, server: &TestServer, email: &str, role: &str) -> Person {
        let token = self.invite(server, email, role).await;
        let access = server.person(email).await.access;
        accept(server, &access, &token).await.expect(200);
        server.mail.next_mail_to(&self.owner.email).await;
        let scoped = select(server, &access, &self.id).await;
        person(email, access, scoped)
    }

    /// Invites an address as the owner and returns the token of the mail.
    pub(crate) async fn invite(&self, server: &TestServer, email: &str, role: &str) -> String {
        invite(server, &self.owner.scoped, email, role).await.expect(201);
        server.mail.next_mail_to(email).await.link_token()
    }
}

fn person(email: &str, access: String, scoped: String) -> Person {
    let user_id = claims(&access)["sub"].as_str().expect("a sub").to_owned();
    Person { email: email.to_owned(), user_id, access, scoped }
}

/// Makes an organization and returns its id.
pub(crate) async fn found(server: &TestServer, access: &str, slug: &str) -> String {
    let body = json!({"name": format!("The {slug}"), "slug": slug});
    let made = server.call(Method::POST, "/global/tenants", access, body).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

/// Exchanges a global token for one of an organization.
pub(crate) async fn select(server: &TestServer, access: &str, tenant_id: &str) -> String {
    let selected = try_select(server, access, tenant_id).await.expect(200);
    selected["access_token"].as_str().expect("a token").to_owned()
}

pub(crate) async fn try_select(server: &TestServer, access: &str, tenant_id: &str) -> Reply {
    let body = json!({"tenant_id": tenant_id});
    server.call(Method::POST, "/global/auth/select-tenant", access, body).await
}

pub(crate) async fn invite(server: &TestServer, scoped: &str, email: &str, role: &str) -> Reply {
    server.call(Method::POST, "/service/invites", scoped, json!({"email": email, "role": role})).await
}

pub(crate) async fn accept(server: &TestServer, access: &str, token: &str) -> Reply {
    server.call(Method::POST, "/global/invites/accept", access, json!({"token": token})).await
}

/// Changes role or status of a member.
pub(crate) async fn change(server: &TestServer, scoped: &str, user_id: &str, body: Json) -> Reply {
    server.call(Method::PATCH, &format!("/service/members/{user_id}"), scoped, body).await
}

pub(crate) async fn remove(server: &TestServer, scoped: &str, user_id: &str) -> Reply {
    server.call(Method::DELETE, &format!("/service/members/{user_id}"), scoped, Json::Null).await
}

/// Gives an organization another status as the command line does.
pub(crate) async fn set_status(server: &TestServer, slug: &str, status: TenantStatus) {
    let slug = slug.to_owned();
    let write =
        move |tx: &mut Tx<'_>, by: &Operator| operators::set_tenant_status(tx, by, &slug, status, None).map(drop);
    server.app.write(&Operator, write).await.expect("the status is changed");
}
