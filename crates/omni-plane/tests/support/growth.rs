//! How the work of each controller grows with the number of machines.
#![allow(clippy::print_stdout, reason = "it prints the table")]
#![allow(
    clippy::cast_precision_loss,
    reason = "counts are far below what a float holds"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use omni_plane::engine::Tally;

/// How much more a machine may cost among ten times as many.
const MORE: f64 = 1.2;
/// What is the same however many machines there are, in reconciliations or looks a machine.
const ANYWAY: f64 = 0.5;

/// What two runs have cost, controller by controller.
#[derive(Debug)]
pub struct Growth {
    machines: [usize; 2],
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    controller: &'static str,
    steps: [u64; 2],
    looks: [u64; 2],
    took: [Duration; 2],
}

// === impl Growth ===

impl Growth {
    /// Of a run with few machines and of one with many.
    pub fn of(machines: [usize; 2], runs: &[Vec<Tally>; 2]) -> Self {
        let [few, many] = runs.each_ref().map(|run| by_name(run));
        let row = |controller: &'static str| {
            let of = [few[controller], many[controller]];
            Row {
                controller,
                steps: of.map(|tally| tally.steps.count()),
                looks: of.map(|tally| tally.looks),
                took: of.map(|tally| tally.steps.total()),
            }
        };
        Self {
            machines,
            rows: few.keys().copied().map(row).collect(),
        }
    }

    /// Prints the growth, and fails for each controller that does more for a machine in the second run.
    ///
    /// # Panics
    /// When there is one.
    pub fn assert_linear(&self) {
        self.print();
        let worse: Vec<_> = self.rows.iter().flat_map(|row| self.worse(row)).collect();
        assert!(worse.is_empty(), "{worse:#?}");
    }

    fn worse(&self, row: &Row) -> Vec<String> {
        let mut worse = Vec::new();
        for (what, counts) in [("reconciliations", row.steps), ("looks", row.looks)] {
            let [few, many] = self.each(counts);
            if many > few * MORE + ANYWAY {
                let name = row.controller;
                worse.push(format!(
                    "{name}: {what} a machine from {few:.2} to {many:.2}"
                ));
            }
        }
        worse
    }

    /// Prints what every controller did for a machine, the dearest first, and the power of the number of machines that its looks grow with.
    fn print(&self) {
        println!("{:?} machines", self.machines);
        let mut rows: Vec<_> = self.rows.iter().filter(|row| row.looks[1] > 0).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.looks[1]));
        for row in rows {
            let (steps, looks) = (self.each(row.steps), self.each(row.looks));
            println!(
                "{:<48} {:>8.1} {:>8.1} reconciliations {:>9.1} {:>9.1} looks {:>8.1?} {:>8.1?}, exponent {:>5.2}",
                row.controller,
                steps[0],
                steps[1],
                looks[0],
                looks[1],
                row.took[0],
                row.took[1],
                self.exponent(row.looks),
            );
        }
    }

    /// Of work that grows with a power of the number of machines, the power: 1 is linear, 2 is quadratic.
    fn exponent(&self, counts: [u64; 2]) -> f64 {
        let [few, many] = counts.map(|count| count.max(1) as f64);
        let [less, more] = self.machines.map(|machines| machines as f64);
        (many / few).ln() / (more / less).ln()
    }

    fn each(&self, counts: [u64; 2]) -> [f64; 2] {
        [0, 1].map(|at| counts[at] as f64 / self.machines[at] as f64)
    }
}

fn by_name(run: &[Tally]) -> BTreeMap<&'static str, &Tally> {
    run.iter().map(|tally| (tally.controller, tally)).collect()
}
