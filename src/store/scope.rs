//! Which tenant's rows a statement may touch.

use crate::id::TenantId;

/// The one tenant whose rows a function of the store may touch. It comes with a [`Tenant`](super::tenants::Tenant), which
/// is read for a live member, for the holder of an invitation, or by an `operator_` function; never from a request's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(TenantId);

impl Scope {
    pub(super) fn new(tenant_id: TenantId) -> Self {
        Self(tenant_id)
    }

    /// The tenant.
    pub fn tenant_id(&self) -> &TenantId {
        &self.0
    }
}
