//! The audit: whether its chains are whole.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::{Value as Json, json};

use super::failure::{Failure, Outcome};
use super::{output, session};
use crate::app::App;
use crate::config::{self, Flags};
use crate::db::Location;
use crate::domain::audit_verification::{self as verification, Chain, Lines};
use crate::domain::{audit_chain, audit_lines, operators};
use crate::error::Result;
use crate::id::{Id as _, TenantId};
use crate::secret::{MacKey, Vault};
use crate::store::{audit_chains, audit_events};

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Check that no event was changed, taken away or put in (exit code 4 if one was); a server may run meanwhile
    Verify(Arguments),
}

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Exports to check in place of the database: files of NDJSON, packed by gzip or not, and folders of them
    files: Vec<PathBuf>,
    /// Only this organization, by slug or id; in exports by id
    #[arg(long)]
    tenant: Option<String>,
    /// Check the database, and that it holds everything that the exports do: it was not set back to an older state
    #[arg(long, requires = "files")]
    against: bool,
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    let Command::Verify(arguments) = command;
    let config = session::prepare(flags)?;
    if !arguments.files.is_empty() && !arguments.against {
        let (key, _) = config::master_key(&config, false)?;
        let lines = read_files(&arguments, Vault::new(&key).audit_key())?;
        let unlinked = lines.unlinked;
        return Report { chains: lines.finish(), unlinked, seal: None }.print(json);
    }
    if matches!(&config.location, Location::Sqlite(path) if !path.exists()) {
        let text = format!("there is no database in {}", config.data_dir.display());
        return Err(Failure::NotFoundOrExists(text));
    }
    session::with_opened(config, async |app| verify_database(&app, &arguments).await?.print(json))?
}

/// What was found.
struct Report {
    chains: Vec<Chain>,
    /// Events that no chain has yet.
    unlinked: i64,
    /// When all chains were sealed last and whether that holds, where all were looked at.
    seal: Option<(String, bool)>,
}

impl Report {
    fn print(self, json: bool) -> Outcome {
        let rows: Vec<Json> = self.chains.iter().map(|chain| row(chain, json)).collect();
        if json {
            let seal = self.seal.as_ref().map(|(at, holds)| json!({"at": at, "holds": holds}));
            let ok = self.complaint().is_none();
            let all = json!({"ok": ok, "chains": rows, "unlinked": self.unlinked, "seal": seal});
            output::thing(true, &all, "");
        } else {
            output::rows(false, &["chain", "first", "last", "events", "result"], &rows);
            if self.unlinked > 0 {
                output::note(&format!("Not linked yet, and so not checked: {} events.", self.unlinked));
            }
        }
        self.complaint().map_or(Ok(()), |text| Err(Failure::CheckFailed(text)))
    }

    /// What is wrong, if anything is.
    fn complaint(&self) -> Option<String> {
        let broken: Vec<&Chain> = self.chains.iter().filter(|chain| chain.fault.is_some()).collect();
        if let Some((chain, fault)) = broken.first().and_then(|chain| Some((chain, chain.fault.as_ref()?))) {
            let event = fault.event_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
            let others = match broken.len() - 1 {
                0 => String::new(),
                others => format!("; and {others} more chains are broken"),
            };
            return Some(format!(
                "chain {} is broken at number {}{event}: {}{others}",
                chain.name, fault.number, fault.text
            ));
        }
        let broken_seal = self.seal.as_ref().filter(|(_, holds)| !holds);
        broken_seal.map(|(at, _)| format!("since all chains were sealed at {at}, one was set back or taken away"))
    }
}

fn row(chain: &Chain, json: bool) -> Json {
    let fault = chain.fault.as_ref();
    let mut row = json!({"chain": chain.name, "first": chain.first, "last": chain.last, "events": chain.events});
    if json {
        row["fault"] = json!(fault.map(|fault| {
            json!({"kind": fault.kind, "number": fault.number, "event_id": fault.event_id, "text": fault.text})
        }));
    } else {
        row["result"] = json!(fault.map_or("whole".to_owned(), |fault| format!("{} at {}", fault.kind, fault.number)));
    }
    row
}

async fn verify_database(app: &App, arguments: &Arguments) -> std::result::Result<Report, Failure> {
    let key = app.installation().vault().audit_key().clone();
    let names = match arguments.tenant.clone() {
        None => app.read(verification::names).await?,
        Some(name) => {
            let find = move |tx: &mut crate::db::Tx<'_>| Ok(operators::find_tenant(tx, &name)?.id().to_string());
            [app.read(find).await?].into()
        }
    };
    let seal = match arguments.tenant {
        None => seal(app, &key).await?,
        Some(_) => None,
    };
    let mut chains = Vec::new();
    for name in names {
        chains.push(verify_chain(app, &key, name).await?);
    }
    if arguments.against {
        let mut exported = read_files(arguments, &key)?.finish();
        exported.retain(|export| arguments.tenant.is_none() || chains.iter().any(|chain| chain.name == export.name));
        compare(app, &mut chains, exported).await?;
    }
    let unlinked = app.read(|tx| Ok(audit_events::operator_count_unlinked(tx)?)).await?;
    Ok(Report { chains, unlinked, seal })
}

