//! Whether the chains of the audit are whole, in the database or in lines of an export (contract 35).

use std::collections::{BTreeMap, BTreeSet};

use crate::db::Tx;
use crate::domain::audit_chain::{self, beginning, is_authentic, link};
use crate::error::Result;
use crate::secret::MacKey;
use crate::store::audit_chains::{self, Checkpoint, Head};
use crate::store::audit_events::{self, Event, Linked};

/// Events that are looked at in one read.
const BATCH: i64 = 1_000;

/// What is wrong with a chain, at the first place where anything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// `changed`, `missing`, `inserted`, `cut`, `head`, `checkpoint` or `database`.
    pub kind: &'static str,
    /// Where in the chain.
    pub number: i64,
    /// The event there, if there is one.
    pub event_id: Option<String>,
    /// For a person.
    pub text: String,
}

impl Fault {
    fn new(kind: &'static str, number: i64, text: impl Into<String>) -> Self {
        Self { kind, number, event_id: None, text: text.into() }
    }

    fn of(event: &Event, kind: &'static str, number: i64, text: &str) -> Self {
        Self { event_id: Some(event.id.to_string()), ..Self::new(kind, number, text) }
    }
}

/// The result for a chain, or how far the look at it has come.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// Number of the first event.
    pub first: i64,
    /// Number of the last event that was looked at.
    pub last: i64,
    /// How many events are whole.
    pub events: i64,
    /// What is wrong.
    pub fault: Option<Fault>,
    link: Vec<u8>,
}

/// Names of every chain that is there in any way.
pub fn names(tx: &mut Tx<'_>) -> Result<BTreeSet<String>> {
    let mut names: BTreeSet<String> = audit_chains::all(tx)?.into_iter().map(|head| head.chain).collect();
    let mut after = String::new();
    while let Some(name) = audit_events::operator_next_chain(tx, &after)? {
        after.clone_from(&name);
        names.insert(name);
    }
    Ok(names)
}

impl Chain {
    /// Begins at what the head says is the begin.
    pub fn begin(tx: &mut Tx<'_>, key: &MacKey, name: &str) -> Result<Self> {
        let head = audit_chains::find(tx, name)?;
        let (last, link) =
            head.map_or_else(|| (0, beginning(key, name).to_vec()), |head| (head.cut_number, head.cut_link));
        Ok(Self { name: name.to_owned(), first: last + 1, last, events: 0, fault: None, link })
    }

    /// Looks at some more events; whether the end was reached. The end is looked at in the same state of the database as
    /// the last events, so a server that writes meanwhile does no harm.
    pub fn go_on(&mut self, tx: &mut Tx<'_>, key: &MacKey) -> Result<bool> {
        let head = audit_chains::find(tx, &self.name)?;
        if let Some(head) = head.as_ref().filter(|head| head.cut_number > self.last && is_authentic(key, head)) {
            // Retention has cut off what was to come.
            (self.first, self.last, self.link) = (head.cut_number + 1, head.cut_number, head.cut_link.clone());
        }
        let events = audit_events::operator_of_chain(tx, &self.name, self.last, BATCH)?;
        let is_end = (events.len() as i64) < BATCH;
        for event in &events {
            self.fault = self.take(key, event);
            if self.fault.is_some() {
                return Ok(true);
            }
        }
        if is_end {
            self.fault = self.end(tx, key, head.as_ref())?;
        }
        Ok(is_end)
    }

    fn take(&mut self, key: &MacKey, event: &Event) -> Option<Fault> {
        let next = self.last + 1;
        let place = event.place.as_ref()?;
        if place.number != next {
            let text = format!("events {next} to {} are missing", place.number - 1);
            return Some(Fault { event_id: Some(event.id.to_string()), ..Fault::new("missing", next, text) });
        }
        let expected = link(key, &self.name, next, &self.link, event);
        if place.link != expected {
            return Some(Fault::of(event, "changed", next, "the event, its link or its place was changed"));
        }
        (self.last, self.link, self.events) = (next, expected.to_vec(), self.events + 1);
        None
    }

    fn end(&self, tx: &mut Tx<'_>, key: &MacKey, head: Option<&Head>) -> Result<Option<Fault>> {
        let Some(head) = head else {
            return Ok(Some(Fault::new("head", self.last, "the row that holds the chain's two ends is missing")));
        };
        if head.number > self.last {
            let text = format!("the end is cut off: events {} to {} are missing", self.last + 1, head.number);
            return Ok(Some(Fault::new("cut", self.last + 1, text)));
        }
        if let Some(event) = audit_events::operator_outside_of_chain(tx, &self.name, head.cut_number)? {
            let number = event.place.as_ref().map_or(0, |place| place.number);
            return Ok(Some(Fault::of(&event, "inserted", number, "the event was put in before the chain's begin")));
        }
        if head.number < self.last {
            let text = "the chain's head was set back: it does not know of this event and those behind it";
            return Ok(Some(Fault::new("head", head.number + 1, text)));
        }
        if !is_authentic(key, head) || head.link != self.link {
            let text = "the row that holds the chain's two ends was changed";
            return Ok(Some(Fault::new("head", head.number, text)));
        }
        self.checkpoints(tx, key, head)
    }

