//! The demo: the quickstart on the embedded plane with a real terraform or tofu, checked and cleaned away.
//!
//! Everything happens in one scratch folder below `target/demo`; two demos at once do not meet. What is checked is what the
//! plane itself lists, not what Terraform remembers. Whatever happens, the plane is stopped and the folder removed.

mod checks;
mod lab;
mod plane;
mod processes;
mod tools;

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use lab::Lab;
use plane::Plane;

/// Why the demo failed, in a sentence.
pub(crate) type Failure = Box<dyn Error>;

/// Runs the demo.
///
/// # Errors
/// The step that failed and why.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let began = Instant::now();
    let lab = Lab::set_up(root)?;
    println!("{} in {}", lab.core_name(), lab.folder().display());
    let result = steps(&lab).map_err(|error| with_log(&lab, &*error));
    let cleaned = lab.clean_up();
    result?;
    cleaned?;
    println!(
        "the demo took {:.1} s, and nothing is left of it",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

fn steps(lab: &Lab) -> Result<(), Failure> {
    let plane = Plane::of(lab);
    step("init", || lab.core(&["init", "-input=false"]))?;
    step("validate", || lab.core(&["validate"]))?;
    step("plan", || {
        lab.core(&["plan", "-input=false", "-out=first.tfplan"])
    })?;
    step("apply", || {
        lab.core(&["apply", "-input=false", "first.tfplan"])
    })?;
    step("plan again: empty", || lab.core_changes_nothing())?;
    let tree = step("tree", || plane.tree())?;
    println!("\n{}\n", tree.trim_end());
    step(
        "six machines RUNNING and ready, three of them requested",
        || checks::machines(&plane),
    )?;
    step("the KubeSpan patch in the configuration of each", || {
        checks::patched(&plane)
    })?;
    step("destroy", || {
        lab.core(&["destroy", "-input=false", "-auto-approve"])
    })?;
    step("no cluster resource and no request left", || {
        checks::nothing_left(&plane)
    })?;
    step("plane stop", || plane.stop())?;
    step("no process left", || processes::none_of(lab.folder()))
}

/// Runs a step and prints how long it took.
fn step<T>(name: &str, run: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let began = Instant::now();
    let result = run();
    let mark = if result.is_ok() { "✓" } else { "✗" };
    println!("{mark} {name:<56} {:>6.2} s", began.elapsed().as_secs_f64());
    result.map_err(|error| format!("{name}: {error}").into())
}

/// The failure with the last words of the plane.
fn with_log(lab: &Lab, error: &dyn Error) -> Failure {
    let log = lab.work().join(".omni/plane.log");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    let last = lines[lines.len().saturating_sub(20)..].join("\n");
    if last.is_empty() {
        error.to_string().into()
    } else {
        format!("{error}\nthe plane's last words:\n{last}").into()
    }
}
