//! Reading the audit: part of it, or all of it as a download.

use std::collections::BTreeSet;

use crate::clock::Time;
use crate::db::{Authority, Tx};
use crate::domain::audit::{self, Changes, Target};
use crate::domain::audit_chain::{self, PLATFORM};
use crate::domain::caller::{Acting, Origin, PlatformAdmin};
use crate::domain::tenant_caller::{Admin, TenantCaller};
use crate::error::{Code, Error, Result};
use crate::id::{EventId, Id as _, TenantId, UserId};
use crate::secret::MacKey;
use crate::store::audit_search::{self, Filter, Found, Part};
use crate::store::{audit_chains, audit_events, tenants};

/// Events of a download that are read at once.
const BATCH: i64 = 1_000;

/// Somebody who may read the audit, and the part of it that they may read or want.
#[derive(Clone, Debug)]
pub struct Reader<A> {
    by: A,
    part: Part,
}

impl Reader<TenantCaller<Admin>> {
    /// An admin, who reads what happened in the tenant.
    pub fn of_tenant(by: TenantCaller<Admin>) -> Self {
        let part = Part::Tenant(by.scope().clone());
        Self { by, part }
    }
}

impl Reader<PlatformAdmin> {
    /// A platform admin, who reads what happened anywhere, or in one tenant.
    pub fn of_installation(tx: &mut Tx<'_>, by: PlatformAdmin, tenant_id: Option<&TenantId>) -> Result<Self> {
        let part = match tenant_id {
            None => Part::Installation,
            Some(id) => {
                let found = tenants::operator_by_id(tx, id)?;
                let unknown = || Error::new(Code::NotFound).with_detail("Organization not found.");
                Part::Tenant(found.ok_or_else(unknown)?.scope().clone())
            }
        };
        Ok(Self { by, part })
    }
}

impl<A: Authority> Authority for Reader<A> {
    fn confirm(&self, tx: &mut Tx<'_>) -> Result<Self> {
        Ok(Self { by: self.by.confirm(tx)?, part: self.part.clone() })
    }
}

impl<A: Acting> Acting for Reader<A> {
    fn kind(&self) -> &'static str {
        self.by.kind()
    }
    fn user_id(&self) -> Option<&UserId> {
        self.by.user_id()
    }
    fn impersonator_id(&self) -> Option<&UserId> {
        self.by.impersonator_id()
    }
    fn origin(&self) -> Option<&Origin> {
        self.by.origin()
    }
}

/// Part of the events, newest first, and how many there are.
pub fn list<A>(tx: &mut Tx<'_>, by: &Reader<A>, filter: &Filter, limit: i64, offset: i64) -> Result<(Vec<Found>, i64)> {
    let total = audit_search::count(tx, &by.part, filter)?;
    let found = if offset < total { audit_search::newest(tx, &by.part, filter, limit, offset)? } else { Vec::new() };
    Ok((found, total))
}

/// A download that goes on.
#[derive(Clone, Debug)]
pub struct Download {
    filter: Filter,
    after: (Time, EventId),
}

/// Begins a download of what there is now, which is an event itself: whoever takes the audit along is seen.
pub fn begin_download<A: Acting>(
    tx: &mut Tx<'_>,
    by: &Reader<A>,
    filter: &Filter,
    format: &'static str,
) -> Result<Download> {
    let target = match &by.part {
        Part::Tenant(scope) => Target::tenant(scope),
        Part::Installation => Target::new("audit", PLATFORM),
    };
    audit::record(tx, by, "audit.exported", &target, Changes::none().with("format", format))?;
    let end = tx.now() + std::time::Duration::from_millis(1);
    let to = Some(filter.to.map_or(end, |to| to.min(end)));
    let after = (Time::from_millis(i64::MIN), EventId::from_stored(String::new()));
    Ok(Download { filter: Filter { to, ..filter.clone() }, after })
}

impl Download {
    /// The next events, oldest first, as long as the reader may read them; none at the end.
    pub fn go_on<A: Authority>(&mut self, tx: &mut Tx<'_>, by: &Reader<A>) -> Result<Vec<Found>> {
        let by = by.confirm(tx)?;
        let (at, id) = &self.after;
        let found = audit_search::after(tx, &by.part, &self.filter, (*at, id), BATCH)?;
        if let Some(last) = found.last() {
            self.after = (last.linked.event.at, last.linked.event.id.clone());
        }
        Ok(found)
    }
}

/// How the chains are.
pub struct State {
    /// How many there are.
    pub chains: i64,
    /// Events that are not linked yet.
    pub unlinked: i64,
    /// When all chains were sealed together last.
    pub sealed_at: Option<Time>,
    /// Whether each chain still holds the event that was its last one then.
    pub seal_holds: bool,
    /// The first chains whose ends are not what this program stored, by name.
    pub broken: Vec<String>,
}

/// Broken chains that are named.
const NAMED: usize = 20;

/// How the chains are, as far as one row of each tells.
pub fn state(tx: &mut Tx<'_>, _: &PlatformAdmin, key: &MacKey) -> Result<State> {
    let mut broken: BTreeSet<String> =
        audit_events::operator_chains_without_end(tx, NAMED as i64)?.into_iter().collect();
    let heads = audit_chains::all(tx)?;
    broken.extend(heads.into_iter().filter(|head| !audit_chain::is_authentic(key, head)).map(|head| head.chain));
    Ok(State {
        broken: broken.into_iter().take(NAMED).collect(),
        chains: audit_chains::count(tx)?,
        unlinked: audit_events::operator_count_unlinked(tx)?,
        sealed_at: audit_chains::seal(tx)?.map(|seal| seal.at),
        seal_holds: audit_chain::seal_holds(tx, key)?,
    })
}
