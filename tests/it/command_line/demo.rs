//! Made-up data (contract 38).

use serde_json::json;

use super::run;
use crate::executable::Installation;

#[tokio::test]
async fn an_empty_folder_is_filled_with_what_works() {
    let installation = Installation::new();
    let made = run(&installation, "demo seed --json --tenants 30 --users 300", "").await.expect(0);
    assert!(made.stderr.contains("Data folder: "), "{made}");
    let made = made.json();
    assert_eq!((&made["tenants"], &made["users"]), (&json!(30), &json!(300)));
    let again = run(&installation, "demo seed", "").await.expect(3);
    assert!(again.stderr.contains("There are accounts already"), "{again}");
    run(&installation, "demo seed --tenants 2 --users 1", "").await.expect(2);

    let server = installation.serve().await;
    let refused = run(&installation, "demo seed", "").await.expect(1);
    assert!(refused.stderr.contains("stop it first"), "{refused}");
    if installation.database.is_some() {
        // Nor from another folder, where only the database knows of the server.
        let other = installation.data_dir().with_file_name("other");
        for command in ["demo seed", "migrate up"] {
            let refused = run(&installation, &format!("{command} --data-dir {}", other.display()), "").await.expect(1);
            assert!(refused.stderr.contains("connected to the database"), "{refused}");
        }
    }
    let credentials = json!({"email": made["admin_email"], "password": made["password"]});
    let tokens = server.post("/global/auth/login", credentials).await.expect(200);
    let token = tokens["access_token"].as_str().unwrap();
    let stats = server.get("/admin/stats", token).await.expect(200);
    assert_eq!((&stats["total_tenants"], &stats["total_users"]), (&json!(30), &json!(301)));
    assert!(stats["total_api_requests_24h"].as_i64() > Some(1_000), "{stats}");
    // The password of one is that of everybody, and what they see is theirs.
    let people = server.get("/admin/users?limit=200&offset=100", token).await.expect(200);
    let person = people["items"].as_array().unwrap().iter().find(|user| user["status"] == "active").unwrap();
    let credentials = json!({"email": person["email"], "password": made["password"]});
    server.post("/global/auth/login", credentials).await.expect(200);
    let detail = server.get(&format!("/admin/users/{}", person["id"].as_str().unwrap()), token).await.expect(200);
    assert!(!detail["memberships"].as_array().unwrap().is_empty(), "{detail}");
    for tenant in server.get("/admin/tenants?limit=200", token).await.expect(200)["items"].as_array().unwrap() {
        let id = tenant["id"].as_str().unwrap();
        let detail = server.get(&format!("/admin/tenants/{id}"), token).await.expect(200);
        assert_eq!(detail["member_count"], tenant["member_count"]);
    }
    server.stop().await;
}