async fn seal(app: &App, key: &MacKey) -> Result<Option<(String, bool)>> {
    let key = key.clone();
    app.read(move |tx| {
        let holds = audit_chain::seal_holds(tx, &key)?;
        let at = audit_chains::seal(tx)?.map(|seal| seal.at.to_string());
        // Chains that say that they were sealed, and no seal: somebody took it away.
        Ok(at.or_else(|| (!holds).then(|| "an unknown time".to_owned())).map(|at| (at, holds)))
    })
    .await
}

/// In parts, each a read of its own: a long one would keep the database from folding in its log.
async fn verify_chain(app: &App, key: &MacKey, name: String) -> Result<Chain> {
    let begin_key = key.clone();
    let mut chain = app.read(move |tx| Chain::begin(tx, &begin_key, &name)).await?;
    loop {
        let (key, so_far) = (key.clone(), chain);
        let looked = app.read(move |tx| {
            let mut chain = so_far.clone();
            let is_end = chain.go_on(tx, &key)?;
            Ok((chain, is_end))
        });
        let is_end;
        (chain, is_end) = looked.await?;
        if is_end {
            return Ok(chain);
        }
    }
}

/// Notes where the database lacks what exports have, unless something is wrong with it already.
async fn compare(app: &App, chains: &mut Vec<Chain>, exported: Vec<Chain>) -> Result<()> {
    for mut export in exported {
        let compared = export.clone();
        let fault = app.read(move |tx| compared.missing_from_database(tx)).await?;
        match chains.iter_mut().find(|chain| chain.name == export.name) {
            Some(chain) => chain.fault = chain.fault.take().or(fault),
            None => {
                export.fault = fault;
                chains.push(export);
            }
        }
    }
    Ok(())
}

fn read_files(arguments: &Arguments, key: &MacKey) -> std::result::Result<Lines, Failure> {
    let tenant = match &arguments.tenant {
        Some(text) if !arguments.against && TenantId::parse(text).is_none() => {
            return Err(Failure::Usage("--tenant must be an id where exports are checked".to_owned()));
        }
        tenant => tenant.as_ref().filter(|text| TenantId::parse(text).is_some()),
    };
    let mut lines = Lines::default();
    for file in find_files(&arguments.files)? {
        let failed = |error: String| Failure::Failed(format!("{} cannot be read: {error}", file.display()));
        let reader = open(&file).map_err(|error| failed(error.to_string()))?;
        for (index, line) in reader.lines().enumerate() {
            let line = line.map_err(|error| failed(error.to_string()))?;
            let linked = audit_lines::parse(&line).map_err(|error| {
                Failure::CheckFailed(format!("line {} of {} is no event: {error}", index + 1, file.display()))
            })?;
            if tenant.is_none_or(|tenant| linked.event.tenant_id.as_ref() == Some(tenant)) {
                lines.take(key, linked);
            }
        }
    }
    Ok(lines)
}

/// The files themselves, and what lies in the folders under a name that exports have.
fn find_files(paths: &[PathBuf]) -> std::result::Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut pending: Vec<(PathBuf, bool)> = paths.iter().map(|path| (path.clone(), true)).collect();
    while let Some((path, is_named)) = pending.pop() {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::NotFoundOrExists(format!("there is no {}", path.display())),
            _ => Failure::Failed(format!("{} cannot be read: {error}", path.display())),
        };
        if fs::metadata(&path).map_err(failed)?.is_dir() {
            for entry in fs::read_dir(&path).map_err(failed)? {
                pending.push((entry.map_err(failed)?.path(), false));
            }
        } else if is_named || is_export(&path) {
            found.push(path);
        }
    }
    if found.is_empty() {
        return Err(Failure::NotFoundOrExists(
            "there are no exports (.ndjson, .ndjson.gz) in these folders".to_owned(),
        ));
    }
    found.sort();
    Ok(found)
}

fn is_export(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".ndjson") || name.ends_with(".ndjson.gz")
}

fn open(path: &Path) -> std::io::Result<Box<dyn std::io::BufRead>> {
    let mut file = BufReader::new(File::open(path)?);
    let is_packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let reader: Box<dyn Read> = if is_packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    Ok(Box::new(BufReader::new(reader)))
}
