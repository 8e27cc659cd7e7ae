//! What ends it, at the very next request.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::impersonate;
use crate::audit::events;
use crate::harness::{PASSWORD, TestServer};
use crate::inspect::{set_disabled, set_platform_admin};
use crate::introspection::introspect;
use crate::organization::{Organization, Person, change, remove, set_status};
use crate::plans::platform_admin;
use crate::service_keys::service_key;
use crate::sessions::logout;
use crate::tokens::claims;

/// What happens meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    AdminSignedOut,
    SessionEnded,
    AdminSessionsEnded,
    AdminPasswordChanged,
    AdminDemoted,
    AdminDisabled,
    AdminDeleted,
    MemberRemoved,
    MembershipDisabled,
    MemberDisabled,
    MemberPromoted,
    MemberDeleted,
    Suspended,
    Archived,
}
use End::*;

const SIGNED_OUT: (u16, &str) = (401, "unauthorized");
const MEMBERSHIP_ENDED: (u16, &str) = (403, "membership_ended");

/// Each with the answer from then on, and whether the member can still sign in and work.
const ENDS: [(End, (u16, &str), bool); 14] = [
    (AdminSignedOut, SIGNED_OUT, true),
    (SessionEnded, SIGNED_OUT, true),
    (AdminSessionsEnded, SIGNED_OUT, true),
    (AdminPasswordChanged, SIGNED_OUT, true),
    (AdminDemoted, SIGNED_OUT, true),
    (AdminDisabled, SIGNED_OUT, true),
    (AdminDeleted, SIGNED_OUT, true),
    (MemberRemoved, MEMBERSHIP_ENDED, true),
    (MembershipDisabled, MEMBERSHIP_ENDED, true),
    (MemberDisabled, SIGNED_OUT, false),
    (MemberPromoted, SIGNED_OUT, true),
    (MemberDeleted, SIGNED_OUT, false),
    (Suspended, (403, "tenant_suspended"), true),
    (Archived, (403, "tenant_archived"), true),
];

impl End {
    async fn happen(self, server: &TestServer, boss: &str, admin: &Person, org: &Organization, member: &Person) {
        let delete = async |user_id: &str| {
            let path = format!("/admin/users/{user_id}");
            server.call(Method::DELETE, &path, boss, Json::Null).await.expect(204);
        };
        match self {
            AdminSignedOut => drop(logout(server, &admin.access).await.expect(204)),
            SessionEnded => {
                let other = server.sign_in(&admin.email).await.access;
                let path = format!("/global/auth/sessions/{}", claims(&admin.access)["sid"].as_str().unwrap());
                server.call(Method::DELETE, &path, &other, Json::Null).await.expect(204);
            }
            AdminSessionsEnded => {
                let path = format!("/admin/users/{}/end-sessions", admin.user_id);
                server.call(Method::POST, &path, boss, Json::Null).await.expect(204);
            }
            AdminPasswordChanged => {
                let other = server.sign_in(&admin.email).await.access;
                let body = json!({"current_password": PASSWORD, "new_password": "Another Password 456"});
                server.call(Method::PUT, "/global/auth/password", &other, body).await.expect(200);
                server.mail.next_mail_to(&admin.email).await;
            }
            AdminDemoted => set_platform_admin(server, &admin.email, false).await,
            AdminDisabled => set_disabled(server, &admin.email, true).await,
            AdminDeleted => delete(&admin.user_id).await,
            MemberRemoved => {
                remove(server, &org.owner.scoped, &member.user_id).await.expect(200);
                server.mail.next_mail_to(&member.email).await;
            }
            MembershipDisabled => {
                let body = json!({"status": "disabled"});
                change(server, &org.owner.scoped, &member.user_id, body).await.expect(200);
            }
            MemberDisabled => set_disabled(server, &member.email, true).await,
            MemberPromoted => set_platform_admin(server, &member.email, true).await,
            MemberDeleted => delete(&member.user_id).await,
            Suspended => set_status(server, &org.id, TenantStatus::Suspended).await,
            Archived => set_status(server, &org.id, TenantStatus::Archived).await,
        }
    }
}

async fn denials(server: &TestServer) -> usize {
    events(server)
        .await
        .iter()
        .filter(|event| event.action == "admin.denied" && event.impersonator_id.is_some())
        .count()
}

#[tokio::test]
async fn it_ends_with_the_admin_the_member_and_the_organization() {
    let server = TestServer::start().await;
    let boss = platform_admin(&server).await;
    let key = service_key(&server, &["tokens:read"]).await;
    for (index, (end, (status, code), is_member_well)) in ENDS.into_iter().enumerate() {
        let org = Organization::of(&server, &format!("owner{index}@acme.com"), &format!("acme-{index}")).await;
        let member = org.join(&server, &format!("member{index}@acme.com"), "admin").await;
        let email = format!("support{index}@trueport.example");
        let access = server.person(&email).await.access;
        set_platform_admin(&server, &email, true).await;
        let user_id = claims(&access)["sub"].as_str().unwrap().to_owned();
        let admin = Person { email, user_id, scoped: String::new(), access };
        let token = impersonate(&server, &admin.access, &member.user_id, &org.id).await;
        server.get("/service/invites", &token).await.expect(200);
        assert_eq!(introspect(&server, &key, &token).await.expect(200)["active"], true);

        end.happen(&server, &boss, &admin, &org, &member).await;
        let rename = json!({"name": "Taken over"});
        for (method, path, body) in [
            (Method::GET, "/service/info", Json::Null),
            (Method::PATCH, "/service/info", rename),
            (Method::POST, "/service/auth/switch-environment", json!({"environment": "staging"})),
            (Method::POST, "/service/members/leave", Json::Null),
        ] {
            let reply = server.call(method, path, &token, body).await;
            assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (status, &json!(code)), "{end:?} {path}");
        }
        let before = denials(&server).await;
        // Elsewhere it was good for nothing before; whether the organization is open makes no difference.
        let elsewhere = if status == 401 { SIGNED_OUT } else { (403, "impersonation_forbidden") };
        for path in ["/global/auth/me", "/global/tenants", "/admin/stats"] {
            server.get(path, &token).await.expect_problem(elsewhere.0, elsewhere.1);
        }
        assert_eq!(denials(&server).await - before, usize::from(status == 403), "{end:?}");
        assert_eq!(introspect(&server, &key, &token).await.expect(200), json!({"active": false}), "{end:?}");
        let own = server.get("/global/auth/me", &member.access).await;
        assert_eq!(own.status.as_u16(), if is_member_well { 200 } else { 401 }, "{end:?}");
    }
    server.finish().await;
}
