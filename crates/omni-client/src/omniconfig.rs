//! The configuration file of `omnictl`: contexts, each an address and an identity.
//!
//! It is read, never written. It is looked for where omnictl looks: `$OMNICONFIG`, then Talos' folder (`$TALOS_HOME`, else
//! `~/.talos`), then the older place among the user's configuration files. A context of a person names the identity whose
//! key omnictl keeps beside it; a service account's key is never in there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

/// The variable with the path of the file.
pub const PATH_VARIABLE: &str = "OMNICONFIG";
/// The address in a file that nobody has filled in yet.
const PLACEHOLDER: &str = "<placeholder_url>";

/// A configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omniconfig {
    current: Option<String>,
    contexts: BTreeMap<String, Context>,
}

/// One of its contexts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// The address, see [`crate::Endpoint`].
    pub url: String,
    /// The e-mail of the person whose key signs; `None` for a context without one.
    pub identity: Option<String>,
}

/// Why there is no context to be had.
#[derive(Debug, thiserror::Error)]
pub enum OmniconfigError {
    /// The file is in none of the places.
    #[error("there is no omniconfig file at {}", list(.0))]
    Missing(Vec<PathBuf>),
    /// The file cannot be read.
    #[error("the omniconfig file {path} cannot be read")]
    Read {
        /// The path.
        path: String,
        /// The system's words.
        #[source]
        source: io::Error,
    },
    /// The text is not of that form.
    #[error("the omniconfig is not of the form that omnictl writes ({0})")]
    Form(String),
    /// Nobody said which context is meant.
    #[error("the omniconfig has no current context; name one of: {}", .known.join(", "))]
    NoCurrent {
        /// The contexts that are there.
        known: Vec<String>,
    },
    /// There is no such context.
    #[error("the omniconfig has no context {name:?}; it has: {}", .known.join(", "))]
    NoContext {
        /// The context asked for.
        name: String,
        /// The contexts that are there.
        known: Vec<String>,
    },
    /// The context has no address.
    #[error("the context {0:?} of the omniconfig has no url")]
    NoUrl(String),
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    context: Option<String>,
    #[serde(default)]
    contexts: Option<BTreeMap<String, Option<Entry>>>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    auth: Option<Auth>,
}

#[derive(Deserialize)]
struct Auth {
    #[serde(default)]
    siderov1: Option<SideroV1>,
}

#[derive(Deserialize)]
struct SideroV1 {
    #[serde(default)]
    identity: Option<String>,
}

// === impl Omniconfig ===

impl Omniconfig {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`OmniconfigError::Form`].
    pub fn parse(text: &str) -> Result<Self, OmniconfigError> {
        let file: File = serde_saphyr::from_str(text).map_err(|error| form(&error))?;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let context = |(name, entry): (String, Option<Entry>)| {
            let (url, auth) = entry.map_or((None, None), |entry| (entry.url, entry.auth));
            let identity = auth
                .and_then(|auth| auth.siderov1)
                .and_then(|auth| auth.identity);
            let context = Context {
                name: name.clone(),
                url: filled(url).unwrap_or_default(),
                identity: filled(identity),
            };
            (name, context)
        };
        Ok(Self {
            current: filled(file.context),
            contexts: file
                .contexts
                .unwrap_or_default()
                .into_iter()
                .map(context)
                .collect(),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`OmniconfigError::Read`], [`OmniconfigError::Form`].
    pub fn read(path: &Path) -> Result<Self, OmniconfigError> {
        let text = fs::read_to_string(path).map_err(|source| OmniconfigError::Read {
            path: path.display().to_string(),
            source,
        })?;
        Self::parse(&text)
    }

    /// The file that omnictl would use, by the environment that `variable` tells.
    ///
    /// # Errors
    /// [`OmniconfigError::Missing`] with all the places where it could be.
    pub fn locate(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, OmniconfigError> {
        let places = places(variable);
        let found = places.iter().find(|place| place.is_file()).cloned();
        found.ok_or(OmniconfigError::Missing(places))
    }

    /// The names of the contexts, sorted.
    pub fn names(&self) -> Vec<String> {
        self.contexts.keys().cloned().collect()
    }

    /// The context of this name, or the current one.
    ///
    /// # Errors
    /// [`OmniconfigError::NoCurrent`], [`OmniconfigError::NoContext`], [`OmniconfigError::NoUrl`].
    pub fn context(&self, name: Option<&str>) -> Result<&Context, OmniconfigError> {
        let known = || self.names();
        let name = name
            .or(self.current.as_deref())
            .ok_or_else(|| OmniconfigError::NoCurrent { known: known() })?;
        let context = self
            .contexts
            .get(name)
            .ok_or_else(|| OmniconfigError::NoContext {
                name: name.to_owned(),
                known: known(),
            })?;
        if context.url.is_empty() || context.url == PLACEHOLDER {
            return Err(OmniconfigError::NoUrl(name.to_owned()));
        }
        Ok(context)
    }
}

/// Where the file may be, the first place first. Where the variable names one, nowhere else.
fn places(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(path) = set(PATH_VARIABLE) {
        return vec![path];
    }
    let home = set("HOME").or_else(|| set("USERPROFILE"));
    let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let talos = set("TALOS_HOME").or_else(|| below_home(".talos"));
    let older = if cfg!(target_os = "macos") {
        "Library/Application Support"
    } else {
        ".config"
    };
    let older = set("XDG_CONFIG_HOME").or_else(|| below_home(older));
    [talos, older]
        .into_iter()
        .flatten()
        .map(|folder| folder.join("omni/config"))
        .collect()
}

/// The parser's words, their first line.
fn form(error: &serde_saphyr::Error) -> OmniconfigError {
    let text = error.to_string();
    OmniconfigError::Form(text.lines().next().unwrap_or_default().to_owned())
}

/// Paths as a text.
fn list(paths: &[PathBuf]) -> String {
    let texts: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    texts.join(" or ")
}

#[cfg(test)]
mod tests;
