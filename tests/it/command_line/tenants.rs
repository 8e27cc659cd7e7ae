//! Organizations and their members (contract 24, 36 and 39).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::run;
use crate::executable::{Finished, Installation, Running, together};
use crate::harness::{PASSWORD, Reply, Tokens};

const OWNER: &str = "jane@example.com";

/// An installation with an account that may own organizations.
async fn with_owner() -> Installation {
    let installation = Installation::new();
    installation.create_admin(OWNER).await.expect(0);
    installation
}

/// Makes an organization; `more` are further arguments, split at blanks.
async fn create(installation: &Installation, name: &str, more: &str) -> Finished {
    let mut arguments = vec!["tenant", "create", "--owner-email", OWNER, "--name", name, "--json"];
    arguments.extend(more.split_whitespace());
    installation.run(&arguments).await.expect(0)
}

fn names(object: &Json) -> String {
    object.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Each command is a process of its own, so that on SQLite too the contenders write from outside of each other.
#[tokio::test]
async fn of_parallel_creations_with_one_slug_one_succeeds_and_with_one_name_all_do() {
    let installation = with_owner().await;
    let create = |more: &'static str| {
        let arguments = format!("tenant create --json --owner-email {OWNER} --name Acme{more}");
        let installation = &installation;
        async move { run(installation, &arguments, "").await }
    };
    let with_slug = together((0..6).map(|_| create(" --slug beta-corp"))).await;
    let mut codes: Vec<_> = with_slug.iter().map(Finished::code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3), Some(3), Some(3), Some(3), Some(3)], "{with_slug:?}");
    let mut made = Vec::new();
    for finished in together((0..6).map(|_| create(""))).await {
        made.push(finished.expect(0).json()["slug"].as_str().unwrap().to_owned());
    }
    made.sort();
    assert_eq!(made, ["acme", "acme-2", "acme-3", "acme-4", "acme-5", "acme-6"]);
    assert_eq!(slugs(&installation, "").await.len(), 7);
}

