//! Keys under which a request may be sent again without doing anything twice (contract 7).
//!
//! A run reserves its key before anything else happens. Each of its writes notes itself beside the reservation, in its own
//! transaction, and fails where the reservation is not its own any more. So whatever becomes of a run, the database knows
//! whether it changed anything: one that did not may be run again, one that did never is.
//!
//! How many keys a person may use is looked at beforehand: in the transaction that takes a key it would stand in the way of
//! every other one that takes one, and a few too many do no harm. Services are not bounded: a usage batch may store a
//! thousand rows, whether it has a key or not.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::db::Tx;
use crate::error::{Code, Error, Quota, Result};
use crate::secret::{Place, Vault};
use crate::store::idempotency::{self, Stored, StoredReply};

/// How long a key holds.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a run without a reply is taken to be under way.
const UNDER_WAY: Duration = Duration::from_secs(60);

/// Keys that one person may use within [`KEPT`].
const KEYS: u64 = 10_000;

/// A request under a key.
#[derive(Clone)]
pub struct Asked {
    id: String,
    caller: String,
    request: [u8; 32],
}

impl Asked {
    /// What `caller` asks of `route` under `key`. The request is its address and its body. A caller's name begins with the
    /// id of the person or the service; behind a space may stand where they act, which makes no difference to how many
    /// keys they have.
    pub fn new(caller: &str, route: &str, key: &str, address: &str, body: &[u8]) -> Self {
        let hash = |parts: &[&str]| hex(&Sha256::digest(parts.join("\0")));
        let person = caller.split(' ').next().unwrap_or_default();
        let request = Sha256::new_with_prefix(address).chain_update([0]).chain_update(body).finalize();
        Self { id: hash(&[caller, route, key]), caller: hash(&[person]), request: request.into() }
    }

    // A body may hold a password, so that its digest alone would be something to guess by.
    fn request_place(&self) -> Place<'_> {
        Place { table: "idempotency_keys", row: &self.id, column: "request_sealed" }
    }
}

/// A run of a request that holds its key.
#[derive(Clone, Debug)]
pub struct Run {
    id: String,
    token: String,
}

/// A reply as it is kept.
#[derive(Clone, Debug)]
pub enum Kept {
    /// What was asked for was done.
    Done {
        /// The HTTP status.
        status: u16,
        /// The body, empty or JSON.
        body: Vec<u8>,
    },
    /// It was refused for the state that things were in.
    Refused(Code, String),
}

/// What becomes of a request under a key.
#[derive(Debug)]
pub enum Reserved {
    /// It is run.
    Run(Run),
    /// It was run before, with this reply.
    Replay(Kept),
}

/// How a run ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// With a reply that every further request under the key is answered with.
    Reply(Kept),
    /// With a refusal that may be another one the next time. What was asked for was not done.
    NotDone,
    /// With a failure of which nobody can say whether it came before or after a change.
    Failed,
}

/// Fails where somebody has used too many keys, unless this is one of them.
pub fn check_room(tx: &mut Tx<'_>, asked: &Asked) -> Result<()> {
    let since = tx.now() - KEPT;
    let (used, oldest) = idempotency::count(tx, &asked.caller, since)?;
    if used < KEYS || idempotency::find(tx, &asked.id)?.is_some_and(|stored| stored.created_at > since) {
        return Ok(());
    }
    let reset = oldest.map_or(KEPT, |oldest| (oldest + KEPT).since(tx.now()));
    Err(Error::limited(Code::TooManyAttempts, Quota { limit: KEYS, remaining: 0, reset })
        .with_detail("Too many idempotency keys were used within a day. Send the request without one, or wait."))
}

/// Takes the key for a new run, or finds how the first one ended.
pub fn reserve(tx: &mut Tx<'_>, vault: &Vault, asked: &Asked) -> Result<Reserved> {
    let now = tx.now();
    let (token, nonce) = (hex(&tx.random::<16>()), tx.random());
    let request_sealed = vault.seal(asked.request_place(), &asked.request, &nonce);
    let run = Run { id: asked.id.clone(), token };
    // Nothing is read before: two that take different keys must not be in each other's way.
    if idempotency::insert(tx, &run.id, &asked.caller, &run.token, &request_sealed)? {
        return Ok(Reserved::Run(run));
    }
    let known = idempotency::find(tx, &asked.id)?.filter(|stored| stored.created_at > now - KEPT);
    let created_at = known.as_ref().map_or(now, |stored| stored.created_at);
    if let Some(stored) = known {
        check_same(vault, asked, &stored)?;
        let was_under_way = stored.started_at > now - UNDER_WAY;
        match (stored.reply, stored.changed_at) {
            (Some(reply), _) => return open(vault, &asked.id, reply).map(Reserved::Replay),
            (None, _) if was_under_way => {
                return Err(Error::new(Code::IdempotencyInProgress).retry_after(Duration::from_secs(1)));
            }
            (None, Some(_)) => return Err(Error::new(Code::IdempotencyOutcomeUnknown)),
            (None, None) => {}
        }
    }
    idempotency::begin_again(tx, &run.id, &run.token, &request_sealed, created_at)?;
    Ok(Reserved::Run(run))
}

fn check_same(vault: &Vault, asked: &Asked, stored: &Stored) -> Result<()> {
    let first = vault.unseal(asked.request_place(), &stored.request_sealed).map_err(Error::internal)?;
    if *first == asked.request {
        return Ok(());
    }
    Err(Error::new(Code::IdempotencyKeyReused).naming("Idempotency-Key", "was used for another request"))
}

/// Notes, in the transaction of a write, that the run changes something. Fails where the run does not hold its key any
/// more, so that the write is undone.
pub fn note_change(tx: &mut Tx<'_>, run: &Run) -> Result<()> {
    let holds = idempotency::set_changed(tx, &run.id, &run.token)?;
    if holds { Ok(()) } else { Err(Error::new(Code::IdempotencyInProgress)) }
}

/// Notes how a run ended.
pub fn end(tx: &mut Tx<'_>, vault: &Vault, run: &Run, ending: &Ending) -> Result<()> {
    let (status, code, plain) = match ending {
        Ending::Reply(Kept::Done { status, body }) => (i64::from(*status), None, body.as_slice()),
        Ending::Reply(Kept::Refused(code, detail)) => (i64::from(code.status()), Some(code), detail.as_bytes()),
        Ending::NotDone => return Ok(idempotency::delete(tx, &run.id, &run.token)?),
        Ending::Failed => return Ok(idempotency::delete_unchanged(tx, &run.id, &run.token)?),
    };
    let nonce = tx.random();
    let sealed = vault.seal(reply_place(&run.id), plain, &nonce);
    let reply = StoredReply { status, code: code.map(|code| code.as_str().to_owned()), sealed };
    Ok(idempotency::set_reply(tx, &run.id, &run.token, &reply)?)
}

fn reply_place(id: &str) -> Place<'_> {
    Place { table: "idempotency_keys", row: id, column: "reply_sealed" }
}

fn open(vault: &Vault, id: &str, reply: StoredReply) -> Result<Kept> {
    let plain = vault.unseal(reply_place(id), &reply.sealed).map_err(Error::internal)?;
    let Some(name) = reply.code else {
        let status = u16::try_from(reply.status).map_err(Error::internal)?;
        return Ok(Kept::Done { status, body: plain.to_vec() });
    };
    // A later version of the program may have forgotten the code.
    let code = Code::ALL.iter().find(|code| code.as_str() == name).ok_or_else(|| Error::internal(name))?;
    Ok(Kept::Refused(*code, String::from_utf8_lossy(&plain).into_owned()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
