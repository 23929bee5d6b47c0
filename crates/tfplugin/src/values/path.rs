//! Where a value stands inside an object.
//!
//! A [`Path`] prints as Terraform prints it: `features.disk_encryption`, `ids[0]`, `labels["a"]`. An
//! element of a set has no name; it prints as `[...]`, so a path never shows a value.

use std::fmt;

use super::Value;

/// A place inside a value, from the root inwards.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path {
    steps: Vec<Step>,
}

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Into the attribute of an object.
    Attribute(String),
    /// To the element of a map under this key.
    Key(String),
    /// To the element of a list or tuple at this position, counted from 0.
    Index(usize),
    /// To this element of a set.
    Element(Box<Value>),
}

impl Path {
    /// The path of the whole object.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a top-level attribute.
    pub fn of(attribute: impl Into<String>) -> Self {
        Self::root().attribute(attribute)
    }

    /// The path extended into an attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.push(Step::Attribute(name.into()));
        self
    }

    /// The path extended to a map element.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.push(Step::Key(key.into()));
        self
    }

    /// The path extended to a list or tuple element.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.push(Step::Index(index));
        self
    }

    /// The path extended to a set element.
    #[must_use]
    pub fn element(mut self, element: Value) -> Self {
        self.push(Step::Element(Box::new(element)));
        self
    }

    /// The path `rest` continued from here.
    #[must_use]
    pub fn join(mut self, rest: &Path) -> Self {
        self.steps.extend(rest.steps.iter().cloned());
        self
    }

    /// Appends a step.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Appends steps.
    pub fn extend(&mut self, steps: impl IntoIterator<Item = Step>) {
        self.steps.extend(steps);
    }

    /// Takes the last step off.
    pub fn pop(&mut self) -> Option<Step> {
        self.steps.pop()
    }

    /// The steps from the root inwards.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether this is the path of the whole object.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether `self` is `ancestor` or lies inside it.
    pub fn starts_with(&self, ancestor: &Path) -> bool {
        self.steps.starts_with(&ancestor.steps)
    }
}

impl From<Vec<Step>> for Path {
    fn from(steps: Vec<Step>) -> Self {
        Self { steps }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Element(_) => f.write_str("[...]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_prints_as_terraform_prints_it() {
        assert_eq!(
            Path::of("features")
                .attribute("disk_encryption")
                .to_string(),
            "features.disk_encryption"
        );
        assert_eq!(Path::of("ids").index(0).to_string(), "ids[0]");
        assert_eq!(
            Path::of("labels").key("a\"b").to_string(),
            r#"labels["a\"b"]"#
        );
        assert_eq!(Path::root().to_string(), "");
    }

    #[test]
    fn a_path_never_shows_a_set_element() {
        let path = Path::of("tokens")
            .element(Value::from("hunter2"))
            .attribute("name");
        assert_eq!(path.to_string(), "tokens[...].name");
        assert!(!format!("{path:?}").contains("hunter2"));
    }
}
