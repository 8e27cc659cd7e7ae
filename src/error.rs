//! One error type and one table from its code to status and text (contract 2 and 3).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::db::error::DbError;

/// What the domain, the store and the transport return.
pub type Result<T> = std::result::Result<T, Error>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $code:literal $title:literal $detail:literal;)*) => {
        /// A stable name for what went wrong. The table below is the only place that knows status and text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $detail] $name,)* }

        impl Code {
            /// Every code, for the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The HTTP status it is answered with.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)* } }

            /// The stable snake_case name clients may rely on.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $code,)* } }

            /// A short summary that is the same for every occurrence.
            pub const fn title(self) -> &'static str { match self { $(Self::$name => $title,)* } }

            /// What a person is told unless the occurrence has a better text.
            pub const fn detail(self) -> &'static str { match self { $(Self::$name => $detail,)* } }
        }
    };
}

codes! {
    MalformedJson = 400 "malformed_json" "Malformed JSON" "The body is not well-formed JSON in UTF-8.";
    EmailTaken = 400 "email_taken" "Email already registered" "An account with this email address exists already.";
    WrongPassword = 400 "wrong_password" "Wrong password" "The current password is wrong.";
    InvalidToken = 400 "invalid_token" "Invalid link" "This link is not valid any more. Ask for a new one.";
    Unauthorized = 401 "unauthorized" "Not signed in" "A valid access token is needed. Sign in again.";
    InvalidCredentials = 401 "invalid_credentials" "Invalid credentials" "The email address or the password is wrong.";
    InvalidCode = 401 "invalid_code" "Invalid code" "The code is wrong, was used before or has expired.";
    InvalidRefreshToken = 401 "invalid_refresh_token" "Invalid refresh token" "The session has ended. Sign in again.";
    WrongTokenScope = 403 "wrong_token_scope" "Wrong kind of token" "This kind of token is not accepted here.";
    RegistrationClosed = 403 "registration_closed" "Registration closed" "This installation does not take registrations from this address.";
    MembershipEnded = 403 "membership_ended" "Membership ended" "You are not a member of this organization any more.";
    NotAMember = 403 "not_a_member" "Not a member" "You are not a member of this organization.";
    InsufficientRole = 403 "insufficient_role" "Insufficient role" "Your role in this organization does not allow this.";
    TenantMismatch = 403 "tenant_mismatch" "Another organization" "The token belongs to another organization than X-Tenant-Slug names.";
    TenantSuspended = 403 "tenant_suspended" "Organization suspended" "This organization is suspended. Ask the platform's administrator.";
    TenantArchived = 403 "tenant_archived" "Organization archived" "This organization is archived. Ask the platform's administrator.";
    TenantCreationClosed = 403 "tenant_creation_closed" "Creation closed" "Only platform admins create organizations here.";
    TenantLimitReached = 403 "tenant_limit_reached" "Too many organizations" "You own as many organizations as one person may. Ask the platform's administrator.";
    OwnerProtected = 403 "owner_protected" "Owner protected" "The owner cannot be removed, disabled, given another role, or leave. Transfer the ownership first.";
    OtherRecipient = 403 "invite_for_another_address" "Meant for somebody else" "This invitation is meant for another email address.";
    MfaRequired = 403 "mfa_required" "Second factor required" "A second factor is asked for here. Sign in again and prove yours.";
    MfaEnrollmentRequired = 403 "mfa_enrollment_required" "Second factor to be set up" "A second factor is asked for here. Set one up for your account first.";
    PlatformAdminRequired = 403 "platform_admin_required" "Platform admin required" "Only platform admins may do this.";
    ImpersonationForbidden = 403 "impersonation_forbidden" "Not while acting for somebody" "This cannot be done while acting for somebody else, or for a platform admin.";
    NotRevealable = 403 "not_revealable" "Not to be shown" "This message holds no link, or one that only the command line may show.";
    MissingScope = 403 "missing_scope" "Missing scope" "The service key does not have the scope for this.";
    PlanNotSelfService = 403 "plan_not_self_service" "Plan not self-service" "This plan is given by the platform's administrator.";
    ConfigNotModifiable = 403 "config_not_modifiable" "Not modifiable" "An organization cannot set this value.";
    ConfigLocked = 403 "config_locked" "Locked" "This value is fixed from above and cannot be changed here.";
    NotFound = 404 "not_found" "Not found" "There is nothing here under this name.";
    UnknownRoute = 404 "unknown_route" "Unknown route" "The API has no such route.";
    MethodNotAllowed = 405 "method_not_allowed" "Method not allowed" "This route does not take this method.";
    RequestTimeout = 408 "request_timeout" "Request too slow" "The request's body did not arrive in time.";
    Conflict = 409 "conflict" "Conflict" "This already exists.";
    MfaAlreadyEnabled = 409 "mfa_already_enabled" "Second factor there already" "Your account has a second factor already. Remove it to set up another one.";
    SlugTaken = 409 "slug_taken" "Slug already taken" "An organization has this slug, or had it once. Choose another one.";
    AlreadyMember = 409 "already_member" "Already a member" "This person is a member of the organization already.";
    MemberDisabled = 409 "member_disabled" "Member disabled" "This membership is disabled; enable it first.";
    StorageNotSet = 409 "storage_not_set" "No storage set" "The organization has not said where it keeps its exports.";
    WebhookLimitReached = 409 "webhook_limit_reached" "Too many webhooks" "The organization has as many webhooks as it may. Delete one first.";
    WebhookDisabled = 409 "webhook_disabled" "Webhook disabled" "The webhook is disabled; enable it first.";
    AlreadySubscribed = 409 "already_subscribed" "Already subscribed" "The organization has this plan already.";
    NotCancellable = 409 "not_cancellable" "Not cancellable" "The plan that every organization starts on cannot be cancelled.";
    PlanInUse = 409 "plan_in_use" "Plan needed" "Every organization starts on this plan, so it cannot be retired.";
    InvalidTransition = 409 "invalid_transition" "Invalid transition" "The organization cannot go from its status to this one.";
    AccountDisabled = 409 "account_disabled" "Account disabled" "The account is disabled; enable it first.";
    AddressUnproved = 409 "address_unproved" "Address not proved" "Nobody has proved that the address of this account is theirs. Have its link for that opened first; without a mail server, hand it over from the waiting mails.";
    LastAdmin = 409 "last_platform_admin" "Last platform admin" "This is the last platform admin; make another one first.";
    OwnsTenants = 409 "owns_tenants" "Owns organizations" "This person owns an organization that is not archived; give it another owner first.";
    MailSettled = 409 "mail_settled" "Not waiting" "This message was delivered, refused or has expired, and what it said is erased.";
    IdempotencyInProgress = 409 "idempotency_in_progress" "Request under way" "A request with this idempotency key is under way. Ask again in a moment.";
    IdempotencyOutcomeUnknown = 409 "idempotency_outcome_unknown" "Outcome unknown" "The first request with this idempotency key changed something and its reply was lost. It is not run again; look at what is there, then use another key.";
    BodyTooLarge = 413 "body_too_large" "Body too large" "The request's body is too large.";
    UnsupportedMediaType = 415 "unsupported_media_type" "Unsupported media type" "Send the body as application/json.";
    Validation = 422 "validation_error" "Validation error" "Some fields are not valid.";
    IdempotencyKeyReused = 422 "idempotency_key_reused" "Idempotency key reused" "This idempotency key was used for another request. Choose a new key for each request.";
    TooManyRequests = 429 "too_many_requests" "Too many requests" "Too many requests from this address. Wait and try again.";
    TooManyAttempts = 429 "too_many_attempts" "Too many attempts" "Too many failed attempts for this account. Wait and try again.";
    HttpVersion = 426 "http_version" "HTTP/1.1 required" "This download needs HTTP/1.1 or later: over HTTP/1.0 one that breaks off looks whole. Behind nginx set 'proxy_http_version 1.1'.";
    HeadTooLarge = 431 "head_too_large" "Head too large" "The request's address and header fields are too long or too many.";
    Internal = 500 "internal_error" "Internal error" "Something went wrong here. The request id helps the operator to find out what.";
    Overloaded = 503 "overloaded" "Overloaded" "The server has more to do than it can. Try again in a moment.";
    Unavailable = 503 "unavailable" "Unavailable" "The server cannot store or read its data at the moment. Try again later.";
}

