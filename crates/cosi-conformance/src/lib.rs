//! What any server of COSI's state API must keep, as a library that runs against it.
//!
//! A [`Subject`] is whatever keeps resources: a store in this process, a store in a file, a server behind a connection. [`run`] takes it
//! through every rule of [`rules::all`] and answers which of them it broke, each with what was expected and what was seen. The rules ask for
//! nothing but the API: they wait for events and for answers, never for time, and they leave nothing behind.
//!
//! ```no_run
//! # async fn judge(server: &impl cosi_conformance::Subject) {
//! let report = cosi_conformance::run(server).await;
//! println!("{report}");
//! assert!(report.broken.is_empty());
//! # }
//! ```

mod bench;
mod expect;
pub mod rules;
mod subject;
mod wire;

use std::fmt;

pub use bench::Bench;
pub use expect::Broken;
pub use subject::{Asked, Event, Events, Refusal, Seen, Subject};
pub use wire::OnWire;

/// How a subject did.
#[derive(Debug)]
pub struct Report {
    /// Who was judged.
    pub subject: String,
    /// The rules that it keeps.
    pub kept: Vec<&'static str>,
    /// The rules that it broke, each with what was seen.
    pub broken: Vec<(&'static str, Broken)>,
}

/// Takes a subject through every rule.
pub async fn run<S: Subject>(subject: &S) -> Report {
    let mut report = Report {
        subject: subject.name().to_owned(),
        kept: Vec::new(),
        broken: Vec::new(),
    };
    for (name, rule) in rules::all::<S>() {
        match rule(Bench::new(subject, name)).await {
            Ok(()) => report.kept.push(name),
            Err(broken) => report.broken.push((name, broken)),
        }
    }
    report
}

// === impl Report ===

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kept, broken) = (self.kept.len(), self.broken.len());
        write!(
            f,
            "{}: {kept} of {} rules kept",
            self.subject,
            kept + broken
        )?;
        for (name, broken) in &self.broken {
            write!(f, "\n  {name}: {broken}")?;
        }
        Ok(())
    }
}
