//! Which values each type takes, through either way in.

use serde_json::{Value as Json, json};

use super::{Stage, change};
use crate::harness::Setup;

/// A key of each type, and what it does not take besides what no type takes.
fn refused() -> Vec<(&'static str, Vec<Json>)> {
    let long = |character: char, length: usize| json!(character.to_string().repeat(length));
    vec![
        (
            "gateway.redact_personal_data",
            vec![json!("true"), json!("false"), json!(""), json!("on"), json!(0), json!(1), json!(1.0)],
        ),
        (
            "gateway.timeout_seconds",
            vec![
                json!("5"),
                json!(""),
                json!(1.5),
                json!(5.0),
                json!(1e2),
                json!(0),
                json!(-1),
                json!(3_601),
                json!(i64::MAX),
                json!(i64::MIN),
                json!(u64::MAX),
                json!(1e300),
                json!(true),
            ],
        ),
        (
            "gateway.violation_action",
            vec![json!("Block"), json!(""), json!(" block"), json!("block\0"), json!("deny"), json!(0), json!(true)],
        ),
        (
            "gateway.default_model",
            vec![
                long('x', 201),
                long('ä', 201),
                json!("a\nb"),
                json!("a\r"),
                json!("\ta"),
                json!("a\u{0}"),
                json!("\u{1b}[31m"),
                json!("a\u{7f}"),
                json!("a\u{85}"),
                json!(5),
                json!(false),
            ],
        ),
        (
            "branding.support_email",
            vec![
                json!("nobody"),
                json!("a@"),
                json!("@b.example"),
                json!("a b@c.example"),
                json!("ü@acme.com"),
                json!("a@b.example\r\nBcc: c@d.example"),
                json!("a@b.example\0"),
                json!("Jane <a@b.example>"),
                json!("a@b.example, c@d.example"),
                json!(format!("{}@acme.com", "a".repeat(250))),
                json!(5),
                json!(true),
            ],
        ),
        (
            "base_url",
            vec![
                json!(""),
                json!("trueport.example"),
                json!("ftp://trueport.example"),
                json!("javascript:alert(1)"),
                json!("https://"),
                json!("https://user:pass@a.example"),
                json!("https://a.example/?q"),
                json!("https://a.example/#b"),
                json!("https://a b"),
                json!("https://a.example\r\nX: y"),
                json!("https://a.example\0"),
                json!(format!("https://{}.example", "a".repeat(250))),
                json!(5),
                json!(false),
            ],
        ),
        ("smtp.password", vec![json!(5), json!(true), json!("a\0b"), long('x', 1_025), long('ä', 513)]),
        ("smtp.host", vec![long('x', 256), json!("a\nb"), json!("a\0"), json!(127)]),
        ("smtp.port", vec![json!("25"), json!(0), json!(65_536), json!(25.5)]),
        ("smtp.from_address", vec![json!("noreply"), json!("a@b\r\n.example"), json!(0)]),
    ]
}

/// What no type takes.
fn of_no_type() -> [Json; 4] {
    [Json::Null, json!([]), json!({}), json!(["block"])]
}

#[tokio::test]
async fn what_is_no_value_of_its_type_is_refused_and_stores_nothing() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let before = stage.server.get("/admin/configs", &stage.admin).await.expect(200);
    let own_before = stage.server.get("/service/configs", stage.prod()).await.expect(200);
    for (key, bad) in refused() {
        let of_organizations = stage.shown_globally(key).await["mod"] == true;
        for value in bad.iter().chain(&of_no_type()) {
            let reply =
                change(&stage.server, &stage.admin, &format!("/admin/configs/{key}"), json!({"value": value})).await;
            assert_eq!(reply.invalid_fields(), ["value"], "{key} {value}");
            if let Some(text) = value.as_str().filter(|_| key == "smtp.password") {
                assert!(!reply.text.contains(text), "a secret is not repeated: {}", reply.text);
            }
            if of_organizations {
                let path = format!("/service/configs/{key}");
                let reply = change(&stage.server, stage.prod(), &path, json!({"value": value})).await;
                assert_eq!(reply.invalid_fields(), ["value"], "{key} {value}");
            }
        }
    }
    assert_eq!(stage.server.get("/admin/configs", &stage.admin).await.expect(200), before);
    assert_eq!(stage.server.get("/service/configs", stage.prod()).await.expect(200), own_before);
    stage.server.finish().await;
}

#[tokio::test]
async fn values_at_the_edge_are_taken_and_shown_as_they_are_kept() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    let long = |character: char, length: usize| json!(character.to_string().repeat(length));
    let as_it_is = |value: Json| (value.clone(), value);
    let cases = [
        ("gateway.timeout_seconds", vec![as_it_is(json!(1)), as_it_is(json!(3_600))]),
        ("gateway.requests_per_minute", vec![as_it_is(json!(0)), as_it_is(json!(1_000_000))]),
        ("smtp.port", vec![as_it_is(json!(1)), as_it_is(json!(65_535))]),
        (
            "gateway.default_model",
            vec![
                as_it_is(long('x', 200)),
                as_it_is(long('ä', 200)),
                as_it_is(long('🚀', 200)),
                as_it_is(json!("'; DROP TABLE config_values; --")),
                as_it_is(json!("<script>\"\\u0000\"</script>")),
                as_it_is(json!("null")),
                (json!("  a  b  "), json!("a  b")),
                (json!("   "), json!("")),
            ],
        ),
        (
            "branding.support_email",
            vec![as_it_is(json!("")), (json!(" Help@ACME.com "), json!("help@acme.com")), as_it_is(json!("a@b"))],
        ),
        (
            "base_url",
            vec![
                as_it_is(json!("http://127.0.0.1:8787")),
                as_it_is(json!("https://a.example/under/here")),
                (json!(" https://A.example/ "), json!("https://A.example")),
            ],
        ),
        ("smtp.password", vec![(long('x', 1_024), Json::Null), (json!(" ä\"'\\🚀 "), Json::Null)]),
    ];
    for (key, values) in cases {
        let of_organizations = stage.shown_globally(key).await["mod"] == true;
        for (value, kept) in values {
            let reply = stage.global(key, json!({"value": value})).await;
            assert_eq!(reply["val"], kept, "{key} {value}");
            assert_eq!(stage.shown_globally(key).await["val"], kept, "{key} {value}");
            if of_organizations {
                stage.global(key, Json::Null).await;
                stage.own(stage.prod(), key, json!({"value": value})).await;
                assert_eq!(stage.shown(stage.prod(), key).await["val"], kept, "{key} {value}");
                stage.own(stage.prod(), key, Json::Null).await;
            }
        }
    }
    // A secret is kept as it was written, blanks and all.
    let installation = stage.server.app.installation();
    assert_eq!(installation.settings().text("smtp.password"), " ä\"'\\🚀 ");
    stage.server.finish().await;
}
