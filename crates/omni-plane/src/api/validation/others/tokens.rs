//! Rules of join tokens.

use omni_api::{Resource, kind};

use super::super::{Outcome, refuse};
use crate::Store;
use crate::release::{Release, Rule};

/// The one default's id.
const DEFAULT: &str = "default";
const NAME_BYTES: usize = 16;

pub(super) fn join_token(
    release: Release,
    old: Option<&Resource<kind::JoinToken>>,
    new: &Resource<kind::JoinToken>,
) -> Outcome {
    let name = &new.spec.name;
    if old.is_some_and(|old| old.spec.name == *name) {
        return Ok(());
    }
    if name.is_empty() {
        return refuse("the join token name cannot be empty");
    }
    if name.len() > NAME_BYTES {
        return refuse(format!(
            "join token name cannot be longer than {NAME_BYTES} symbols"
        ));
    }
    if release.keeps(Rule::Texts) && name.contains(char::is_control) {
        return refuse("the join token name must not contain control characters");
    }
    Ok(())
}

pub(super) fn not_default(store: &Store, id: &str) -> Outcome {
    let default = store.peek::<kind::DefaultJoinToken>(DEFAULT);
    if default.is_some_and(|default| default.spec.token_id == id) {
        return refuse("deleting default join token is not possible");
    }
    Ok(())
}

pub(super) fn default_exists(store: &Store, new: &Resource<kind::DefaultJoinToken>) -> Outcome {
    let id = &new.spec.token_id;
    if store.peek::<kind::JoinToken>(id).is_none() {
        return refuse(format!("no token with id {id:?} exists"));
    }
    Ok(())
}

pub(super) fn default_stays(store: &Store, default: &Resource<kind::DefaultJoinToken>) -> Outcome {
    default_exists(store, default)?;
    if default.id() == DEFAULT {
        return refuse("destroying the default join token resource is not allowed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use omni_api::specs::{DefaultJoinTokenSpec, JoinTokenSpec};

    use super::*;
    use crate::Clock;

    fn named(name: &str) -> Resource<kind::JoinToken> {
        let spec = JoinTokenSpec {
            name: name.to_owned(),
            ..JoinTokenSpec::default()
        };
        Resource::new("t", spec)
    }

    fn default_of(id: &str, token: &str) -> Resource<kind::DefaultJoinToken> {
        let token_id = token.to_owned();
        Resource::new(id, DefaultJoinTokenSpec { token_id })
    }

    /// An account whose default token is `t`; there is another one.
    fn store() -> Store {
        let store = Store::in_memory(Clock::manual());
        for token in [named("first"), Resource::new("other", named("other").spec)] {
            store.create(token.to_any(), "").expect("created");
        }
        let default = default_of(DEFAULT, "t");
        store.create(default.to_any(), "").expect("created");
        store
    }

    #[test]
    fn a_name_is_short_and_plain() {
        for (name, expected) in [
            ("lab", Ok(())),
            ("sixteen-letters-", Ok(())),
            ("", refuse("the join token name cannot be empty")),
            (
                "seventeen-letters",
                refuse("join token name cannot be longer than 16 symbols"),
            ),
            (
                "neunzehnöööö-o-o",
                refuse("join token name cannot be longer than 16 symbols"),
            ),
            (
                "a\tb",
                refuse("the join token name must not contain control characters"),
            ),
        ] {
            let (old, new) = (named("old"), named(name));
            assert_eq!(
                join_token(Release::Next, None, &new),
                expected,
                "{name:?} as new"
            );
            assert_eq!(
                join_token(Release::Next, Some(&old), &new),
                expected,
                "{name:?} instead"
            );
            assert_eq!(
                join_token(Release::Next, Some(&new), &new),
                Ok(()),
                "{name:?} as before"
            );
        }
    }

    #[test]
    fn the_default_token_cannot_be_deleted() {
        let store = store();
        let text = "deleting default join token is not possible";
        assert_eq!(not_default(&store, "t"), refuse(text));
        assert_eq!(not_default(&store, "other"), Ok(()));
    }

    #[test]
    fn the_default_is_a_token_of_the_account_and_stays() {
        let store = store();
        let nobody = || -> Outcome { refuse("no token with id \"nobody\" exists") };
        assert_eq!(
            default_exists(&store, &default_of(DEFAULT, "other")),
            Ok(())
        );
        assert_eq!(
            default_exists(&store, &default_of(DEFAULT, "nobody")),
            nobody()
        );
        let stays = "destroying the default join token resource is not allowed";
        assert_eq!(
            default_stays(&store, &default_of(DEFAULT, "t")),
            refuse(stays)
        );
        assert_eq!(
            default_stays(&store, &default_of(DEFAULT, "nobody")),
            nobody()
        );
        assert_eq!(default_stays(&store, &default_of("mine", "t")), Ok(()));
    }
}
