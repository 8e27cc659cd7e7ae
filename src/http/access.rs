//! Who may use a route. Each rule is an extractor: extracting it *is* the check, and a handler takes it first.

use std::sync::Arc;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde_json::json;

use super::client;
use super::openapi::Operation;
use super::request::Facts;
use crate::app::App;
use crate::domain::admin_denials;
use crate::domain::caller::{self, Acting as _, Caller, Origin};
use crate::domain::service_keys::{self, ServiceCaller, ServiceScope};
use crate::domain::tenant_caller::{Impersonator, LeastRole, TenantCaller};
use crate::domain::tokens::{Claims, TokenType};
use crate::error::{Code, Error, Result};
use crate::store::roles::Role;

/// Names the organization that a client means, as a check.
const TENANT_SLUG: &str = "x-tenant-slug";

/// A rule of the route table.
pub trait Access: FromRequestParts<App, Rejection = Error> {
    /// Its name in the table.
    const NAME: &'static str;
    /// Whether its routes are part of the API, below the base path.
    const IS_API: bool = true;
    /// Whether somebody in particular calls.
    const IS_SOMEBODY: bool = true;
    /// Whether it is a service of the platform, which may store as much as it likes.
    const IS_SERVICE: bool = false;
    /// Adds to the documentation what it asks for and how it refuses.
    fn describe(operation: &mut Operation);
    /// Names who calls, with their id first; what is remembered of one name is never shown to another.
    fn caller_name(&self) -> String {
        String::new()
    }
}

fn facts(parts: &Parts) -> Result<&Arc<Facts>> {
    parts.extensions.get().ok_or_else(|| Error::internal("a request came past the outer layer"))
}

fn origin(parts: &Parts) -> Result<Origin> {
    Ok(facts(parts)?.origin.clone())
}

/// The token of `Authorization: Bearer …`.
fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn unauthorized() -> Error {
    Error::new(Code::Unauthorized)
}

/// The claims of a genuine token of either tier that has not expired.
async fn access_claims(parts: &Parts, app: &App) -> Result<Arc<Claims>> {
    let token = bearer(parts).ok_or_else(unauthorized)?;
    if token.starts_with(service_keys::PREFIX) {
        let digest = service_keys::parse(token).ok_or_else(unauthorized)?;
        let is_live = app.read(move |tx| service_keys::is_live(tx, &digest)).await?;
        return Err(if is_live { Error::new(Code::WrongTokenScope) } else { unauthorized() });
    }
    let claims = app.installation().keys().verify(token).ok_or_else(unauthorized)?;
    if !claims.is_current(app.clock().now()) {
        return Err(unauthorized());
    }
    match claims.typ {
        TokenType::Global | TokenType::Scoped => Ok(claims),
        TokenType::Refresh => Err(Error::new(Code::WrongTokenScope)),
    }
}

/// Whoever acts as somebody else, if the token says so and is good now. It is for a tenant's routes only (contract 36).
async fn impersonator(parts: &Parts, app: &App, claims: &Arc<Claims>) -> Result<Option<Impersonator>> {
    if claims.act.is_none() {
        return Ok(None);
    }
    let (claims, origin) = (Arc::clone(claims), origin(parts)?);
    app.read(move |tx| Impersonator::load(tx, &claims, &origin)).await.map(Some)
}

async fn refuse_impersonator(parts: &Parts, app: &App, claims: &Arc<Claims>) -> Result<()> {
    match impersonator(parts, app, claims).await? {
        Some(_) => Err(Error::new(Code::ImpersonationForbidden)),
        None => Ok(()),
    }
}

/// Open to everybody, within the limit on anonymous requests of an address.
pub struct Anonymous(pub caller::Anonymous);

impl FromRequestParts<App> for Anonymous {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let facts = facts(parts)?;
        let limit = app.installation().settings().anonymous_requests_per_minute();
        let quota = app.address_limit().take(app.db(), limit, app.clock().now(), &facts.origin).await?;
        facts.note(quota);
        Ok(Self(caller::Anonymous { origin: facts.origin.clone() }))
    }
}

impl Access for Anonymous {
    const NAME: &'static str = "Anonymous";
    const IS_SOMEBODY: bool = false;
    fn describe(operation: &mut Operation) {
        operation.is_limited();
        operation.refuses(&[Code::TooManyRequests]);
    }
}

/// A person with an access token of either tier.
pub struct SignedIn(pub Caller);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let claims = access_claims(parts, app).await?;
        refuse_impersonator(parts, app, &claims).await?;
        let origin = origin(parts)?;
        app.read(move |tx| Caller::load(tx, &claims, &origin)).await.map(Self)
    }
}

