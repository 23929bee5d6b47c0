//! Who has which alias: each belongs to one exposed service of the whole account, and the first one keeps it.
//!
//! Asked one by one: a turn costs what its own services ask for, not what the account has.

use std::collections::BTreeMap;

use omni_api::kind::ExposedService;
use omni_api::{Resource, labels};

use super::address;
use super::wish::Wish;
use crate::controllers::common::random_name;
use crate::engine::{Context, Error};
use crate::store::Query;

/// The aliases of the account, as they were before the turn and with what has changed in it.
#[derive(Debug)]
pub(super) struct Aliases<'a> {
    cx: &'a Context<'a>,
    /// Those that were taken, with their new owner, or given up in this turn.
    changed: BTreeMap<String, Option<String>>,
}

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

impl<'a> Aliases<'a> {
    pub(super) const fn of(cx: &'a Context<'a>) -> Self {
        Self {
            cx,
            changed: BTreeMap::new(),
        }
    }

    /// Chooses for a service, and remembers it.
    ///
    /// # Errors
    /// Those of the context.
    pub(super) fn choose(
        &mut self,
        id: &str,
        wish: &Wish,
        before: Option<&Resource<ExposedService>>,
    ) -> Result<Chosen, Error> {
        let current = before.and_then(alias_of);
        let was_explicit = before.is_some_and(|before| before.spec.has_explicit_alias);
        let asked = self.asked_for(id, wish)?;
        if let Some(current) = &current
            && was_explicit
            && asked.as_ref() != Some(current)
            && self.owner(current)?.as_deref() == Some(id)
        {
            self.changed.insert(current.clone(), None);
        }
        let explicit = asked.is_some();
        let alias = match (asked.filter(|asked| !asked.is_empty()), current) {
            (Some(asked), _) => {
                if self.is_anothers(&asked, id)? {
                    return Ok(Chosen::Taken { alias: asked });
                }
                asked
            }
            (None, Some(current)) if !was_explicit => current,
            (None, _) => self.draw()?,
        };
        Ok(match address::of(&alias) {
            Ok(url) => {
                self.changed.insert(alias.clone(), Some(id.to_owned()));
                Chosen::Free {
                    alias,
                    explicit,
                    url,
                }
            }
            Err(why) => Chosen::Unusable { alias, why },
        })
    }

    /// The alias that the service asks for. A prefix that is said once for several ports is the first one's.
    fn asked_for(&self, id: &str, wish: &Wish) -> Result<Option<String>, Error> {
        let Some(prefix) = wish.prefix.as_ref().map(|prefix| prefix.to_lowercase()) else {
            return Ok(None);
        };
        let gone = wish.shared_prefix && self.is_anothers(&prefix, id)?;
        Ok((!gone).then_some(prefix))
    }

    fn is_anothers(&self, alias: &str, id: &str) -> Result<bool, Error> {
        Ok(self.owner(alias)?.is_some_and(|owner| owner != id))
    }

    fn owner(&self, alias: &str) -> Result<Option<String>, Error> {
        if let Some(owner) = self.changed.get(alias) {
            return Ok(owner.clone());
        }
        let query = Query::label(labels::EXPOSED_SERVICE_ALIAS, alias);
        let owners = self.cx.list::<ExposedService>(&query)?;
        Ok(owners.last().map(|owner| owner.id().to_owned()))
    }

    fn draw(&self) -> Result<String, Error> {
        loop {
            let name = random_name();
            if self.owner(&name)?.is_none() {
                return Ok(name);
            }
        }
    }
}

/// Its alias. Every alias is in lower case from the beginning.
fn alias_of(one: &Resource<ExposedService>) -> Option<String> {
    let alias = one.metadata.label(labels::EXPOSED_SERVICE_ALIAS)?;
    Some(alias.to_owned())
}
