//! What a token says is a hint; the database decides, at the very next request and inside every write (contract 12).

mod next_request;
mod queued;

pub(crate) use queued::{HeldWriter, request};
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use crate::harness::{PASSWORD, TestServer, call};
use crate::inspect::set_disabled;
use crate::members::{leave, transfer};
use crate::organization::{Organization, Person, change, remove, set_status};

/// What happens to somebody in an organization, or to the organization.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Removed,
    Left,
    Disabled,
    Enabled,
    /// Given this role, which is more or less than before.
    Role(&'static str),
    Suspended,
    Activated,
    Archived,
    /// The owner gives ownership to the person.
    Owner,
    /// The person, owner now, gives it back.
    OwnerNoMore,
    SignedOut,
    AccountDisabled,
    PasswordChanged,
}

impl Change {
    /// Does it by the API where the API can, else as the operator.
    async fn happen(self, server: &TestServer, org: &Organization, person: &Person) {
        let owner = &org.owner.scoped;
        match self {
            Self::Removed => drop(remove(server, owner, &person.user_id).await.expect(200)),
            Self::Left => drop(leave(server, &person.scoped).await.expect(204)),
            Self::Disabled => {
                drop(change(server, owner, &person.user_id, json!({"status": "disabled"})).await.expect(200))
            }
            Self::Enabled => {
                drop(change(server, owner, &person.user_id, json!({"status": "active"})).await.expect(200))
            }
            Self::Role(role) => drop(change(server, owner, &person.user_id, json!({"role": role})).await.expect(200)),
            Self::Suspended => set_status(server, &org.id, TenantStatus::Suspended).await,
            Self::Activated => set_status(server, &org.id, TenantStatus::Active).await,
            Self::Archived => {
                let info = server.get("/service/info", owner).await.expect(200);
                let request = server.request(reqwest::Method::POST, "/service/archive");
                call(request, owner, &json!({"slug": info["slug"]})).await.expect(200);
            }
            Self::Owner => drop(transfer(server, owner, &person.user_id).await.expect(200)),
            Self::OwnerNoMore => drop(transfer(server, &person.scoped, &org.owner.user_id).await.expect(200)),
            Self::SignedOut => {
                let request = server.request(reqwest::Method::POST, "/global/auth/logout");
                call(request, &person.access, &Json::Null).await.expect(204);
            }
            Self::AccountDisabled => set_disabled(server, &person.email, true).await,
            Self::PasswordChanged => {
                // From another session: this one would stay.
                let other = server.sign_in(&person.email).await.access;
                let body = json!({"current_password": PASSWORD, "new_password": "Another Password 456"});
                server.call(reqwest::Method::PUT, "/global/auth/password", &other, body).await.expect(200);
            }
        }
    }
}
