//! What the user is told, as lines.

use tfplugin::proto::{self as pb, diagnostic::Severity};

/// Each error: summary, path and text, as one line.
pub fn errors(told: &[pb::Diagnostic]) -> Vec<String> {
    of_severity(told, Severity::Error)
}

/// Each warning, likewise.
pub fn warnings(told: &[pb::Diagnostic]) -> Vec<String> {
    of_severity(told, Severity::Warning)
}

fn of_severity(told: &[pb::Diagnostic], severity: Severity) -> Vec<String> {
    let line = |d: &pb::Diagnostic| {
        let at = d
            .attribute
            .as_ref()
            .map(|at| format!("{}: ", path(at)))
            .unwrap_or_default();
        format!("{at}{} | {}", d.summary, d.detail)
    };
    told.iter()
        .filter(|d| d.severity() == severity)
        .map(line)
        .collect()
}

/// A path as people write it.
pub fn path(path: &pb::AttributePath) -> String {
    use pb::attribute_path::step::Selector;
    let step =
        |step: &pb::attribute_path::Step| match step.selector.as_ref().expect("a step selects") {
            Selector::AttributeName(name) => format!(".{name}"),
            Selector::ElementKeyString(key) => format!("[{key:?}]"),
            Selector::ElementKeyInt(index) => format!("[{index}]"),
        };
    path.steps
        .iter()
        .map(step)
        .collect::<String>()
        .trim_start_matches('.')
        .to_owned()
}
