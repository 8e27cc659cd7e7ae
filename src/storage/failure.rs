//! Why a store did not do what it should, in words for the person who set it up. They never hold a secret, nor what the
//! other side said, which may be anything.

use std::error::Error;
use std::fmt;

use object_store::client::{HttpError, HttpErrorKind};

use crate::targets::RefusedAddress;

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// There are no credentials.
    NoCredentials,
    /// The provider is not allowed, or not at this address.
    Refused,
    /// Nobody answers there.
    Unreachable,
    /// It took too long.
    Timeout,
    /// The bucket or container does not exist.
    NotFound,
    /// The bucket is in another region.
    WrongRegion,
    /// The credentials are not those of anybody.
    BadCredentials,
    /// The credentials do not allow it.
    Denied,
    /// The answer was none of a store.
    InvalidReply,
    /// The folder cannot be used.
    Folder,
}

impl FailureKind {
    /// Its name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoCredentials => "no_credentials",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::NotFound => "not_found",
            Self::WrongRegion => "wrong_region",
            Self::BadCredentials => "bad_credentials",
            Self::Denied => "denied",
            Self::InvalidReply => "invalid_reply",
            Self::Folder => "folder",
        }
    }
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Failure {
    fn new(kind: FailureKind, text: &str) -> Self {
        Self { kind, text: text.to_owned() }
    }

    pub(super) fn no_credentials() -> Self {
        Self::new(FailureKind::NoCredentials, "No credentials are set for this provider. Set them and test again.")
    }

    pub(super) fn local_not_allowed() -> Self {
        Self::new(FailureKind::Refused, "The operator does not allow storage in a local folder.")
    }

    pub(super) fn timeout() -> Self {
        Self::new(FailureKind::Timeout, "The store did not answer in time. Check the endpoint, and whether it is up.")
    }

    pub(super) fn other_content() -> Self {
        Self::new(FailureKind::InvalidReply, "What was written did not come back as it was. Check the endpoint.")
    }

    pub(super) fn invalid_reply() -> Self {
        Self::new(FailureKind::InvalidReply, "The answer was none of a store. Check the endpoint.")
    }

    pub(super) fn symbolic_link() -> Self {
        Self::new(FailureKind::Refused, "The folder holds a symbolic link, which is not followed. Ask the operator.")
    }

    /// The folder of the operator cannot be used; the system's words hold its path and stay here.
    pub(super) fn folder(error: &std::io::Error) -> Self {
        let text = match error.kind() {
            std::io::ErrorKind::NotFound => "The operator's folder does not exist.",
            std::io::ErrorKind::StorageFull => "The operator's folder is full.",
            std::io::ErrorKind::PermissionDenied => "The server may not write to the operator's folder.",
            _ => "The operator's folder cannot be used. Ask whoever runs the server.",
        };
        Self::new(FailureKind::Folder, text)
    }

    /// Finds out what an error of the library means.
    pub(super) fn of(error: &object_store::Error) -> Self {
        // Only the innermost error is read for words: those around it name the address, and with it the bucket.
        let mut innermost: &(dyn Error + 'static) = error;
        let mut transport = None;
        while let Some(inner) = innermost.source() {
            if inner.is::<RefusedAddress>() {
                let text = "The address is refused: only public addresses may be used here. Ask the operator.";
                return Self::new(FailureKind::Refused, text);
            }
            if let Some(failed) = inner.downcast_ref::<std::io::Error>()
                && matches!(error, object_store::Error::Generic { store: "LocalFileSystem", .. })
            {
                return Self::folder(failed);
            }
            transport = transport.or(inner.downcast_ref::<HttpError>().map(HttpError::kind));
            innermost = inner;
        }
        if let Some(kind) = transport {
            return Self::of_transport(kind);
        }
        let said = innermost.to_string();
        let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
        let (kind, text) = if says(&["NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted"]) {
            (FailureKind::NotFound, "There is no bucket or container with this name. Check the name and the region.")
        } else if says(&["redirect without LOCATION", "AuthorizationHeaderMalformed", "IllegalLocationConstraint"]) {
            // The first are the library's words: S3 leaves the new address out, and the library does not read more.
            (FailureKind::WrongRegion, "The bucket is in another region. Check the region.")
        } else if says(&["InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed", "InvalidSecurity"])
            || matches!(error, object_store::Error::Unauthenticated { .. })
        {
            (FailureKind::BadCredentials, "The store does not know these credentials. Check key and secret.")
        } else if says(&["AccessDenied", "AuthorizationFailure", "AuthorizationPermissionMismatch"])
            || matches!(error, object_store::Error::PermissionDenied { .. })
        {
            (
                FailureKind::Denied,
                "The credentials do not allow reading, writing and deleting here. Check their rights.",
            )
        } else if matches!(error, object_store::Error::NotFound { .. }) {
            (FailureKind::NotFound, "There is no bucket or container with this name. Check the name and the region.")
        } else {
            return Self::invalid_reply();
        };
        Self::new(kind, text)
    }

    /// What it means that a reply did not arrive, or not to its end.
    fn of_transport(kind: HttpErrorKind) -> Self {
        match kind {
            HttpErrorKind::Timeout => Self::timeout(),
            HttpErrorKind::Connect | HttpErrorKind::Request | HttpErrorKind::Interrupted => Self::new(
                FailureKind::Unreachable,
                "Nobody answers at this address. Check the endpoint, the region and the network.",
            ),
            _ => Self::invalid_reply(),
        }
    }
}
