//! Every line stands in its room: rules 1 to 4 of the house, read from `src/` itself.
//!
//! Code under `#[cfg(test)]` is not looked at: a test may use what it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};

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
    ("mail", &["domain", "secret"]),
    ("domain", &["clock", "db", "error", "id", "secret", "store"]),
    ("metrics", &["error"]),
    ("config", &["db", "domain", "entropy", "secret"]),
    ("address_limit", &["clock", "db", "domain", "error", "store"]),
    ("app", &["address_limit", "clock", "config", "db", "domain", "error", "hasher", "metrics", "secret", "store"]),
    ("http", &["app", "clock", "db", "domain", "error", "hasher", "id", "secret", "store"]),
    ("jobs", &["app", "clock", "db", "domain", "error", "mail", "store"]),
    ("server", &["app", "http", "jobs"]),
    ("cli", &["app", "clock", "config", "db", "domain", "error", "http::routes", "mail", "secret", "server", "store"]),
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
    ("axum", &["http"]),
    ("axum_server", &["http", "server.rs"]),
    ("hyper_util", &["http"]),
    ("utoipa", &["http"]),
    ("cookie", &["http"]),
    ("lettre", &["mail"]),
    ("clap", &["cli", "config.rs"]),
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

/// One file of `src/`.
struct Source {
    /// Below `src/`.
    file: String,
    module: Vec<String>,
    /// Paths that it names, each from the crate's root or from an external crate.
    paths: BTreeSet<Vec<String>>,
    /// Names that it hands on, with the paths they come from.
    handed_on: BTreeMap<String, Vec<String>>,
    texts: Vec<String>,
    macros: BTreeSet<String>,
    derives: BTreeSet<String>,
}

impl Source {
    fn room(&self) -> &str {
        self.file.split(['/', '.']).next().unwrap_or_default()
    }

    fn names(&self, start: &str) -> bool {
        let start: Vec<&str> = start.split("::").collect();
        self.paths.iter().any(|path| path.len() >= start.len() && path.iter().zip(&start).all(|(a, b)| a == b))
    }
}

struct House {
    files: Vec<Source>,
    by_module: BTreeMap<Vec<String>, usize>,
}

impl House {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        find_files(&root, "", &mut found);
        let modules: BTreeSet<Vec<String>> = found.iter().map(|file| module_of(file)).collect();
        let files: Vec<Source> = found.iter().map(|file| read_file(&root, file, &modules)).collect();
        let by_module = files.iter().enumerate().map(|(index, source)| (source.module.clone(), index)).collect();
        Self { files, by_module }
    }

    /// The file that declares what a path from the crate's root names, through whatever hands it on.
    fn declares(&self, path: &[String]) -> Option<&Source> {
        let rest = path.split_first().filter(|(first, _)| *first == "crate")?.1;
        let mut module = Vec::new();
        for (index, segment) in rest.iter().enumerate() {
            let child: Vec<String> = module.iter().cloned().chain([segment.clone()]).collect();
            if self.by_module.contains_key(&child) {
                module = child;
                continue;
            }
            let here = &self.files[*self.by_module.get(&module)?];
            return match here.handed_on.get(segment) {
                Some(origin) => self.declares(&origin.iter().chain(&rest[index + 1..]).cloned().collect::<Vec<_>>()),
                None => Some(here),
            };
        }
        self.by_module.get(&module).map(|index| &self.files[*index])
    }
}

fn find_files(folder: &Path, below: &str, found: &mut Vec<String>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            find_files(&path, &format!("{below}{name}/"), found);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(format!("{below}{name}"));
        }
    }
}

/// `http/auth.rs` is the module `http::auth`, `http/mod.rs` is `http`, `lib.rs` is the root.
fn module_of(file: &str) -> Vec<String> {
    let names = file.trim_end_matches(".rs").split('/').filter(|name| *name != "mod" && *name != "lib");
    names.map(str::to_owned).collect()
}

fn read_file(root: &Path, file: &str, modules: &BTreeSet<Vec<String>>) -> Source {
    let text = fs::read_to_string(root.join(file)).unwrap();
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
    let source = Source {
        file: file.to_owned(),
        module: module_of(file),
        paths: BTreeSet::new(),
        handed_on: BTreeMap::new(),
        texts: Vec::new(),
        macros: BTreeSet::new(),
        derives: BTreeSet::new(),
    };
    let mut reader = Reader { inside: source.module.clone(), source, modules };
    reader.visit_file(&syntax);
    reader.source
}

