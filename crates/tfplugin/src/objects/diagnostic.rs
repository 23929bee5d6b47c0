//! What the user is told: what, where, why, and what to do.

use std::fmt;

use crate::values::Path;

/// One message to the user.
///
/// `error(what).at(where).detail(why).remedy(what to do)`. Texts are full sentences and never hold a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a diagnostic that is not returned or reported is lost"]
pub struct Diagnostic {
    severity: Severity,
    summary: String,
    detail: String,
    remedy: String,
    path: Option<Path>,
}

/// Whether Terraform stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Terraform stops.
    Error,
    /// Terraform goes on and shows the message.
    Warning,
}

/// Messages in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostic {
    /// Something that stops Terraform; `summary` is a short headline.
    pub fn error(summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary.into())
    }

    /// Something the user should know; `summary` is a short headline.
    pub fn warning(summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary.into())
    }

    /// Why: what was found and what was expected.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// What to do about it.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Which attribute it concerns; Terraform then shows the line of the configuration.
    pub fn at(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    /// Which top-level attribute it concerns.
    pub fn at_attribute(self, name: impl Into<String>) -> Self {
        self.at(Path::of(name))
    }

    /// Whether Terraform stops.
    pub const fn severity(&self) -> Severity {
        self.severity
    }

    /// The headline.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// The attribute it concerns.
    pub const fn path(&self) -> Option<&Path> {
        self.path.as_ref()
    }

    /// Why and what to do, as one text.
    pub fn text(&self) -> String {
        let parts = [self.detail.as_str(), self.remedy.as_str()];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    }

    const fn new(severity: Severity, summary: String) -> Self {
        Self {
            severity,
            summary,
            detail: String::new(),
            remedy: String::new(),
            path: None,
        }
    }
}

/// Headline and text in one line each, for logs and tests.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{path}: ")?;
        }
        f.write_str(&self.summary)?;
        match self.text() {
            text if text.is_empty() => Ok(()),
            text => write!(f, "\n{text}"),
        }
    }
}

impl Diagnostics {
    /// No message.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds messages.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(diagnostics);
    }

    /// Whether one of them stops Terraform.
    pub fn has_errors(&self) -> bool {
        self.0
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The messages.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Self(diagnostics.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
