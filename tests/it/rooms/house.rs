//! The files of `src/`, and which of them declares a name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::reader::{Source, module_of, read_file};

pub(super) struct House {
    pub(super) files: Vec<Source>,
    by_module: BTreeMap<Vec<String>, usize>,
}

impl House {
    pub(super) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        find_files(&root, "", &mut found);
        let modules: BTreeSet<Vec<String>> = found.iter().map(|file| module_of(file)).collect();
        let files: Vec<Source> = found.iter().map(|file| read_file(&root, file, &modules)).collect();
        let by_module = files.iter().enumerate().map(|(index, source)| (source.module.clone(), index)).collect();
        Self { files, by_module }
    }

    /// The file that declares what a path from the crate's root names, through whatever hands it on.
    pub(super) fn declares(&self, path: &[String]) -> Option<&Source> {
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

pub(super) fn find_files(folder: &Path, below: &str, found: &mut Vec<String>) {
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
