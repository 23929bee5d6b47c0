//! The part of a sorted stream that a page shows.
//!
//! What comes first is sorted; of it, the first `offset` are skipped and the next `limit` are shown. Whatever comes later is shown when it
//! sorts between the first and the last that were shown.

use std::cmp::Ordering;

/// Lets a page's part of a stream through.
#[derive(Debug)]
pub(super) struct Window<T, F> {
    compare: F,
    offset: usize,
    limit: usize,
    skipped: Vec<T>,
    shown: Vec<T>,
    /// Set when the page is full.
    range: Option<(T, Option<T>)>,
}

impl<T: Clone, F: Fn(&T, &T) -> Ordering> Window<T, F> {
    pub(super) fn new(offset: usize, limit: usize, compare: F) -> Self {
        Self {
            compare,
            offset,
            limit,
            skipped: Vec::new(),
            shown: Vec::new(),
            range: None,
        }
    }

    /// Whether this one is shown.
    pub(super) fn admits(&mut self, value: &T) -> bool {
        if self.limit == 0 && self.offset == 0 {
            return true;
        }
        if self.range.is_some() {
            return self.within(value);
        }
        if self.skipped.len() < self.offset {
            insert(&mut self.skipped, value, &self.compare);
            return false;
        }
        if find(&self.skipped, value, &self.compare).is_ok() {
            return false;
        }
        if self.limit == 0 {
            // Everything behind the last that was skipped is shown.
            let last = self.skipped.last().cloned();
            self.range = last.map(|last| (last, None));
            return self.within(value);
        }
        if self.shown.len() < self.limit {
            insert(&mut self.shown, value, &self.compare);
            return true;
        }
        let ends = self.shown.first().cloned().zip(self.shown.last().cloned());
        self.range = ends.map(|(first, last)| (first, Some(last)));
        self.within(value)
    }

    fn within(&self, value: &T) -> bool {
        match &self.range {
            Some((first, Some(last))) => {
                (self.compare)(value, first).is_ge() && (self.compare)(value, last).is_le()
            }
            Some((last_skipped, None)) => (self.compare)(value, last_skipped).is_gt(),
            None => true,
        }
    }
}

fn find<T>(values: &[T], value: &T, compare: &impl Fn(&T, &T) -> Ordering) -> Result<usize, usize> {
    values.binary_search_by(|one| compare(one, value))
}

fn insert<T: Clone>(values: &mut Vec<T>, value: &T, compare: &impl Fn(&T, &T) -> Ordering) {
    if let Err(place) = find(values, value, compare) {
        values.insert(place, value.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(offset: usize, limit: usize, values: &[u32]) -> Vec<u32> {
        let mut window = Window::new(offset, limit, u32::cmp);
        values
            .iter()
            .copied()
            .filter(|value| window.admits(value))
            .collect()
    }

    #[test]
    fn a_page_shows_its_part_and_what_later_belongs_there() {
        assert_eq!(shown(0, 0, &[3, 1, 2]), [3, 1, 2]);
        assert_eq!(shown(1, 2, &[1, 3, 5, 7]), [3, 5]);
        assert_eq!(shown(1, 2, &[1, 3, 5, 7, 4, 1, 5, 2]), [3, 5, 4, 5]);
        assert_eq!(shown(2, 0, &[1, 3, 5, 7, 2, 4]), [5, 7, 4]);
        assert_eq!(shown(0, 2, &[1, 3, 2, 5]), [1, 3, 2]);
    }

    #[test]
    fn what_comes_again_while_the_page_fills_is_one_and_the_same() {
        assert_eq!(shown(1, 2, &[1, 1, 3, 3, 5]), [3, 3, 5]);
    }
}
