//! The route table: every route, who may use it, what handles it, and what it may answer.
//!
//! The table makes the router and the OpenAPI document, and the access matrix test walks it. The access type is the
//! first argument of the handler, so a route without one, or with another one than the table says, does not compile.

use std::future::Future;
use std::sync::LazyLock;

use axum::handler::Handler;
use axum::http::Method;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};

use super::access::{Access, Anonymous, Global, PlatformAdmin, Probe, Scoped, Service, SessionHolder, SignedIn};
use super::openapi::{self, BASE_PATH, Describe, DescribeReply, Operation};
use super::{
    admin_tenants, admin_users, audit_download, audit_events, auth, config_details, configs, entitlements, etag,
    idempotency, impersonation, installation, introspection, invites, me, members, meta, mfa, outbox, passwords, plans,
    provisioning, scoped_tokens, service_keys, sessions, setup, stats, storage, subscriptions, tenants, usage,
    webhook_deliveries, webhooks,
};
use crate::app::App;
use crate::domain::service_keys::{ConfigsRead, EntitlementsRead, TokensRead, UsageWrite};
use crate::domain::tenant_caller::{Admin, Owner, Viewer};
use crate::error::{Code, Result};

use serde_json::Value as Json;

/// One row of the table.
pub struct Route {
    /// Name of the access type.
    pub access: &'static str,
    /// Method, path, and what the documentation says of it.
    pub operation: Operation,
    pub(super) handler: MethodRouter<App>,
}

/// An async function whose arguments are extractors and whose first argument is `A`.
pub(super) trait Endpoint<A, Arguments> {
    /// What it replies.
    type Reply: DescribeReply;
    /// Describes its arguments.
    fn describe(operation: &mut Operation);
}

macro_rules! endpoints {
    ($($($argument:ident)*;)*) => { $(
        impl<F, Output, R, A, $($argument,)*> Endpoint<A, ($($argument,)*)> for F
        where
            F: Fn(A, $($argument,)*) -> Output,
            Output: Future<Output = Result<R>>,
            R: DescribeReply,
            A: Access,
            $($argument: Describe,)*
        {
            type Reply = R;
            fn describe(operation: &mut Operation) {
                A::describe(operation);
                $($argument::describe(operation);)*
            }
        }
    )* };
}

endpoints! {
    ;
    T1;
    T1 T2;
    T1 T2 T3;
}

