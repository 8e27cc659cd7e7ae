//! Events of the audit by what is wanted of them.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::audit_events::{COLUMNS, Linked, event_columns, previous_columns};
use super::scope::Scope;
use crate::clock::Time;
use crate::db::{Result, Tx, Value};
use crate::id::EventId;

/// Whose events.
#[derive(Clone, Debug)]
pub enum Part {
    /// Of one tenant.
    Tenant(Scope),
    /// Of the whole installation.
    Installation,
}

/// Who acted.
#[derive(Clone, Debug)]
pub enum Actor {
    /// This person.
    Person(String),
    /// Anybody of this kind.
    Kind(String),
}

/// What was done.
#[derive(Clone, Debug)]
pub enum Action {
    /// This.
    Is(String),
    /// Anything whose name begins so; the text ends with a full stop.
    Begins(String),
}

/// Which events are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Who acted.
    pub actor: Option<Actor>,
    /// What was done.
    pub action: Option<Action>,
    /// Kind of thing it was done to.
    pub target_kind: Option<String>,
    /// Which thing it was done to.
    pub target_id: Option<String>,
    /// Not before.
    pub from: Option<Time>,
    /// Before.
    pub to: Option<Time>,
}

/// An event with what is known of who acted.
#[derive(Clone, Debug)]
pub struct Found {
    /// The event.
    pub linked: Linked,
    /// The person's address now; none where nobody has this id any more.
    pub actor_email: Option<String>,
    /// The person's names now.
    pub actor_name: Option<String>,
    /// What the tenant is called now.
    pub tenant_name: Option<String>,
}

/// Conditions on the alias `i`, and their arguments in order.
struct Conditions<'a> {
    text: String,
    arguments: Vec<Value<'a>>,
}

impl<'a> Conditions<'a> {
    fn of(part: &'a Part, filter: &'a Filter, to: &'a mut String) -> Self {
        let mut all = Self { text: String::new(), arguments: Vec::new() };
        if let Part::Tenant(scope) = part {
            all.add("i.tenant_id = ", scope.tenant_id());
        }
        match &filter.actor {
            Some(Actor::Person(id)) => all.add("i.actor_id = ", id.as_str()),
            Some(Actor::Kind(kind)) => all.add("i.actor_kind = ", kind.as_str()),
            None => {}
        }
        if let Some(id) = &filter.target_id {
            all.add("i.target_id = ", id.as_str());
        }
        match &filter.action {
            Some(Action::Is(action)) => all.add("i.action = ", action.as_str()),
            Some(Action::Begins(begin)) => {
                // The slash comes next after the full stop.
                *to = begin.replace('.', "/");
                all.add("i.action >= ", begin.as_str());
                all.add("i.action < ", to.as_str());
            }
            None => {}
        }
        if let Some(kind) = &filter.target_kind {
            all.add("i.target_kind = ", kind.as_str());
        }
        if let Some(from) = filter.from {
            all.add("i.at >= ", from);
        }
        if let Some(to) = filter.to {
            all.add("i.at < ", to);
        }
        all
    }

    fn add(&mut self, condition: &str, argument: impl Into<Value<'a>>) {
        let parameter = self.parameter(argument);
        self.and(&format!("{condition}{parameter}"));
    }

    fn and(&mut self, condition: &str) {
        // Without any condition an engine counts whole pages.
        self.text += if self.text.is_empty() { "WHERE " } else { " AND " };
        self.text += condition;
    }

    fn parameter(&mut self, argument: impl Into<Value<'a>>) -> String {
        self.arguments.push(argument.into());
        format!("?{}", self.arguments.len())
    }
}

/// The text for good: statements live as long as the program. There are as many as kinds of filters.
fn lasting(text: String) -> &'static str {
    static TEXTS: LazyLock<Mutex<HashMap<String, &'static str>>> = LazyLock::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(&text) {
        return known;
    }
    let made: &'static str = text.clone().leak();
    texts.insert(text, made);
    made
}

/// How many events there are.
pub fn count(tx: &mut Tx<'_>, part: &Part, filter: &Filter) -> Result<i64> {
    let mut to = String::new();
    let Conditions { text, arguments } = Conditions::of(part, filter, &mut to);
    let sql = format!("SELECT count(*) FROM audit_events i {text}");
    tx.one(lasting(sql), &arguments, |row| row.get(0))
}

/// Some of the events, newest first.
pub fn newest(tx: &mut Tx<'_>, part: &Part, filter: &Filter, limit: i64, offset: i64) -> Result<Vec<Found>> {
    let mut to = String::new();
    let mut conditions = Conditions::of(part, filter, &mut to);
    let (limit, offset) = (conditions.parameter(limit), conditions.parameter(offset));
    find(tx, part, &conditions, "DESC", &format!("LIMIT {limit} OFFSET {offset}"))
}

/// Events behind a position, oldest first.
pub fn after(
    tx: &mut Tx<'_>,
    part: &Part,
    filter: &Filter,
    (at, id): (Time, &EventId),
    limit: i64,
) -> Result<Vec<Found>> {
    let mut to = String::new();
    let mut conditions = Conditions::of(part, filter, &mut to);
    let (at, id) = (conditions.parameter(at), conditions.parameter(id));
    conditions.and(&format!("(i.at, i.id) > ({at}, {id})"));
    let limit = conditions.parameter(limit);
    find(tx, part, &conditions, "ASC", &format!("LIMIT {limit}"))
}

/// The ids come from an index; only for those that are wanted the rows are read. A tenant is told the names of its members,
/// not of platform admins who did something in it or of people who left.
fn find(tx: &mut Tx<'_>, whose: &Part, conditions: &Conditions<'_>, order: &str, part: &str) -> Result<Vec<Found>> {
    let is_known = match whose {
        Part::Tenant(_) => {
            "AND EXISTS (SELECT 1 FROM memberships m WHERE m.tenant_id = e.tenant_id AND m.user_id = u.id)"
        }
        Part::Installation => "",
    };
    let columns =
        concat!(event_columns!(), previous_columns!(), ", u.email, trim(u.first_name || ' ' || u.last_name), t.name");
    let sql = format!(
        "SELECT {columns} FROM (SELECT i.id AS id FROM audit_events i {} ORDER BY i.at {order}, i.id {order} {part}) w \
         JOIN audit_events e ON e.id = w.id LEFT JOIN users u ON u.id = e.actor_id {is_known} \
         LEFT JOIN tenants t ON t.id = e.tenant_id ORDER BY e.at {order}, e.id {order}",
        conditions.text
    );
    tx.all(lasting(sql), &conditions.arguments, |row| {
        Ok(Found {
            linked: Linked::read(row)?,
            actor_email: row.get(COLUMNS + 2)?,
            actor_name: row.get(COLUMNS + 3)?,
            tenant_name: row.get(COLUMNS + 4)?,
        })
    })
}
