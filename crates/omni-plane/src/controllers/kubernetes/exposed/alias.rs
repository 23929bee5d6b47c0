//! Who has which alias: each belongs to one exposed service of the whole account, and the first one keeps it.

use std::collections::BTreeMap;
use std::sync::Arc;

use omni_api::kind::ExposedService;
use omni_api::{Resource, labels};

use super::address;
use super::wish::Wish;
use crate::controllers::common::random_name;

/// The aliases that are in use, with the ids of their owners.
#[derive(Debug, Default)]
pub(super) struct Aliases(BTreeMap<String, String>);

/// What a service gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    /// An alias, whether it was asked for, and the address that it makes.
    Free {
        alias: String,
        explicit: bool,
        url: String,
    },
    /// Nothing: another one has it.
    Taken { alias: String },
    /// Nothing: it makes no address.
    Unusable { alias: String, why: String },
}

// === impl Aliases ===

impl Aliases {
    pub(super) fn of(known: &[Arc<Resource<ExposedService>>]) -> Self {
        let named = known
            .iter()
            .filter_map(|one| Some((alias_of(one)?, one.id().to_owned())));
        Self(named.collect())
    }

    /// Chooses for a service, and remembers it.
    pub(super) fn choose(
        &mut self,
        id: &str,
        wish: &Wish,
        before: Option<&Resource<ExposedService>>,
    ) -> Chosen {
        let current = before.and_then(alias_of);
        let was_explicit = before.is_some_and(|before| before.spec.has_explicit_alias);
        let asked = self.asked_for(id, wish);
        if let Some(current) = &current
            && was_explicit
            && asked.as_ref() != Some(current)
            && self.owner(current) == Some(id)
        {
            self.0.remove(current);
        }
        let explicit = asked.is_some();
        let alias = match (asked.filter(|asked| !asked.is_empty()), current) {
            (Some(asked), _) => {
                if self.owner(&asked).is_some_and(|owner| owner != id) {
                    return Chosen::Taken { alias: asked };
                }
                asked
            }
            (None, Some(current)) if !was_explicit => current,
            (None, _) => self.draw(),
        };
        match address::of(&alias) {
            Ok(url) => {
                self.0.insert(alias.clone(), id.to_owned());
                Chosen::Free {
                    alias,
                    explicit,
                    url,
                }
            }
            Err(why) => Chosen::Unusable { alias, why },
        }
    }

    /// The alias that the service asks for. A prefix that is said once for several ports is the first one's.
    fn asked_for(&self, id: &str, wish: &Wish) -> Option<String> {
        let prefix = wish.prefix.as_ref()?.to_lowercase();
        let others = self.owner(&prefix).is_some_and(|owner| owner != id);
        (!(wish.shared_prefix && others)).then_some(prefix)
    }

    fn owner(&self, alias: &str) -> Option<&str> {
        self.0.get(alias).map(String::as_str)
    }

    fn draw(&self) -> String {
        let mut drawn = std::iter::repeat_with(random_name);
        drawn
            .find(|name| !self.0.contains_key(name))
            .unwrap_or_default()
    }
}

fn alias_of(one: &Resource<ExposedService>) -> Option<String> {
    let alias = one.metadata.label(labels::EXPOSED_SERVICE_ALIAS)?;
    Some(alias.to_lowercase())
}
