//! What makes a token genuine, and keys that change (contract 10).

use std::collections::BTreeSet;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::secret::Place;
use trueport::store::signing_keys;

use crate::harness::{TestServer, Tokens, send};
use crate::sessions::refresh;

fn part(token: &str, index: usize) -> Json {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "{token} is no JWT");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[index]).unwrap()).unwrap()
}

/// The header of a JWT, taken apart by hand.
pub(crate) fn header(token: &str) -> Json {
    part(token, 0)
}

/// The claims of a JWT, whoever signed it.
pub(crate) fn claims(token: &str) -> Json {
    part(token, 1)
}

/// Puts a JWT together by hand.
pub(crate) fn forge(header: &Json, claims: &Json, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

pub(crate) fn hmac_sha256(secret: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    move |message| hmac::sign(&key, message).as_ref().to_vec()
}

fn ed25519(seed: &[u8]) -> impl Fn(&[u8]) -> Vec<u8> {
    let pair = Ed25519KeyPair::from_seed_unchecked(seed).unwrap();
    move |message| pair.sign(message).as_ref().to_vec()
}

/// The object with one member changed, or without it.
pub(crate) fn with(object: &Json, name: &str, value: Option<Json>) -> Json {
    let mut changed = object.clone();
    match value {
        Some(value) => drop(changed.as_object_mut().unwrap().insert(name.to_owned(), value)),
        None => drop(changed.as_object_mut().unwrap().remove(name)),
    }
    changed
}

/// What signs the tokens of this key id: the most that somebody could have stolen.
pub(crate) async fn secret_of(server: &TestServer, kid: &Json) -> Vec<u8> {
    let stored = server.app.read(|tx| Ok(signing_keys::list(tx)?)).await.unwrap();
    let key = stored.iter().find(|key| json!(key.id.as_ref()) == *kid).expect("the key is stored");
    let place = Place { table: "signing_keys", row: key.id.as_ref(), column: "secret_sealed" };
    server.app.installation().vault().unseal(place, &key.secret_sealed).unwrap().to_vec()
}

async fn jwks(server: &TestServer) -> Vec<Json> {
    let set = server.get("/.well-known/jwks.json", "").await.expect(200);
    assert_eq!(set.as_object().unwrap().keys().collect::<Vec<_>>(), ["keys"]);
    set["keys"].as_array().unwrap().clone()
}

/// Every forgery is refused wherever a token is taken, and harms nobody's session.
async fn assert_refused(server: &TestServer, genuine: &Tokens, forgeries: &[(String, String)]) {
    for (what, token) in forgeries {
        let as_access =
            server.request(Method::GET, "/global/auth/me").header("Authorization", format!("Bearer {token}"));
        let reply = send(as_access).await;
        assert_eq!(reply.status.as_u16(), 401, "{what}: {}", reply.text);
        reply.expect_problem(401, "unauthorized");
        let reply = refresh(server, token).await;
        assert_eq!(reply.status.as_u16(), 401, "{what}: {}", reply.text);
        reply.expect_problem(401, "invalid_refresh_token");
    }
    server.get("/global/auth/me", &genuine.access).await.expect(200);
    refresh(server, &genuine.refresh).await.expect(200);
}

/// Changes of the text of a token that leave its signature worthless.
fn mangled(token: &str) -> Vec<(String, String)> {
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, signature] = parts[..] else { panic!("{token} is no JWT") };
    let richer = with(&claims(token), "exp", Some(json!(9_999_999_999_i64)));
    let richer = URL_SAFE_NO_PAD.encode(richer.to_string());
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[0] ^= 1;
    let flipped = URL_SAFE_NO_PAD.encode(&bytes);
    let cut = URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() - 1]);
    let padded = STANDARD.encode(URL_SAFE_NO_PAD.decode(signature).unwrap());
    let cases = [
        ("a later exp", format!("{head}.{richer}.{signature}")),
        ("a flipped bit", format!("{head}.{body}.{flipped}")),
        ("a signature cut off", format!("{head}.{body}.{cut}")),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{token}.{signature}")),
        ("a dot behind", format!("{token}.")),
        ("padding", format!("{head}.{body}.{padded}")),
        ("parts exchanged", format!("{body}.{head}.{signature}")),
    ];
    cases.map(|(what, token)| (what.to_owned(), token)).into()
}

