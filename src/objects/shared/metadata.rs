//! Labels and annotations of any object: ours are written, those of others are left alone.

use std::collections::BTreeMap;

use omni_api::labels;
use omni_api::resource::{Map, Metadata};
use tfplugin::Attr;

/// A map of labels or annotations in a model.
pub type MapAttr = Attr<BTreeMap<String, Attr<String>>>;

/// Prefix of the keys that Omni uses itself.
const RESERVED: &str = "omni.sidero.dev/";

/// The value of the mark that every write of ours leaves; Omni's UI warns by its presence.
const TOOL: &str = "Terraform";

/// Writes the listed entries, removes those that were listed before, leaves the rest.
pub fn write_map(plan: &MapAttr, prior: Option<&MapAttr>, target: &mut Map) {
    let Attr::Known(wanted) = plan else { return };
    let listed_before = prior
        .and_then(Attr::as_known)
        .into_iter()
        .flatten()
        .map(|(key, _)| key);
    for key in listed_before.filter(|key| !wanted.contains_key(*key)) {
        target.remove(key);
    }
    for (key, value) in wanted {
        if let Attr::Known(value) = value {
            target.insert(key.clone(), value.clone());
        }
    }
}

/// What the state shows: of the listed entries what the server has; without a list nothing.
///
/// After an import there is no list yet: the state then shows everything that is not Omni's own, which is what a
/// configuration may want to list.
pub fn read_map(listed: &MapAttr, importing: bool, source: &Map) -> MapAttr {
    let visible = |key: &str| match listed {
        Attr::Known(listed) => listed.contains_key(key),
        Attr::Null | Attr::Unknown => importing && !key.starts_with(RESERVED),
    };
    let entries = source.iter().filter(|(key, _)| visible(key));
    let entries: BTreeMap<_, _> = entries
        .map(|(key, value)| (key.clone(), Attr::Known(value.clone())))
        .collect();
    if entries.is_empty() && !listed.is_known() {
        Attr::Null
    } else {
        Attr::Known(entries)
    }
}

/// Sets or removes a mark; `None` leaves it alone.
pub fn write_flag(wanted: Option<&bool>, key: &str, target: &mut Map) {
    match wanted {
        Some(true) => {
            target.entry(key.to_owned()).or_default();
        }
        Some(false) => {
            target.remove(key);
        }
        None => {}
    }
}

/// Leaves the mark that Terraform manages the resource.
pub fn mark_managed(metadata: &mut Metadata) {
    metadata
        .annotations
        .insert(labels::MANAGED_BY_GITOPS_TOOLS.to_owned(), TOOL.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> Map {
        entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn attr(entries: &[(&str, &str)]) -> MapAttr {
        Attr::Known(
            entries
                .iter()
                .map(|(key, value)| ((*key).to_owned(), Attr::from(*value)))
                .collect(),
        )
    }

    #[test]
    fn entries_of_others_survive_and_dropped_ones_go() {
        let mut target = map(&[("theirs", "1"), ("old", "2"), ("kept", "3")]);
        write_map(
            &attr(&[("kept", "4"), ("new", "5")]),
            Some(&attr(&[("old", "2"), ("kept", "3")])),
            &mut target,
        );
        assert_eq!(target, map(&[("kept", "4"), ("new", "5"), ("theirs", "1")]));
    }

    #[test]
    fn the_state_shows_the_listed_entries_only() {
        let source = map(&[
            ("a", "1"),
            ("theirs", "2"),
            ("omni.sidero.dev/cluster", "c"),
        ]);
        assert_eq!(
            read_map(&attr(&[("a", "old"), ("gone", "x")]), false, &source),
            attr(&[("a", "1")])
        );
    }

    #[test]
    fn without_a_list_the_state_shows_nothing_of_others() {
        assert_eq!(
            read_map(&Attr::Null, false, &map(&[("theirs", "1")])),
            Attr::Null
        );
    }

    #[test]
    fn an_import_shows_everything_but_omnis_own() {
        let source = map(&[("a", "1"), ("omni.sidero.dev/cluster", "c")]);
        assert_eq!(read_map(&Attr::Null, true, &source), attr(&[("a", "1")]));
        assert_eq!(read_map(&Attr::Null, true, &map(&[])), Attr::Null);
    }

    #[test]
    fn an_unset_flag_leaves_the_mark_alone() {
        let mut target = map(&[("lock", "by hand")]);
        write_flag(None, "lock", &mut target);
        write_flag(Some(&true), "lock", &mut target);
        assert_eq!(target, map(&[("lock", "by hand")]));
        write_flag(Some(&false), "lock", &mut target);
        assert!(target.is_empty());
    }
}
