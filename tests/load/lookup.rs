//! What it costs to ask the database, on every request, who somebody is and what they may do (contract 12).

use std::time::{Duration, Instant};

use trueport::clock::Clock;
use trueport::db::{Db, Location, Tx};
use trueport::domain::caller::{Caller, Operator, Origin};
use trueport::domain::fields::Name;
use trueport::domain::slugs::Slug;
use trueport::domain::tenant_caller::{TenantCaller, Viewer};
use trueport::domain::tenants::{self, Founding};
use trueport::domain::tokens::{AUDIENCE, Claims, Environment, TokenType};
use trueport::error::{Error, Result};
use trueport::secret::Secret;
use trueport::store::sessions::{self, Session};
use trueport::store::users::{self, NewUser};

/// People, each with a session and a tenant of their own.
const PEOPLE: usize = 20_000;
const LOOKUPS: usize = 100_000;

/// CPU time of one lookup: for a global token (session and person), and for a scoped one (tenant and membership too).
pub(crate) struct Cost {
    pub(crate) global: Duration,
    pub(crate) scoped: Duration,
}

/// Fills a database and looks its people up in turns, inside one read transaction, on the thread that holds it: what is
/// measured is the lookup itself, with nothing around it.
pub(crate) fn measure() -> Cost {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let location = Location::Sqlite(folder.path().join("trueport.db"));
    let (db, threads) = Db::open(&location, &Clock::system(), true).expect("the database opens");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let cost = runtime.block_on(async {
        let everybody = db.write(&Operator, |tx, by| (0..PEOPLE).map(|number| person(tx, by, number)).collect());
        let everybody: Vec<Claims> = everybody.await.expect("people are made");
        db.read(move |tx| look_up(tx, &everybody)).await.expect("people are found")
    });
    drop(db);
    threads.join();
    cost
}

/// Makes a person with a tenant and a session, and returns the claims of a scoped token of theirs.
fn person(tx: &mut Tx<'_>, by: &Operator, number: usize) -> Result<Claims> {
    let new = NewUser {
        email: &format!("person{number}@acme.com"),
        first_name: "Jane",
        last_name: "Doe",
        password_hash: Some(&Secret::new("none")),
        is_platform_admin: false,
        email_verified_at: None,
    };
    let user = users::insert(tx, &new)?;
    let valid = |message: &'static str| Error::internal(message);
    let founding = Founding {
        name: Name::parse("Acme Corp").map_err(valid)?,
        slug: Some(Slug::parse(&format!("acme-{number}")).map_err(valid)?),
        billing_email: None,
    };
    let tenant = tenants::found(tx, by, &user, &founding)?;
    let now = tx.now();
    let session = Session {
        id: tx.new_id(),
        created_at: now,
        refreshed_at: now,
        expires_at: now + Duration::from_secs(3_600),
        address: None,
        user_agent: None,
    };
    sessions::insert(tx, &user.id, &session, None)?;
    Ok(Claims {
        iss: String::new(),
        aud: AUDIENCE.to_owned(),
        sub: user.id.to_string(),
        iat: now.seconds(),
        exp: session.expires_at.seconds(),
        jti: String::new(),
        sid: session.id.to_string(),
        typ: TokenType::Scoped,
        tid: Some(tenant.id().to_string()),
        role: Some("owner".to_owned()),
        env: Some(Environment::Prod),
        act: None,
    })
}

fn look_up(tx: &mut Tx<'_>, everybody: &[Claims]) -> Result<Cost> {
    let origin = Origin::default();
    // Far apart from each other, so that neighbours do not help.
    let each = || (0..LOOKUPS).map(|number| &everybody[number * 7_919 % everybody.len()]);
    let started = Instant::now();
    for claims in each() {
        Caller::load(tx, claims, &origin)?;
    }
    let global = started.elapsed() / LOOKUPS as u32;
    let started = Instant::now();
    for claims in each() {
        TenantCaller::<Viewer>::load(tx, claims, &origin)?;
    }
    Ok(Cost { global, scoped: started.elapsed() / LOOKUPS as u32 })
}
