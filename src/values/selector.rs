//! Label selectors, compared by meaning.
//!
//! Spaces and quotes that mean nothing make no difference. The user's spelling is kept, and is what goes to Omni.

use std::fmt;

use omni_api::selector::{self, Query};
use tfplugin::schema::{Invalid, Text};

/// One selector: conditions joined by commas, all of which must hold.
#[derive(Debug, Clone)]
pub struct Selector {
    spelling: String,
    query: Option<Query>,
}

// === impl Selector ===

impl Selector {
    /// What it asks; `None` where the text is no selector (it may stand in a state, never in a configuration).
    pub fn query(&self) -> Option<&Query> {
        self.query.as_ref()
    }
}

impl Text for Selector {
    fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self {
            spelling: text.to_owned(),
            query: selector::parse(text).ok(),
        })
    }

    fn spelling(&self) -> &str {
        &self.spelling
    }

    fn meaning(&self) -> String {
        self.query
            .as_ref()
            .map_or_else(|| self.spelling.clone(), |query| format!("{query:?}"))
    }

    fn validate(&self) -> Result<(), Invalid> {
        match selector::parse(&self.spelling) {
            Ok(_) => Ok(()),
            Err(error) => Err(Invalid::new(format!("{:?} is not a selector: {error}.", self.spelling))
                .remedy("Write conditions joined by commas, such as \"rack in (r1, r2), omni.sidero.dev/cores >= 4\".")),
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl PartialEq for Selector {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(text: &str) -> Selector {
        Selector::parse(text).expect("any text")
    }

    #[test]
    fn spaces_do_not_change_the_meaning() {
        assert_eq!(
            selector("rack in (r1, r2),cores>=4"),
            selector("rack in (r1,r2) , cores >= 4")
        );
        assert_ne!(selector("rack in (r1, r2)"), selector("rack in (r2)"));
    }

    #[test]
    fn what_is_no_selector_says_why() {
        let error = selector("rack in (r1")
            .validate()
            .expect_err("open bracket");
        assert!(error.to_string().contains("rack in (r1"), "{error}");
    }
}
