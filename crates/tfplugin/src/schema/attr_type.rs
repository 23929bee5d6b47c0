//! What a Rust type must say to be an attribute.
//!
//! Two traits: [`AttrType`] for any shape, [`Text`] for the common case of a string with a meaning (a version, a
//! duration, a document). A provider implements one of them once per type; schema, codec, comparison and
//! validation follow.

use super::{AttrKind, Mismatch};
use crate::objects::{Diagnostic, Diagnostics};
use crate::values::{Path, Type, Value};

/// A Rust type that can stand in an attribute.
///
/// # Guarantees that an implementation gives
/// - `decode(encode(x))` is `x` again, spelling included.
/// - `decode` accepts whatever may be in a state; stricter rules for configurations belong into `validate`.
/// - Two values mean the same exactly when their canonical forms are equal.
pub trait AttrType: Sized + Send + Sync + 'static {
    /// Whether the value must never be shown. The derive then demands `sensitive` or `write_only`.
    const SECRET: bool = false;

    /// The type as Terraform sees it.
    fn kind() -> AttrKind;

    /// Reads a known value.
    ///
    /// # Errors
    /// A [`Mismatch`] says where, what was found and what is needed; [`Mismatch::unknown`] says that a part is
    /// not known yet and the type has no place for that.
    fn decode(value: &Value) -> Result<Self, Mismatch>;

    /// The value as Terraform holds it, in the user's spelling.
    fn encode(&self) -> Value;

    /// The value in a form that is the same for every spelling of the same meaning.
    ///
    /// A spelling that means what the prior state says never makes a diff. The default is the spelling itself.
    fn canonical(&self) -> Value {
        self.encode()
    }

    /// Checks a value that the user has set. Runs at validate, with the attribute's path.
    fn validate(&self, at: &Path, diagnostics: &mut Diagnostics) {
        let _ = (at, diagnostics);
    }

    /// Decodes and validates, reporting instead of failing. Collections report each element.
    fn check(value: &Value, at: &Path, diagnostics: &mut Diagnostics) {
        match Self::decode(value) {
            Ok(decoded) => decoded.validate(at, diagnostics),
            Err(mismatch) if mismatch.is_unknown() => {}
            Err(mismatch) => diagnostics.push(mismatch.diagnostic(at)),
        }
    }
}

/// A string with a meaning: several spellings, one value.
///
/// The user's spelling is kept everywhere; comparison goes by [`meaning`](Text::meaning).
pub trait Text: Sized + Send + Sync + 'static {
    /// As [`AttrType::SECRET`].
    const SECRET: bool = false;

    /// Reads a spelling.
    ///
    /// # Errors
    /// What is wrong with it, and how to write it.
    fn parse(text: &str) -> Result<Self, Invalid>;

    /// The text exactly as it was read.
    fn spelling(&self) -> &str;

    /// One text for all spellings that mean the same.
    fn meaning(&self) -> String {
        self.spelling().to_owned()
    }

    /// A rule for configurations that states need not follow.
    ///
    /// # Errors
    /// What is wrong with the value, and what to write instead.
    fn validate(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// Why a text is not a value of its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Invalid {
    what: String,
    remedy: Option<String>,
}

impl Invalid {
    /// What is wrong, as a sentence. It must not repeat a value that may be secret.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: None,
        }
    }

    /// What to write instead, as a sentence.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What is wrong and what to do, in one text.
    pub(crate) fn sentences(self) -> String {
        match self.remedy {
            Some(remedy) => format!("{} {remedy}", self.what),
            None => self.what,
        }
    }

    pub(crate) fn diagnostic(self, at: &Path) -> Diagnostic {
        let diagnostic = Diagnostic::error("Invalid value")
            .detail(self.what)
            .at(at.clone());
        match self.remedy {
            Some(remedy) => diagnostic.remedy(remedy),
            None => diagnostic,
        }
    }
}

impl<T: Text> AttrType for T {
    const SECRET: bool = <T as Text>::SECRET;

    fn kind() -> AttrKind {
        AttrKind::Plain(Type::String)
    }

    fn decode(value: &Value) -> Result<Self, Mismatch> {
        let text = value
            .as_str()
            .ok_or_else(|| Mismatch::wrong(&Type::String, value))?;
        T::parse(text).map_err(Mismatch::invalid)
    }

    fn encode(&self) -> Value {
        Value::from(self.spelling())
    }

    fn canonical(&self) -> Value {
        Value::String(self.meaning())
    }

    fn validate(&self, at: &Path, diagnostics: &mut Diagnostics) {
        if let Err(invalid) = Text::validate(self) {
            diagnostics.push(invalid.diagnostic(at));
        }
    }
}