/// One field of a request that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Name of the field, dotted where it is nested.
    pub field: String,
    /// What is wrong with it, for a person.
    pub message: Cow<'static, str>,
}

/// How far a limit is used up, for the `RateLimit-*` fields of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests or attempts allowed in the window.
    pub limit: u64,
    /// How many of them are left.
    pub remaining: u64,
    /// Time until some are free again.
    pub reset: Duration,
}

/// What went wrong, for the person who asked (`code`, `detail`, `fields`) and for the log (`cause`).
#[derive(Debug)]
pub struct Error(Box<Parts>);

#[derive(Debug)]
struct Parts {
    code: Code,
    detail: Option<Cow<'static, str>>,
    fields: Vec<FieldError>,
    quota: Option<Quota>,
    retry_after: Option<Duration>,
    cause: Option<Cause>,
}

#[derive(Debug)]
enum Cause {
    Database(DbError),
    Other(String),
}

impl Error {
    /// An error with the code's own text.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Parts { code, detail: None, fields: Vec::new(), quota: None, retry_after: None, cause: None }))
    }

    /// The program's own fault; `cause` goes to the log only.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Self::new(Code::Internal).caused_by(cause)
    }

    /// A 422 that names the fields at fault.
    pub fn validation(fields: Vec<FieldError>) -> Self {
        let mut error = Self::new(Code::Validation);
        error.0.fields = fields;
        error
    }

    /// A 422 for one field.
    pub fn field(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::Validation).naming(field, message)
    }

    /// A refusal because a limit is used up; says when to try again.
    pub fn limited(code: Code, quota: Quota) -> Self {
        let mut error = Self::new(code).retry_after(quota.reset);
        error.0.quota = Some(quota);
        error
    }

    /// Replaces the code's text by one for this occurrence. It is shown to whoever asked.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Names a field at fault.
    #[must_use]
    pub fn naming(mut self, field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.fields.push(FieldError { field: field.into(), message: message.into() });
        self
    }

    /// Adds what the log should say about the cause.
    #[must_use]
    pub fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.0.cause = Some(Cause::Other(cause.to_string()));
        self
    }

    /// Says when another try makes sense.
    #[must_use]
    pub fn retry_after(mut self, span: Duration) -> Self {
        self.0.retry_after = Some(span);
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The text for a person.
    pub fn detail(&self) -> &str {
        self.0.detail.as_deref().unwrap_or(self.0.code.detail())
    }

    /// The fields at fault, for a 422.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The limit that was hit, for a 429.
    pub fn quota(&self) -> Option<Quota> {
        self.0.quota
    }

    /// When another try makes sense.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// What the log should say beyond the code.
    pub fn cause(&self) -> Option<String> {
        self.0.cause.as_ref().map(|cause| match cause {
            Cause::Database(error) => error.to_string(),
            Cause::Other(text) => text.clone(),
        })
    }

    /// Whether the transaction lost against another one and may simply run again.
    pub fn is_serialization_failure(&self) -> bool {
        matches!(&self.0.cause, Some(Cause::Database(DbError::Serialization)))
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        let unavailable = Self::new(Code::Unavailable).retry_after(Duration::from_secs(5));
        let mut converted = match error {
            DbError::Unavailable(reason, _) => unavailable.with_detail(reason.sentence()),
            DbError::DiskFull => {
                unavailable.with_detail("The server's disk is full. Nothing was changed. Try again when there is room.")
            }
            DbError::Serialization => unavailable,
            DbError::Unique(_) | DbError::Missing | DbError::Other(_) => Self::new(Code::Internal),
        };
        converted.0.cause = Some(Cause::Database(error));
        converted
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())?;
        for field in self.fields() {
            write!(f, " {}: {}", field.field, field.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// What a write that must leave a trace returns: a denial is a value, so that its trace is committed.
#[derive(Debug)]
pub enum Outcome<T> {
    /// It was done.
    Granted(T),
    /// It was refused, and what records the refusal is committed.
    Denied(Error),
}

impl<T> Outcome<T> {
    /// A denial with the code's own text.
    pub fn denied(code: Code) -> Self {
        Self::Denied(Error::new(code))
    }

    /// Turns a denial into an error, after the commit.
    pub fn granted(self) -> Result<T> {
        match self {
            Self::Granted(value) => Ok(value),
            Self::Denied(error) => Err(error),
        }
    }
}
