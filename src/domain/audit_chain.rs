//! The chains of the audit: every event gets a number and a link within a second (contract 35).
//!
//! **Chains.** Each tenant's events form a chain of its id, all others the chain `platform`. Events are numbered from 1 on
//! without a gap. The link of an event is an HMAC-SHA-256 under a key that is made from the master key for this purpose
//! alone ([`crate::secret::MacKey`]): who can write to the database but has not got the key cannot make one.
//!
//! **What a link covers**, in this order: the words `trueport audit link 1`, the chain's name, the number, the link
//! before, and of the event its id, time (in milliseconds), kind and id of the actor, impersonator, action, kind and id of
//! the target, tenant, request id, address, and the JSON of its changes as the text that is stored. Each item is a byte
//! that tells none (0), text or bytes (1) or number (2); text and bytes follow as their length in eight bytes and
//! themselves, a number as eight bytes, big-endian. So no two lists of items have the same bytes, on either engine and in
//! an export. Another encoding would have other words at its begin.
//!
//! **Where a chain begins and ends** stands in one row for each, its [`Head`]: number and link of the last event, and of
//! the last one that retention has cut off; where none was, the cut is 0 and its link an HMAC of the chain's name. The row
//! is authenticated, so a tail that was cut off is noticed, and a forged cut of the begin, too.
//!
//! **Checkpoints** are moments of a chain, one for a day or 10,000 events, authenticated one by one and each with the
//! number of the one before it. **The seal** covers the last event of every chain at one moment, at most a minute ago
//! while anything is written: whoever sets one chain back to an older state, its head and checkpoints included, breaks it.
//! All of the database set back together to an older state is no fault of its own; compare it with an export for that.
//!
//! **Nothing that is broken is mended.** The job goes on with the numbers behind a broken place, but authenticates no head
//! that it did not find authentic, overwrites no seal that does not hold, and cuts off no events that are not whole. What
//! somebody broke stays visible until an operator has looked.
//!
//! **What it cannot tell** is what somebody with the database in his hands does to an event in the moment before it is
//! linked, or puts in as a new one.
//!
//! **One job** links ([`crate::jobs`]): it is woken by writes, reads events without a chain (they lie together in the index
//! on chain and number) and their heads in a read transaction, which no writer waits for, computes there, and stores in a
//! short write, which compares the heads first. Of two servers that link the same events, the second one finds other heads
//! and stores nothing. On PostgreSQL the write touches single rows only, so it never makes a writer's transaction run
//! again. Events of a release without chains are found in the same way, oldest first.

use std::collections::BTreeMap;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::caller::System;
use crate::error::{Error, Result};
use crate::id::EventId;
use crate::secret::MacKey;
use crate::store::audit_chains::{self, Checkpoint, Head, Seal};
use crate::store::audit_events::{self, Event};

/// Chain of the events that belong to no tenant.
pub const PLATFORM: &str = "platform";

/// Events linked at once: a few milliseconds of the writer's time.
pub const BATCH: i64 = 500;

/// Events between two checkpoints of a chain at most.
const CHECKPOINT_EVENTS: i64 = 10_000;

/// Time between two seals, in milliseconds.
const SEAL_INTERVAL: i64 = 60 * 1_000;

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Name of the chain that an event belongs to.
pub fn chain_of(event: &Event) -> &str {
    event.tenant_id.as_deref().unwrap_or(PLATFORM)
}

/// Items of different kinds as bytes that only they have.
struct Items(Vec<u8>);

impl Items {
    fn of(words: &str) -> Self {
        Self(Vec::with_capacity(512)).text(words)
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.push(1);
        self.0.extend((bytes.len() as u64).to_be_bytes());
        self.0.extend(bytes);
        self
    }

    fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    fn maybe(mut self, text: Option<&String>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => {
                self.0.push(0);
                self
            }
        }
    }

    fn number(mut self, number: i64) -> Self {
        self.0.push(2);
        self.0.extend(number.to_be_bytes());
        self
    }

    fn mac(self, key: &MacKey) -> [u8; 32] {
        key.of(&self.0)
    }
}

