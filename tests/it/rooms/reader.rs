//! One file of `src/`: what it names, hands on, and says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};

/// One file of `src/`.
pub(super) struct Source {
    /// Below `src/`.
    pub(super) file: String,
    pub(super) module: Vec<String>,
    /// Paths that it names, each from the crate's root or from an external crate.
    pub(super) paths: BTreeSet<Vec<String>>,
    /// Names that it hands on, with the paths they come from.
    pub(super) handed_on: BTreeMap<String, Vec<String>>,
    pub(super) texts: Vec<String>,
    pub(super) macros: BTreeSet<String>,
    pub(super) derives: BTreeSet<String>,
}

impl Source {
    pub(super) fn room(&self) -> &str {
        self.file.split(['/', '.']).next().unwrap_or_default()
    }

    pub(super) fn names(&self, start: &str) -> bool {
        let start: Vec<&str> = start.split("::").collect();
        self.paths.iter().any(|path| path.len() >= start.len() && path.iter().zip(&start).all(|(a, b)| a == b))
    }
}

/// `http/auth.rs` is the module `http::auth`, `http/mod.rs` is `http`, `lib.rs` is the root.
pub(super) fn module_of(file: &str) -> Vec<String> {
    let names = file.trim_end_matches(".rs").split('/').filter(|name| *name != "mod" && *name != "lib");
    names.map(str::to_owned).collect()
}

pub(super) fn read_file(root: &Path, file: &str, modules: &BTreeSet<Vec<String>>) -> Source {
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
