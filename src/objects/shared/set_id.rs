//! The id of a machine set, as other objects name it.
//!
//! It begins with the cluster's name, and the short name is a likely mistake: it was the id in the official provider's alpha. Found out at
//! plan, it costs a line; found out by nobody, it replaces every node that names its set.

use tfplugin::{Attr, Diagnostic, Path};

/// Says that `set` is no id of a machine set of `cluster`; unknown values are never wrong.
pub fn wrong(cluster: &Attr<String>, set: &Attr<String>, at: Path) -> Option<Diagnostic> {
    let (cluster, set) = (cluster.as_str()?, set.as_str()?);
    let inside = set
        .strip_prefix(cluster)
        .and_then(|rest| rest.strip_prefix('-'));
    if inside.is_some_and(|name| !name.is_empty()) {
        return None;
    }
    Some(
        Diagnostic::error("Not an id of a machine set")
            .detail(format!(
                "The machine sets of the cluster {cluster:?} have ids that begin with \"{cluster}-\", and {set:?} does not."
            ))
            .remedy("Write `omni_machine_set.….id` in place of `omni_machine_set.….name`: the name is the id without the cluster's name.")
            .at(at),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_wrong(cluster: &str, set: &str) -> bool {
        wrong(&cluster.into(), &set.into(), Path::of("machine_set")).is_some()
    }

    #[test]
    fn an_id_begins_with_the_clusters_name() {
        assert!(!is_wrong("prod", "prod-workers"));
        assert!(!is_wrong("prod", "prod-prod-workers"));
        for set in ["workers", "prod-", "prod", "production-workers", ""] {
            assert!(is_wrong("prod", set), "{set}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_judged() {
        let at = || Path::of("machine_set");
        assert!(wrong(&Attr::Unknown, &"workers".into(), at()).is_none());
        assert!(wrong(&"prod".into(), &Attr::Unknown, at()).is_none());
        assert!(wrong(&Attr::Null, &"workers".into(), at()).is_none());
    }
}
