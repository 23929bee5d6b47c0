//! Children: this binary again, told by its environment what to do to which file.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use omni_plane::Store;

/// Tells the binary that it is a child, and which file is its.
const FILE: &str = "OMNI_PLANE_KILL_FILE";

/// The file of this process, if it is a child.
pub(crate) fn file() -> Option<PathBuf> {
    std::env::var_os(FILE).map(PathBuf::from)
}

/// Tells the parent that everything up to a number is durable, once it is.
#[expect(clippy::print_stdout, reason = "that is how a child tells its parent")]
pub(crate) fn acknowledge(store: &Store, number: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    runtime.block_on(store.committed()).expect("it is written");
    println!("acknowledged {number}");
    std::io::stdout().flush().expect("the parent listens");
}

/// When a child is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// So long after its start, wherever it is: often while it opens the file.
    After(Duration),
    /// So long after it has acknowledged so many times.
    Acknowledged(usize, Duration),
}

// === impl Moment ===

impl Moment {
    /// At random: one child in four while it starts, up to `start`; the others after up to `most` acknowledgements, and up to `spin` more.
    pub(crate) fn random(start: Duration, most: usize, spin: Duration) -> Self {
        let up_to = |most: Duration| most.mul_f64(rand::random_range(0.0..1.0));
        if rand::random_range(0..4) == 0 {
            Self::After(up_to(start))
        } else {
            Self::Acknowledged(rand::random_range(1..=most), up_to(spin))
        }
    }
}

/// Runs the test of this name as a child, kills it at the moment, and answers the highest number that it has acknowledged.
pub(crate) fn run_and_kill(test: &str, path: &Path, moment: Moment) -> Option<u64> {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut numbers = Vec::new();
    let spin = match moment {
        Moment::After(span) => span,
        Moment::Acknowledged(most, spin) => {
            let told = lines.by_ref().filter_map(number).take(most);
            numbers.extend(told);
            assert_eq!(numbers.len(), most, "{test} ended by itself");
            spin
        }
    };
    // Not a wait for anything: it moves the kill to a random place.
    std::thread::sleep(spin);
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    // What it still said before it was killed counts.
    numbers.extend(lines.filter_map(number));
    numbers.into_iter().max()
}

fn number(line: std::io::Result<String>) -> Option<u64> {
    line.ok()?.strip_prefix("acknowledged ")?.parse().ok()
}

/// Shares the runs out among so many lanes, each with a thread and a file of its own.
pub(crate) fn in_lanes(runs: usize, lanes: usize, lane: impl Fn(usize, &Path) + Sync) {
    let home = tempfile::tempdir().expect("a folder");
    std::thread::scope(|scope| {
        for number in 0..lanes {
            let (lane, path) = (&lane, home.path().join(format!("state-{number}")));
            let runs = runs / lanes + usize::from(number < runs % lanes);
            scope.spawn(move || lane(runs, &path));
        }
    });
}
