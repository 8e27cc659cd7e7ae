//! Who calls in the access matrix: how each caller comes by a token, and how what a call spoiled is put right again.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::Value as Json;
use trueport::db::Tx;
use trueport::domain::caller::Operator;
use trueport::domain::fields::Email;
use trueport::domain::operators;
use trueport::domain::service_keys::SCOPES;
use trueport::id::{DeliveryId, Id as _, InviteId, UserId, WebhookId};
use trueport::secret::OneTimeToken;
use trueport::store::config_values::{self, Place};
use trueport::store::invites::{self, Invite};
use trueport::store::roles::Role;
use trueport::store::tenants::TenantStatus;
use trueport::store::users::{self, User};
use trueport::store::webhook_deliveries::{self, Delivery, DeliveryStatus};
use trueport::store::webhooks::{self, Webhook};
use trueport::store::{Scope, memberships, tenants};

use crate::harness::TestServer;
use crate::impersonation::impersonate;
use crate::inspect::{make_service_key, revoke_service_key, set_disabled, set_platform_admin};
use crate::openapi::{DOCUMENT, required_scope};
use crate::organization::{Organization, select, set_status};
use crate::protection::concrete;
use crate::sessions::wait_until_expired;
use crate::tokens::claims;

/// What kind of token a caller has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Global,
    Scoped,
    /// The key of a service.
    Service,
}

/// The organization that the ids in paths belong to. Its callers are its members, `platform` an admin who is a platform
/// admin too; the others own one of their own name. As its owner and as a viewer, a platform admin acts who is no member.
const FIRST: &str = "first";

/// Owns an organization of this slug that asks for a second factor, and has none.
const UNPROVEN: &str = "unproven";

const INVITE_ID: &str = "inv_01h455vb4pex5vsknk084sn02q";
const WEBHOOK_ID: &str = "whk_01h455vb4pex5vsknk084sn02q";
const DELIVERY_ID: &str = "dlv_01h455vb4pex5vsknk084sn02q";

impl Tier {
    pub(super) const ALL: [Self; 3] = [Self::Global, Self::Scoped, Self::Service];

    pub(super) fn callers(self) -> &'static [&'static str] {
        match self {
            Self::Global => &["nobody", "garbage", "expired", "global", "refresh", "ended", "disabled", "platform"],
            Self::Scoped => &[
                "owner",
                "admin",
                "member",
                "viewer",
                "foreign",
                "removed",
                "dismember",
                "suspended",
                "archived",
                "unproven",
                "mismatch",
                "platform",
                "as-owner",
                "as-viewer",
                "expired",
                "ended",
                "disabled",
            ],
            // Every scope; every scope but the one that the route asks for; revoked; a key that never was one.
            Self::Service => &["full", "unscoped", "revoked", "made-up"],
        }
    }
}

/// The account of a caller: `mismatch` is the owner, who sends the slug of another organization.
fn email(caller: &str) -> String {
    let account = match caller {
        "mismatch" => "owner",
        "refresh" => "global",
        "as-owner" | "as-viewer" => "support",
        _ => caller,
    };
    format!("{account}@acme.com")
}

/// The status that the organization of a caller gets as soon as the caller has a token for it.
fn closing(caller: &str) -> Option<TenantStatus> {
    match caller {
        "suspended" => Some(TenantStatus::Suspended),
        "archived" => Some(TenantStatus::Archived),
        _ => None,
    }
}

/// The keys of all services that call.
async fn service_keys(server: &TestServer) -> BTreeMap<&'static str, String> {
    let mut keys = BTreeMap::new();
    for lacking in SCOPES {
        let others: Vec<&str> = SCOPES.iter().copied().filter(|scope| scope != lacking).collect();
        keys.insert(*lacking, make_service_key(server, &others).await.1);
    }
    let (full, revoked) = (make_service_key(server, SCOPES).await, make_service_key(server, SCOPES).await);
    revoke_service_key(server, revoked.0).await;
    // As long as a key, and made of the same letters.
    let made_up = format!("tpk_{}", full.1.trim_start_matches("tpk_").chars().rev().collect::<String>());
    keys.extend([("full", full.1), ("revoked", revoked.1), ("made-up", made_up)]);
    keys
}

pub(super) struct Callers<'a> {
    server: &'a TestServer,
    tokens: BTreeMap<(Tier, &'static str), String>,
    /// Of each organization, by its slug.
    tenant_ids: BTreeMap<&'static str, String>,
    target_id: String,
    /// Keys of services: by caller, those of `unscoped` by the scope that they lack.
    service_keys: BTreeMap<&'static str, String>,
}

