//! Whether a token is good, for services that cannot or will not verify it themselves (contract 12 and 15, RFC 7662).

use crate::db::Tx;
use crate::domain::caller::{Caller, Origin};
use crate::domain::service_keys::{ServiceCaller, TokensRead};
use crate::domain::tenant_caller::{TenantCaller, Viewer};
use crate::domain::tokens::{Claims, Environment, TokenType};
use crate::error::Result;
use crate::id::TenantId;
use crate::store::roles::Role;
use crate::store::users::User;

/// Who holds a good access token, and what they are now.
pub struct Holder {
    /// The person.
    pub user: User,
    /// With a scoped token: the tenant, what the person is in it now, and the environment.
    pub tenant: Option<(TenantId, Role, Environment)>,
}

/// The holder of an access token whose signature was checked; `None` if it would be refused at this moment.
pub fn introspect(tx: &mut Tx<'_>, _: &ServiceCaller<TokensRead>, claims: &Claims) -> Result<Option<Holder>> {
    if !claims.is_current(tx.now()) {
        return Ok(None);
    }
    let origin = Origin::default();
    let found = match claims.typ {
        TokenType::Refresh => return Ok(None),
        TokenType::Global => Caller::load(tx, claims, &origin).map(|caller| Holder { user: caller.user, tenant: None }),
        TokenType::Scoped => TenantCaller::<Viewer>::load(tx, claims, &origin).map(|by| {
            let tenant = (by.tenant.id().clone(), by.role, by.environment);
            Holder { user: by.caller.user, tenant: Some(tenant) }
        }),
    };
    match found {
        Ok(holder) => Ok(Some(holder)),
        Err(error) if matches!(error.code().status(), 401 | 403) => Ok(None),
        Err(error) => Err(error),
    }
}