/// The slugs in a list that was printed as JSON.
async fn slugs(installation: &Installation, arguments: &str) -> Vec<String> {
    let printed = run(installation, format!("tenant list --json {arguments}").trim(), "").await.expect(0).json();
    printed.as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn commands_about_organizations_end_with_the_code_that_says_how_it_went() {
    let installation = with_owner().await;
    let (long, unknown) = ("r".repeat(501), "ten_01h455vb4pex5vsknk084sn02q");
    let [suspend_long, show_unknown] =
        [format!("tenant suspend acme-corp --reason {long}"), format!("tenant show {unknown}")];
    let longest = format!("tenant suspend acme-corp --reason {}", "ä".repeat(500));
    // In this order; each with its exit code and a part of what it prints to either output.
    let cases: &[(&str, i32, &str)] = &[
        ("tenant list", 0, "SLUG"),
        (
            "tenant create --owner-email jane@example.com --name Acme --slug acme-corp",
            0,
            "Acme is made with the slug acme-corp",
        ),
        ("tenant create --owner-email jane@example.com --name Acme --slug acme-corp", 3, "has this slug"),
        ("tenant create --owner-email JANE@Example.com --name Acme", 0, "the slug acme\n"),
        ("tenant create --owner-email jane@example.com --name Acme", 0, "the slug acme-2\n"),
        ("tenant create --owner-email jane@example.com --name Admin", 0, "the slug admin-2\n"),
        (
            "tenant create --owner-email jane@example.com --name Acme --slug Acme",
            2,
            "--slug may hold lower-case letters",
        ),
        ("tenant create --owner-email jane@example.com --name Acme --slug ab", 2, "--slug must be 3 to 63 characters"),
        ("tenant create --owner-email jane@example.com --name Acme --slug admin", 2, "--slug is a reserved word"),
        ("tenant create --owner-email jane@example.com --name Acme --slug ", 2, "--slug must be"),
        ("tenant create --owner-email jane@example.com --name AB", 2, "slug: cannot be made from the name"),
        ("tenant create --owner-email jane@example.com --name ", 2, "--name must not be empty"),
        ("tenant create --owner-email jane@example.com", 2, "--name"),
        ("tenant create --name Acme", 2, "--owner-email"),
        ("tenant create --owner-email nobody --name Acme", 2, "--owner-email must be an email address"),
        ("tenant create --owner-email nobody@example.com --name Acme", 3, "no account"),
        ("tenant create --owner-email jane@example.com --name Acme --billing-email x", 2, "--billing-email must be"),
        ("tenant create --owner-email jane@example.com --name Acme --status active", 2, "unexpected argument"),
        ("admin create --email gone@example.com --password-stdin", 0, "gone@example.com"),
        ("user disable --email gone@example.com", 0, "disabled"),
        ("tenant create --owner-email gone@example.com --name Acme", 1, "disabled"),
        ("tenant list", 0, "acme-corp"),
        ("tenant list --status active --q ACME --limit 1 --offset 1", 0, "acme"),
        ("tenant list --status closed", 2, "must be active, suspended or archived"),
        ("tenant list --limit 0", 2, "limit"),
        ("tenant list --offset=-1", 2, "offset"),
        ("tenant show acme-corp", 0, "jane@example.com"),
        ("tenant show nothing", 3, "no organization"),
        ("tenant show ACME-CORP", 3, "no organization"),
        ("tenant show Acme", 3, "no organization"),
        (&show_unknown, 3, "no organization"),
        ("tenant show", 2, "TENANT"),
        ("tenant suspend nothing", 3, "no organization"),
        ("tenant activate nothing", 3, "no organization"),
        ("tenant archive nothing", 3, "no organization"),
        (&suspend_long, 2, "at most 500 characters"),
        ("tenant suspend acme-corp --reason a\nb", 2, "must be a line"),
        ("tenant show acme-corp", 0, "active"),
        (&longest, 0, "acme-corp is suspended"),
        ("tenant suspend acme-corp", 0, "acme-corp is suspended"),
        ("tenant activate acme-corp", 0, "acme-corp is active"),
        ("tenant activate acme-corp", 0, "acme-corp is active"),
        ("tenant suspend acme-corp", 0, "acme-corp is suspended"),
        ("tenant archive acme-corp", 0, "acme-corp is archived"),
        ("tenant archive acme-corp", 0, "acme-corp is archived"),
        ("tenant suspend acme-corp", 1, "cannot go"),
        ("tenant show acme-corp", 0, "archived"),
        ("tenant create --owner-email jane@example.com --name Acme --slug acme-corp", 3, "has this slug"),
        ("tenant activate acme-corp", 0, "acme-corp is active"),
        ("member list acme-corp", 0, "jane@example.com"),
        ("member list acme-corp --q JANE@ --limit 1", 0, "owner"),
        ("member list acme-corp --limit 0", 2, "limit"),
        ("member list nothing", 3, "no organization"),
        ("member list", 2, "TENANT"),
        ("tenant", 2, "Usage"),
        ("tenant --help", 0, "suspend"),
        ("member", 2, "Usage"),
        ("member --help", 0, "list"),
    ];
    for (arguments, code, expected) in cases {
        let finished = run(&installation, arguments, PASSWORD).await.expect(*code);
        let printed = format!("{}{}", finished.stdout, finished.stderr);
        assert!(printed.contains(expected), "{expected:?} is not in {finished}");
        assert!(*code == 0 || finished.stdout.is_empty(), "{finished}");
    }
    assert_eq!(slugs(&installation, "").await, ["admin-2", "acme-2", "acme", "acme-corp"], "what was refused is not");
}

#[tokio::test]
async fn lists_are_filtered_and_newest_first() {
    let installation = with_owner().await;
    for (name, slug) in [("100% Öko", "eco"), ("Snake_Case", "snake"), ("SnakeXCase", "other"), ("Łódź", "lodz")] {
        create(&installation, name, &format!("--slug {slug}")).await;
    }
    run(&installation, "tenant suspend eco", "").await.expect(0);
    run(&installation, "tenant archive lodz", "").await.expect(0);
    let cases: &[(&str, &[&str])] = &[
        ("", &["lodz", "other", "snake", "eco"]),
        ("--limit 2", &["lodz", "other"]),
        ("--limit 2 --offset 3", &["eco"]),
        ("--offset 4", &[]),
        ("--status active", &["other", "snake"]),
        ("--status suspended", &["eco"]),
        ("--status archived", &["lodz"]),
        ("--status archived --q eco", &[]),
        ("--q SNAKE", &["other", "snake"]),
        ("--q e_c", &["snake"]),
        ("--q %", &["eco"]),
        ("--q öKO", &["eco"]),
        ("--q łÓDŹ", &["lodz"]),
        ("--q \\", &[]),
    ];
    for (arguments, expected) in cases {
        assert_eq!(slugs(&installation, arguments).await, *expected, "{arguments}");
    }
    let table = run(&installation, "tenant list --q snake_", "").await.expect(0).stdout;
    let lines: Vec<&str> = table.lines().collect();
    let words: Vec<&str> = lines[0].split_whitespace().collect();
    assert_eq!(words.join(" "), "ID SLUG NAME STATUS PLAN MEMBER COUNT OWNER EMAIL CREATED AT");
    let words: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(words[1..7], ["snake", "Snake_Case", "active", "Developer", "1", OWNER]);
    assert_eq!(lines.len(), 2, "{table}");
}

#[tokio::test]
async fn with_json_an_organization_is_shown_whole() {
    let installation = with_owner().await;
    let made = create(&installation, "Acme Corp", "--billing-email Pay@Example.com").await.json();
    assert_eq!(names(&made), "billing_email created_at id name slug status status_reason");
    let mut expected = json!({
        "id": made["id"], "name": "Acme Corp", "slug": "acme-corp", "status": "active", "status_reason": null,
        "billing_email": "pay@example.com", "created_at": made["created_at"],
    });
    assert_eq!(made, expected);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("ten_") && made["created_at"].as_str().unwrap().ends_with('Z'), "{made}");
    // What is done, and how it stands then; by slug and by id.
    for (command, status, reason) in [
        ("tenant suspend acme-corp --reason unpaid", "suspended", json!("unpaid")),
        ("tenant suspend acme-corp", "suspended", json!("unpaid")),
        ("tenant activate acme-corp", "active", json!(null)),
        (&format!("tenant archive {id} --reason over"), "archived", json!("over")),
        (&format!("tenant activate {id} --reason welcome"), "active", json!("welcome")),
    ] {
        (expected["status"], expected["status_reason"]) = (json!(status), reason);
        assert_eq!(run(&installation, &format!("{command} --json"), "").await.expect(0).json(), expected, "{command}");
        let mut whole = expected.clone();
        (whole["owner_email"], whole["plan"], whole["member_count"]) = (json!(OWNER), json!("Developer"), json!(1));
        for name in ["acme-corp", id] {
            let shown = run(&installation, &format!("tenant show {name} --json"), "").await.expect(0).json();
            assert_eq!(shown, whole);
        }
        assert_eq!(run(&installation, "--json tenant list", "").await.expect(0).json(), json!([whole]));
    }
    let shown = run(&installation, "tenant show acme-corp", "").await.expect(0).stdout;
    for line in ["name Acme Corp", "slug acme-corp", "status active", "status reason welcome", "plan Developer"] {
        let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.lines().any(|shown| squeezed(shown) == line), "{line} is not in {shown}");
    }
    let members = run(&installation, "member list acme-corp --json", "").await.expect(0).json();
    assert_eq!(
        names(&members[0]),
        "email first_name id joined_at last_login_at last_name mfa_enabled role status user_id"
    );
    let table = run(&installation, "member list acme-corp", "").await.expect(0).stdout;
    let words: Vec<&str> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(words.join(" "), "USER ID EMAIL FIRST NAME LAST NAME ROLE STATUS JOINED AT LAST LOGIN AT");
}