impl<'a> Callers<'a> {
    pub(super) async fn gather(server: &'a TestServer) -> Self {
        let mut tenant_ids = BTreeMap::new();
        for (owner, slug) in [
            ("owner", FIRST),
            ("foreign", "foreign"),
            ("suspended", "suspended"),
            ("archived", "archived"),
            (UNPROVEN, UNPROVEN),
        ] {
            tenant_ids.insert(slug, Organization::of(server, &email(owner), slug).await.id);
        }
        for name in
            ["admin", "member", "viewer", "removed", "dismember", "expired", "ended", "disabled", "global", "acted-for"]
        {
            server.register(&email(name)).await;
        }
        for name in ["platform", "support"] {
            server.register(&email(name)).await;
            set_platform_admin(server, &email(name), true).await;
        }
        let service_keys = service_keys(server).await;
        let target_id = String::new();
        let mut callers = Self { server, tokens: BTreeMap::new(), tenant_ids, target_id, service_keys };
        callers.put_right().await;
        // Before all others: their tokens would expire with these.
        for tier in [Tier::Global, Tier::Scoped] {
            let token = callers.issue(tier, "expired").await;
            callers.tokens.insert((tier, "expired"), token);
        }
        callers
    }

    /// The request of a caller for a route. Ids of something in an organization are those of the first one.
    pub(super) async fn request(
        &mut self,
        tier: Tier,
        caller: &'static str,
        method: &Method,
        path: &str,
    ) -> RequestBuilder {
        let token = match self.tokens.get(&(tier, caller)) {
            _ if tier == Tier::Service => self.service_key(caller, method, path).to_owned(),
            Some(token) => token.clone(),
            None => self.issue(tier, caller).await,
        };
        self.tokens.insert((tier, caller), token.clone());
        let mut path = path.to_owned();
        if path.contains("/service-keys/{id}") {
            // One that is there to be revoked, each time.
            let (id, _) = make_service_key(self.server, SCOPES).await;
            path = path.replace("{id}", id.as_ref());
        }
        let path = path
            .replace("{user_id}", &self.target_id)
            .replace("/invites/{id}", &format!("/invites/{INVITE_ID}"))
            .replace("/users/{id}", &format!("/users/{}", self.target_id))
            .replace("/plans/{id}", "/plans/plan_enterprise")
            .replace("/tenants/{id}", &format!("/tenants/{}", self.tenant_ids[FIRST]));
        let request = self.server.request(method.clone(), &concrete(&path));
        let request = match caller {
            // The right slug changes nothing; everybody else sends none.
            "owner" => request.header("X-Tenant-Slug", FIRST),
            "mismatch" => request.header("X-Tenant-Slug", "foreign"),
            _ => request,
        };
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    /// The key that a service calls a route with.
    fn service_key(&self, caller: &'static str, method: &Method, path: &str) -> &str {
        let operation = &DOCUMENT["paths"][path][method.as_str().to_lowercase()];
        match caller {
            "unscoped" => &self.service_keys[required_scope(operation).unwrap_or(SCOPES[0])],
            _ => &self.service_keys[caller],
        }
    }

    /// After a call that did something: the caller needs a fresh token, and the ids in paths must name something.
    pub(super) async fn spoiled(&mut self, tier: Tier, caller: &'static str, path: &str) {
        assert_ne!(caller, "expired", "a new token that expires takes those of all others with it");
        let signs_everybody_out = path.ends_with("/installation/end-sessions");
        self.tokens.retain(|key, _| key.1 == "expired" || (!signs_everybody_out && *key != (tier, caller)));
        self.put_right().await;
    }

    async fn put_right(&mut self) {
        self.target_id = match self.account(&email("target")).await {
            Some(user) => user.id.to_string(),
            None => {
                self.server.register(&email("target")).await;
                self.account(&email("target")).await.expect("it was just made").id.to_string()
            }
        };
        self.seat(&email("target"), Role::Member, false).await;
        let write = |tx: &mut Tx<'_>, _: &Operator| {
            let tenant = operators::find_tenant(tx, FIRST)?;
            let now = tx.now();
            let invite = Invite {
                id: InviteId::parse(INVITE_ID).unwrap(),
                email: "invited@acme.com".to_owned(),
                role: Role::Viewer,
                invited_by: tenant.owner_id.clone().unwrap(),
                created_at: now,
                expires_at: now + Duration::from_secs(60 * 60),
            };
            let digest = OneTimeToken::from_random(&tx.random()).digest();
            invites::put(tx, tenant.scope(), &invite, &digest)?;
            put_webhook(tx, tenant.scope())
        };
        self.server.app.write(&Operator, write).await.unwrap();
    }

    async fn account(&self, email: &str) -> Option<User> {
        let email = email.to_owned();
        self.server.app.read(move |tx| Ok(users::by_email(tx, &email)?)).await.unwrap()
    }