/// The link of an event at a place of a chain.
pub fn link(key: &MacKey, chain: &str, number: i64, previous: &[u8], event: &Event) -> [u8; 32] {
    Items::of("trueport audit link 1")
        .text(chain)
        .number(number)
        .bytes(previous)
        .text(event.id.as_ref())
        .number(event.at.millis())
        .text(&event.actor_kind)
        .maybe(event.actor_id.as_ref())
        .maybe(event.impersonator_id.as_ref())
        .text(&event.action)
        .text(&event.target_kind)
        .maybe(event.target_id.as_ref())
        .maybe(event.tenant_id.as_ref())
        .maybe(event.request_id.as_ref())
        .maybe(event.address.as_ref())
        .maybe(event.changes.as_ref())
        .mac(key)
}

/// The link before the first event of a chain.
pub fn beginning(key: &MacKey, chain: &str) -> [u8; 32] {
    Items::of("trueport audit chain 1").text(chain).mac(key)
}

/// What authenticates the ends of a chain.
pub(super) fn head_mac(key: &MacKey, head: &Head) -> [u8; 32] {
    Items::of("trueport audit head 1")
        .text(&head.chain)
        .number(head.number)
        .bytes(&head.link)
        .number(head.cut_number)
        .bytes(&head.cut_link)
        .number(head.checkpoint_number)
        .number(head.checkpoint_at.millis())
        .number(head.sealed_number)
        .mac(key)
}

/// Whether the ends of a chain are what this program stored.
pub(super) fn is_authentic(key: &MacKey, head: &Head) -> bool {
    head.mac == head_mac(key, head)
}

/// What authenticates a checkpoint.
pub(super) fn checkpoint_mac(key: &MacKey, checkpoint: &Checkpoint) -> [u8; 32] {
    Items::of("trueport audit checkpoint 1")
        .text(&checkpoint.chain)
        .number(checkpoint.number)
        .number(checkpoint.previous_number)
        .bytes(&checkpoint.link)
        .number(checkpoint.at.millis())
        .mac(key)
}

/// Events with their places, to be stored, and the heads that grow by them.
#[derive(Default)]
pub struct Batch {
    links: Vec<(EventId, String, i64, [u8; 32])>,
    heads: Vec<(Option<Head>, Head)>,
}

impl Batch {
    /// How many events it has.
    pub fn len(&self) -> usize {
        self.links.len()
    }

    /// Whether there is nothing to be linked.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
}

/// A chain that grows.
struct Growing {
    before: Option<Head>,
    now: Head,
    is_authentic: bool,
}

impl Growing {
    fn load(tx: &mut Tx<'_>, key: &MacKey, chain: &str) -> Result<Self> {
        let before = audit_chains::find(tx, chain)?;
        let last = audit_events::operator_last_place(tx, chain)?;
        let is_known = before.as_ref().map_or(last.is_none(), |head| is_authentic(key, head));
        let mut now = before.clone().unwrap_or_else(|| Head {
            chain: chain.to_owned(),
            number: 0,
            link: beginning(key, chain).to_vec(),
            cut_number: 0,
            cut_link: beginning(key, chain).to_vec(),
            checkpoint_number: 0,
            checkpoint_at: tx.now(),
            mac: Vec::new(),
            sealed_number: 0,
        });
        // Events that the head does not know of: somebody set it back or put them in. Their numbers are taken.
        let is_behind = last.as_ref().is_some_and(|(number, _)| *number > now.number);
        if let Some((number, link)) = last.filter(|_| is_behind) {
            (now.number, now.link) = (number, link);
        }
        Ok(Self { before, now, is_authentic: is_known && !is_behind })
    }

    fn grow(&mut self, key: &MacKey, event: &Event) -> [u8; 32] {
        self.now.number += 1;
        let link = link(key, &self.now.chain, self.now.number, &self.now.link, event);
        self.now.link = link.to_vec();
        link
    }