fn route<A, H, T, Arguments>(method: Method, path: &str, summary: &'static str, handler: H, codes: &[Code]) -> Route
where
    A: Access,
    H: Handler<T, App> + Endpoint<A, Arguments>,
    T: 'static,
{
    // The table below uses the methods that the filter knows.
    let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
    let path = if A::IS_API { format!("{BASE_PATH}{path}") } else { path.to_owned() };
    let mut operation = Operation::new(method, path, summary);
    H::describe(&mut operation);
    H::Reply::describe(&mut operation);
    operation.refuses(codes);
    let handler = if operation.method() == Method::POST && A::IS_SOMEBODY && !H::Reply::IS_CONFIDENTIAL {
        let mut rule = Operation::new(Method::POST, String::new(), "");
        A::describe(&mut rule);
        idempotency::describe(&mut operation);
        idempotency::heeding::<A, _, _>(filter, handler, operation.body_limit(), rule.codes())
    } else if operation.method() == Method::GET && A::IS_API && !H::Reply::IS_CONFIDENTIAL {
        etag::describe(&mut operation);
        etag::tagging(filter, handler)
    } else {
        on(filter, handler)
    };
    Route { access: A::NAME, operation, handler }
}

macro_rules! table {
    ($($summary:literal $method:ident $path:literal => $access:ty, $handler:path, [$($code:ident),*];)*) => {
        /// Every route. Paths of the API are below [`BASE_PATH`].
        pub fn table() -> Vec<Route> {
            vec![$(
                route::<$access, _, _, _>(Method::$method, $path, $summary, $handler, &[$(Code::$code),*]),
            )*]
        }
    };
}

table! {
    "Create a user account."
    POST "/global/auth/register" => Anonymous, auth::register,
        [EmailTaken, RegistrationClosed, InvalidToken, OtherRecipient, TenantSuspended, TenantArchived];
    "Sign in with email and password."
    POST "/global/auth/login" => Anonymous, auth::login, [InvalidCredentials, TooManyAttempts];
    "Ask for a one-time code by email."
    POST "/global/auth/otp/request" => Anonymous, auth::request_otp, [];
    "Sign in with a one-time code."
    POST "/global/auth/otp/verify" => Anonymous, auth::verify_otp, [InvalidCode];
    "Exchange a refresh token for a new pair."
    POST "/global/auth/refresh" => Anonymous, auth::refresh, [InvalidRefreshToken];
    "End the session of the token."
    POST "/global/auth/logout" => SessionHolder, auth::logout, [];
    "Ask for a link to set a new password."
    POST "/global/auth/forgot-password" => Anonymous, passwords::forgot, [];
    "Set a new password with the token of a link."
    POST "/global/auth/reset-password" => Anonymous, passwords::reset, [InvalidToken];
    "Change the own password."
    PUT "/global/auth/password" => SignedIn, passwords::change, [WrongPassword, TooManyAttempts];
    "Prove an email address with the token of a link."
    POST "/global/auth/verify-email" => Anonymous, me::verify_email, [InvalidToken, EmailTaken];
    "Finish a sign-in with a code of the second factor."
    POST "/global/auth/mfa/verify" => Anonymous, mfa::verify, [InvalidCode];
    "The own second factors."
    GET "/global/auth/mfa" => SignedIn, mfa::show, [];
    "Begin to set up an app that makes codes."
    POST "/global/auth/mfa/totp" => SignedIn, mfa::set_up_totp, [WrongPassword, MfaAlreadyEnabled, TooManyAttempts];
    "Finish setting up the app with its first code; every other session ends."
    POST "/global/auth/mfa/totp/confirm" => SignedIn, mfa::confirm_totp, [InvalidCode];
    "Remove the app."
    DELETE "/global/auth/mfa/totp" => SignedIn, mfa::remove_totp, [WrongPassword, InvalidCode, NotFound, TooManyAttempts];
    "Make new recovery codes in place of those before."
    POST "/global/auth/mfa/recovery-codes" => SignedIn, mfa::renew_recovery_codes,
        [WrongPassword, InvalidCode, NotFound, TooManyAttempts];
    "The own account."
    GET "/global/auth/me" => SignedIn, me::show, [];
    "Change the own names."
    PATCH "/global/auth/me" => SignedIn, me::update, [];
    "Ask for a change of the own email address."
    POST "/global/auth/me/email" => SignedIn, me::change_email, [WrongPassword, EmailTaken, TooManyAttempts];
    "The own sessions, newest first."
    GET "/global/auth/sessions" => SignedIn, sessions::list, [];
    "End one of the own sessions."
    DELETE "/global/auth/sessions/{id}" => SignedIn, sessions::end, [];
    "Make the first platform admin with the token of the setup link."
    POST "/global/auth/setup" => Anonymous, setup::complete, [InvalidToken, EmailTaken];
    "Exchange a global token for one of an organization."
    POST "/global/auth/select-tenant" => Global, scoped_tokens::select,
        [NotAMember, TenantSuspended, TenantArchived, MfaRequired, MfaEnrollmentRequired];
    "Create an organization, owned by the caller."
    POST "/global/tenants" => Global, tenants::create, [SlugTaken, TenantCreationClosed, TenantLimitReached];
    "The own organizations, by name; whole unless a part is asked for."
    GET "/global/tenants" => Global, tenants::list, [];
    "Whether a slug is free for a new organization."
    GET "/global/tenants/check-availability" => Anonymous, tenants::check_availability, [];
    "Join an organization with the token of an invitation."
    POST "/global/invites/accept" => Global, invites::accept,
        [InvalidToken, OtherRecipient, AlreadyMember, TenantSuspended, TenantArchived];
    "The organization of the token, with its subscription."
    GET "/service/info" => Scoped<Viewer>, tenants::show, [];
    "Change name and billing address of the organization."
    PATCH "/service/info" => Scoped<Admin>, tenants::update, [];
    "Close the organization for good."
    POST "/service/archive" => Scoped<Owner>, tenants::archive, [];
    "Make another member the owner; the caller becomes an admin."
    POST "/service/ownership-transfer" => Scoped<Owner>, members::transfer_ownership, [NotFound, MemberDisabled];
    "Exchange the token for one of another environment, with the same end."
    POST "/service/auth/switch-environment" => Scoped<Viewer>, scoped_tokens::switch_environment, [];
    "The members of the organization, in the order in which they joined; whole unless a part is asked for."
    GET "/service/members" => Scoped<Viewer>, members::list, [];
    "Change role or status of a member."
    PATCH "/service/members/{user_id}" => Scoped<Admin>, members::change, [OwnerProtected];
    "Remove a member from the organization."
    DELETE "/service/members/{user_id}" => Scoped<Admin>, members::remove, [OwnerProtected];
    "Leave the organization."
    POST "/service/members/leave" => Scoped<Viewer>, members::leave, [OwnerProtected];
    "Invite somebody by email, or issue a waiting invitation again."
    POST "/service/invites" => Scoped<Admin>, invites::create, [AlreadyMember, TooManyAttempts];
    "The invitations that wait, newest first."
    GET "/service/invites" => Scoped<Admin>, invites::list, [];
    "Send an invitation again, with a new link."
    POST "/service/invites/{id}/resend" => Scoped<Admin>, invites::resend, [AlreadyMember, TooManyAttempts];
    "Take an invitation back."
    DELETE "/service/invites/{id}" => Scoped<Admin>, invites::revoke, [];
    "The plans that can be chosen."
    GET "/service/catalog/plans" => Scoped<Viewer>, plans::catalog, [];
    "Put the organization on a plan, at once."
    POST "/service/subscriptions" => Scoped<Admin>, subscriptions::activate,
        [NotFound, PlanNotSelfService, AlreadySubscribed];
    "The subscriptions that the organization ever had, newest first."
    GET "/service/subscriptions" => Scoped<Viewer>, subscriptions::list, [];
    "Cancel the plan, at once or at the end of the period."
    POST "/service/subscriptions/cancel" => Scoped<Admin>, subscriptions::cancel, [NotCancellable];
    "The configuration in force in the organization and environment of the token."
    GET "/service/configs" => Scoped<Viewer>, configs::list_own, [];
    "Set a value for the organization, or for the environment of the token."
    PUT "/service/configs/{key}" => Scoped<Admin>, configs::set_own, [ConfigLocked, ConfigNotModifiable];
    "Take a value of the organization away, so that the one above counts again."
    DELETE "/service/configs/{key}" => Scoped<Admin>, configs::reset_own, [ConfigLocked, ConfigNotModifiable];
    "Every level of a key, and which one is in force."
    GET "/service/configs/{key}/explain" => Scoped<Viewer>, config_details::explain_own, [];
    "Who changed the organization's values of a key, newest first."
    GET "/service/configs/{key}/history" => Scoped<Viewer>, config_details::history_own, [];
    "Where the organization keeps its exports."
    GET "/service/storage" => Scoped<Admin>, storage::show, [];
    "Say where the organization keeps its exports."
    PUT "/service/storage" => Scoped<Admin>, storage::set, [TooManyAttempts];
    "Write, read and delete an object, and say in plain words what fails."
    POST "/service/storage/test" => Scoped<Admin>, storage::test, [StorageNotSet, TooManyAttempts];
    "Forget the store and its credentials; the nightly export ends."
    DELETE "/service/storage" => Scoped<Admin>, storage::delete, [NotFound];
    "Days of the audit that were exported, newest first, and how far that has come."
    GET "/service/storage/exports" => Scoped<Admin>, storage::exports, [];
    "What happened in the organization, newest first."
    GET "/service/audit-events" => Scoped<Admin>, audit_events::list_own, [];
    "Everything that happened in the organization, as a file."
    GET "/service/audit-events/export" => Scoped<Admin>, audit_download::download_own, [];
    "The webhooks of the organization, newest first."
    GET "/service/webhooks" => Scoped<Admin>, webhooks::list, [];
    "Have an address told of what happens in the organization, signed as Standard Webhooks say."
    POST "/service/webhooks" => Scoped<Admin>, webhooks::create, [WebhookLimitReached];
    "A webhook."
    GET "/service/webhooks/{id}" => Scoped<Admin>, webhooks::show, [];
    "Change a webhook. While it is disabled it is told nothing, and what waited for it is given up."
    PATCH "/service/webhooks/{id}" => Scoped<Admin>, webhooks::change, [];
    "Delete a webhook with its log."
    DELETE "/service/webhooks/{id}" => Scoped<Admin>, webhooks::delete, [];
    "Give a webhook another secret; the old one signs beside it for 24 hours."
    POST "/service/webhooks/{id}/rotate-secret" => Scoped<Admin>, webhooks::rotate_secret, [];
    "Tell a webhook of a test, in the way of every event."
    POST "/service/webhooks/{id}/test" => Scoped<Admin>, webhooks::test, [WebhookDisabled, TooManyAttempts];
    "What a webhook was told, newest first: the last 5,000 of 30 days."
    GET "/service/webhooks/{id}/deliveries" => Scoped<Admin>, webhook_deliveries::list, [];
    "A delivery with what is sent and every attempt."
    GET "/service/webhooks/{id}/deliveries/{delivery_id}" => Scoped<Admin>, webhook_deliveries::show, [];
    "Make a delivery again, under the same message id."
    POST "/service/webhooks/{id}/deliveries/{delivery_id}/redeliver" => Scoped<Admin>, webhook_deliveries::redeliver,
        [WebhookDisabled, TooManyAttempts];
    "What the organization may use, and what it has used."
    GET "/service/entitlements" => Scoped<Viewer>, entitlements::own, [];
    "Requests and violations of the organization, by the hour or day."
    GET "/service/usage" => Scoped<Viewer>, usage::series, [];
    "Report usage; each row counts once however often it is sent."
    POST "/internal/usage" => Service<UsageWrite>, usage::report, [];
    "Whether an access token is good now, and who holds it (RFC 7662)."
    POST "/internal/introspect" => Service<TokensRead>, introspection::introspect, [];
    "What an organization may use, and what it has used."
    GET "/internal/tenants/{id}/entitlements" => Service<EntitlementsRead>, entitlements::of_tenant, [];
    "The configuration that the gateway heeds for an organization."
    GET "/internal/tenants/{id}/configs" => Service<ConfigsRead>, configs::for_gateway, [];
    "The configuration of the installation."
    GET "/admin/configs" => PlatformAdmin, configs::list_global, [];
    "Set a value for the installation, and lock or unlock it."
    PUT "/admin/configs/{key}" => PlatformAdmin, configs::set_global, [ConfigLocked];
    "Take a value of the installation away, so that the default counts again."
    DELETE "/admin/configs/{key}" => PlatformAdmin, configs::reset_global, [ConfigLocked];
    "Every level of a key, and which one is in force."
    GET "/admin/configs/{key}/explain" => PlatformAdmin, config_details::explain_global, [];
    "Who changed the installation's value of a key, newest first."
    GET "/admin/configs/{key}/history" => PlatformAdmin, config_details::history_global, [];
    "Keys of the platform's services, newest first."
    GET "/admin/service-keys" => PlatformAdmin, service_keys::list, [];
    "Make a key for a service of the platform."
    POST "/admin/service-keys" => PlatformAdmin, service_keys::create, [];
    "Revoke a key."
    DELETE "/admin/service-keys/{id}" => PlatformAdmin, service_keys::revoke, [];
    "The organizations of the installation, newest first."
    GET "/admin/tenants" => PlatformAdmin, admin_tenants::list, [];
    "Make an organization for somebody, without a mail; with a new account, the reply holds the link to set a password."
    POST "/admin/tenants" => PlatformAdmin, provisioning::create_tenant, [SlugTaken, AccountDisabled, AddressUnproved];
    "An organization in detail."
    GET "/admin/tenants/{id}" => PlatformAdmin, admin_tenants::show, [];
    "Suspend, activate or archive an organization, and tell its owner."
    PUT "/admin/tenants/{id}/status" => PlatformAdmin, admin_tenants::set_status, [InvalidTransition];
    "Give an organization another owner."
    POST "/admin/tenants/{id}/ownership-transfer" => PlatformAdmin, admin_tenants::transfer_ownership,
        [MemberDisabled];
    "The accounts of the installation, newest first."
    GET "/admin/users" => PlatformAdmin, admin_users::list, [];
    "Make an account for somebody, without a mail; the reply holds the link to set a password."
    POST "/admin/users" => PlatformAdmin, provisioning::create_user, [EmailTaken];
    "An account in detail, with its organizations and sessions."
    GET "/admin/users/{id}" => PlatformAdmin, admin_users::show, [];
    "Disable, enable, promote or demote a person."
    PATCH "/admin/users/{id}" => PlatformAdmin, admin_users::change, [LastAdmin, AddressUnproved];
    "Delete a person for good, with sessions, memberships and invitations."
    DELETE "/admin/users/{id}" => PlatformAdmin, admin_users::delete, [LastAdmin, OwnsTenants];
    "End every session of a person."
    POST "/admin/users/{id}/end-sessions" => PlatformAdmin, admin_users::end_sessions, [];
    "Forget the failed attempts that lock an account."
    POST "/admin/users/{id}/unlock" => PlatformAdmin, admin_users::unlock, [];
    "A token of 15 minutes with which the caller acts as a member of an organization, to help."
    POST "/admin/users/{id}/impersonate" => PlatformAdmin, impersonation::start,
        [AccountDisabled, TenantSuspended, TenantArchived];
    "What happened anywhere, newest first."
    GET "/admin/audit-events" => PlatformAdmin, audit_events::list_all, [NotFound];
    "Whether the audit's chains are linked and as they were sealed."
    GET "/admin/audit-events/state" => PlatformAdmin, audit_events::state, [];
    "Everything that happened anywhere, as a file."
    GET "/admin/audit-events/export" => PlatformAdmin, audit_download::download_all, [NotFound];
    "The mails, newest first, and how they stand."
    GET "/admin/outbox" => PlatformAdmin, outbox::list, [];
    "Try a mail that waits again at once."
    POST "/admin/outbox/{id}/retry" => PlatformAdmin, outbox::retry, [MailSettled];
    "The link of a mail that waits, to hand over; recorded."
    POST "/admin/outbox/{id}/reveal" => PlatformAdmin, outbox::reveal, [MailSettled, NotRevealable];
    "Send a test message by the mail settings in force, and say in plain words what fails."
    POST "/admin/mail/test" => PlatformAdmin, outbox::test, [TooManyAttempts];
    "What runs here, and how it is."
    GET "/admin/installation" => PlatformAdmin, installation::show, [];
    "End every session of the installation, the caller's too, as after the leak of a key."
    POST "/admin/installation/end-sessions" => PlatformAdmin, installation::end_sessions, [];
    "Take every second factor of a person away, and tell them."
    POST "/admin/users/{id}/reset-mfa" => PlatformAdmin, admin_users::reset_mfa, [];
    "Figures of the whole installation."
    GET "/admin/stats" => PlatformAdmin, stats::show, [];
    "A figure of the whole installation over time, by the hour or day."
    GET "/admin/stats/series" => PlatformAdmin, stats::series, [];
    "Every plan, retired ones too."
    GET "/admin/plans" => PlatformAdmin, plans::list, [];
    "Make a plan."
    POST "/admin/plans" => PlatformAdmin, plans::create, [];
    "Change a plan; who has it keeps its terms."
    PATCH "/admin/plans/{id}" => PlatformAdmin, plans::change, [];
    "Retire a plan; who has it keeps it."
    DELETE "/admin/plans/{id}" => PlatformAdmin, plans::retire, [PlanInUse];
    "Put an organization on any plan, at once."
    PUT "/admin/tenants/{id}/subscription" => PlatformAdmin, subscriptions::set, [AlreadySubscribed];
    "Public keys of EdDSA tokens (RFC 7517); empty under HS256."
    GET "/.well-known/jwks.json" => Anonymous, meta::jwks, [];
    "This document."
    GET "/openapi.json" => Anonymous, show_document, [];
    "Whether the process lives."
    GET "/healthz" => Probe, meta::healthz, [];
    "Whether the server can write."
    GET "/readyz" => Probe, meta::readyz, [];
}

/// The OpenAPI document of the table.
pub fn document() -> Json {
    let routes = table();
    let operations: Vec<&Operation> = routes.iter().map(|route| &route.operation).collect();
    openapi::document(&operations)
}

/// The document as a reply.
struct Document;

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
        ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], TEXT.as_str()).into_response()
    }
}

impl DescribeReply for Document {
    fn describe(operation: &mut Operation) {
        operation.replies_object(200, "The OpenAPI 3.1 document of this API.");
    }
}

async fn show_document(_: Anonymous) -> Result<Document> {
    Ok(Document)
}
