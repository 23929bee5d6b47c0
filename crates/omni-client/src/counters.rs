//! How many calls went over the wire, by method. Tests and benches read it.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// Counts the calls of one client. Cheap to clone; all clones count together.
#[derive(Debug, Clone, Default)]
pub struct Counters(Arc<Mutex<BTreeMap<String, u64>>>);

// === impl Counters ===

impl Counters {
    /// Adds one call of a method, `/cosi.resource.State/Get`.
    pub(crate) fn count(&self, path: &str) {
        let mut counts = self.0.lock();
        match counts.get_mut(path) {
            Some(count) => *count += 1,
            None => {
                counts.insert(path.to_owned(), 1);
            }
        }
    }

    /// Calls so far by method path, retries included.
    pub fn by_method(&self) -> BTreeMap<String, u64> {
        self.0.lock().clone()
    }

    /// Calls so far of one method by its last word: `Get`, `Watch`, `Kubeconfig`.
    pub fn of(&self, method: &str) -> u64 {
        let counts = self.0.lock();
        let of_method = |(path, _): &(&String, &u64)| path.rsplit('/').next() == Some(method);
        counts
            .iter()
            .filter(of_method)
            .map(|(_, count)| count)
            .sum()
    }

    /// All calls so far.
    pub fn total(&self) -> u64 {
        self.0.lock().values().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_method_and_in_total() {
        let counters = Counters::default();
        let clone = counters.clone();
        clone.count("/cosi.resource.State/Get");
        clone.count("/cosi.resource.State/Get");
        clone.count("/cosi.resource.State/Watch");
        assert_eq!(
            (counters.of("Get"), counters.of("Watch"), counters.total()),
            (2, 1, 3)
        );
    }
}
