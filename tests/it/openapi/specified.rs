//! What the specification says word for word: shapes and examples of requests and replies.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::{DOCUMENT, fault, operations};

/// The specification's own examples, property by property.
#[test]
fn the_replies_of_the_specification_are_as_it_says() {
    let names = |schema: &str| -> BTreeSet<String> {
        DOCUMENT["components"]["schemas"][schema]["properties"].as_object().expect("a schema").keys().cloned().collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(names("Registered"), set(&["id", "email", "first_name", "last_name", "created_at"]));
    assert_eq!(names("Tokens"), set(&["access_token", "refresh_token", "token_type", "expires_in"]));
    assert_eq!(names("Message"), set(&["message"]));
    let problem = set(&["type", "title", "status", "detail", "code", "request_id", "errors"]);
    assert_eq!(names("Problem"), problem);
    assert_eq!(names("ProblemField"), set(&["field", "message"]));
    assert_eq!(names("ConfigTree"), set(&["resources"]));
    assert_eq!(names("ConfigResource"), set(&["resrc_name", "config_groups"]));
    assert_eq!(names("ConfigGroup"), set(&["grp_title", "type", "sections"]));
    assert_eq!(names("ConfigSection"), set(&["header_title", "configs"]));
    let tenant = ["id", "name", "slug", "status", "subscription_plan", "member_count"];
    assert_eq!(names("AdminTenantItem"), set(&tenant));
    assert_eq!(names("AdminTenantList"), set(&["items", "total"]));
    let stats = ["total_tenants", "active_tenants", "total_users", "total_api_requests_24h", "total_violations_24h"];
    assert_eq!(names("StatsReply"), set(&stats));
    // These have more, for what the specification has no example of.
    assert!(names("ConfigItem").is_superset(&set(&["key", "lbl", "val", "gen_type", "mod", "is_locked"])));
    assert!(names("StorageReply").is_superset(&set(&["provider", "bucket", "region", "credentials_set"])));
}

/// The specification's own examples, as wholes: requests and replies of the routes that it describes.
#[test]
fn the_examples_of_the_specification_are_there_and_fit() {
    let mut count = BTreeMap::new();
    for ((method, path), operation) in operations() {
        let bodies = operation["responses"].as_object().unwrap().values().chain([&operation["requestBody"]]);
        for (kind, body) in bodies.filter_map(|body| body["content"].as_object()?.iter().next()) {
            for (name, example) in body["examples"].as_object().into_iter().flatten() {
                let example = match example["$ref"].as_str() {
                    Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).expect("an example"),
                    None => example,
                };
                let fault = fault(&body["schema"], &example["value"]);
                assert!(fault.is_none(), "{method} {path} {name}: {}", fault.unwrap_or_default());
                *count.entry(kind.as_str()).or_insert(0) += 1;
            }
        }
    }
    // Seventeen requests and twenty-one replies; refusals have one for each of their codes.
    assert_eq!(count["application/json"], 38, "{count:?}");
    let login = &DOCUMENT["paths"]["/platform/api/global/auth/login"]["post"];
    let request = &login["requestBody"]["content"]["application/json"]["examples"]["specified"]["value"];
    assert_eq!(*request, json!({"email": "dev@acme.com", "password": "SecurePassword123!"}));
}

/// Every tag is explained, and every header that replies share is known.
#[test]
fn tags_and_headers_are_described() {
    let tags = DOCUMENT["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap());
    let tags: BTreeSet<&str> = tags.collect();
    let mut used = BTreeSet::new();
    for ((method, path), operation) in operations() {
        used.extend(operation["tags"].as_array().unwrap().iter().filter_map(Json::as_str));
        for (status, reply) in operation["responses"].as_object().unwrap() {
            let headers = reply["headers"].as_object().unwrap_or_else(|| panic!("{method} {path} {status}"));
            for (name, is_due) in [
                ("X-Request-Id", true),
                ("WWW-Authenticate", status == "401"),
                ("Retry-After", ["429", "503"].contains(&status.as_str())),
                (
                    "RateLimit-Reset",
                    status == "429" || operation["responses"]["401"].is_null() && path.contains("/auth/"),
                ),
            ] {
                assert!(!is_due || headers.contains_key(name), "{method} {path} {status}: {name}");
            }
        }
    }
    assert_eq!(used, tags);
}
