//! The test mail and the list of mails.

use serde_json::{Value as Json, json};

use crate::executable::{Installation, eventually};
use crate::smtp_sink::{Behaviour, SmtpSink};

#[tokio::test]
async fn the_test_mail_tells_what_the_mail_server_answered() {
    let mail = SmtpSink::start().await;
    let installation = Installation::new().with_smtp(&mail);
    let test = || installation.run(&["mail", "test", "--to", "jane@example.com"]);
    test().await.expect(0);
    let received = mail.next_mail_to("jane@example.com").await;
    assert_eq!(received.from, "noreply@trueport.example");
    let failures = [
        (Behaviour::RefuseRecipient(550), "refused the recipient: 550"),
        (Behaviour::RefuseData(554), "refused the message: 554"),
        (Behaviour::RefuseConnection421, "421"),
        (Behaviour::AcceptThenCloseBeforeReplyToData, "may have been delivered"),
    ];
    for (behaviour, expected) in failures {
        mail.behave(behaviour);
        let finished = test().await.expect(4);
        assert!(finished.stderr.contains(expected), "{expected:?} is not in {finished}");
        assert_eq!(finished.stdout, "");
    }
    mail.stop().await;
    let finished = test().await.expect(4);
    assert!(finished.stderr.contains("refused"), "{finished}");
    // It goes past the outbox.
    assert_eq!(installation.run(&["mail", "list", "--json"]).await.expect(0).json(), json!([]));
}

#[tokio::test]
async fn the_list_of_mails_shows_how_they_stand_and_not_what_they_say() {
    let mail = SmtpSink::start().await;
    let installation = Installation::new().with_smtp(&mail);
    let server = installation.serve().await;
    mail.behave(Behaviour::RefuseRecipient(550));
    server.register("refused@example.com").await.expect(201);
    server.logged("mail failed for good").await;
    mail.behave(Behaviour::Accept);
    server.register("jane@example.com").await.expect(201);
    let welcome = mail.next_mail_to("jane@example.com").await;
    server.logged("mail delivered").await;
    let list = async |more: &[&str]| installation.run(&[&["mail", "list"], more].concat()).await.expect(0);
    let listed = eventually("the delivered mail is noted", || async {
        let listed = list(&["--json"]).await.json();
        (listed[0]["status"] == "sent").then_some(listed)
    })
    .await;
    let shown =
        |mail: &Json| format!("{} {} {} {}", mail["recipient"], mail["template"], mail["status"], mail["attempts"]);
    assert_eq!(shown(&listed[0]), r#""jane@example.com" "welcome" "sent" 1"#);
    assert_eq!(shown(&listed[1]), r#""refused@example.com" "welcome" "failed" 1"#);
    assert!(listed[1]["last_error"].as_str().unwrap().contains("550"));
    assert!(listed[0]["settled_at"].is_string() && listed[0]["id"].as_str().unwrap().starts_with("msg_"));
    let printed = format!("{}{}", list(&["--json"]).await, list(&[]).await);
    assert!(!printed.contains(&welcome.link_token()) && printed.contains("refused@example.com"), "{printed}");
    assert_eq!(list(&["--json", "--limit", "1"]).await.json().as_array().unwrap().len(), 1);
    server.stop().await;
}
