//! Generates `docs/` (the layout of the registries) and the golden schema from the provider's own structs.
//!
//! With `--check` nothing is written: a file that differs, is missing or is left over fails. What people write by hand (guides,
//! architecture) is not touched; guides are checked for what the registries need, and linked from the index.

mod guides;
mod page;
mod schema;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value as Json;

use page::{Kind, Page};

/// Generated files by their path in the repository.
type Files = BTreeMap<PathBuf, String>;

/// Why the documentation could not be made or is not up to date.
#[derive(Debug, thiserror::Error)]
pub enum DocsError {
    /// A file cannot be read or written.
    #[error("{path}")]
    Io {
        /// The file.
        path: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// An object has no example.
    #[error("{0} is missing: every object has an example")]
    NoExample(String),
    /// A guide that a registry cannot list.
    #[error("{0} does not begin with `page_title` and `description` between two lines `---`")]
    Guide(String),
    /// Files differ from what would be generated.
    #[error("not up to date: {}\nrun `make docs` and commit the result", .0.join(", "))]
    Drift(Vec<String>),
}

/// Writes the documentation, or checks that it is up to date.
///
/// # Errors
/// [`DocsError`].
pub fn run(root: &Path, check: bool) -> Result<(), DocsError> {
    let description = tfplugin::objects::describe(&terraform_provider_omni::provider::Omni);
    let files = generate(root, &description)?;
    if check {
        tree::compare(root, &files)
    } else {
        tree::write(root, &files)
    }
}

fn generate(root: &Path, description: &Json) -> Result<Files, DocsError> {
    let mut files = Files::new();
    let golden = serde_json::to_string_pretty(description).unwrap_or_default();
    files.insert(PathBuf::from("schema.json"), golden + "\n");
    let provider = Page::new(root, Kind::Provider, "omni", &description["provider"])?;
    let index = provider.render() + &guides::links(&guides::all(root)?);
    files.insert(PathBuf::from("docs/index.md"), index);
    for kind in [
        Kind::Resource,
        Kind::DataSource,
        Kind::Ephemeral,
        Kind::Function,
    ] {
        for (name, object) in description[kind.key()].as_object().into_iter().flatten() {
            let page = Page::new(root, kind, name, object)?;
            files.insert(
                PathBuf::from(format!("docs/{}/{name}.md", kind.folder())),
                page.render(),
            );
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, DocsError> {
    fs::read_to_string(path).map_err(|source| DocsError::Io {
        path: path.display().to_string(),
        source,
    })
}
