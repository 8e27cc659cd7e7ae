//! How to reach the mail server.

use crate::domain::installation::Installation;
use crate::secret::Secret;

/// How to reach the mail server, as the operator set it.
#[derive(Clone, PartialEq)]
pub struct SmtpSettings {
    /// A name or an address; with TLS the name that the certificate must carry.
    pub host: String,
    /// Usually 465 with [`Security::Tls`], 587 with [`Security::StartTls`], 25 within a trusted network.
    pub port: u16,
    /// Whether and how the connection is encrypted.
    pub security: Security,
    /// None or empty: no sign-in.
    pub username: Option<String>,
    /// Required with a user name, unused without one.
    pub password: Option<Secret>,
    /// Bare ASCII address, in the envelope and in `From`.
    pub from_address: String,
    /// The name beside it; may be empty.
    pub from_name: String,
}

/// Encryption towards the mail server. Certificates are always checked, against the system's store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Everything in the clear, the password too.
    None,
    /// Starts in the clear and goes on encrypted; a server that does not offer it is an error, never a reason to go on.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
}

impl SmtpSettings {
    /// Host and port, as people write them.
    pub fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// What the installation's `smtp.*` say; `None` while no host is set.
    pub fn of(installation: &Installation) -> Option<Self> {
        let settings = installation.settings();
        let present = |key: &'static str| Some(settings.text(key)).filter(|text| !text.is_empty());
        Some(Self {
            host: present("smtp.host")?.to_owned(),
            port: u16::try_from(settings.integer("smtp.port")).unwrap_or(587),
            security: match settings.text("smtp.security") {
                "none" => Security::None,
                "tls" => Security::Tls,
                _ => Security::StartTls,
            },
            username: present("smtp.username").map(str::to_owned),
            password: present("smtp.password").map(Secret::new),
            from_address: present("smtp.from_address")
                .map_or_else(|| format!("trueport@{}", installation.mail_host()), str::to_owned),
            from_name: settings.text("smtp.from_name").to_owned(),
        })
    }
}
