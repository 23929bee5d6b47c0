//! The table of cases: object × what the acceptance tests have shown of it, with the number of times.
//!
//! The tests leave notes in a folder (`tests/acceptance/cases.rs`), and only where they passed. The rows are the resources of the
//! official provider's table, then our own. Once every object of that table exists, an empty cell fails; a cell that cannot be filled is
//! listed with its reason, and one that is listed and filled fails as well.

mod table;
mod tally;

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value as Json;

use tally::Tally;

/// What can be shown of an object, in the words of the notes.
pub const CASES: [&str; 7] = [
    "create",
    "update",
    "import",
    "disappears",
    "drift",
    "bad input",
    "from official",
];

/// Cells that stay empty, and why.
const IMPOSSIBLE: [(&str, &str, &str); 1] = [(
    "omni_infra_provider",
    "drift",
    "what a configuration sets is a name and the lifetime of keys; Omni tells neither lifetimes nor renewals of these accounts",
)];

/// Why there is no table, or why it is not complete.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// A file cannot be read.
    #[error("{path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// The golden schema is no JSON.
    #[error("schema.json")]
    Schema(#[from] serde_json::Error),
    /// A line of the notes has another form.
    #[error("{path}: no case: {line:?}")]
    Note {
        /// The file.
        path: PathBuf,
        /// The line.
        line: String,
    },
    /// The tests left nothing.
    #[error("no acceptance test has passed: is terraform or tofu on PATH?")]
    Nothing,
    /// Cells are empty, or filled that were given up.
    #[error("{}", .0.join("\n"))]
    Cells(Vec<String>),
}

/// Prints the table, and judges it.
///
/// # Errors
/// [`CasesError`].
pub fn run(root: &Path, folder: &Path) -> Result<(), CasesError> {
    let tally = Tally::read(folder)?;
    if tally.is_empty() {
        if std::env::var_os("OMNI_REQUIRE_TOOLS").is_some() {
            return Err(CasesError::Nothing);
        }
        println!("no table of cases: {}", CasesError::Nothing);
        return Ok(());
    }
    let golden: Json = serde_json::from_str(&read(&root.join("schema.json"))?)?;
    let official = official(&read(&root.join("tests/fixtures/official/schema.tsv"))?);
    let ours = here(&golden);
    let rest = ours.iter().filter(|object| !official.contains(object));
    let objects: Vec<String> = official.iter().chain(rest).cloned().collect();
    print!("{}", table::render(&objects, &tally));
    let coming: Vec<&String> = official
        .iter()
        .filter(|object| !ours.contains(object))
        .collect();
    if !coming.is_empty() {
        println!("still to come, so that empty cells are not judged yet: {coming:?}");
        return Ok(());
    }
    let problems = tally::problems(&official, &tally, &IMPOSSIBLE);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(CasesError::Cells(problems))
    }
}

/// The resources of the official provider, in the order of its table.
fn official(table: &str) -> Vec<String> {
    let mut objects = Vec::new();
    for line in table.lines() {
        let mut columns = line.split('\t');
        if let (Some("resource"), Some(object)) = (columns.next(), columns.next())
            && objects.last().is_none_or(|last| last != object)
        {
            objects.push(object.to_owned());
        }
    }
    objects
}

/// The resources that this provider has.
fn here(golden: &Json) -> Vec<String> {
    let names = golden["resources"].as_object();
    names
        .into_iter()
        .flat_map(|resources| resources.keys())
        .map(|name| format!("omni_{name}"))
        .collect()
}

fn read(path: &Path) -> Result<String, CasesError> {
    fs::read_to_string(path).map_err(|source| CasesError::Io {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_resources_and_each_is_there_once() {
        let table = "kind\tobject\tattribute\nprovider\tomni\ta\nresource\tomni_a\tx\nresource\tomni_a\ty\nresource\tomni_b\tx\ndata\tomni_c\tx\n";
        assert_eq!(official(table), ["omni_a", "omni_b"]);
        let golden =
            serde_json::json!({ "resources": { "a": {}, "own": {} }, "data_sources": { "c": {} } });
        assert_eq!(here(&golden), ["omni_a", "omni_own"]);
    }
}
