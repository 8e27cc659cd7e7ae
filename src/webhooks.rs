//! Tells webhooks: signs as Standard Webhooks say, calls the target, and judges its answer by the status alone.
//!
//! The target is whatever address a tenant names. Of its answer only the status is read, and what failed is told in words
//! of this program, so that nothing of a network that the server stands in can be read through it.

use std::error::Error as StdError;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Time;
use crate::domain::webhook_deliveries::Outcome;
use crate::domain::webhooks::SECRET_PREFIX;
use crate::secret::Secret;
use crate::targets::{RefusedAddress, TargetPolicy};

/// Longest time from the attempt to connect to the status of the answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// One attempt to tell a webhook something.
pub struct Outgoing<'a> {
    /// Where.
    pub url: &'a str,
    /// Names the event: the same at every attempt.
    pub message_id: &'a str,
    /// When the attempt is made.
    pub at: Time,
    /// The JSON to be sent.
    pub body: &'a str,
    /// What signs, each with a signature of its own.
    pub secrets: &'a [Secret],
}

impl Outgoing<'_> {
    /// Every signature, with a space between them.
    fn signatures(&self) -> String {
        let signed = format!("{}.{}.{}", self.message_id, self.at.seconds(), self.body);
        let signatures: Vec<String> = self.secrets.iter().map(|secret| sign(secret, signed.as_bytes())).collect();
        signatures.join(" ")
    }
}

fn sign(secret: &Secret, signed: &[u8]) -> String {
    let encoded = secret.expose().trim_start_matches(SECRET_PREFIX);
    // The program made the secret and nobody else can have changed it, sealed as it is.
    let key = zeroize::Zeroizing::new(STANDARD.decode(encoded).unwrap_or_default());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed);
    format!("v1,{}", STANDARD.encode(tag))
}

/// Calls targets that the operator allows.
pub struct Sender {
    policy: TargetPolicy,
    client: reqwest::Client,
}

impl Sender {
    /// Fails where the system's trusted certificates cannot be read.
    pub fn new(policy: TargetPolicy) -> reqwest::Result<Self> {
        Ok(Self { policy, client: policy.client()? })
    }

    /// Makes one attempt.
    pub async fn send(&self, outgoing: &Outgoing<'_>) -> Outcome {
        let began = Instant::now();
        let (status, error, needs_rest) = match self.call(outgoing).await {
            Ok(status) => (Some(status), complaint(status), matches!(status, 429 | 502..=504)),
            Err(failure) => (None, Some(failure.text()), failure != Failure::Refused),
        };
        Outcome { status, error: error.map(str::to_owned), needs_rest, took: began.elapsed() }
    }

    /// The status that the target answers with.
    async fn call(&self, outgoing: &Outgoing<'_>) -> Result<u16, Failure> {
        let url = reqwest::Url::parse(outgoing.url).map_err(|_| Failure::Refused)?;
        // The operator may have allowed more when the address was set.
        let is_secure = url.scheme() == "https" || self.policy.allow_private;
        if !is_secure || self.policy.check_url(&url).is_err() {
            return Err(Failure::Refused);
        }
        let request = self
            .client
            .post(url)
            .timeout(TIMEOUT)
            .header("content-type", "application/json")
            .header("webhook-id", outgoing.message_id)
            .header("webhook-timestamp", outgoing.at.seconds())
            .header("webhook-signature", outgoing.signatures())
            .body(outgoing.body.to_owned());
        // What stands behind the status is dropped unread.
        request.send().await.map(|reply| reply.status().as_u16()).map_err(|error| Failure::of(&error))
    }
}

/// What is wrong with a status, if anything is.
fn complaint(status: u16) -> Option<&'static str> {
    match status {
        200..300 => None,
        300..400 => Some("The target redirects to another address. Redirects are not followed; set that address."),
        410 => Some("The target answered that it wants no more."),
        429 => Some("The target answered that this is too much for it."),
        400..500 => Some("The target refused it."),
        _ => Some("The target failed."),
    }
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    Refused,
    Certificate,
    Unreachable,
    Timeout,
    Broken,
}

impl Failure {
    const fn text(self) -> &'static str {
        match self {
            Self::Refused => "The address is refused: only public https addresses may be used here. Ask the operator.",
            Self::Certificate => "No trusted connection: the target's certificate or its TLS is not accepted.",
            Self::Unreachable => "Nobody answers at this address.",
            Self::Timeout => "The target did not answer in time.",
            Self::Broken => "The target closed the connection, or answered something that is not HTTP.",
        }
    }

    fn of(error: &reqwest::Error) -> Self {
        let mut cause: Option<&(dyn StdError + 'static)> = error.source();
        while let Some(inner) = cause {
            if inner.is::<RefusedAddress>() {
                return Self::Refused;
            }
            if is_tls(inner) {
                return Self::Certificate;
            }
            cause = inner.source();
        }
        match error {
            error if error.is_timeout() => Self::Timeout,
            error if error.is_connect() => Self::Unreachable,
            _ => Self::Broken,
        }
    }
}

/// Whether this is an error of TLS, which hides in errors of the system.
fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(inner) => is_tls(inner),
        None => error.is::<rustls::Error>(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the libraries of Standard Webhooks.
    #[test]
    fn the_specifications_vector_holds() {
        let outgoing = Outgoing {
            url: "",
            message_id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: Time::from_seconds(1_614_265_330),
            body: "{\"test\": 2432232314}",
            secrets: &[Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
        };
        assert_eq!(outgoing.signatures(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
