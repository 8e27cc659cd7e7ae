//! Somebody who works in a tenant: a signed-in person, the tenant of the scoped token, and a role that is enough.

use std::marker::PhantomData;

use crate::clock::Time;
use crate::db::{Authority, Tx};
use crate::domain::caller::{Acting, Caller, Origin};
use crate::domain::enforcement::{self, Unproven};
use crate::domain::tokens::{Claims, Environment};
use crate::error::{Code, Error, Result};
use crate::id::{Id, SessionId, TenantId, UserId};
use crate::store::Scope;
use crate::store::memberships::{self, Live, Standing};
use crate::store::roles::Role;
use crate::store::sessions;
use crate::store::tenants::{Tenant, TenantStatus};

/// A least role, as a type.
pub trait LeastRole: Clone + Send + Sync + 'static {
    /// The role.
    const ROLE: Role;
}

/// Whoever is a viewer or more: every active member.
#[derive(Clone, Debug)]
pub struct Viewer;

/// Whoever is an admin or the owner.
#[derive(Clone, Debug)]
pub struct Admin;

/// The owner.
#[derive(Clone, Debug)]
pub struct Owner;

impl LeastRole for Viewer {
    const ROLE: Role = Role::Viewer;
}
impl LeastRole for Admin {
    const ROLE: Role = Role::Admin;
}
impl LeastRole for Owner {
    const ROLE: Role = Role::Owner;
}

/// An active member of an active tenant who has at least the role `R`, as the database knew it a moment ago. A write
/// reads all of it again in its own transaction (contract 12).
#[derive(Clone, Debug)]
pub struct TenantCaller<R> {
    /// The person and the session.
    pub caller: Caller,
    /// The tenant of the token.
    pub tenant: Tenant,
    /// What the person is now, whatever the token says.
    pub role: Role,
    /// The environment of the token.
    pub environment: Environment,
    least: PhantomData<R>,
}

/// What is known of the token itself; the rest is read from the database.
#[derive(Clone)]
struct Token {
    user_id: UserId,
    session_id: SessionId,
    tenant_id: TenantId,
    environment: Environment,
    expires_at: Time,
    /// The platform admin who acts as the person; then the session is the admin's.
    impersonator_id: Option<UserId>,
}

impl Token {
    fn of(claims: &Claims) -> Result<Self> {
        Ok(Self {
            user_id: UserId::parse(&claims.sub).ok_or_else(unauthorized)?,
            session_id: SessionId::parse(&claims.sid).ok_or_else(unauthorized)?,
            tenant_id: claims.tid.as_deref().and_then(TenantId::parse).ok_or_else(unauthorized)?,
            environment: claims.env.ok_or_else(unauthorized)?,
            expires_at: Time::from_seconds(claims.exp),
            impersonator_id: match &claims.act {
                Some(actor) => Some(UserId::parse(&actor.sub).ok_or_else(unauthorized)?),
                None => None,
            },
        })
    }

    /// The person of the token and what they are in its tenant; 401 when the session has ended or the person is disabled.
    fn live(&self, tx: &mut Tx<'_>) -> Result<Live> {
        let live = match &self.impersonator_id {
            None => memberships::live(tx, &self.session_id, &self.user_id, &self.tenant_id)?,
            Some(admin_id) => impersonated(tx, self, admin_id)?,
        };
        live.filter(|live| !live.user.is_disabled).ok_or_else(unauthorized)
    }
}

impl<R: LeastRole> TenantCaller<R> {
    /// The live member behind a verified scoped token. 401 when the session has ended or the person is disabled, 403 when
    /// the membership has ended, the tenant is closed, a second factor is asked for, or the role is not enough, in this order.
    pub fn load(tx: &mut Tx<'_>, claims: &Claims, origin: &Origin) -> Result<Self> {
        Self::find(tx, &Token::of(claims)?, origin)
    }

    fn find(tx: &mut Tx<'_>, token: &Token, origin: &Origin) -> Result<Self> {
        let live = token.live(tx)?;
        let (tenant, role) = live.membership.ok_or_else(|| Error::new(Code::MembershipEnded))?;
        check_open(&tenant)?;
        let caller = Caller {
            user: live.user,
            session_id: token.session_id.clone(),
            session_expires_at: live.session_expires_at,
            impersonator_id: token.impersonator_id.clone(),
            is_proven: live.is_proven,
            token_expires_at: token.expires_at,
            origin: origin.clone(),
        };
        if let Some(unproven) = caller.unproven() {
            enforcement::check_member(tx, &unproven, tenant.scope(), live.asking)?;
        }
        if role < R::ROLE {
            return Err(Error::new(Code::InsufficientRole));
        }
        if R::ROLE == Role::Owner && token.impersonator_id.is_some() {
            return Err(Error::new(Code::ImpersonationForbidden));
        }
        Ok(Self { caller, tenant, role, environment: token.environment, least: PhantomData })
    }