#[tokio::test]
async fn a_token_counts_only_as_it_was_signed() {
    let server = TestServer::start().await;
    let stranger = server.person("stranger@acme.com").await;
    let genuine = server.person("jane@acme.com").await;
    let (head, refresh_claims) = (header(&genuine.access), claims(&genuine.refresh));
    let secret = secret_of(&server, &head["kid"]).await;
    // Made by hand from the same parts it works, so that the cases below fail for the reason they give.
    server.get("/global/auth/me", &forge(&head, &claims(&genuine.access), hmac_sha256(&secret))).await.expect(200);

    let mut forgeries = [mangled(&genuine.access), mangled(&genuine.refresh)].concat();
    let mut add = |what: &str, token: String| forgeries.push((what.to_owned(), token));
    for (token, claims) in [(&genuine.access, claims(&genuine.access)), (&genuine.refresh, refresh_claims)] {
        for alg in [json!("none"), json!("None"), json!("NONE"), json!(""), json!(null), json!(["HS256"])] {
            let unsigned = with(&head, "alg", Some(alg.clone()));
            add(&format!("alg {alg} without a signature"), forge(&unsigned, &claims, |_| Vec::new()));
            add(&format!("alg {alg} with one"), forge(&unsigned, &claims, hmac_sha256(&secret)));
        }
        for (alg, hmac) in [("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)] {
            let key = hmac::Key::new(hmac, &secret);
            let sign = |message: &[u8]| hmac::sign(&key, message).as_ref().to_vec();
            add(alg, forge(&with(&head, "alg", Some(json!(alg))), &claims, sign));
        }
        add("another secret", forge(&head, &claims, hmac_sha256(b"another secret of thirty-two byte")));
        add("an empty secret", forge(&head, &claims, hmac_sha256(b"")));
        let unknown = json!("key_01h455vb4pex5vsknk084sn02q");
        for kid in [None, Some(unknown), Some(json!("../../dev/null")), Some(json!(1)), Some(json!(null))] {
            add(&format!("kid {kid:?}"), forge(&with(&head, "kid", kid), &claims, hmac_sha256(&secret)));
        }
        for name in claims.as_object().unwrap().keys() {
            add(&format!("no {name}"), forge(&head, &with(&claims, name, None), hmac_sha256(&secret)));
            let nothing = with(&claims, name, Some(json!(null)));
            add(&format!("{name} null"), forge(&head, &nothing, hmac_sha256(&secret)));
        }
        for (name, value) in [
            ("iss", json!("another installation")),
            ("iss", json!("")),
            ("aud", json!("another service")),
            ("aud", json!(["trueport", "another"])),
            ("typ", json!("owner")),
            ("exp", json!("9999999999")),
            ("exp", json!(0)),
            ("exp", json!(-1)),
        ] {
            let forged = forge(&head, &with(&claims, name, Some(value.clone())), hmac_sha256(&secret));
            add(&format!("{name} {value}"), forged);
        }
        add("not JSON", format!("{}.{}.{}", "bm8", "bm8", token.split('.').next_back().unwrap()));
    }
    server.advance(60);
    // Rightly signed, as by somebody who stole the key: the database knows no such session or token.
    let strange = claims(&stranger.access);
    for (name, value) in [
        ("sub", strange["sub"].clone()),
        ("sub", json!("usr_01h455vb4pex5vsknk084sn02q")),
        ("sub", json!("' OR 1=1 --")),
        ("sid", strange["sid"].clone()),
        ("sid", json!("")),
        ("sid", json!("\0")),
        ("jti", json!("0".repeat(32))),
    ] {
        let signed = |claims: Json| forge(&head, &with(&claims, name, Some(value.clone())), hmac_sha256(&secret));
        refresh(&server, &signed(claims(&genuine.refresh))).await.expect_problem(401, "invalid_refresh_token");
        if name != "jti" {
            let reply = server.get("/global/auth/me", &signed(claims(&genuine.access))).await;
            reply.expect_problem(401, "unauthorized");
        }
    }
    let as_refresh = with(&claims(&genuine.access), "typ", Some(json!("refresh")));
    let as_refresh = forge(&head, &as_refresh, hmac_sha256(&secret));
    refresh(&server, &as_refresh).await.expect_problem(401, "invalid_refresh_token");
    server.advance(60);
    for chunk in forgeries.chunks(100) {
        assert_refused(&server, &server.sign_in("jane@acme.com").await, chunk).await;
        // The limit on anonymous requests counts by the minute.
        server.advance(60);
    }
    server.finish().await;
}

#[tokio::test]
async fn no_other_text_passes_for_a_token() {
    let server = TestServer::start().await;
    server.register("jane@acme.com").await;
    for algorithm in ["HS256", "EdDSA"] {
        server.set_config("auth.token_algorithm", json!(algorithm)).await;
        let token = server.sign_in("jane@acme.com").await.access;
        let installation = server.app.installation();
        assert!(installation.keys().verify(&token).is_some());
        for index in 0..token.len() {
            for character in ["A", "B", "g", "_", "-", "=", ".", "+", "\0", "\u{e4}"] {
                let mut changed = token.clone();
                changed.replace_range(index..=index, character);
                assert!(changed == token || installation.keys().verify(&changed).is_none(), "{algorithm} {changed}");
            }
            // A neighbour in the alphabet: the bits that the last character does not need count too.
            let neighbour = char::from(token.as_bytes()[index] ^ 1).to_string();
            let mut changed = token.clone();
            changed.replace_range(index..=index, &neighbour);
            assert!(installation.keys().verify(&changed).is_none(), "{algorithm} {changed}");
            assert!(installation.keys().verify(&token[..index]).is_none(), "{algorithm}, {index} characters");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn the_scheme_of_the_header_is_bearer() {
    let server = TestServer::start().await;
    let token = server.person("jane@acme.com").await.access;
    let good = [format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER  {token} ")];
    let bad = [token.clone(), format!("Basic {token}"), format!("Bearer{token}"), "Bearer".into(), "Bearer ".into()];
    for (values, status) in [(&good[..], 200), (&bad[..], 401)] {
        for value in values {
            let reply = send(server.request(Method::GET, "/global/auth/me").header("Authorization", value)).await;
            assert_eq!(reply.status.as_u16(), status, "{value:.20}");
        }
    }
    let by_query = server.get(&format!("/global/auth/me?access_token={token}"), "").await;
    by_query.expect_problem(401, "unauthorized");
    server.finish().await;
}

#[tokio::test]
async fn eddsa_is_a_switch_that_signs_nobody_out() {
    let mut server = TestServer::start().await;
    let old = server.person("jane@acme.com").await;
    assert_eq!(jwks(&server).await, Vec::<Json>::new(), "a secret is never told");

    server.set_config("auth.token_algorithm", json!("EdDSA")).await;
    server.get("/global/auth/me", &old.access).await.expect(200);
    let new = Tokens::of(&refresh(&server, &old.refresh).await.expect(200));
    let keys = jwks(&server).await;
    assert_eq!(keys.len(), 1);
    let kid = &header(&new.access)["kid"];
    let public = URL_SAFE_NO_PAD.decode(keys[0]["x"].as_str().unwrap()).unwrap();
    let expected = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": keys[0]["x"]});
    assert_eq!(keys[0], expected);
    for token in [&new.access, &new.refresh] {
        assert_eq!(header(token)["alg"], "EdDSA");
        assert_ne!(header(token)["kid"], header(&old.access)["kid"]);
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&ED25519, &public).verify(message.as_bytes(), &signature).expect("the key verifies it");
    }
    server.get("/global/auth/me", &new.access).await.expect(200);
    // The child of a token is the same one also across a change of keys and a restart.
    server.restart().await;
    assert_eq!(jwks(&server).await, keys);
    assert_eq!(Tokens::of(&refresh(&server, &old.refresh).await.expect(200)).refresh, new.refresh);
    server.get("/global/auth/me", &old.access).await.expect(200);
    let second = server.sign_in("jane@acme.com").await;
    assert_eq!(header(&second.access)["kid"], *kid);

    server.set_config("auth.token_algorithm", json!("HS256")).await;
    let back = Tokens::of(&refresh(&server, &new.refresh).await.expect(200));
    assert_eq!(header(&back.access), header(&old.access));
    for token in [&old.access, &new.access, &back.access, &second.access] {
        server.get("/global/auth/me", token).await.expect(200);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_public_key_signs_nothing() {
    let server = TestServer::start().await;
    let old = server.person("jane@acme.com").await;
    server.set_config("auth.token_algorithm", json!("EdDSA")).await;
    let genuine = server.sign_in("jane@acme.com").await;
    let (hs_head, ed_head, claims) = (header(&old.access), header(&genuine.access), claims(&genuine.access));
    let jwk = jwks(&server).await.remove(0);
    let public = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap();
    let spki = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &public].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&spki));
    let seed = secret_of(&server, &ed_head["kid"]).await;
    let hs_secret = secret_of(&server, &hs_head["kid"]).await;
    let own = Ed25519KeyPair::generate().unwrap();
    let own_jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(own.public_key().as_ref())});
    let sign_own = |message: &[u8]| own.sign(message).as_ref().to_vec();

    server.get("/global/auth/me", &forge(&ed_head, &claims, ed25519(&seed))).await.expect(200);
    let as_hs = with(&ed_head, "alg", Some(json!("HS256")));
    let as_ed = with(&hs_head, "alg", Some(json!("EdDSA")));
    let text = jwk["x"].as_str().unwrap().as_bytes().to_vec();
    let jwk_text = jwk.to_string().into_bytes();
    let mut forgeries = mangled(&genuine.access);
    for (what, key) in
        [("raw", &public), ("text", &text), ("SPKI", &spki), ("PEM", &pem.into_bytes()), ("JWK", &jwk_text)]
    {
        forgeries.push((format!("HMAC with the public key, {what}"), forge(&as_hs, &claims, hmac_sha256(key))));
        forgeries.push((format!("and its own alg, {what}"), forge(&ed_head, &claims, hmac_sha256(key))));
    }
    let cases = [
        ("the secret of the other key", forge(&as_hs, &claims, hmac_sha256(&hs_secret))),
        ("the seed as a secret", forge(&as_hs, &claims, hmac_sha256(&seed))),
        ("the kid of the other key", forge(&hs_head, &claims, ed25519(&seed))),
        ("EdDSA under the kid of a secret", forge(&as_ed, &claims, ed25519(&seed))),
        ("the secret as a seed", forge(&as_ed, &claims, ed25519(&hs_secret))),
        ("an own key", forge(&ed_head, &claims, sign_own)),
        ("an own key in the header", forge(&with(&ed_head, "jwk", Some(own_jwk)), &claims, sign_own)),
        ("an own key elsewhere", forge(&with(&ed_head, "jku", Some(json!("https://a.example"))), &claims, sign_own)),
        ("nothing", forge(&with(&ed_head, "alg", Some(json!("none"))), &claims, |_| Vec::new())),
        ("zeros", forge(&ed_head, &claims, |_| vec![0; 64])),
    ];
    forgeries.extend(cases.map(|(what, token)| (what.to_owned(), token)));
    assert_refused(&server, &genuine, &forgeries).await;
    server.finish().await;
}

#[tokio::test]
async fn another_installations_tokens_are_strangers() {
    let (here, there) = (TestServer::start().await, TestServer::start().await);
    let genuine = here.person("jane@acme.com").await;
    let mut forgeries = Vec::new();
    for algorithm in ["HS256", "EdDSA"] {
        there.set_config("auth.token_algorithm", json!(algorithm)).await;
        if algorithm == "HS256" {
            there.register("jane@acme.com").await;
        }
        let foreign = there.sign_in("jane@acme.com").await;
        assert_ne!(claims(&foreign.access)["iss"], claims(&genuine.access)["iss"]);
        for token in [foreign.access, foreign.refresh] {
            // Their signature under the name of our key, and over our claims.
            let signature = token.rsplit_once('.').unwrap().1.to_owned();
            let ours = genuine.access.rsplit_once('.').unwrap().0;
            forgeries.push((format!("{algorithm}, over our claims"), format!("{ours}.{signature}")));
            forgeries.push((format!("{algorithm}, as it is"), token));
        }
    }
    assert_refused(&here, &genuine, &forgeries).await;
    let ids: BTreeSet<String> = [&here, &there].map(|server| server.app.installation().id().to_owned()).into();
    assert_eq!(ids.len(), 2);
    here.finish().await;
    there.finish().await;
}

/// Whoever copies the files without the master key can neither sign nor sign in (contract 9).
#[tokio::test]
async fn what_is_stored_signs_nothing() {
    let server = TestServer::start().await;
    let old = server.person("jane@acme.com").await;
    server.set_config("auth.token_algorithm", json!("EdDSA")).await;
    let new = server.sign_in("jane@acme.com").await;
    let mut secrets = vec![crate::harness::PASSWORD.as_bytes().to_vec()];
    for token in [&old.access, &old.refresh, &new.access, &new.refresh] {
        secrets.push(secret_of(&server, &header(token)["kid"]).await);
        secrets.push(token.rsplit_once('.').unwrap().1.as_bytes().to_vec());
    }
    let stored = server.app.read(|tx| Ok(signing_keys::list(tx)?)).await.unwrap();
    let mut places: Vec<Vec<u8>> = stored.into_iter().map(|key| key.secret_sealed).collect();
    for file in std::fs::read_dir(server.folder()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().is_some_and(|name| name != "master.key") {
            places.push(std::fs::read(file).unwrap());
        }
    }
    assert!(places.len() >= 2);
    for secret in &secrets {
        assert!(!places.iter().any(|place| place.windows(secret.len()).any(|window| window == secret)));
    }
    server.finish().await;
}