struct Reader<'a> {
    source: Source,
    /// The module that the reader stands in, inline ones included.
    inside: Vec<String>,
    modules: &'a BTreeSet<Vec<String>>,
}

impl Reader<'_> {
    /// A path as seen from the crate's root. `None` for a name of the language or of the file itself.
    fn absolute(&self, written: &[String]) -> Option<Vec<String>> {
        let mut inside = self.inside.clone();
        let mut rest = written;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                // The binary knows the library by its name, macros by another one.
                "crate" | "trueport" | "$crate" => inside.clear(),
                "self" => {}
                "super" => drop(inside.pop()),
                _ => break,
            }
            rest = after;
        }
        let is_relative = rest.len() < written.len();
        let is_child = rest.first().is_some_and(|first| {
            let child: Vec<String> = inside.iter().cloned().chain([first.clone()]).collect();
            self.modules.contains(&child)
        });
        if is_relative || is_child {
            let start = std::iter::once("crate".to_owned());
            return Some(start.chain(inside).chain(rest.iter().cloned()).collect());
        }
        (written.len() > 1).then(|| written.to_vec())
    }

    fn note(&mut self, written: &[String]) {
        self.source.paths.extend(self.absolute(written));
    }

    fn read_use(&mut self, tree: &syn::UseTree, before: &[String], is_public: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.read_use(&path.tree, &with(&path.ident), is_public),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.read_use(tree, before, is_public)),
            syn::UseTree::Glob(_) => self.note(&[before, &["*".to_owned()]].concat()),
            syn::UseTree::Name(name) if name.ident == "self" => self.note(before),
            syn::UseTree::Name(name) => self.read_name(&with(&name.ident), &name.ident, is_public),
            syn::UseTree::Rename(rename) => self.read_name(&with(&rename.ident), &rename.rename, is_public),
        }
    }

    fn read_name(&mut self, written: &[String], name: &syn::Ident, is_public: bool) {
        // A crate imported as a whole has one name only.
        let Some(path) = self.absolute(written).or_else(|| (written.len() == 1).then(|| written.to_vec())) else {
            return;
        };
        if is_public {
            self.source.handed_on.insert(name.to_string(), path);
        } else {
            self.source.paths.insert(path);
        }
    }

    /// Tokens that are no Rust by themselves, such as the body of a macro's definition.
    fn read_tokens(&mut self, tokens: &str) {
        for (index, piece) in tokens.split('"').enumerate() {
            if index % 2 == 1 {
                self.source.texts.push(piece.to_owned());
                continue;
            }
            let spaced = piece.replace("::", " :: ").replace("$ crate", "$crate");
            let words: Vec<&str> = spaced.split_whitespace().collect();
            let mut at = 0;
            while at < words.len() {
                let mut path = vec![words[at].to_owned()];
                while words.get(at + 1) == Some(&"::") && at + 2 < words.len() {
                    path.push(words[at + 2].to_owned());
                    at += 2;
                }
                if path.len() > 1 {
                    self.note(&path);
                }
                at += 1;
            }
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "test")
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_for_tests(&item.attrs) {
            self.inside.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.inside.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.read_use(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&written);
        visit::visit_path(self, path);
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.source.texts.push(text.value());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("derive") {
            let listed = syn::punctuated::Punctuated::<syn::Path, syn::Token![,]>::parse_terminated;
            let listed = attribute.parse_args_with(listed).unwrap();
            let names = listed.iter().filter_map(|path| Some(path.segments.last()?.ident.to_string()));
            self.source.derives.extend(names);
        }
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        let name = called.path.segments.last().map(|segment| segment.ident.to_string());
        self.source.macros.extend(name);
        self.visit_path(&called.path);
        let arguments = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        match called.parse_body_with(arguments) {
            Ok(arguments) => arguments.iter().for_each(|argument| self.visit_expr(argument)),
            Err(_) => self.read_tokens(&called.tokens.to_string()),
        }
    }
}

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    find_files(&root, "", &mut found);
    let lines = |file: &String| fs::read_to_string(root.join(file)).unwrap().lines().count();
    let wrong: Vec<String> = found.into_iter().filter(|file| lines(file) >= 400).collect();
    assert_none(&wrong);
}
