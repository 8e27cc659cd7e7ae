use super::*;

fn variables(first_name: &str) -> BTreeMap<String, String> {
    let link = "https://trueport.example/#/verify-email?token=AbC_12-x&y=1";
    [
        ("first_name", first_name),
        ("base_url", "https://trueport.example:8443"),
        ("verify_url", link),
        ("reset_url", link),
        ("new_email", "new.address@acme.example"),
        ("address", "203.0.113.7"),
        ("when", "2026-02-03 04:05 UTC"),
        ("code", "402817"),
        ("minutes", "10"),
        ("voids_password", "true"),
        ("tenant_name", "Acme & Sons"),
        ("tenant_slug", "acme"),
        ("inviter_email", "jane@acme.example"),
        ("invite_url", link),
        ("member_email", "new.address@acme.example"),
        ("changed_by", "jane@acme.example"),
        ("owner_email", "jane@acme.example"),
        ("old_owner_email", "new.address@acme.example"),
        ("role", "admin"),
        ("plan_name", "Pro"),
        ("status", "suspended"),
        ("reason", "Payment overdue"),
        ("old_plan_name", "Developer"),
        ("days", "7"),
        ("day", "2026-02-02"),
        ("host", "hooks.acme.example"),
        ("why", "it answered that it wants no more"),
        ("left", "9"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn six_digit_runs(text: &str) -> Vec<&str> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter(|run| run.len() >= 6).collect()
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_tags(html: &str) -> String {
    let bare = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    let bare = squeezed(&bare.collect::<Vec<_>>().join(""));
    bare.replace("&quot;", "\"").replace("&amp;", "&")
}

fn links(text: &str) -> std::collections::BTreeSet<String> {
    let starts = text.match_indices("https://").map(|(start, _)| &text[start..]);
    starts
        .map(|rest| rest.split(['"', '<', '>', ' ', '\n']).next().unwrap_or(rest))
        .map(|link| link.replace("&amp;", "&"))
        .collect()
}

#[test]
fn both_parts_of_every_template_say_the_same() {
    assert_eq!(templates().count(), 25);
    for name in templates() {
        let mail = render(&name, &variables("Ada")).unwrap();
        assert!(mail.text.starts_with("Hello Ada,\n\n"), "{name}");
        assert!(mail.html.is_ascii() && mail.text.is_ascii() && mail.subject.is_ascii());
        assert_eq!(links(&mail.text), links(&mail.html), "{name}");
        assert!(mail.text.lines().all(|line| line.len() < 100), "{name}");
        assert!(!mail.text.contains("{{") && !mail.text.contains("\n\n\n"), "{name}");
        let text = squeezed(&mail.text);
        for paragraph in mail.html.split("<p ").skip(1) {
            let paragraph = paragraph.split("</p>").next().unwrap_or_default();
            let paragraph = without_tags(&format!("<p {paragraph}"));
            assert!(text.contains(&paragraph), "{name}: {paragraph}");
        }
    }
}

#[test]
fn a_hostile_name_is_harmless() {
    for name in templates() {
        let mail = render(&name, &variables("<b>x\r\nBcc: y")).unwrap();
        assert!(mail.text.starts_with("Hello there,\n"), "{name}");
        let mail = render(&name, &variables("<script>\r\nBcc\u{202e} & 'co'")).unwrap();
        assert!(mail.text.starts_with("Hello <script> Bcc & 'co',\n"), "{name}");
        assert!(mail.html.contains("Hello &lt;script&gt; Bcc &amp; &#39;co&#39;,"));
        assert!(!mail.html.contains("<script") && !mail.subject.contains(char::is_control));
    }
    for name in ["", "evil.example", "go to http://evil", "123456", &"x".repeat(41)] {
        assert_eq!(clean("first_name", name, ""), STRANGER);
    }
    for name in ["", "evil.example", "Call 123456", "Win: http://evil", &"x".repeat(61)] {
        assert_eq!(clean("tenant_name", name, "acme"), "acme");
    }
    assert_eq!(clean("tenant_name", "Acme\r\nInc. & Sons", "acme"), "Acme Inc. & Sons");
    assert_eq!(clean("first_name", " J. R. \t Zoë ", ""), "J. R. Zoë");
    assert_eq!(one_line("A subject\r\nBcc: y"), "A subject Bcc: y");
}

#[test]
fn a_code_is_the_only_six_digit_number_of_its_mail() {
    for (first_name, voids_password) in [("Ada", ""), ("Zoë 654321", "true"), ("Zoë", "true")] {
        let mut given = variables(first_name);
        given.insert("voids_password".to_owned(), voids_password.to_owned());
        let mail = render("otp", &given).unwrap();
        assert_eq!(six_digit_runs(&mail.text), ["402817"]);
        assert_eq!(six_digit_runs(&mail.html), ["402817"]);
        assert!(six_digit_runs(&mail.subject).is_empty());
        assert_eq!(mail.text.contains("removes the password"), !voids_password.is_empty());
        assert!(!format!("{mail:?}").contains("402817"));
        let wire = wire(&mail);
        assert!(wire.is_ascii());
        assert_eq!(six_digit_runs(&wire), ["402817", "402817"], "{wire}");
    }
}

#[test]
fn what_is_missing_is_an_error() {
    let mut given = variables("Ada");
    given.remove("verify_url");
    assert!(matches!(render("welcome", &given), Err(RenderError::Template { .. })));
    for name in ["layout", "nothing", "../secret"] {
        assert!(matches!(render(name, &given), Err(RenderError::UnknownTemplate(_))));
    }
}

fn wire(rendered: &Rendered) -> String {
    let outgoing = Outgoing {
        to: "ada@acme.example",
        message_id: "<msg_abc@trueport.example>",
        date: SystemTime::UNIX_EPOCH,
        rendered,
    };
    let from = Mailbox::new(Some("Größe\r\nBcc: y".into()), "no-reply@acme.example".parse().unwrap());
    let wire = outgoing.to_wire(from, outgoing.to.parse().unwrap()).unwrap();
    String::from_utf8(wire).unwrap()
}

#[test]
fn the_wire_form_is_stable_and_complete() {
    let rendered = render("otp", &variables("Zoë")).unwrap();
    let mail = wire(&rendered);
    assert_eq!(mail, wire(&rendered));
    for header in [
        "Message-ID: <msg_abc@trueport.example>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n",
        "To: ada@acme.example\r\n",
        "Content-Type: multipart/alternative;",
    ] {
        assert!(mail.contains(header), "{header} in {mail}");
    }
    assert!(!mail.contains("\nBcc:"));
}
