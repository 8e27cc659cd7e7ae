//! What it takes to reach a store: addresses and connection strings.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;

/// A connection string of Azure, taken apart. Its `Debug` form shows nothing of it.
#[derive(Clone)]
pub struct AzureConnection {
    text: Secret,
    account: String,
    key: Secret,
    endpoint: Option<String>,
}

impl fmt::Debug for AzureConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AzureConnection([redacted])")
    }
}

impl AzureConnection {
    /// Takes a connection string apart: `AccountName` and `AccountKey`, and where it is no public Azure
    /// `BlobEndpoint` or `EndpointSuffix`.
    pub fn parse(text: &Secret) -> std::result::Result<Self, &'static str> {
        let mut fields = std::collections::HashMap::new();
        for part in text.expose().split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once('=').ok_or("must be fields such as AccountName=… with ; between them")?;
            fields.insert(name, value);
        }
        let account = *fields.get("AccountName").ok_or("must hold AccountName")?;
        if !(3..=24).contains(&account.len())
            || !account.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        {
            return Err("must hold an AccountName of 3 to 24 lower-case letters and digits");
        }
        let key = *fields.get("AccountKey").ok_or("must hold AccountKey")?;
        if STANDARD.decode(key).is_err() || key.is_empty() {
            return Err("must hold an AccountKey in base64");
        }
        let protocol = fields.get("DefaultEndpointsProtocol").copied().unwrap_or("https");
        if !["http", "https"].contains(&protocol) {
            return Err("must hold https or http as DefaultEndpointsProtocol");
        }
        let endpoint = match (fields.get("BlobEndpoint"), fields.get("EndpointSuffix")) {
            (Some(endpoint), _) => {
                Some(parse_endpoint(endpoint, true).map_err(|_| "must hold an address as BlobEndpoint")?)
            }
            (None, Some(suffix)) => {
                let text = format!("{protocol}://{account}.blob.{suffix}");
                Some(parse_endpoint(&text, false).map_err(|_| "must hold the end of a host name as EndpointSuffix")?)
            }
            (None, None) => None,
        };
        Ok(Self { text: text.clone(), account: account.to_owned(), key: Secret::new(key), endpoint })
    }

    /// The whole string, to be sealed.
    pub(super) fn text(&self) -> &Secret {
        &self.text
    }

    /// Name of the account.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Its key, in base64.
    pub fn key(&self) -> &Secret {
        &self.key
    }

    /// Address of the service, where it is not the public one.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }
}

/// Checks the address of a store: `http` or `https`, a host, and no more than that, or a path where one may be.
pub fn parse_endpoint(text: &str, may_have_path: bool) -> std::result::Result<String, &'static str> {
    const WRONG: &str = "must be an address such as https://s3.example.com";
    let trimmed = text.trim().trim_end_matches('/');
    let rest = ["https://", "http://"].iter().find_map(|scheme| trimmed.strip_prefix(scheme)).ok_or(WRONG)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_path_letter = |letter: char| letter.is_ascii_alphanumeric() || ".-_/".contains(letter);
    if trimmed.len() > 300 || !is_host_and_port(authority) {
        return Err(WRONG);
    }
    if !path.chars().all(is_path_letter) || (!path.is_empty() && !may_have_path) {
        return Err(WRONG);
    }
    // What calls the address later must be able to read it, too: 256.1.1.1 looks like a host.
    let url = url::Url::parse(trimmed).map_err(|_| WRONG)?;
    if url.has_host() { Ok(trimmed.to_owned()) } else { Err(WRONG) }
}

/// Whether this is a host, and perhaps a port behind it.
fn is_host_and_port(text: &str) -> bool {
    let is_port = |text: &str| text.starts_with(|first: char| first.is_ascii_digit()) && text.parse::<u16>().is_ok();
    if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse::<std::net::Ipv6Addr>().is_ok() && fits;
    }
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_letter);
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_taken_apart() {
        let parse = |text: &str| AzureConnection::parse(&Secret::new(text));
        let public = parse("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5;").expect("good");
        assert_eq!((public.account(), public.key().expose(), public.endpoint()), ("acme", "a2V5", None));
        let suffix = parse("AccountName=acme;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn").expect("good");
        assert_eq!(suffix.endpoint(), Some("https://acme.blob.core.chinacloudapi.cn"));
        let own = parse("AccountName=acme;AccountKey=a2V5==;BlobEndpoint=http://127.0.0.1:10000/acme");
        assert!(own.is_err(), "that is no base64");
        let own = parse("AccountName=acme;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:10000/acme").expect("good");
        assert_eq!(own.endpoint(), Some("http://127.0.0.1:10000/acme"));
        for bad in [
            "",
            "nonsense",
            "AccountName=acme",
            "AccountKey=a2V5",
            "AccountName=ACME;AccountKey=a2V5",
            "AccountName=a/b;AccountKey=a2V5",
            "AccountName=acme;AccountKey=",
            "UseDevelopmentStorage=true",
            "AccountName=acme;AccountKey=a2V5;EndpointSuffix=evil/path",
            "AccountName=acme;AccountKey=a2V5;BlobEndpoint=ftp://x",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(!format!("{public:?}").contains("a2V5"));
    }

    #[test]
    fn endpoints_hold_a_host_and_nothing_that_leads_elsewhere() {
        for good in ["https://s3.example.com", "http://127.0.0.1:9000", "https://s3.example.com/", "http://[::1]:9000"]
        {
            assert!(parse_endpoint(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://256.1.1.1",
            "http://a:99999",
            "http://:80",
            "http://[::",
            "http://1.2.3.4.5:9",
            "",
            "s3.example.com",
            "ftp://a",
            "https://",
            "https://u:p@a",
            "https://a/b",
            "https://a?q",
            "https://a#b",
            "https://a b",
            "https://:443",
            "https://a:",
            "https://a:+1",
            "https://a:65536",
            "https://a:1:2",
            "https://a..b",
            "https://a.",
            "https://a\\b",
            "https://a%2f",
            "https://[::1",
            "https://[::1]1",
            "https://[::1]:x",
            "https://[a]",
            "https://a]",
            "https://::1",
            "https://é",
        ] {
            assert!(parse_endpoint(bad, false).is_err(), "{bad:?}");
        }
        assert_eq!(parse_endpoint(" https://a:65535/\n", false), Ok("https://a:65535".to_owned()));
        assert_eq!(parse_endpoint("http://a_b.c-d/account/", true), Ok("http://a_b.c-d/account".to_owned()));
        for bad in ["http://a/b?c", "http://a/b#c", "http://a/b c", "http://a/%2e", "http://a/b\\c"] {
            assert!(parse_endpoint(bad, true).is_err(), "{bad:?}");
        }
    }
}
