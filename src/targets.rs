//! Which addresses outside the server may be called at somebody's word: a tenant names the host of its storage
//! and of its webhooks, and that must not become a way into the network that the server stands in (contract 33).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time in which nothing arrives.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// Which targets the operator allows.
#[derive(Clone, Copy, Debug)]
pub struct TargetPolicy {
    /// Whether loopback and private addresses are among them. Link-local and metadata addresses never are.
    pub allow_private: bool,
}

/// An address that must not be called.
#[derive(Debug)]
pub struct RefusedAddress;

impl fmt::Display for RefusedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the address is refused: it is not a public one")
    }
}

impl std::error::Error for RefusedAddress {}

impl TargetPolicy {
    /// Whether an address may be called.
    pub fn allows(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let (is_never, is_private) = match address {
            IpAddr::V4(address) => (is_never_v4(address), is_private_v4(address)),
            IpAddr::V6(address) => match translated_v4(address) {
                Some(embedded) => (is_never_v4(embedded), is_private_v4(embedded)),
                None if address.is_loopback() || address.is_unique_local() => (METADATA_V6.contains(&address), true),
                None => (!is_global_v6(address), false),
            },
        };
        !is_never && (self.allow_private || !is_private)
    }

    /// Whether the host of an address may be called as far as its text tells. A name is checked again when it is
    /// resolved, at connect time.
    pub fn check_url(self, url: &Url) -> Result<(), RefusedAddress> {
        let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        if literal.is_none_or(|address| self.allows(address)) { Ok(()) } else { Err(RefusedAddress) }
    }

    /// A client that connects to allowed addresses only, follows no redirect and uses no proxy, which would connect
    /// elsewhere. The caller checks each address with [`Self::check_url`], for those that need no resolving.
    pub fn client(self) -> reqwest::Result<reqwest::Client> {
        reqwest::Client::builder()
            .dns_resolver(std::sync::Arc::new(CheckedResolver(self)))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .user_agent(concat!("trueport/", env!("CARGO_PKG_VERSION")))
            .build()
    }
}

/// Where clouds answer questions about the machine itself, outside the link-local networks.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];
const METADATA_V6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// This network, link-local, multicast, reserved, and metadata addresses.
fn is_never_v4(address: Ipv4Addr) -> bool {
    address.octets()[0] == 0
        || address.is_link_local()
        || address.is_multicast()
        || address.octets()[0] >= 240
        || METADATA_V4.contains(&address)
}

/// Loopback, RFC 1918, shared (RFC 6598), protocol assignments, benchmarking and documentation.
fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
}

/// Global unicast without what is set aside in it: protocol assignments with tunnels, documentation, and 6to4, which
/// leads to whatever IPv4 address it holds.
fn is_global_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_set_aside = (first == 0x2001 && (second < 0x200 || second == 0xdb8)) || first == 0x2002 || first == 0x3fff;
    (first & 0xe000) == 0x2000 && !is_set_aside
}

/// The IPv4 address that a NAT64 translator calls (RFC 6052).
fn translated_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() else { return None };
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Some(Ipv4Addr::new(a, b, c, d))
}

/// Resolves names to allowed addresses only: what was checked is what is called.
struct CheckedResolver(TargetPolicy);

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.iter().filter(|found| policy.allows(found.ip())).copied().collect();
            if allowed.is_empty() && !found.is_empty() {
                return Err(RefusedAddress.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_address_is_judged() {
        let (public, private) = (TargetPolicy { allow_private: false }, TargetPolicy { allow_private: true });
        let cases: &[(&[&str], bool, bool)] = &[
            (&["1.1.1.1", "52.216.0.1", "2606:4700::1111", "64:ff9b::1.1.1.1"], true, true),
            (
                &[
                    "127.0.0.1",
                    "127.9.9.9",
                    "10.1.2.3",
                    "172.16.0.1",
                    "172.31.255.255",
                    "192.168.1.1",
                    "100.64.0.1",
                    "198.18.0.1",
                    "192.0.2.1",
                    "::1",
                    "fd12::1",
                    "::ffff:10.0.0.1",
                    "64:ff9b::10.0.0.1",
                ],
                false,
                true,
            ),
            (
                &[
                    "169.254.169.254",
                    "169.254.0.1",
                    "0.0.0.0",
                    "0.1.2.3",
                    "224.0.0.1",
                    "255.255.255.255",
                    "240.0.0.1",
                    "100.100.100.200",
                    "192.0.0.192",
                    "::",
                    "fe80::1",
                    "fec0::1",
                    "ff02::1",
                    "fd00:ec2::254",
                    "168.63.129.16",
                    "fd20:ce::254",
                    "fd00:c1::a9fe:a9fe",
                    "fd00:42::42",
                    "64:ff9b:1::1",
                    "2001::1",
                    "2001:db8::1",
                    "100::1",
                    "::ffff:0:a00:1",
                    "2002:a00:1::",
                    "3fff::1",
                    "::ffff:169.254.169.254",
                    "64:ff9b::169.254.169.254",
                    "2002:a9fe:a9fe::",
                    "::169.254.169.254",
                ],
                false,
                false,
            ),
        ];
        for (addresses, is_public, is_private) in cases {
            for text in *addresses {
                let address: IpAddr = text.parse().expect("an address");
                assert_eq!((public.allows(address), private.allows(address)), (*is_public, *is_private), "{text}");
            }
        }
        assert!(private.allows("172.32.0.1".parse().expect("an address")));
    }

    #[test]
    fn literal_hosts_are_checked_however_they_are_written() {
        let policy = TargetPolicy { allow_private: false };
        for text in [
            "http://127.0.0.1/",
            "http://[::1]:9000",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://127.1/",
            "http://[::ffff:7f00:1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://0/",
        ] {
            let url = Url::parse(text).expect("an address");
            assert!(policy.check_url(&url).is_err(), "{text}");
        }
        assert!(policy.check_url(&Url::parse("https://s3.example.com/").expect("an address")).is_ok());
    }

    /// Whether something in the way of an error is this one.
    fn is_refused(error: &dyn std::error::Error) -> bool {
        error.source().is_some_and(|cause| cause.is::<RefusedAddress>() || is_refused(cause))
    }

    #[tokio::test]
    async fn names_are_judged_by_the_addresses_that_they_lead_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        for name in ["localhost", "LocalHost"] {
            let url = Url::parse(&format!("http://{name}:{port}/")).expect("an address");
            let policy = TargetPolicy { allow_private: false };
            // The name itself says nothing.
            assert!(policy.check_url(&url).is_ok());
            let refused = policy.client().expect("a client").get(url).send().await.expect_err("nobody is called");
            assert!(is_refused(&refused), "{refused:?}");
        }
        listener.set_nonblocking(true).expect("an option");
        assert!(listener.accept().is_err(), "nobody has connected");

        // What is allowed is called.
        let url = format!("http://localhost:{port}/");
        let client = TargetPolicy { allow_private: true }.client().expect("a client");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        let (called, _) = tokio::join!(listener.accept(), async {
            tokio::time::timeout(Duration::from_millis(500), client.get(url).send()).await
        });
        assert!(called.is_ok());
    }
}
