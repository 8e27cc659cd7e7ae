//! What the database refuses by itself: a defect of the program must not be able to store it.

use trueport::args;
use trueport::db::{DbError, Tx};
use trueport::domain::caller::System;

use super::{counted, only_owner};
use crate::harness::TestServer;
use crate::organization::{Organization, found, invite};

/// Runs a statement past every rule of the program; says whether it was stored.
async fn store(server: &TestServer, sql: &'static str) -> trueport::error::Result<u64> {
    server.app.write(&System, move |tx: &mut Tx<'_>, _: &System| Ok(tx.execute(sql, args![])?)).await
}

/// Each with what would break.
const REFUSED: [(&str, &str); 20] = [
    (
        "a second membership of the same person",
        "INSERT INTO memberships (id, tenant_id, user_id, role, joined_at, updated_at) \
         SELECT 'mem_second', tenant_id, user_id, 'viewer', 0, 0 FROM memberships WHERE role = 'member'",
    ),
    (
        "a second membership of the owner",
        "INSERT INTO memberships (id, tenant_id, user_id, role, joined_at, updated_at) \
         SELECT 'mem_second', id, owner_id, 'viewer', 0, 0 FROM tenants WHERE slug = 'acme'",
    ),
    (
        "no membership of the owner",
        "DELETE FROM memberships WHERE user_id = (SELECT owner_id FROM tenants WHERE slug = 'acme')",
    ),
    ("no membership of anybody", "DELETE FROM memberships"),
    (
        "the owner's membership elsewhere",
        "UPDATE memberships SET tenant_id = (SELECT id FROM tenants WHERE slug = 'other') \
         WHERE user_id = (SELECT owner_id FROM tenants WHERE slug = 'acme')",
    ),
    ("the account of an owner gone", "DELETE FROM users WHERE id = (SELECT owner_id FROM tenants WHERE slug = 'acme')"),
    ("an organization without an owner", "UPDATE tenants SET owner_id = NULL WHERE slug = 'acme'"),
    (
        "a suspended organization without an owner",
        "UPDATE tenants SET owner_id = NULL, status = 'suspended' WHERE slug = 'acme'",
    ),
    (
        "an owner who is no member",
        "UPDATE tenants SET owner_id = (SELECT id FROM users WHERE email = 'stranger@acme.com') WHERE slug = 'acme'",
    ),
    (
        "an owner from another organization",
        "UPDATE tenants SET owner_id = (SELECT owner_id FROM tenants WHERE slug = 'other') WHERE slug = 'acme'",
    ),
    (
        "a membership in no organization",
        "UPDATE memberships SET tenant_id = 'ten_00000000000000000000000000' WHERE role = 'member'",
    ),
    ("a role that nobody can be given", "UPDATE memberships SET role = 'owner'"),
    ("another status of a membership", "UPDATE memberships SET status = 'gone'"),
    ("another status of an organization", "UPDATE tenants SET status = 'deleted'"),
    ("a second invitation of the address", "UPDATE invites SET email = 'one@acme.com'"),
    ("one token of two invitations", "UPDATE invites SET token_digest = (SELECT min(token_digest) FROM invites)"),
    ("an invitation to be the owner", "UPDATE invites SET role = 'owner'"),
    (
        "a second active subscription",
        "INSERT INTO subscriptions (id, tenant_id, plan_id, status, plan_name, price_minor, billing_cycle, features, \
         limits, anchor_at, periods, start_at, end_at, created_at) SELECT 'sub_second', tenant_id, 'plan_pro', 'ACTIVE', \
         plan_name, price_minor, billing_cycle, features, limits, anchor_at, periods, start_at, end_at, created_at \
         FROM subscriptions",
    ),
    ("a slug twice", "UPDATE tenants SET slug = 'acme'"),
    ("a slug of an archived organization again", "UPDATE tenants SET slug = 'closed' WHERE slug = 'acme'"),
];

#[tokio::test]
async fn the_database_refuses_what_must_not_be() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    org.join(&server, "member@acme.com", "member").await;
    Organization::of(&server, "owner@other.com", "other").await;
    let stranger = server.person("stranger@acme.com").await.access;
    found(&server, &stranger, "closed").await;
    store(&server, "UPDATE tenants SET status = 'archived' WHERE slug = 'closed'").await.expect("archived");
    for email in ["one@acme.com", "two@acme.com"] {
        invite(&server, &org.owner.scoped, email, "viewer").await.expect(201);
        server.mail.next_mail_to(email).await;
    }
    for (what, sql) in REFUSED {
        let before = fingerprint(&server).await;
        let stored = store(&server, sql).await;
        assert!(stored.is_err(), "stored: {what}");
        assert_eq!(fingerprint(&server).await, before, "{what}");
        // Only this statement was lost by it.
        store(&server, "UPDATE plans SET updated_at = updated_at").await.expect("the next write is stored");
    }
    assert_eq!(counted(&server, "SELECT count(*) FROM tenants").await, 3);
    server.finish().await;
}

/// Everything that the statements above would change.
async fn fingerprint(server: &TestServer) -> Vec<String> {
    let read = |tx: &mut Tx<'_>| {
        let mut rows = Vec::new();
        for sql in [
            "SELECT id || slug || status || COALESCE(owner_id, '') FROM tenants ORDER BY id",
            "SELECT id || tenant_id || user_id || role || status FROM memberships ORDER BY id",
            "SELECT id || tenant_id || email || role FROM invites ORDER BY id",
            "SELECT id || tenant_id || plan_id || status FROM subscriptions ORDER BY id",
            "SELECT id || email FROM users ORDER BY id",
        ] {
            rows.extend(tx.all(sql, args![], |row| row.get::<String>(0))?);
        }
        Ok(rows)
    };
    server.app.read(read).await.expect("the rows can be read")
}

/// The name of what is violated is how the program tells one refusal from another, so both engines must agree on it.
#[tokio::test]
async fn a_violation_is_named_after_its_columns() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    Organization::of(&server, "owner@other.com", "other").await;
    for email in ["one@acme.com", "two@acme.com"] {
        invite(&server, &org.owner.scoped, email, "viewer").await.expect(201);
        server.mail.next_mail_to(email).await;
    }
    let cases = [
        (REFUSED[1].1, "memberships__tenant_id__user_id"),
        (REFUSED[14].1, "invites__tenant_id__email"),
        (REFUSED[17].1, "subscriptions__tenant_id"),
        (REFUSED[18].1, "tenants__slug"),
    ];
    for (sql, name) in cases {
        let write = move |tx: &mut Tx<'_>, _: &System| {
            let Err(DbError::Unique(violated)) = tx.execute(sql, args![]) else { panic!("not unique: {name}") };
            // An error, so that nothing of it is stored on either engine.
            Err::<(), _>(trueport::error::Error::internal(violated))
        };
        let error = server.app.write(&System, write).await.unwrap_err();
        assert_eq!(error.cause().as_deref(), Some(name));
    }
    server.finish().await;
}

/// The one exception: when the account of an owner goes, what remains is archived.
#[tokio::test]
async fn an_archived_organization_may_be_without_an_owner() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    assert_eq!(only_owner(&server, &member.scoped).await, org.owner.user_id);
    store(&server, "UPDATE tenants SET owner_id = NULL, status = 'archived' WHERE slug = 'acme'")
        .await
        .expect("stored");
    // And it does not come back to life like that.
    store(&server, "UPDATE tenants SET status = 'active' WHERE slug = 'acme'").await.expect_err("refused");
    server.get("/service/info", &member.scoped).await.expect_problem(403, "tenant_archived");
    server.finish().await;
}
