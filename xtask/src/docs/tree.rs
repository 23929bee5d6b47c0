//! Generated files on disk: written, or compared.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{DocsError, Files};

/// Folders of which every file is generated.
const OWNED: [&str; 4] = [
    "docs/resources",
    "docs/data-sources",
    "docs/ephemeral-resources",
    "docs/functions",
];

/// Writes the files and removes those that are generated no more.
pub fn write(root: &Path, files: &Files) -> Result<(), DocsError> {
    for stale in stale(root, files) {
        let path = root.join(&stale);
        fs::remove_file(&path).map_err(|source| DocsError::Io {
            path: path.display().to_string(),
            source,
        })?;
    }
    for (path, contents) in files {
        let path = root.join(path);
        let error = |source| DocsError::Io {
            path: path.display().to_string(),
            source,
        };
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .map_err(error)?;
        fs::write(&path, contents).map_err(error)?;
    }
    println!("{} files written", files.len());
    Ok(())
}

/// Compares the files with what would be written.
pub fn compare(root: &Path, files: &Files) -> Result<(), DocsError> {
    let differs = |(path, contents): &(&PathBuf, &String)| {
        fs::read_to_string(root.join(path)).ok().as_ref() != Some(*contents)
    };
    let changed = files.iter().filter(differs).map(|(path, _)| path.clone());
    let all: BTreeSet<String> = changed
        .chain(stale(root, files))
        .map(|path| path.display().to_string())
        .collect();
    if all.is_empty() {
        println!("{} generated files are up to date", files.len());
        return Ok(());
    }
    Err(DocsError::Drift(all.into_iter().collect()))
}

fn stale(root: &Path, files: &Files) -> Vec<PathBuf> {
    let names = |folder: &&str| {
        let entries = fs::read_dir(root.join(folder))
            .into_iter()
            .flatten()
            .flatten();
        let folder = PathBuf::from(folder);
        entries
            .map(move |entry| folder.join(entry.file_name()))
            .collect::<Vec<_>>()
    };
    OWNED
        .iter()
        .flat_map(names)
        .filter(|path| !files.contains_key(path))
        .collect()
}
