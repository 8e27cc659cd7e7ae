//! Lists of the whole installation: whatever is searched for and whichever page is wanted, they hold what going through
//! every row would find, in the same order, and the kept totals are those that counting gives.

mod filled;

use trueport::args;
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::id::{TenantId, UserId};
use trueport::store::tenants::{self, NewTenant, TenantStatus};
use trueport::store::{Page, fold, memberships, users};

use crate::harness::TestServer;

/// Addresses that hold what means something to a pattern or to an expression of a search.
const EMAILS: &[&str] = &[
    "anna@mail.example",
    "ann_a@mail.example",
    "annxa@mail.example",
    "100%@mail.example",
    "1000@mail.example",
    "back\\slash@mail.example",
    "quo\"te@mail.example",
    "it's@mail.example",
    "a*b@mail.example",
    "email:x@post.example",
    "not-or-and@post.example",
    "near(a,b)@post.example",
    "^caret@post.example",
    "aaaaaa@post.example",
    "ab@post.example",
];

const NEEDLES: &[&str] = &[
    "",
    "a",
    "an",
    "ann",
    "anna",
    "ann_",
    "ann_a",
    "n_a",
    "_",
    "__",
    "%",
    "00%",
    "100%",
    "000",
    "\\",
    "k\\s",
    "\\s",
    "\\\\s",
    "o\"t",
    "\"",
    "\"\"",
    "\"te@",
    "t's",
    "'",
    "' OR 1=1",
    "a*b",
    "ann*",
    "*",
    "email:x",
    "email : x",
    "il:",
    "not",
    "-or-",
    "or",
    "NEAR",
    "near(a,b)",
    "near(a",
    "^ca",
    "aaa",
    "aaaaaa",
    "aaaaaaa",
    "ab@",
    "@",
    "@m",
    "@mail.example",
    "ample",
    "example",
    "mail.example@",
    "zzz",
    "zz",
    "a\nb",
    "ann a",
    "e · a",
    "·",
    "ü",
    "nna@mail.exam",
    "na@mail.exam",
    "a@mail.exam",
    "xyz AND abc",
];

fn check_page<T: PartialEq + std::fmt::Debug>(all: &[T], page: &Page, found: &[T], total: i64, what: &str) {
    let start = usize::try_from(page.offset).unwrap().min(all.len());
    let end = page.limit.map_or(all.len(), |limit| (start + usize::try_from(limit).unwrap()).min(all.len()));
    assert_eq!(total, i64::try_from(all.len()).unwrap(), "{what} {page:?}");
    assert_eq!(found, &all[start..end], "{what} {page:?}");
}

/// Every page that is worth a look of a list of so many.
fn pages(needle: &str, count: usize) -> Vec<Page> {
    let count = i64::try_from(count).unwrap();
    let windows =
        [(None, 0), (Some(200), 0), (None, count / 2), (Some(1), count - 1), (Some(5), count), (Some(5), i64::MAX)];
    let steps = (0..count).step_by(3).map(|offset| (Some(4), offset));
    let windows = windows.into_iter().filter(|(_, offset)| *offset >= 0).chain(steps);
    windows.map(|(limit, offset)| Page { needle: needle.to_owned(), limit, offset }).collect()
}

async fn check_users(server: &TestServer, what: &'static str) {
    let check = move |tx: &mut Tx<'_>| {
        let sql = "SELECT email FROM users ORDER BY created_at DESC, id DESC";
        let all: Vec<String> = tx.all(sql, args![], |row| row.get(0))?;
        for needle in NEEDLES.iter().map(|needle| fold(needle)) {
            let matching: Vec<String> = all.iter().filter(|email| email.contains(&needle)).cloned().collect();
            for page in pages(&needle, matching.len()) {
                let (found, total) = users::operator_list(tx, &page)?;
                let found: Vec<String> = found.into_iter().map(|user| user.email).collect();
                check_page(&matching, &page, &found, total, what);
            }
        }
        Ok(())
    };
    server.app.read(check).await.unwrap();
}

