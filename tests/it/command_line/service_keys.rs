//! Keys of the platform's services (contract 15, 38, 39 and 42).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::run;
use crate::executable::{Installation, Running};
use crate::harness::Reply;

const NO_KEY: &str = "key_01h455vb4pex5vsknk084sn02q";

async fn keys(installation: &Installation) -> Vec<Json> {
    let listed = run(installation, "service-key list --json", "").await.expect(0).json();
    listed.as_array().expect("a list").clone()
}

#[tokio::test]
async fn commands_about_keys_end_with_the_code_that_says_how_it_went() {
    let installation = Installation::new();
    let long = format!("service-key create --scope tokens:read --name {}", "n".repeat(101));
    let unknown = format!("service-key revoke {NO_KEY}");
    let other_kind = unknown.replace("key_0", "ten_0");
    // Each with its exit code and a part of what it prints to either output.
    let cases: &[(&str, i32, &str)] = &[
        ("service-key list", 0, "REVOKED AT"),
        ("service-key create", 2, "--name"),
        ("service-key create --scope tokens:read", 2, "--name"),
        ("service-key create --name gateway", 2, "--scope"),
        ("service-key create --name gateway --scope", 2, "--scope"),
        ("service-key create --name gateway --scope admin", 2, "tokens:read"),
        ("service-key create --name gateway --scope tokens:read --scope admin", 2, "usage:write"),
        ("service-key create --name gateway --scope tokens:read admin", 2, "usage:write"),
        ("service-key create --name gateway --scope TOKENS:READ", 2, "tokens:read"),
        ("service-key create --name gateway --scope tokens:read,usage:write", 2, "tokens:read"),
        ("service-key create --name  --scope tokens:read", 2, "--name must not be empty"),
        (&long, 2, "--name must be at most 100 characters"),
        ("service-key list --limit 0", 2, "limit"),
        ("service-key list --limit x", 2, "limit"),
        ("service-key revoke", 2, "ID"),
        ("service-key revoke nothing", 3, "no service key"),
        (&other_kind, 3, "no service key"),
        (&unknown, 3, "no service key"),
        ("service-key", 2, "Usage"),
        ("service-key --help", 0, "revoke"),
    ];
    for (arguments, code, expected) in cases {
        let finished = run(&installation, arguments, "").await.expect(*code);
        let printed = format!("{}{}", finished.stdout, finished.stderr);
        assert!(printed.contains(expected), "{expected:?} is not in {finished}");
        assert!(*code == 0 || finished.stdout.is_empty(), "{finished}");
    }
    assert_eq!(keys(&installation).await, Vec::<Json>::new(), "what was refused is not there");

    // The key alone goes to standard output, so that a script can take it.
    let made = run(&installation, "service-key create --name gateway --scope usage:write", "").await.expect(0);
    let key = made.stdout.trim_end();
    assert!(key.starts_with("tpk_") && key.len() == 47 && made.stdout == format!("{key}\n"), "{made}");
    assert!(made.stderr.contains("shown this once") && !made.stderr.contains(key), "{made}");
    let table = run(&installation, "service-key list", "").await.expect(0).stdout;
    let lines: Vec<String> = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[0], "ID NAME SCOPES CREATED AT REVOKED AT");
    assert!(lines.len() == 2 && lines[1].contains(" gateway usage:write 20") && lines[1].ends_with(" -"), "{table}");
    let id = keys(&installation).await[0]["id"].as_str().unwrap().to_owned();
    let revoked = run(&installation, &format!("service-key revoke {id}"), "").await.expect(0);
    assert_eq!(revoked.stdout, format!("{id} does not work any more\n"));
    run(&installation, &format!("service-key revoke {id}"), "").await.expect(3);
}

#[tokio::test]
async fn with_json_a_key_is_shown_whole() {
    let installation = Installation::new();
    let mut expected = Vec::new();
    for (scopes, taken) in [
        ("--scope usage:write tokens:read", json!(["tokens:read", "usage:write"])),
        ("--scope configs:read --scope entitlements:read", json!(["configs:read", "entitlements:read"])),
    ] {
        let made = run(&installation, &format!("service-key create --json --name gateway {scopes}"), "").await;
        let mut made = made.expect(0).json();
        let key = made.as_object_mut().unwrap().remove("key").expect("a key");
        assert!(key.as_str().unwrap().starts_with("tpk_"), "{key}");
        assert!(
            made["id"].as_str().unwrap().starts_with("key_") && made["created_at"].as_str().unwrap().ends_with('Z')
        );
        let (id, created_at) = (&made["id"], &made["created_at"]);
        let whole = json!({"id": id, "name": "gateway", "scopes": taken, "created_at": created_at, "revoked_at": null});
        assert_eq!(made, whole);
        expected.insert(0, made);
    }
    assert_eq!(keys(&installation).await, expected);
    let newest = run(&installation, "service-key list --json --limit 1", "").await.expect(0).json();
    assert_eq!(newest, json!(expected[..1]));
    let id = expected[1]["id"].as_str().unwrap();
    let revoked = run(&installation, &format!("service-key revoke {id} --json"), "").await.expect(0).json();
    assert_eq!(revoked, json!({"id": id, "revoked": true}));
    let listed = keys(&installation).await;
    assert!(listed[1]["revoked_at"].is_string() && listed[0]["revoked_at"].is_null(), "{listed:?}");
}

async fn introspect(server: &Running, key: &str) -> Reply {
    server.call(Method::POST, "/internal/introspect", key, json!({"token": "x"})).await
}

#[tokio::test]
async fn a_running_server_feels_what_is_done_to_keys_at_once() {
    let installation = Installation::new();
    let server = installation.serve().await;
    let create = "service-key create --json --name gateway --scope tokens:read";
    let made = run(&installation, create, "").await.expect(0).json();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!(introspect(&server, key).await.expect(200), json!({"active": false}));
    server.call(Method::POST, "/internal/usage", key, json!({"events": []})).await.expect_problem(403, "missing_scope");
    run(&installation, &format!("service-key revoke {id}"), "").await.expect(0);
    introspect(&server, key).await.expect_problem(401, "unauthorized");

    // What an admin of the server sees of it, and does.
    installation.create_admin("admin@example.com").await.expect(0);
    let login = server.login("admin@example.com").await.expect(200);
    let access = login["access_token"].as_str().unwrap();
    let listed = server.get("/admin/service-keys", access).await.expect(200);
    assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &json!(id)));
    let other = run(&installation, create, "").await.expect(0).json();
    let (id, key) = (other["id"].as_str().unwrap(), other["key"].as_str().unwrap());
    server.call(Method::DELETE, &format!("/admin/service-keys/{id}"), access, Json::Null).await.expect(204);
    introspect(&server, key).await.expect_problem(401, "unauthorized");
    run(&installation, &format!("service-key revoke {id}"), "").await.expect(3);
    let log = server.stop().await;
    assert!(!log.contains(key.trim_start_matches("tpk_")), "{log}");
}
