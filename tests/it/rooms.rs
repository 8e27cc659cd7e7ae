//! Every line stands in its room: rules 1 to 4 of the house, read from `src/` itself.
//!
//! Code under `#[cfg(test)]` is not looked at: a test may use what it needs.

mod house;
mod reader;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use house::{House, find_files};
use reader::Source;

/// What each room may name of the others. A room that is not listed here does not exist.
const ARROWS: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("entropy", &[]),
    ("secret", &[]),
    ("error", &["db"]),
    ("id", &["clock", "db"]),
    ("hasher", &["entropy", "error", "secret"]),
    ("db", &["clock", "entropy", "error", "id", "secret"]),
    ("store", &["clock", "db", "id", "secret"]),
    ("mail", &["clock", "domain", "secret"]),
    ("targets", &[]),
    ("data_folder", &["clock"]),
    ("job_runs", &["clock"]),
    ("web", &[]),
    ("storage", &["domain", "id", "targets"]),
    ("webhooks", &["clock", "domain", "secret", "targets"]),
    ("domain", &["clock", "db", "error", "id", "secret", "store"]),
    ("metrics", &["error"]),
    ("config", &["db", "domain", "entropy", "secret"]),
    ("address_limit", &["clock", "db", "domain", "error", "store"]),
    (
        "app",
        &[
            "address_limit",
            "clock",
            "config",
            "db",
            "domain",
            "error",
            "hasher",
            "job_runs",
            "metrics",
            "secret",
            "storage",
            "store",
            "targets",
        ],
    ),
    (
        "http",
        &[
            "app",
            "clock",
            "data_folder",
            "db",
            "domain",
            "error",
            "hasher",
            "id",
            "job_runs",
            "mail",
            "secret",
            "storage",
            "store",
            "web",
        ],
    ),
    ("jobs", &["app", "clock", "db", "domain", "error", "job_runs", "mail", "storage", "store", "webhooks"]),
    ("server", &["app", "http", "jobs"]),
    (
        "cli",
        &["app", "clock", "config", "db", "domain", "error", "http::routes", "id", "mail", "secret", "server", "store"],
    ),
    ("lib", &[]),
    ("main", &["cli"]),
];

/// What may be named in some places only: the start of a path, and the rooms or files that may name it.
const RESERVED: &[(&str, &[&str])] = &[
    ("rusqlite", &["db"]),
    ("postgres", &["db"]),
    ("tokio_postgres_rustls", &["db"]),
    ("r2d2", &["db"]),
    ("r2d2_sqlite", &["db"]),
    ("refinery", &["db"]),
    ("axum", &["http", "web.rs"]),
    ("axum_server", &["http", "server.rs"]),
    ("hyper_util", &["http"]),
    ("utoipa", &["http"]),
    ("cookie", &["http"]),
    ("lettre", &["mail"]),
    ("qrcode", &["http/qr.rs"]),
    ("totp_rs", &["domain/totp.rs"]),
    ("object_store", &["storage"]),
    ("reqwest", &["storage", "targets.rs", "webhooks.rs"]),
    ("clap", &["cli", "config.rs"]),
    ("indicatif", &["cli"]),
    ("std::env", &["config.rs"]),
];

/// Rooms of plain synchronous code, and what must not be named there.
const PLAIN_ROOMS: &[&str] = &["domain", "store"];
const NOT_PLAIN: &[&str] = &[
    "tokio",
    "rand",
    "getrandom",
    "std::env",
    "std::fs",
    "std::io",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::net::TcpStream",
    "std::net::TcpListener",
];

/// Where the words of a statement may begin a text.
const SQL_ROOMS: &[&str] = &["db", "store"];
const SQL_WORDS: &[&str] = &[
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE ",
    "ALTER ",
    "DROP ",
    "PRAGMA ",
    "BEGIN",
    "COMMIT",
    "SAVEPOINT ",
    "ROLLBACK",
    "RELEASE ",
    "WITH ",
    "FROM ",
    "WHERE ",
    "ORDER BY ",
];

/// Fails with everything that is wrong at once.
#[track_caller]
fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_room_names_only_what_lies_below_it() {
    let house = House::read();
    let mut wrong = Vec::new();
    for source in &house.files {
        let Some((_, allowed)) = ARROWS.iter().find(|(room, _)| *room == source.room()) else {
            wrong.push(format!("{}: its room is not in the list of rooms", source.file));
            continue;
        };
        for path in &source.paths {
            let Some(declared) = house.declares(path) else { continue };
            let room = declared.room();
            let module = declared.module.join("::");
            if room != source.room() && room != "lib" && !allowed.contains(&room) && !allowed.contains(&&*module) {
                wrong.push(format!("{} names {} of {}", source.file, path.join("::"), declared.file));
            }
        }
    }
    assert_none(&wrong);
}

/// A file and the files of its own folder count as one: it declares what they share, and puts them together.
#[test]
fn no_two_files_import_each_other() {
    let house = House::read();
    let mut imports = BTreeSet::new();
    for source in &house.files {
        for declared in source.paths.iter().filter_map(|path| house.declares(path)) {
            let is_family = declared.module.starts_with(&source.module) || source.module.starts_with(&declared.module);
            if !is_family {
                imports.insert((source.file.clone(), declared.file.clone()));
            }
        }
    }
    assert!(imports.len() > 100, "the imports are not found: {imports:?}");
    let wrong: Vec<String> = imports
        .iter()
        .filter(|(from, to)| from < to && imports.contains(&(to.clone(), from.clone())))
        .map(|(from, to)| format!("{from} and {to} import each other"))
        .collect();
    assert_none(&wrong);
}

