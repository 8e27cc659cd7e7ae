//! A kill between writing and linking, and events of a release that knew no chains.

use reqwest::Method;
use serde_json::json;

use crate::executable::{Installation, eventually};

#[tokio::test]
async fn what_a_kill_left_unlinked_is_linked_at_the_next_start() {
    let installation = Installation::new();
    for round in 0..3 {
        let server = installation.serve().await;
        let tokens = server.person(&format!("jane{round}@acme.com")).await;
        for index in 0..40 {
            let body = json!({"first_name": format!("Jane {index}")});
            server.call(Method::PATCH, "/global/auth/me", &tokens.access, body).await.expect(200);
        }
        server.kill().await;
        let told = installation.run(&["audit", "verify", "--json"]).await.expect(0).json();
        assert!(told["unlinked"].as_i64().unwrap() > 0, "everything was linked already: {told}");
    }
    let server = installation.serve().await;
    let ask = || async {
        let told = installation.run(&["audit", "verify", "--json"]).await.expect(0).json();
        (told["unlinked"] == 0).then_some(told)
    };
    let told = eventually("everything is linked", ask).await;
    assert!(told["chains"][0]["events"].as_i64().unwrap() > 120, "{told}");
    server.stop().await;
}

#[tokio::test]
async fn commands_say_what_is_not_linked_yet_and_where_nothing_is() {
    let installation = Installation::new();
    if installation.database.is_none() {
        let nothing = installation.run(&["audit", "verify"]).await.expect(3);
        assert!(nothing.stderr.contains("there is no database in"), "{nothing}");
        assert!(!installation.data_dir().join("trueport.db").exists());
    }
    installation.create_admin("admin@acme.com").await.expect(0);
    let told = installation.run(&["audit", "verify"]).await.expect(0);
    assert!(told.stderr.contains("Not linked yet, and so not checked: "), "{told}");
    std::fs::write(installation.data_dir().join("master.key"), format!("{}\n", "A".repeat(43))).unwrap();
    installation.run(&["audit", "verify"]).await.expect(78);
}
