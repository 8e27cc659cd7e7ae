//! The audit: what changed state, and every sign-in, in the transaction that did it (contract 35).

use serde_json::{Map, Value};

use crate::db::{Result, Tx};
use crate::domain::caller::Acting;
use crate::domain::webhook_events::{self, Happened};
use crate::store::Scope;
use crate::store::audit_events::{self, NewEvent};

/// What an action was done to.
pub struct Target<'a> {
    kind: &'static str,
    id: Option<&'a str>,
    scope: Option<&'a Scope>,
}

impl<'a> Target<'a> {
    /// A thing with an id.
    pub fn new(kind: &'static str, id: &'a (impl AsRef<str> + ?Sized)) -> Self {
        Self { kind, id: Some(id.as_ref()), scope: None }
    }

    /// A tenant, for its own audit.
    pub fn tenant(scope: &'a Scope) -> Self {
        Self::new("tenant", scope.tenant_id()).of(scope)
    }

    /// Puts the event into the audit of a tenant.
    #[must_use]
    pub fn of(mut self, scope: &'a Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// A thing that is not known by an id, such as an account that does not exist.
    pub fn unknown(kind: &'static str) -> Self {
        Self { kind, id: None, scope: None }
    }
}

/// What changed: names and new values, never a secret.
#[derive(Default)]
pub struct Changes(Map<String, Value>);

impl Changes {
    /// Nothing to tell.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }
}

/// Records that `by` did `action` to `target`, and tells the tenant's webhooks of it.
pub fn record(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    action: &'static str,
    target: &Target<'_>,
    changes: Changes,
) -> Result<()> {
    if let Some(scope) = target.scope {
        let happened = Happened { action, target: (target.kind, target.id), changes: &changes.0 };
        webhook_events::publish(tx, scope, by, &happened)?;
    }
    let changes = (!changes.0.is_empty()).then(|| Value::Object(changes.0).to_string());
    let address = by.origin().and_then(|origin| origin.address).map(|address| address.to_string());
    audit_events::insert(
        tx,
        &NewEvent {
            actor_kind: by.kind(),
            actor_id: by.user_id().map(AsRef::as_ref),
            impersonator_id: by.impersonator_id().map(AsRef::as_ref),
            action,
            target_kind: target.kind,
            target_id: target.id,
            tenant_id: target.scope.map(Scope::tenant_id),
            request_id: by.origin().and_then(|origin| origin.request_id.as_deref()),
            address: address.as_deref(),
            changes: changes.as_deref(),
        },
    )
}
