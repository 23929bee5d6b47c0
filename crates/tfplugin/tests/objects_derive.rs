//! A struct is a schema.

#![allow(missing_docs, reason = "a test needs no documentation")]

use tfplugin::schema::Role;
use tfplugin::types::{Duration, Secret, Timeouts};
use tfplugin::{Attr, Object};

/// A cluster.
#[derive(Debug, Object)]
#[object(name = "cluster", version = 1, identity(name))]
struct Cluster {
    /// Name.
    #[attr(required, replace)]
    name: Attr<String>,
    /// Weight.
    #[attr(default = 400)]
    weight: Attr<i64>,
    /// Token.
    #[attr(optional, write_only)]
    token: Attr<Secret>,
    /// Interval.
    #[attr(optional, computed, default = "1h")]
    interval: Attr<Duration>,
    /// Features.
    #[attr(optional)]
    features: Attr<Features>,
    /// Machines.
    #[attr(computed)]
    machines: Attr<Vec<Machine>>,
    /// Times.
    #[attr(timeouts(create = "10m", delete = "20m"))]
    timeouts: Attr<Timeouts>,
}

/// Switches.
#[derive(Debug, Object)]
struct Features {
    /// Encrypt disks.
    #[attr(optional, computed)]
    disk_encryption: Attr<bool>,
}

/// A machine.
#[derive(Debug, Object)]
struct Machine {
    /// Id.
    #[attr(computed)]
    id: Attr<String>,
}

#[test]
fn a_struct_reads_what_it_writes() {
    use tfplugin::AttrType as _;
    let mut cluster = Cluster::empty().expect("every attribute may be null");
    cluster.name = "prod".into();
    cluster.features = Attr::Known(Features {
        disk_encryption: Attr::Unknown,
    });
    let value = cluster.encode();
    let again = Cluster::decode(&value).expect("what was written reads");
    assert_eq!(again.encode(), value);
    assert_eq!(again.name.as_str(), Some("prod"));
}

/// A plot whose words do not suit its types and its use.
#[derive(Debug, Object)]
#[object(name = "plot", version = 3, identity(beds))]
struct Plot {
    /// Beds.
    #[attr(required, replace)]
    beds: Attr<Vec<String>>,
    /// Width.
    #[attr(default = -1)]
    width: Attr<u8>,
    /// Word.
    #[attr(default = 5)]
    word: Attr<String>,
    /// Parts.
    #[attr(optional)]
    parts: Attr<std::collections::BTreeSet<Part>>,
    /// More.
    #[attr(optional, variadic)]
    more: Attr<String>,
    /// Size.
    #[attr(computed)]
    size: Attr<i64>,
}

/// A part.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
struct Part {
    /// Number.
    #[attr(optional, write_only)]
    number: Attr<i64>,
}

fn problems(role: Role) -> Vec<String> {
    Plot::SCHEMA
        .problems(role)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_sound_schema_has_no_problem() {
    assert_eq!(Cluster::SCHEMA.problems(Role::Resource), []);
}

#[test]
fn a_word_that_does_not_suit_its_type_is_a_problem() {
    assert_eq!(
        problems(Role::Resource),
        [
            "plot.beds: an identity is made of strings, numbers and bools",
            "plot.more: `variadic` is for the last parameter of a function",
            "plot.more: a variadic parameter is an `Attr<Vec<T>>`",
            "plot.width: the default is not a value of the attribute's type",
            "plot.word: the default is not a value of the attribute's type",
            "plot.parts.number: a set cannot hold write-only attributes",
        ]
    );
}

#[test]
fn a_word_that_would_be_ignored_is_a_problem() {
    let found = problems(Role::Action);
    let rules = [
        "plot: only a resource has an identity",
        "plot: only a resource has versions",
        "plot.beds: only a resource is replaced",
        "plot.parts.number: only a resource has write-only attributes: nothing else is stored",
        "plot.size: nothing is computed here: there is no answer to put it into",
    ];
    for rule in rules {
        assert!(
            found.iter().any(|problem| problem == rule),
            "{rule}: {found:#?}"
        );
    }
}
