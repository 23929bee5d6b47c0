//! Expressions, and what Go's CEL says of them in Talos' environment.
//!
//! `vectors.txt` holds an expression after `==`, and below it the type of its answer after `OK`, or the message.

use disk_selector::{DiskSelector, SelectorError};
use omni_api::specs::machine_status_spec::hardware_status::BlockDevice;

/// Expression and answer.
fn vectors() -> Vec<(String, String)> {
    let mut vectors: Vec<(String, String)> = Vec::new();
    for line in include_str!("vectors.txt").lines() {
        match (line.strip_prefix("== "), vectors.last_mut()) {
            (Some(expression), _) => vectors.push((expression.to_owned(), String::new())),
            (None, Some((_, answer))) => {
                answer.push_str(line);
                answer.push('\n');
            }
            (None, None) => {}
        }
    }
    vectors
}

#[test]
fn every_expression_is_judged_as_go_judges_it() {
    let mut wrong = Vec::new();
    let vectors = vectors();
    assert!(vectors.len() > 50, "{} vectors", vectors.len());
    for (expression, expected) in vectors {
        let expected = expected.trim_end();
        let ours = match DiskSelector::parse(&expression) {
            Ok(_) => "OK bool".to_owned(),
            Err(SelectorError::NotBoolean(ty)) => format!("OK {ty}"),
            Err(error) => error.to_string(),
        };
        if ours != expected {
            wrong.push(format!("{expression}\n  Go:   {expected}\n  ours: {ours}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_selector_means_the_disks_that_it_describes() {
    let disk = BlockDevice {
        size: 480_000_000_000,
        model: "Emulated".into(),
        transport: "nvme".into(),
        dev_path: "/dev/nvme0n1".into(),
        symlinks: vec!["/dev/disk/by-id/a".into(), "/dev/disk/by-id/b".into()],
        system_disk: true,
        ..BlockDevice::default()
    };
    for (expression, means) in [
        ("disk.size > 100u * GB && !disk.rotational", true),
        ("disk.size > 1u * TiB", false),
        ("disk.transport == \"nvme\" || disk.serial == \"x\"", true),
        ("glob(\"/dev/nvme*\", disk.dev_path)", true),
        ("disk.symlinks.exists(link, link.endsWith(\"/b\"))", true),
        ("\"/dev/disk/by-id/c\" in disk.symlinks", false),
        (
            "disk.symlinks.size() == 2 && disk.symlinks[1].contains(\"by-id\")",
            true,
        ),
        ("disk.model.matches(\"^Emu\")", true),
        ("system_disk", true),
        ("has(disk.model)", true),
    ] {
        let selector = DiskSelector::parse(expression).expect(expression);
        assert_eq!(selector.matches(&disk), Ok(means), "{expression}");
    }
}

#[test]
fn a_question_without_an_answer_is_an_error_of_that_disk() {
    let disk = BlockDevice {
        linux_name: "/dev/vda".into(),
        ..BlockDevice::default()
    };
    for (expression, reason) in [
        ("disk.symlinks[0] == \"x\"", "index out of bounds: 0"),
        ("disk.size / disk.io_size > 1u", "division by zero"),
    ] {
        let selector = DiskSelector::parse(expression).expect(expression);
        let answer = selector.matches(&disk);
        let expected = SelectorError::Evaluation {
            disk: "/dev/vda".into(),
            reason: reason.into(),
        };
        assert_eq!(answer, Err(expected));
    }
}