/// People with these addresses, a few at the same moment, from `start` on.
async fn add_users(server: &TestServer, emails: &'static [&'static str], start: i64) {
    let add = move |tx: &mut Tx<'_>, _: &System| {
        for (index, email) in (0_i64..).zip(emails) {
            let id: UserId = tx.new_id();
            let created_at = Time::from_millis(start + index / 4);
            tx.execute(
                "INSERT INTO users (id, email, first_name, last_name, created_at, updated_at) \
                 VALUES (?1, ?2, 'Jane', 'Doe', ?3, ?3)",
                args![&id, *email, created_at],
            )?;
        }
        Ok(())
    };
    server.app.write(&System, add).await.unwrap();
}

async fn execute(server: &TestServer, sql: &'static str) -> u64 {
    server.app.write(&System, move |tx, _| Ok(tx.execute(sql, args![])?)).await.unwrap()
}

async fn numbers(server: &TestServer, sql: &'static str) -> Vec<(String, i64)> {
    let read = move |tx: &mut Tx<'_>| Ok(tx.all(sql, args![], |row| Ok((row.get(0)?, row.get(1)?)))?);
    server.app.read(read).await.unwrap()
}

/// What is kept is what counting gives.
async fn check_totals(server: &TestServer) {
    for (kept, counted) in [
        (
            "SELECT name, CAST(sum(amount) AS BIGINT) FROM totals GROUP BY name HAVING sum(amount) <> 0 ORDER BY name",
            "SELECT 'tenants.' || status, count(*) FROM tenants GROUP BY status \
             UNION ALL SELECT 'users', count(*) FROM users HAVING count(*) > 0 ORDER BY 1",
        ),
        (
            "SELECT metric || ' ' || hour_at, CAST(sum(amount) AS BIGINT) FROM hourly_totals \
             WHERE metric IN ('tenants', 'users') GROUP BY metric, hour_at HAVING sum(amount) <> 0 ORDER BY metric, hour_at",
            "SELECT metric || ' ' || hour_at, count(*) FROM \
             (SELECT 'tenants' AS metric, created_at - created_at % 3600000 AS hour_at FROM tenants \
             UNION ALL SELECT 'users', created_at - created_at % 3600000 FROM users) made \
             GROUP BY metric, hour_at ORDER BY metric, hour_at",
        ),
    ] {
        assert_eq!(numbers(server, kept).await, numbers(server, counted).await);
    }
}

#[tokio::test]
async fn a_page_of_people_holds_what_going_through_everybody_would_find() {
    let server = TestServer::start().await;
    check_users(&server, "nobody").await;
    let now = server.clock.now().millis();
    add_users(&server, EMAILS, now - 10_000_000).await;
    check_users(&server, "stored in their order").await;

    execute(&server, "UPDATE users SET email = 'aa' || email WHERE email LIKE 'annx%' OR email LIKE '1%'").await;
    assert_eq!(execute(&server, "DELETE FROM users WHERE email IN ('anna@mail.example', 'ab@post.example')").await, 2);
    check_users(&server, "some changed, some gone").await;

    // Behind what is newer, as when the clock was set back.
    add_users(&server, &["anna.late@mail.example", "late@mail.example", "annex@mail.example"], now - 50_000_000).await;
    add_users(&server, &["ann@mail.example", "annual@mail.example"], now).await;
    check_users(&server, "some late").await;
    check_totals(&server).await;
    server.finish().await;
}

/// Names as organizations have them, with the words of the states among them.
const NAMES: &[&str] = &[
    "Acme \"Quoted\" Corp",
    "100% Pure_Co",
    "100x Purexco",
    "Zoë's Café",
    "ΣΟΦΟΣ Labs",
    "İstanbul Active",
    "The archived few",
    "Suspended Bridges",
    "Status: active",
    "Acme Corp",
    "日本語の会社",
    "ab",
];