#[test]
fn what_belongs_to_one_room_is_named_nowhere_else() {
    let house = House::read();
    let mut wrong = Vec::new();
    for (name, places) in RESERVED {
        assert!(house.files.iter().any(|source| source.names(name)), "{name} is named nowhere: the list is old");
        for source in house.files.iter().filter(|source| source.names(name)) {
            if !places.contains(&source.room()) && !places.contains(&&*source.file) {
                wrong.push(format!("{} names {name}", source.file));
            }
        }
    }
    for source in house.files.iter().filter(|source| PLAIN_ROOMS.contains(&source.room())) {
        let named = NOT_PLAIN.iter().filter(|name| source.names(name));
        wrong.extend(named.map(|name| format!("{} names {name}", source.file)));
    }
    assert_none(&wrong);
}

#[test]
fn sql_stands_in_the_store_only() {
    let house = House::read();
    let is_sql = |text: &&String| SQL_WORDS.iter().any(|word| text.trim_start().starts_with(word));
    let mut wrong = Vec::new();
    for source in &house.files {
        let found = source.texts.iter().filter(is_sql);
        if SQL_ROOMS.contains(&source.room()) {
            continue;
        }
        wrong.extend(found.map(|text| format!("{}: {text}", source.file)));
    }
    let store = house.files.iter().filter(|source| source.room() == "store");
    let statements = store.flat_map(|source| &source.texts).filter(is_sql).count();
    assert!(statements > 20, "the statements of the store are not found");
    assert_none(&wrong);
}

/// The claims of a token are the one thing outside `http/` and the command line that is written as JSON by itself.
#[test]
fn json_is_made_where_http_is_spoken() {
    let house = House::read();
    let is_free = |source: &&Source| source.room() != "http" && source.file != "domain/tokens.rs";
    let serializable = house.files.iter().filter(|source| source.derives.contains("Serialize"));
    assert!(serializable.clone().count() > 3, "the derives are not found");
    let wrong: Vec<String> = serializable.filter(is_free).map(|source| source.file.clone()).collect();
    assert_none(&wrong);
}

#[test]
fn only_the_command_line_prints() {
    let house = House::read();
    let prints = |source: &&Source| {
        let by_macro =
            ["print", "println", "eprint", "eprintln", "dbg"].iter().any(|name| source.macros.contains(*name));
        by_macro || source.names("std::io::stdout")
    };
    let printing: Vec<&str> = house.files.iter().filter(prints).map(|source| source.file.as_str()).collect();
    assert!(!printing.is_empty(), "what prints is not found");
    assert_none(
        &printing.iter().filter(|file| !file.starts_with("cli/")).map(|file| (*file).to_owned()).collect::<Vec<_>>(),
    );
}

#[test]
fn no_file_has_400_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "tests"] {
        find_files(&root.join(folder), &format!("{folder}/"), &mut found);
    }
    let lines = |file: &String| fs::read_to_string(root.join(file)).unwrap().lines().count();
    let wrong: Vec<String> = found.into_iter().filter(|file| lines(file) >= 400).collect();
    assert_none(&wrong);
}

/// Tables whose rows belong to one tenant, by the file of the store that reads and writes them.
const TENANT_OWNED: &[&str] = &[
    "store/invites.rs",
    "store/memberships.rs",
    "store/storage_settings.rs",
    "store/subscriptions.rs",
    "store/tenants.rs",
    "store/usage.rs",
    "store/webhook_deliveries.rs",
    "store/webhooks.rs",
];

/// What needs no scope, and why.
const WITHOUT_SCOPE: &[&str] = &[
    // Makes the scope: it is the check.
    "live", // A person's own list, through their memberships.
    "of_user",
];

/// Rule 5: what touches the rows of a tenant is told which tenant by a scope, or by the tenant that holds it.
#[test]
fn a_function_on_rows_of_a_tenant_takes_its_scope() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut scoped, mut wrong, mut excused) = (0, Vec::new(), BTreeSet::new());
    for file in TENANT_OWNED {
        let parsed = syn::parse_file(&fs::read_to_string(root.join(file)).unwrap()).unwrap();
        for item in parsed.items {
            let syn::Item::Fn(function) = item else { continue };
            let name = function.sig.ident.to_string();
            let is_public = matches!(function.vis, syn::Visibility::Public(_));
            let takes_scope = function.sig.inputs.iter().any(|argument| {
                let syn::FnArg::Typed(argument) = argument else { return false };
                let syn::Type::Reference(reference) = &*argument.ty else { return false };
                matches!(&*reference.elem, syn::Type::Path(path) if path.path.is_ident("Scope") || path.path.is_ident("Tenant"))
            });
            if is_public && !takes_scope && WITHOUT_SCOPE.contains(&name.as_str()) {
                excused.insert(name);
            } else if is_public && !takes_scope && !name.starts_with("operator_") {
                wrong.push(format!("{file}: {name} takes no scope"));
            }
            scoped += usize::from(is_public && takes_scope);
        }
    }
    assert!(scoped > 10, "the functions are not found");
    assert_eq!(excused.len(), WITHOUT_SCOPE.len(), "the list is old: {excused:?}");
    assert_none(&wrong);
}
