//! Which replies are compressed.

use axum::http::header::{CONTENT_TYPE, SET_COOKIE, VARY};
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// What is smaller fits into one packet as it is.
const LEAST: u16 = 1024;

/// Marks a reply that holds a secret. What stands beside a secret may be chosen by somebody who sees how long the reply
/// is on its way; compressed, that length tells how alike the two are (BREACH).
#[derive(Clone)]
pub(super) struct Confidential;

/// Compresses large replies of text, with Brotli or gzip, for clients that ask for it.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    let predicate = SizeAbove::new(LEAST).and(is_worth_it);
    CompressionLayer::new().quality(CompressionLevel::Default).compress_when(predicate)
}

fn is_worth_it(_: StatusCode, _: Version, headers: &HeaderMap, extensions: &Extensions) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_text = content_type.starts_with("application/json") || content_type.starts_with("text/");
    // Files of the web page vary already: they are compressed once and for all.
    let is_settled = headers.contains_key(VARY) || headers.contains_key(SET_COOKIE);
    is_text && !is_settled && extensions.get::<Confidential>().is_none()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn text_without_a_secret_is_compressed_once() {
        let cases = [
            ("application/json", "", false, true),
            ("application/problem+json", "", false, false),
            ("text/html; charset=utf-8", "", false, true),
            ("text/html; charset=utf-8", "vary", false, false),
            ("application/gzip", "", false, false),
            ("image/png", "", false, false),
            ("application/json", "", true, false),
            ("application/json", "set-cookie", false, false),
        ];
        for (content_type, further, is_confidential, expected) in cases {
            let (mut headers, mut extensions) = (HeaderMap::new(), Extensions::new());
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            if !further.is_empty() {
                headers.insert(further, HeaderValue::from_static("x"));
            }
            if is_confidential {
                extensions.insert(Confidential);
            }
            let is = is_worth_it(StatusCode::OK, Version::HTTP_11, &headers, &extensions);
            assert_eq!(is, expected, "{content_type} {further} {is_confidential}");
        }
    }
}