    fn finish(mut self, key: &MacKey) -> (Option<Head>, Head) {
        if self.is_authentic {
            self.now.mac = head_mac(key, &self.now).to_vec();
        }
        (self.before, self.now)
    }
}

/// Some of the events that are not linked yet, with the places that are next in their chains.
pub fn next_batch(tx: &mut Tx<'_>, key: &MacKey) -> Result<Batch> {
    let mut events = audit_events::operator_unlinked(tx, BATCH)?;
    events.sort_by(|left, right| (left.at, &left.id).cmp(&(right.at, &right.id)));
    let mut growing: BTreeMap<&str, Growing> = BTreeMap::new();
    let mut links = Vec::with_capacity(events.len());
    for event in &events {
        let chain = chain_of(event);
        let grown = match growing.entry(chain) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(Growing::load(tx, key, chain)?),
        };
        let link = grown.grow(key, event);
        links.push((event.id.clone(), chain.to_owned(), grown.now.number, link));
    }
    let heads = growing.into_values().map(|grown| grown.finish(key)).collect();
    Ok(Batch { links, heads })
}

/// Stores the places; `false` if a chain has changed since the batch was made, and then nothing is stored.
pub fn store(tx: &mut Tx<'_>, _: &System, batch: &Batch) -> Result<bool> {
    for (before, now) in &batch.heads {
        if audit_chains::find(tx, &now.chain)? != *before {
            return Ok(false);
        }
    }
    for (id, chain, number, link) in &batch.links {
        if !audit_events::operator_set_place(tx, id, chain, *number, link)? {
            return Err(Error::internal("an event of the audit went away before it was linked"));
        }
    }
    for (_, now) in &batch.heads {
        audit_chains::put(tx, now)?;
    }
    Ok(true)
}

fn seal_mac(key: &MacKey, at: Time, ends: &[End<'_>]) -> [u8; 32] {
    let begin = Items::of("trueport audit seal 1").number(at.millis()).number(ends.len() as i64);
    let items = ends.iter().fold(begin, |items, (chain, number, link)| items.text(chain).number(*number).bytes(link));
    items.mac(key)
}

/// A chain, the number of an event of it, and the event's link.
type End<'a> = (&'a str, i64, Vec<u8>);

/// What a seal is of: the chains that were sealed, with their last events of then; none where one of these is missing.
fn sealed_ends<'a>(tx: &mut Tx<'_>, heads: &'a [Head]) -> Result<Option<Vec<End<'a>>>> {
    let mut ends = Vec::with_capacity(heads.len());
    for head in heads.iter().filter(|head| head.sealed_number > 0) {
        let link = match head.sealed_number {
            number if number == head.number => Some(head.link.clone()),
            number if number == head.cut_number => Some(head.cut_link.clone()),
            number => audit_events::operator_link(tx, &head.chain, number)?,
        };
        let Some(link) = link else { return Ok(None) };
        ends.push((head.chain.as_str(), head.sealed_number, link));
    }
    Ok(Some(ends))
}

/// Whether every chain still holds the event that was its last one when all were sealed; also where they never were.
pub fn seal_holds(tx: &mut Tx<'_>, key: &MacKey) -> Result<bool> {
    let heads = audit_chains::all(tx)?;
    let Some(seal) = audit_chains::seal(tx)? else { return Ok(heads.iter().all(|head| head.sealed_number == 0)) };
    let ends = sealed_ends(tx, &heads)?;
    Ok(ends.is_some_and(|ends| seal.mac == seal_mac(key, seal.at, &ends)))
}

/// The seal to be replaced, where one is due.
pub fn due_seal(tx: &mut Tx<'_>) -> Result<Option<Option<Seal>>> {
    let (seal, now) = (audit_chains::seal(tx)?, tx.now());
    // Also where the clock was set back.
    let is_old = seal.as_ref().is_none_or(|seal| (now.millis() - seal.at.millis()).abs() >= SEAL_INTERVAL);
    Ok((is_old && audit_chains::has_unsealed(tx)?).then_some(seal))
}