async fn add_tenants(server: &TestServer) {
    server.register("owner@acme.com").await;
    for (number, name) in NAMES.iter().enumerate() {
        // Some at the same moment.
        if number % 3 == 0 {
            server.advance(1_800);
        }
        let add = move |tx: &mut Tx<'_>, _: &System| {
            let owner = users::by_email(tx, "owner@acme.com")?.expect("an owner");
            let id: TenantId = tx.new_id();
            memberships::operator_insert_first(tx, &id, &owner.id)?;
            let slug = format!("acme-{number}");
            let new = NewTenant { id: &id, name, slug: &slug, billing_email: "a@acme.com", owner_id: &owner.id };
            let tenant = tenants::operator_insert(tx, &new)?;
            let status = TenantStatus::ALL[number % 4 % 3];
            tenants::set_status(tx, tenant.scope(), status, None)?;
            Ok(())
        };
        server.app.write(&System, add).await.unwrap();
    }
}

async fn check_tenants(server: &TestServer, what: &'static str) {
    let check = move |tx: &mut Tx<'_>| {
        let sql = "SELECT slug, name, status FROM tenants ORDER BY created_at DESC, id DESC";
        let all: Vec<(String, String, String)> =
            tx.all(sql, args![], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let needles = [
            "",
            "a",
            "ac",
            "acme",
            "acme-1",
            "\"",
            "d\" c",
            "\"quoted\"",
            "100%",
            "e_c",
            "_",
            "zoë",
            "zoe",
            "café",
            "ë's",
            "σοφοσ",
            "ΣΟΦΟΣ",
            "σοφος",
            "istanbul",
            "İSTANBUL",
            "active",
            "archived",
            "suspended",
            "status",
            "status: active",
            "status : active",
            "語の会",
            "日本",
            "日",
            "ab",
            "corp",
            "corp acme",
            "active AND status",
        ];
        for needle in needles.map(fold) {
            for status in
                [None, Some(TenantStatus::Active), Some(TenantStatus::Suspended), Some(TenantStatus::Archived)]
            {
                let is_matching = |(slug, name, is): &&(String, String, String)| {
                    let holds = fold(name).contains(&needle) || fold(slug).contains(&needle);
                    holds && status.is_none_or(|status| status.as_str() == is)
                };
                let matching: Vec<String> = all.iter().filter(is_matching).map(|(slug, ..)| slug.clone()).collect();
                for page in pages(&needle, matching.len()) {
                    let (found, total) = tenants::operator_list(tx, status, &page)?;
                    let found: Vec<String> = found.into_iter().map(|item| item.tenant.slug).collect();
                    check_page(&matching, &page, &found, total, &format!("{what} {status:?}"));
                }
            }
        }
        Ok(())
    };
    server.app.read(check).await.unwrap();
}

#[tokio::test]
async fn a_page_of_organizations_holds_what_going_through_all_of_them_would_find() {
    let server = TestServer::start().await;
    check_tenants(&server, "none").await;
    add_tenants(&server).await;
    check_tenants(&server, "stored in their order").await;
    check_totals(&server).await;

    let rename = |tx: &mut Tx<'_>, _: &System| {
        for (slug, name) in [("acme-0", "Brand New"), ("acme-9", "Café ab"), ("acme-5", "Status")] {
            let tenant = tenants::operator_by_slug(tx, slug)?.expect("a tenant");
            tenants::update(tx, &tenant, name, "b@acme.com")?;
            let status = if slug == "acme-5" { TenantStatus::Active } else { TenantStatus::Archived };
            tenants::set_status(tx, tenant.scope(), status, Some("why not"))?;
        }
        Ok(())
    };
    server.app.write(&System, rename).await.unwrap();
    check_tenants(&server, "some renamed").await;
    check_totals(&server).await;

    let delete = |tx: &mut Tx<'_>, _: &System| {
        for slug in ["acme-2", "acme-3"] {
            tx.execute("UPDATE tenants SET status = 'archived', owner_id = NULL WHERE slug = ?1", args![slug])?;
            let of = "DELETE FROM memberships WHERE tenant_id IN (SELECT id FROM tenants WHERE slug = ?1)";
            tx.execute(of, args![slug])?;
            tx.execute("DELETE FROM tenants WHERE slug = ?1", args![slug])?;
        }
        Ok(())
    };
    server.app.write(&System, delete).await.unwrap();
    check_tenants(&server, "some gone").await;
    check_totals(&server).await;
    server.finish().await;
}
