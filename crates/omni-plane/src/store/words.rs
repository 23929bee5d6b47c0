//! Words that stand in many resources: keys of labels and annotations, names of controllers, values of the labels that have an index.
//!
//! A word gets a number when it is first met and keeps it as long as the process lives. There is an end to that, so that nobody fills the
//! memory with words: what is too long, or comes too late, has no number.

use std::collections::HashMap;
use std::sync::Arc;

/// How many words have numbers.
const MOST: usize = 1 << 16;
/// How long such a word is at most.
const LONGEST: usize = 64;

/// The words, and their numbers.
#[derive(Debug, Default)]
pub(super) struct Words {
    numbers: HashMap<Arc<str>, usize>,
    texts: Vec<Arc<str>>,
}

// === impl Words ===

impl Words {
    /// The number of a word, a new one if it has none; `None` for a word that gets no number.
    pub(super) fn learn(&mut self, word: &str) -> Option<usize> {
        if let Some(number) = self.number(word) {
            return Some(number);
        }
        if word.len() > LONGEST || self.texts.len() >= MOST {
            return None;
        }
        let (number, text) = (self.texts.len(), Arc::<str>::from(word));
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        Some(number)
    }

    /// The number of a word that was met before.
    pub(super) fn number(&self, word: &str) -> Option<usize> {
        self.numbers.get(word).copied()
    }

    /// The word of a number.
    ///
    /// # Panics
    /// When no word ever got this number.
    pub(super) fn text(&self, number: usize) -> &str {
        &self.texts[number]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_number_and_there_is_an_end_to_numbers() {
        let mut words = Words::default();
        assert_eq!(words.number("a"), None);
        assert_eq!(words.learn("a"), Some(0));
        assert_eq!(words.learn("b"), Some(1));
        assert_eq!(words.learn("a"), Some(0));
        assert_eq!(words.text(1), "b");
        assert_eq!(words.learn(&"x".repeat(LONGEST + 1)), None);
        for number in 2..MOST {
            assert_eq!(words.learn(&format!("word {number}")), Some(number));
        }
        assert_eq!(words.learn("one too many"), None);
        assert_eq!(words.learn("b"), Some(1));
    }
}