    /// Makes somebody a member of the first organization who is not one, and switches the membership off or on.
    async fn seat(&self, email: &str, role: Role, is_disabled: bool) {
        let email = Email::parse(email).unwrap();
        let write = move |tx: &mut Tx<'_>, _: &Operator| {
            let (tenant, user) = (operators::find_tenant(tx, FIRST)?, operators::find(tx, &email)?);
            if memberships::find(tx, tenant.scope(), &user.id)?.is_none() {
                memberships::insert(tx, tenant.scope(), &user.id, role)?;
            }
            Ok(memberships::set_disabled(tx, tenant.scope(), &user.id, is_disabled)?)
        };
        self.server.app.write(&Operator, write).await.unwrap();
    }

    async fn unseat(&self, user_id: String) {
        let write = move |tx: &mut Tx<'_>, _: &Operator| {
            let tenant = operators::find_tenant(tx, FIRST)?;
            Ok(memberships::delete(tx, tenant.scope(), &UserId::parse(&user_id).unwrap())?)
        };
        self.server.app.write(&Operator, write).await.unwrap();
    }

    /// Asks for a second factor in an organization, or does not; nobody has one.
    async fn enforce(&self, slug: &'static str, is_enforced: bool) {
        let write = move |tx: &mut Tx<'_>, _: &Operator| {
            let tenant = operators::find_tenant(tx, slug)?;
            let (place, value) = (Place::Tenant(tenant.scope()), is_enforced.to_string());
            config_values::put(tx, place, "auth.mfa_enforced", Some(&value), None, false)?;
            Ok(tenants::count_config_revision(tx, tenant.scope())?)
        };
        self.server.app.write(&Operator, write).await.unwrap();
    }

    /// A token of a session of its own; what makes the caller special happens after it was issued.
    async fn issue(&self, tier: Tier, caller: &'static str) -> String {
        let (server, email) = (self.server, email(caller));
        match caller {
            "nobody" => return String::new(),
            "garbage" => return "garbage".to_owned(),
            "disabled" => set_disabled(server, &email, false).await,
            _ => {}
        }
        let slug = if self.tenant_ids.contains_key(caller) { caller } else { FIRST };
        if closing(caller).is_some() {
            set_status(server, slug, TenantStatus::Active).await;
        }
        if caller == UNPROVEN {
            self.enforce(slug, false).await;
        }
        let role = match caller {
            "owner" | "mismatch" | "as-owner" | "as-viewer" => None,
            "viewer" => Some(Role::Viewer),
            "member" => Some(Role::Member),
            _ => Some(Role::Admin),
        };
        if let (Tier::Scoped, FIRST, Some(role)) = (tier, slug, role) {
            self.seat(&email, role, false).await;
        }
        let tokens = server.sign_in(&email).await;
        let token = match tier {
            Tier::Global if caller == "refresh" => return tokens.refresh,
            Tier::Global => tokens.access.clone(),
            Tier::Scoped if caller == "as-owner" => self.act_as(&tokens.access, "owner@acme.com").await,
            Tier::Scoped if caller == "as-viewer" => {
                // Not `viewer`, whose membership must not end by what is done in their name.
                self.seat("acted-for@acme.com", Role::Viewer, false).await;
                self.act_as(&tokens.access, "acted-for@acme.com").await
            }
            Tier::Scoped => select(server, &tokens.access, &self.tenant_ids[slug]).await,
            Tier::Service => unreachable!("keys of services are made beforehand"),
        };
        match caller {
            "expired" => wait_until_expired(server, &token),
            "ended" => {
                server.call(Method::POST, "/global/auth/logout", &tokens.access, Json::Null).await.expect(204);
            }
            "disabled" => set_disabled(server, &email, true).await,
            "removed" => self.unseat(claims(&token)["sub"].as_str().unwrap().to_owned()).await,
            "dismember" => self.seat(&email, Role::Admin, true).await,
            UNPROVEN => self.enforce(slug, true).await,
            _ => {}
        }
        if let Some(status) = closing(caller) {
            set_status(server, slug, status).await;
        }
        token
    }

    /// A token with which a platform admin acts as a member of the first organization.
    async fn act_as(&self, access: &str, email: &str) -> String {
        let member = self.account(email).await.expect("there is an account");
        impersonate(self.server, access, member.id.as_ref(), &self.tenant_ids[FIRST]).await
    }
}

/// A webhook with a delivery, if there is none.
fn put_webhook(tx: &mut Tx<'_>, scope: &Scope) -> trueport::error::Result<()> {
    let (id, now) = (WebhookId::parse(WEBHOOK_ID).unwrap(), tx.now());
    if webhooks::by_id(tx, scope, &id)?.is_some() {
        return Ok(());
    }
    let webhook = Webhook {
        id: id.clone(),
        // Refused when it is called.
        url: "https://127.0.0.1/".to_owned(),
        events: vec!["member.left".to_owned()],
        description: String::new(),
        is_enabled: true,
        disabled_reason: None,
        failing_since: None,
        old_secret_until: None,
        created_at: now,
        updated_at: now,
    };
    webhooks::insert(tx, scope, &webhook, b"")?;
    let delivery = Delivery {
        id: DeliveryId::parse(DELIVERY_ID).unwrap(),
        webhook_id: id,
        message_id: tx.new_id(),
        event_type: "member.left".to_owned(),
        body: "{}".to_owned(),
        status: DeliveryStatus::Delivered,
        attempts: 0,
        earlier_attempts: 0,
        created_at: now,
        due_at: now,
        settled_at: Some(now),
        last_status: None,
        last_error: None,
    };
    Ok(webhook_deliveries::insert(tx, scope, &delivery)?)
}