async fn select(server: &Running, access: &str, tenant_id: &str) -> Reply {
    server.call(Method::POST, "/global/auth/select-tenant", access, json!({"tenant_id": tenant_id})).await
}

#[tokio::test]
async fn a_running_server_feels_what_is_done_to_an_organization_at_once() {
    let installation = Installation::new();
    let server = installation.serve().await;
    let access = server.person(OWNER).await.access;
    let run = async |arguments: &str| run(&installation, arguments, "").await.expect(0);
    let body = json!({"name": "Acme", "slug": "acme-corp"});
    let made = server.call(Method::POST, "/global/tenants", &access, body).await.expect(201);
    let id = made["id"].as_str().unwrap();
    let scoped = select(&server, &access, id).await.expect(200)["access_token"].as_str().unwrap().to_owned();
    server.get("/service/info", &scoped).await.expect(200);
    for (command, status, code) in
        [("suspend", "suspended", "tenant_suspended"), ("archive", "archived", "tenant_archived")]
    {
        run(&format!("tenant {command} acme-corp")).await;
        server.get("/service/info", &scoped).await.expect_problem(403, code);
        select(&server, &access, id).await.expect_problem(403, code);
        assert_eq!(server.get("/global/tenants", &access).await.expect(200)[0]["status"], status);
        run("tenant activate acme-corp").await;
        assert_eq!(server.get("/service/info", &scoped).await.expect(200)["status"], "active");
        select(&server, &access, id).await.expect(200);
    }

    // One that is made from outside is there at once, and the one who owns it works in it: not whoever registered the
    // address and never proved it.
    let create = format!("tenant create --owner-email {OWNER} --name Beta --slug beta-corp --json");
    let created = run(&create).await;
    assert!(created.stderr.contains("was never proved"), "{created}");
    server.get("/global/auth/me", &access).await.expect_problem(401, "unauthorized");
    server.login(OWNER).await.expect_problem(401, "invalid_credentials");
    let link = created.json()["set_password_url"].as_str().unwrap().to_owned();
    let body = json!({"token": link.split_once("token=").unwrap().1, "new_password": PASSWORD});
    server.post("/global/auth/reset-password", body).await.expect(200);
    let access = Tokens::of(&server.login(OWNER).await.expect(200)).access;
    // Now it is proved, and the next organization changes nothing in the account.
    let created = run(&format!("tenant create --owner-email {OWNER} --name Gamma --json")).await;
    assert!(created.json().get("set_password_url").is_none() && !created.stderr.contains("proved"), "{created}");
    let list = server.get("/global/tenants?q=beta", &access).await.expect(200);
    assert_eq!((&list[0]["slug"], &list[0]["role"]), (&json!("beta-corp"), &json!("owner")));
    let selected = select(&server, &access, list[0]["id"].as_str().unwrap()).await.expect(200);
    let beta = selected["access_token"].as_str().unwrap();
    let info = server.get("/service/info", beta).await.expect(200);
    assert_eq!((&info["subscription"]["plan"], &info["billing_email"]), (&json!("Developer"), &json!(OWNER)));
    let taken = json!({"name": "Beta", "slug": "beta-corp"});
    server.call(Method::POST, "/global/tenants", &access, taken).await.expect_problem(409, "slug_taken");

    // The members that the command shows are those of the API, in its words.
    let members = run("member list beta-corp --json").await.json();
    assert_eq!(members, server.get("/service/members", beta).await.expect(200));
    server.stop().await;
}
