//! The way through the API that the specification describes, once from its beginning to its end.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{PASSWORD, TestServer};

fn text(body: &Json, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// Signs in and chooses an organization; returns the global and the scoped token.
async fn enter(server: &TestServer, email: &str, tenant_id: &str, role: &str) -> (String, String) {
    let login = server.post("/global/auth/login", json!({"email": email, "password": PASSWORD})).await.expect(200);
    let global = text(&login, "access_token");
    let body = json!({"tenant_id": tenant_id});
    let selected = server.call(Method::POST, "/global/auth/select-tenant", &global, body).await.expect(200);
    assert_eq!((text(&selected, "role").as_str(), text(&selected, "environment").as_str()), (role, "prod"));
    (global, text(&selected, "access_token"))
}

#[tokio::test]
async fn from_registration_to_the_end_of_a_membership() {
    let server = TestServer::start().await;
    let register = async |email: &str, first_name: &str, invite_token: Option<&str>| {
        let mut body = json!({"email": email, "password": PASSWORD, "first_name": first_name, "last_name": "Doe"});
        if let Some(token) = invite_token {
            body["invite_token"] = json!(token);
        }
        let account = server.post("/global/auth/register", body).await.expect(201);
        text(&account, "id")
    };

    // Jane registers, signs in, and makes an organization whose slug she has found to be free.
    register("jane@acme.com", "Jane", None).await;
    server.mail.next_mail_to("jane@acme.com").await;
    let login = json!({"email": "jane@acme.com", "password": PASSWORD});
    let global = text(&server.post("/global/auth/login", login).await.expect(200), "access_token");
    let free = server.get("/global/tenants/check-availability?slug=acme-corp", "").await.expect(200);
    assert_eq!(free, json!({"slug": "acme-corp", "available": true}));
    let body = json!({"name": "Acme Corp", "slug": "acme-corp", "billing_email": "billing@acme.com"});
    let tenant = server.call(Method::POST, "/global/tenants", &global, body).await.expect(201);
    let tenant_id = text(&tenant, "id");
    let (_, jane) = enter(&server, "jane@acme.com", &tenant_id, "owner").await;

    // She invites two people by email: one without an account, one with.
    let mut invitations = Vec::new();
    register("bob@acme.com", "Bob", None).await;
    server.mail.next_mail_to("bob@acme.com").await;
    for (email, role) in [("ann@acme.com", "member"), ("bob@acme.com", "viewer")] {
        let body = json!({"email": email, "role": role});
        let invite = server.call(Method::POST, "/service/invites", &jane, body).await.expect(201);
        assert_eq!((text(&invite, "email").as_str(), text(&invite, "role").as_str()), (email, role));
        let mail = server.mail.next_mail_to(email).await;
        assert!(mail.text.contains("https://trueport.example/#/invite?token="), "{}", mail.text);
        invitations.push(mail.link_token());
    }

    // Ann registers with the token of her mail, which proves her address, and is a member at once.
    let ann_id = register("ann@acme.com", "Ann", Some(&invitations[0])).await;
    server.mail.next_mail_to("jane@acme.com").await;
    let (_, ann) = enter(&server, "ann@acme.com", &tenant_id, "member").await;
    let me = server.get("/global/auth/me", &ann).await.expect(200);
    assert!(me["email_verified_at"].is_string());
    // Bob accepts with his global token.
    let login = json!({"email": "bob@acme.com", "password": PASSWORD});
    let bob = text(&server.post("/global/auth/login", login).await.expect(200), "access_token");
    let body = json!({"token": invitations[1]});
    let joined = server.call(Method::POST, "/global/invites/accept", &bob, body).await.expect(200);
    assert_eq!((text(&joined, "tenant_id"), text(&joined, "role").as_str()), (tenant_id.clone(), "viewer"));
    server.mail.next_mail_to("jane@acme.com").await;
    let (bob, _) = enter(&server, "bob@acme.com", &tenant_id, "viewer").await;

    // Ann works in another environment of the same organization and sees who is in it.
    let body = json!({"environment": "staging"});
    let switched = server.call(Method::POST, "/service/auth/switch-environment", &ann, body).await.expect(200);
    assert_eq!(text(&switched, "environment"), "staging");
    let ann_in_staging = text(&switched, "access_token");
    let info = server.get("/service/info", &ann_in_staging).await.expect(200);
    assert_eq!((&info["slug"], &info["subscription"]["status"]), (&json!("acme-corp"), &json!("ACTIVE")));
    let members = server.get("/service/members", &ann_in_staging).await.expect(200);
    let seen: Vec<String> = members
        .as_array()
        .unwrap()
        .iter()
        .map(|member| ["first_name", "email", "role", "status"].map(|name| text(member, name)).join(" "))
        .collect();
    assert_eq!(
        seen,
        ["Jane jane@acme.com owner active", "Ann ann@acme.com member active", "Bob bob@acme.com viewer active"]
    );

    // Jane removes Ann, whose tokens say what they said and are of no use any more.
    let path = format!("/service/members/{ann_id}");
    let removed = server.call(Method::DELETE, &path, &jane, Json::Null).await.expect(200);
    assert!(!text(&removed, "message").is_empty());
    server.mail.next_mail_to("ann@acme.com").await;
    for old in [&ann, &ann_in_staging] {
        server.get("/service/info", old).await.expect_problem(403, "membership_ended");
        server.get("/global/auth/me", old).await.expect(200);
    }
    server.call(Method::DELETE, &path, &jane, Json::Null).await.expect_problem(404, "not_found");
    let tenants = server.get("/global/tenants", &bob).await.expect(200);
    assert_eq!(
        tenants,
        json!([{"id": tenant_id, "name": "Acme Corp", "slug": "acme-corp", "role": "viewer", "status": "active"}])
    );
    server.finish().await;
}
