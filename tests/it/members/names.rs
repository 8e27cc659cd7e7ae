//! How mails call an organization.

use serde_json::json;

use super::{rename, transfer};
use crate::harness::TestServer;
use crate::organization::{Organization, change, remove};

/// Anybody may name an organization, and it writes to strangers: the name must not carry a link to them.
#[tokio::test]
async fn an_organization_named_like_a_link_is_called_by_its_slug_in_every_mail() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme-corp").await;
    let names = [
        "http://evil.example win",
        "evil.example",
        "EVIL https:\\\\evil",
        "evil@evil.example",
        "evil 123456",
        &format!("evil {}", "x".repeat(90)),
    ];
    for (index, name) in names.into_iter().enumerate() {
        rename(&server, &org.owner.scoped, name).await.expect(200);
        let email = format!("person{index}@acme.com");
        let seen = server.mail.mails().len();
        let person = org.join(&server, &email, "viewer").await;
        change(&server, &org.owner.scoped, &person.user_id, json!({"role": "admin"})).await.expect(200);
        // Not for all of them: such notices are limited to ten an hour.
        let transfers = if index < 5 { 2 } else { 0 };
        if transfers > 0 {
            transfer(&server, &org.owner.scoped, &person.user_id).await.expect(200);
            transfer(&server, &person.scoped, &org.owner.user_id).await.expect(200);
        }
        remove(&server, &org.owner.scoped, &person.user_id).await.expect(200);
        for _ in 0..2 + transfers {
            server.mail.next_mail_to(&email).await;
        }
        for _ in 0..transfers {
            server.mail.next_mail_to("owner@acme.com").await;
        }
        let mails = server.mail.mails().split_off(seen);
        let of_organization: Vec<_> = mails.iter().filter(|mail| !mail.subject.starts_with("Welcome")).collect();
        // Invitation, acceptance, role, two for each of two transfers, removal.
        assert_eq!(of_organization.len(), 4 + 2 * transfers, "{mails:#?}");
        for mail in of_organization {
            assert!(mail.subject.contains("acme-corp"), "{name}: {}", mail.subject);
            assert!(mail.text.contains("acme-corp") && mail.html.contains("acme-corp"), "{name}: {}", mail.text);
            let whole =
                format!("{}\n{}\n{}\n{}", mail.subject, mail.text, mail.html, String::from_utf8_lossy(&mail.raw));
            assert!(!whole.to_lowercase().contains("evil"), "{name}: {whole}");
        }
    }
    server.finish().await;
}

/// A harmless name is repeated as it is, escaped where it must be.
#[tokio::test]
async fn an_organization_is_called_by_its_name() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    for (name, in_html) in [("Zoë & <b>Söhne</b>", None), ("Müller & Co. KG", Some("Müller &amp; Co. KG"))] {
        rename(&server, &org.owner.scoped, name).await.expect(200);
        org.invite(&server, "new@acme.com", "member").await;
        let mail = server.mail.mails().pop().unwrap();
        match in_html {
            Some(in_html) => {
                assert_eq!(mail.subject, format!("Invitation to {name} on TruePort"));
                assert!(mail.text.contains(name) && mail.html.contains(in_html), "{}", mail.html);
            }
            None => assert!(!mail.html.contains("<b>"), "{}", mail.html),
        }
    }
    server.finish().await;
}