impl Access for SignedIn {
    const NAME: &'static str = "SignedIn";
    fn describe(operation: &mut Operation) {
        operation.needs(&["global_token", "scoped_token"]);
        operation.is_for("For everybody who is signed in, with a token of either kind.");
        operation.refuses(&[Code::Unauthorized, Code::WrongTokenScope, Code::ImpersonationForbidden]);
    }
    fn caller_name(&self) -> String {
        self.0.user.id.to_string()
    }
}

/// A person with a global token.
pub struct Global(pub Caller);

impl FromRequestParts<App> for Global {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let origin = origin(parts)?;
        let claims = access_claims(parts, app).await?;
        refuse_impersonator(parts, app, &claims).await?;
        let is_global = claims.typ == TokenType::Global;
        // Who is not signed in any more is told so, whatever the token's tier.
        let caller = app.read(move |tx| Caller::load(tx, &claims, &origin)).await?;
        if is_global { Ok(Self(caller)) } else { Err(Error::new(Code::WrongTokenScope)) }
    }
}

impl Access for Global {
    const NAME: &'static str = "Global";
    fn describe(operation: &mut Operation) {
        SignedIn::describe(operation);
        operation.needs(&["global_token"]);
        operation.is_for("For everybody who is signed in, with a global token.");
    }
    fn caller_name(&self) -> String {
        self.0.user.id.to_string()
    }
}

/// A platform admin with a token of either tier. Who is signed in and is none, or has not proved a second factor where
/// admins must, is refused, and that is recorded (contract 35).
pub struct PlatformAdmin(pub caller::PlatformAdmin);

impl FromRequestParts<App> for PlatformAdmin {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        let route = format!("{} {route}", parts.method);
        let claims = access_claims(parts, app).await?;
        if let Some(caller) = impersonator(parts, app, &claims).await? {
            app.write(&caller, move |tx, by| admin_denials::record(tx, by, &route)).await?;
            return Err(Error::new(Code::ImpersonationForbidden));
        }
        let origin = origin(parts)?;
        let caller = app.read(move |tx| Caller::load(tx, &claims, &origin)).await?;
        let signed_in = caller.clone();
        match app.read(move |tx| caller::PlatformAdmin::of(tx, signed_in.clone())).await {
            Ok(admin) => Ok(Self(admin)),
            Err(failure) if failure.code().status() != 403 => Err(failure),
            Err(refusal) => {
                app.write(&caller, move |tx, by| admin_denials::record(tx, by, &route)).await?;
                Err(refusal)
            }
        }
    }
}

impl Access for PlatformAdmin {
    const NAME: &'static str = "PlatformAdmin";
    fn describe(operation: &mut Operation) {
        SignedIn::describe(operation);
        operation.is_for("For platform admins, with a token of either kind.");
        operation.refuses(&[Code::PlatformAdminRequired, Code::MfaRequired, Code::MfaEnrollmentRequired]);
    }
    fn caller_name(&self) -> String {
        self.0.user_id().map(ToString::to_string).unwrap_or_default()
    }
}

/// A member with a scoped token who is now at least `R` in the token's tenant.
pub struct Scoped<R>(pub TenantCaller<R>);

impl<R: LeastRole> FromRequestParts<App> for Scoped<R> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let origin = origin(parts)?;
        let claims = access_claims(parts, app).await?;
        if claims.typ != TokenType::Scoped {
            app.read(move |tx| Caller::load(tx, &claims, &origin)).await?;
            return Err(Error::new(Code::WrongTokenScope));
        }
        let caller = app.read(move |tx| TenantCaller::load(tx, &claims, &origin)).await?;
        let mut named = parts.headers.get_all(TENANT_SLUG).iter();
        if named.any(|slug| slug.as_bytes() != caller.tenant.slug.as_bytes()) {
            return Err(Error::new(Code::TenantMismatch));
        }
        Ok(Self(caller))
    }
}