    /// What the database lacks of a chain as an export has it. Each link stands for all events before it, so the last one
    /// is enough.
    pub fn missing_from_database(&self, tx: &mut Tx<'_>) -> Result<Option<Fault>> {
        let Some(head) = audit_chains::find(tx, &self.name)? else {
            return Ok(Some(Fault::new("database", self.last, "the database has no such chain, and the exports do")));
        };
        let stored = match self.last {
            number if number == head.cut_number => Some(head.cut_link),
            number => audit_events::operator_link(tx, &self.name, number)?,
        };
        if self.last < head.cut_number || stored.as_ref() == Some(&self.link) {
            return Ok(self.fault.clone());
        }
        let text = "the database has another event here than the exports, or none: it was set back to an older state";
        Ok(Some(Fault::new("database", self.last, text)))
    }

    fn checkpoints(&self, tx: &mut Tx<'_>, key: &MacKey, head: &Head) -> Result<Option<Fault>> {
        let mut previous = None;
        for checkpoint in audit_chains::checkpoints(tx, &self.name)? {
            let Checkpoint { number, previous_number, .. } = checkpoint;
            let fault = |text: &str| Ok(Some(Fault::new("checkpoint", number, text)));
            if checkpoint.mac != audit_chain::checkpoint_mac(key, &checkpoint) {
                return fault("the checkpoint was changed or forged");
            }
            if audit_events::operator_link(tx, &self.name, number)?.as_ref() != Some(&checkpoint.link) {
                return fault("the chain is another one than the checkpoint saw");
            }
            if previous.map_or(previous_number > head.cut_number, |previous| previous != previous_number) {
                return fault("a checkpoint before this one is missing");
            }
            previous = Some(number);
        }
        let last = previous.unwrap_or_default();
        let is_known = last == head.checkpoint_number || head.checkpoint_number <= head.cut_number;
        Ok((!is_known).then(|| Fault::new("checkpoint", head.checkpoint_number, "the last checkpoint is missing")))
    }
}

/// Places of a chain as lines tell them: the link before and the own one.
type Places = BTreeMap<i64, ([u8; 32], [u8; 32])>;

/// What lines of exports and downloads say, put together. Their order does not matter, and a line may come twice.
#[derive(Default)]
pub struct Lines {
    chains: BTreeMap<String, Places>,
    faults: BTreeMap<String, Fault>,
    /// How many lines have no place in a chain yet.
    pub unlinked: i64,
}

impl Lines {
    /// Takes an event as a line has it.
    pub fn take(&mut self, key: &MacKey, linked: Linked) {
        let Linked { event, previous } = linked;
        let Some(place) = event.place.clone() else {
            self.unlinked += 1;
            return;
        };
        let previous = previous.unwrap_or_default();
        let expected = link(key, &place.chain, place.number, &previous, &event);
        let places = self.chains.entry(place.chain.clone()).or_default();
        let fault = if place.link != expected {
            Some(Fault::of(&event, "changed", place.number, "the event, its link or its place was changed"))
        } else {
            // A link before it of another length is no link, and does not follow any.
            let before = previous.try_into().unwrap_or_default();
            let known = places.insert(place.number, (before, expected));
            let is_other = known.is_some_and(|(_, link)| link != expected);
            is_other.then(|| Fault::of(&event, "changed", place.number, "there are two events in this place"))
        };
        if let Some(fault) = fault {
            self.note(&place.chain, fault);
        }
    }

    /// Keeps the fault that comes first in its chain.
    fn note(&mut self, chain: &str, fault: Fault) {
        let is_first = self.faults.get(chain).is_none_or(|known| fault.number < known.number);
        if is_first {
            self.faults.insert(chain.to_owned(), fault);
        }
    }

    /// The result for each chain.
    pub fn finish(mut self) -> Vec<Chain> {
        let mut results = Vec::new();
        for (name, places) in std::mem::take(&mut self.chains) {
            if let Some(fault) = first_gap(&places) {
                self.note(&name, fault);
            }
            let end = places.last_key_value();
            results.push(Chain {
                first: places.keys().next().copied().unwrap_or_default(),
                last: end.map_or(0, |(number, _)| *number),
                events: places.len() as i64,
                fault: self.faults.remove(&name),
                link: end.map(|(_, (_, link))| link.to_vec()).unwrap_or_default(),
                name,
            });
        }
        results
    }
}

/// The first place that does not follow the one before it.
fn first_gap(places: &Places) -> Option<Fault> {
    let pairs = places.iter().zip(places.iter().skip(1));
    pairs.into_iter().find_map(|((last, (_, last_link)), (number, (previous, _)))| {
        if last + 1 != *number {
            let text = format!("events {} to {} are not in these files", last + 1, number - 1);
            return Some(Fault::new("missing", last + 1, text));
        }
        let is_other = previous != last_link;
        is_other.then(|| Fault::new("changed", *number, "it does not follow the event before it"))
    })
}
