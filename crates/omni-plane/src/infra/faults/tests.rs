//! The form of scripts and annotations, and what is said about those that make no sense.

use omni_api::{Kind as _, Metadata, kind};

use super::{ANNOTATION, Script, check_annotation};

const WHOLE: &str = "\
# Everything that there is.
faults:
- install-fails: {machine: 2, attempts: 3}
- install-fails:
    machine: 00000000-0000-4000-A000-000000000004
- machine-disconnects: {machine-set: prod-workers, after: 1m 30s, for: 5m}
- machine-disconnects: {cluster: prod, since: join, after: 1s}
- upgrade-hangs: {machine: '1', for: 10m}
- request-refused: {provider: vms, request: 3, reason: quota reached}
- server-stalls: {call: update, kind: clusters, after: 2, times: 3, for: 30s, carried-out: true}
- server-stalls: {}
- watch-breaks: {kind: ClusterStatuses.omni.sidero.dev, after: 5}
";

#[test]
fn a_script_has_one_entry_for_each_mishap() {
    let script = Script::parse(WHOLE).expect("a script");
    assert_eq!(script.text(), WHOLE);
    assert_eq!(script.into_faults().len(), 9);
}

#[test]
fn what_makes_no_sense_is_told_with_its_line() {
    let told = |line: &str| {
        let text = format!("faults:\n- server-stalls: {{}}\n- {line}\n");
        Script::parse(&text).expect_err(line).to_string()
    };
    let cases = [
        (
            "install-fails: {}",
            "line 3: one of `machine`, `machine-set` and `cluster`",
        ),
        (
            "install-fails: {machine: 1, cluster: prod}",
            "line 3: one of",
        ),
        (
            "install-fails: {machine: first}",
            "line 3: \"first\" is neither the number of a machine nor its UUID",
        ),
        (
            "upgrade-hangs: {machine: 0}",
            "line 3: machines are counted from 1",
        ),
        (
            "request-refused: {request: 3}",
            "line 3: request-refused needs `provider`",
        ),
        (
            "watch-breaks: {kind: Clutters}",
            "line 3: there is no kind \"Clutters\"",
        ),
        (
            "machine-disconnects: {machine: 1, since: join}",
            "line 3: since: join needs `after`",
        ),
    ];
    for (line, reason) in cases {
        let told = told(line);
        assert!(told.starts_with(reason), "{line}: {told}");
    }
    for (line, word) in [
        ("install-fails: {machin: 1}", "machin"),
        ("explodes: {}", "explodes"),
        ("install-fails: {machine: 1, attempts: 0}", "nonzero"),
        (
            "upgrade-hangs: {machine: 1, for: soon}",
            "\"soon\" is no span of time",
        ),
        (
            "upgrade-hangs: {machine: 1, for: -5m}",
            "\"-5m\" is no span",
        ),
        ("server-stalls: {call: dance}", "dance"),
    ] {
        let told = told(line);
        assert!(
            told.contains(word) && told.contains("line 3"),
            "{line}: {told}"
        );
    }
}

#[test]
fn an_annotation_belongs_to_what_it_is_about() {
    let told = |type_name: &str, value: &str| {
        let mut metadata = Metadata::new("default", type_name, "x");
        metadata
            .annotations
            .insert(ANNOTATION.to_owned(), value.to_owned());
        check_annotation(&metadata).err().unwrap_or_default()
    };
    assert_eq!(
        told(
            kind::MachineSet::TYPE,
            r#"[{"install-fails": {"attempts": 1}}]"#
        ),
        ""
    );
    assert_eq!(told(kind::InfraProvider::TYPE, "[request-refused: {}]"), "");
    let everything = "[install-fails: {}, machine-disconnects: {}, upgrade-hangs: {}, request-refused: {request: 2}]";
    assert_eq!(told(kind::MachineRequestSet::TYPE, everything), "");
    assert!(
        told(kind::MachineRequest::TYPE, everything)
            .contains("is about that one and has no number")
    );
    let of_one = everything.replace("{request: 2}", "{}");
    assert_eq!(told(kind::MachineRequest::TYPE, &of_one), "");
    assert!(
        told(
            kind::MachineRequestSet::TYPE,
            "[request-refused: {provider: vms}]"
        )
        .contains("names no provider")
    );
    assert!(told(kind::MachineClass::TYPE, "[]").contains("has no meaning here"));
    assert!(told(kind::Cluster::TYPE, "[install-fails: {machine: 1}]").contains("names none"));
    assert!(
        told(kind::Cluster::TYPE, "[request-refused: {}]")
            .contains("request-refused does not belong")
    );
    assert!(
        told(kind::Cluster::TYPE, "[watch-breaks: {}]").contains("watch-breaks does not belong")
    );
    assert!(told(kind::Cluster::TYPE, "install-fails").contains("cannot be used"));
}