impl<R: LeastRole> Access for Scoped<R> {
    const NAME: &'static str = match R::ROLE {
        Role::Viewer => "Scoped<Viewer>",
        Role::Member => "Scoped<Member>",
        Role::Admin => "Scoped<Admin>",
        Role::Owner => "Scoped<Owner>",
    };
    fn describe(operation: &mut Operation) {
        operation.refuses(&[Code::Unauthorized, Code::WrongTokenScope]);
        operation.needs(&["scoped_token"]);
        operation.is_for(match R::ROLE {
            Role::Viewer => "For every member of the organization, with a scoped token.",
            Role::Member => "For members, admins and the owner of the organization, with a scoped token.",
            Role::Admin => "For admins and the owner of the organization, with a scoped token.",
            Role::Owner => "For the owner of the organization, with a scoped token.",
        });
        let text = "Where sent, it must be the slug of the token's organization; it never selects one.";
        operation.has_header(TENANT_SLUG, text, json!({"type": "string"}));
        operation.refuses(&[Code::MembershipEnded, Code::TenantSuspended, Code::TenantArchived]);
        operation.refuses(&[Code::MfaRequired, Code::MfaEnrollmentRequired, Code::TenantMismatch]);
        if R::ROLE > Role::Viewer {
            operation.refuses(&[Code::InsufficientRole]);
        }
        if R::ROLE == Role::Owner {
            operation.refuses(&[Code::ImpersonationForbidden]);
        }
    }
    fn caller_name(&self) -> String {
        let TenantCaller { caller, tenant, environment, .. } = &self.0;
        let impersonator = caller.impersonator_id.as_ref().map_or("", AsRef::as_ref);
        format!("{} {} {} {impersonator}", caller.user.id, tenant.id(), environment.as_str())
    }
}

/// A service of the platform with a key that has the scope `S`. A person's token is refused.
pub struct Service<S>(pub ServiceCaller<S>);

impl<S: ServiceScope> FromRequestParts<App> for Service<S> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let token = bearer(parts).ok_or_else(unauthorized)?;
        if !token.starts_with(service_keys::PREFIX) {
            let claims = access_claims(parts, app).await?;
            if impersonator(parts, app, &claims).await?.is_none() {
                let origin = origin(parts)?;
                app.read(move |tx| Caller::load(tx, &claims, &origin)).await?;
            }
            return Err(Error::new(Code::WrongTokenScope));
        }
        let digest = service_keys::parse(token).ok_or_else(unauthorized)?;
        app.read(move |tx| ServiceCaller::load(tx, &digest)).await.map(Self)
    }
}

impl<S: ServiceScope> Access for Service<S> {
    const NAME: &'static str = "Service";
    const IS_SERVICE: bool = true;
    fn describe(operation: &mut Operation) {
        operation.needs_service_key(S::NAME);
        operation.is_for("For services of the platform, with a service key that has the scope.");
        operation.refuses(&[Code::Unauthorized, Code::WrongTokenScope, Code::MissingScope]);
    }
    fn caller_name(&self) -> String {
        self.0.key_id.to_string()
    }
}

/// The claims of the cookie's refresh token, in cookie mode.
fn cookie_claims(parts: &Parts, app: &App) -> Option<Arc<Claims>> {
    let token = client::refresh_cookie(&parts.headers)?;
    app.installation().keys().verify(&token).filter(|claims| claims.typ == TokenType::Refresh)
}

/// Whoever holds a token of a session: an access token or, in cookie mode, the refresh token of the cookie. A page whose
/// access token has expired signs out by its cookie; else the cookie would sign in whoever comes next.
pub struct SessionHolder {
    /// For the audit.
    pub anonymous: caller::Anonymous,
    /// What the token says; whether the session lives is checked where it ends.
    pub claims: Arc<Claims>,
}

impl FromRequestParts<App> for SessionHolder {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let claims = match (access_claims(parts, app).await, cookie_claims(parts, app)) {
            (Ok(claims), _) | (Err(_), Some(claims)) => claims,
            (Err(error), None) => return Err(error),
        };
        refuse_impersonator(parts, app, &claims).await?;
        Ok(Self { anonymous: caller::Anonymous { origin: origin(parts)? }, claims })
    }
}

impl Access for SessionHolder {
    const NAME: &'static str = "SessionHolder";
    const IS_SOMEBODY: bool = false;
    fn describe(operation: &mut Operation) {
        SignedIn::describe(operation);
        operation.is_for("For whoever holds a token of a session; in cookie mode the cookie is enough.");
    }
}

/// Open to everybody without a limit, for whoever watches the process.
pub struct Probe;

impl FromRequestParts<App> for Probe {
    type Rejection = Error;
    async fn from_request_parts(_: &mut Parts, _: &App) -> Result<Self> {
        Ok(Self)
    }
}

impl Access for Probe {
    const NAME: &'static str = "Probe";
    const IS_SOMEBODY: bool = false;
    const IS_API: bool = false;
    fn describe(_: &mut Operation) {}
}