/// Seals all chains as they are now, in place of the seal that was found to hold, and makes the checkpoints that are due.
pub fn seal(tx: &mut Tx<'_>, _: &System, key: &MacKey, found: Option<&Seal>) -> Result<()> {
    if audit_chains::seal(tx)?.map(|seal| seal.mac) != found.map(|seal| seal.mac.clone()) {
        return Ok(());
    }
    let (mut heads, now) = (audit_chains::all(tx)?, tx.now());
    // A head that somebody changed stays as it is: what is written to it could make it authentic again.
    for head in heads.iter_mut().filter(|head| head.sealed_number != head.number && is_authentic(key, head)) {
        head.sealed_number = head.number;
        if is_checkpoint_due(head, now) {
            let mut new = Checkpoint {
                chain: head.chain.clone(),
                number: head.number,
                previous_number: head.checkpoint_number,
                link: head.link.clone(),
                at: now,
                mac: Vec::new(),
            };
            new.mac = checkpoint_mac(key, &new).to_vec();
            audit_chains::insert_checkpoint(tx, &new)?;
            (head.checkpoint_number, head.checkpoint_at) = (head.number, now);
        }
        head.mac = head_mac(key, head).to_vec();
        audit_chains::put(tx, head)?;
    }
    let Some(ends) = sealed_ends(tx, &heads)? else { return Ok(()) };
    let mac = seal_mac(key, now, &ends).to_vec();
    Ok(audit_chains::put_seal(tx, &Seal { at: now, chains: ends.len() as i64, mac })?)
}

fn is_checkpoint_due(head: &Head, now: Time) -> bool {
    let grown = head.number - head.checkpoint_number;
    let is_new_day = now.millis().div_euclid(DAY) != head.checkpoint_at.millis().div_euclid(DAY);
    grown >= CHECKPOINT_EVENTS || (grown > 0 && is_new_day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id as _;
    use crate::secret::{MasterKey, Vault};

    fn event() -> Event {
        Event {
            id: EventId::from_stored("evt_1".to_owned()),
            at: Time::from_millis(1),
            actor_kind: "user".to_owned(),
            actor_id: Some("usr_1".to_owned()),
            impersonator_id: None,
            action: "a.b".to_owned(),
            target_kind: "user".to_owned(),
            target_id: None,
            tenant_id: None,
            request_id: None,
            address: None,
            changes: Some("{}".to_owned()),
            place: None,
        }
    }

    /// Links that were made by an earlier release must verify for good.
    #[test]
    fn a_link_is_what_it_always_was() {
        let vault = Vault::new(&MasterKey::from_random([7; 32]));
        let link = link(vault.audit_key(), PLATFORM, 1, &beginning(vault.audit_key(), PLATFORM), &event());
        let text: String = link.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(text, "d8ae8a8d61ea96197969504403d1bb25c9a9d3430976d3e1fed25fe28cee7a85");
    }

    #[test]
    fn what_moves_from_one_item_to_the_next_changes_the_link() {
        let vault = Vault::new(&MasterKey::from_random([7; 32]));
        let of = |change: fn(&mut Event)| {
            let mut changed = event();
            change(&mut changed);
            link(vault.audit_key(), "c", 1, &[0; 32], &changed)
        };
        let all = [
            of(|_| ()),
            of(|event| event.impersonator_id = event.actor_id.take()),
            of(|event| event.target_id = Some(String::new())),
            of(|event| (event.actor_kind, event.actor_id) = ("useru".to_owned(), Some("sr_1".to_owned()))),
            of(|event| event.changes = None),
            of(|event| event.at = Time::from_millis(2)),
        ];
        for (index, link) in all.iter().enumerate() {
            assert!(!all[..index].contains(link), "{index}");
        }
    }
}
