//! What is written about the plane is complete: every kind that users write, every field of it, every command.

use omni_api::kind::{self, Facts, Write};
use omni_api::reflect;
use omni_plane::infra::faults::Script;

const PAGE: &str = include_str!("../../docs/plane.md");

/// The line about a kind in the table of what the plane does.
fn row(facts: &Facts) -> Option<&'static str> {
    let word = facts.type_name.split('.').next()?;
    let (_, table) = PAGE.split_once("\n## What it does and what not\n")?;
    table
        .lines()
        .find(|line| line.starts_with(&format!("| `{word}` |")))
}

#[test]
fn every_kind_that_users_write_has_a_line_that_names_each_of_its_fields() {
    let writable = kind::ALL.iter().filter(|facts| facts.write != Write::None);
    let mut missing = Vec::new();
    for facts in writable {
        let Some(row) = row(facts) else {
            missing.push(facts.type_name.to_owned());
            continue;
        };
        if facts.spec == "google.protobuf.Empty" {
            continue;
        }
        let message = reflect::descriptor(facts.spec).expect("a known message");
        let unnamed = message
            .fields()
            .filter(|field| !row.contains(&format!("`{}`", field.name())));
        missing.extend(unnamed.map(|field| format!("{} {}", facts.type_name, field.name())));
    }
    assert!(
        missing.is_empty(),
        "docs/plane.md says nothing about {missing:#?}"
    );
}

#[test]
fn the_fault_script_on_the_page_can_be_used_and_shows_every_fault() {
    let block = PAGE
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let script = Script::parse(block.expect("a block")).expect("a script");
    let faults = script.into_faults();
    let kinds: std::collections::BTreeSet<String> = faults
        .iter()
        .filter_map(|fault| format!("{fault:?}").split('(').next().map(str::to_owned))
        .collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
}

#[test]
fn every_transcript_stands_beside_the_command_that_it_is_of() {
    const COMMANDS: &str = include_str!("../../docs/omnictl.md");
    let linked = COMMANDS.split("](../tests/transcripts/").skip(1);
    let linked: std::collections::BTreeSet<_> = linked
        .filter_map(|rest| rest.split_once(')').map(|(file, _)| file.to_owned()))
        .collect();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");
    let kept = std::fs::read_dir(folder).expect("the folder");
    let kept = kept.map(|file| file.expect("a file").path());
    let kept = kept.filter(|file| file.extension().is_some_and(|ending| ending == "txt"));
    let kept = kept.filter_map(|file| Some(file.file_name()?.to_str()?.to_owned()));
    let kept = kept.collect();
    assert_eq!(linked, kept);
}