    /// The right to touch the tenant's rows.
    pub fn scope(&self) -> &Scope {
        self.tenant.scope()
    }
}

/// The person of a token with which a platform admin acts as them, as long as the admin is one and their session lives.
/// Whoever became a platform admin meanwhile is not impersonated any more.
fn impersonated(tx: &mut Tx<'_>, token: &Token, admin_id: &UserId) -> Result<Option<Live>> {
    let session = sessions::live(tx, &token.session_id, admin_id)?;
    let session = session.filter(|live| live.user.is_platform_admin && !live.user.is_disabled);
    if session.as_ref().is_some_and(|session| !session.is_proven) {
        // What an admin may not do without a second factor is not done in somebody else's name either.
        let unproven =
            Unproven { user_id: admin_id, session_id: &token.session_id, token_expires_at: token.expires_at };
        enforcement::check_admin(tx, &unproven)?;
    }
    let standing = memberships::operator_standing(tx, &token.user_id, &token.tenant_id)?;
    let standing = standing.filter(|standing| !standing.user.is_platform_admin);
    Ok(session.zip(standing).map(|(session, Standing { user, asking, membership })| Live {
        user,
        session_expires_at: session.expires_at,
        is_proven: session.is_proven,
        asking,
        membership,
    }))
}

/// Whoever acts as somebody else, where only a tenant's routes are open to them. What has become of the tenant and the
/// membership does not matter there.
#[derive(Clone)]
pub struct Impersonator {
    token: Token,
    origin: Origin,
}

impl Impersonator {
    /// The platform admin behind a verified token with an `act` claim; 401 when it has ended, and for any other token.
    pub fn load(tx: &mut Tx<'_>, claims: &Claims, origin: &Origin) -> Result<Self> {
        let impersonator = Self { token: Token::of(claims)?, origin: origin.clone() };
        match impersonator.token.impersonator_id {
            Some(_) => impersonator.confirm(tx),
            None => Err(unauthorized()),
        }
    }
}

impl Authority for Impersonator {
    fn confirm(&self, tx: &mut Tx<'_>) -> Result<Self> {
        self.token.live(tx)?;
        Ok(self.clone())
    }
}

impl Acting for Impersonator {
    fn kind(&self) -> &'static str {
        "user"
    }
    fn user_id(&self) -> Option<&UserId> {
        Some(&self.token.user_id)
    }
    fn impersonator_id(&self) -> Option<&UserId> {
        self.token.impersonator_id.as_ref()
    }
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }
}

fn unauthorized() -> Error {
    Error::new(Code::Unauthorized)
}

/// Fails with 403 while a tenant is suspended or archived.
pub fn check_open(tenant: &Tenant) -> Result<()> {
    match tenant.status {
        TenantStatus::Active => Ok(()),
        TenantStatus::Suspended => Err(Error::new(Code::TenantSuspended)),
        TenantStatus::Archived => Err(Error::new(Code::TenantArchived)),
    }
}

impl<R: LeastRole> Authority for TenantCaller<R> {
    fn confirm(&self, tx: &mut Tx<'_>) -> Result<Self> {
        let token = Token {
            user_id: self.caller.user.id.clone(),
            session_id: self.caller.session_id.clone(),
            tenant_id: self.tenant.id().clone(),
            environment: self.environment,
            expires_at: self.caller.token_expires_at,
            impersonator_id: self.caller.impersonator_id.clone(),
        };
        Self::find(tx, &token, &self.caller.origin)
    }
}

impl<R> Acting for TenantCaller<R> {
    fn kind(&self) -> &'static str {
        self.caller.kind()
    }
    fn user_id(&self) -> Option<&UserId> {
        self.caller.user_id()
    }
    fn impersonator_id(&self) -> Option<&UserId> {
        self.caller.impersonator_id()
    }
    fn session_id(&self) -> Option<&SessionId> {
        self.caller.session_id()
    }
    fn origin(&self) -> Option<&Origin> {
        self.caller.origin()
    }
}
