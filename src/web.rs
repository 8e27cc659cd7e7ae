//! The web page: the files of `assets/` that a browser may have, embedded, compressed once.
//!
//! In debug builds the files are read from the source folder each time, so that a change shows with the next request.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, LazyLock};

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName,
    HeaderValue, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;

/// What a page of this server may do: use its own files and its own API, and nothing of anybody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers of everything that a browser shows as a page; what a page uses goes by the page's.
static PROTECTION: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    // Links in mails carry tokens behind the `#`; their addresses are nobody else's business all the same.
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// The types of the files that are served, and whether a browser shows them as a page; no other file is served.
const TYPES: &[(&str, &str, bool)] = &[
    ("html", "text/html; charset=utf-8", true),
    ("js", "text/javascript; charset=utf-8", false),
    ("css", "text/css; charset=utf-8", false),
    ("svg", "image/svg+xml", true),
];

#[derive(RustEmbed)]
#[folder = "assets"]
#[include = "*.html"]
#[include = "*.js"]
#[include = "*.css"]
#[include = "*.svg"]
#[exclude = "mail/*"]
struct Files;

/// A file of the page.
pub struct File {
    content_type: &'static str,
    is_page: bool,
    plain: Variant,
    gzip: Variant,
}

/// One form in which a file travels; each has an entity tag of its own (RFC 9110, section 8.8.3.3).
struct Variant {
    body: Bytes,
    tag: HeaderValue,
}

/// The file at a path of the server; `/` is the page itself.
pub fn find(path: &str) -> Option<Arc<File>> {
    static EMBEDDED: LazyLock<HashMap<Cow<'static, str>, Arc<File>>> =
        LazyLock::new(|| Files::iter().filter_map(|name| Some((name.clone(), File::load(&name)?))).collect());
    let name = match path.strip_prefix('/')? {
        "" => "index.html",
        name => name,
    };
    if cfg!(debug_assertions) {
        // The disk knows a file under several names, and the list of embedded ones under one.
        let is_plain = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
        return is_plain.then(|| File::load(name))?;
    }
    EMBEDDED.get(name).cloned()
}

/// Adds the headers that protect whoever looks at a page of this server.
pub fn protect(headers: &mut HeaderMap) {
    for (name, value) in &PROTECTION {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

impl File {
    fn load(name: &str) -> Option<Arc<Self>> {
        let (_, extension) = name.rsplit_once('.')?;
        let (_, content_type, is_page) = *TYPES.iter().find(|(known, ..)| *known == extension)?;
        let file = Files::get(name)?;
        let digest: String = file.metadata.sha256_hash().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let plain = file.data.into_owned();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory does not fail.
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish()).ok()?;
        let plain = Variant::new(plain, &digest)?;
        let gzip = Variant::new(gzip, &format!("{digest}-gzip"))?;
        Some(Arc::new(Self { content_type, is_page, plain, gzip }))
    }

    /// The reply with the file, in the form that the client of `request` takes.
    pub fn reply(&self, request: &HeaderMap) -> Response<Body> {
        let is_packed = takes_gzip(request);
        let variant = if is_packed { &self.gzip } else { &self.plain };
        let mut response = Response::new(Body::from(variant.body.clone()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        // Kept, and asked about each time: a page never mixes files of two versions of the program for long.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(ETAG, variant.tag.clone());
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if is_packed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if self.is_page {
            protect(headers);
        }
        response
    }
}

impl Variant {
    fn new(body: Vec<u8>, tag: &str) -> Option<Self> {
        Some(Self { body: Bytes::from(body), tag: HeaderValue::try_from(format!("\"{tag}\"")).ok()? })
    }
}

/// Whether `Accept-Encoding` names gzip without refusing it.
fn takes_gzip(request: &HeaderMap) -> bool {
    let fields = request.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    fields.flat_map(|field| field.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}
