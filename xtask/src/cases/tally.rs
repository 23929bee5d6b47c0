//! The notes of all tests, added up, and what is wrong with the sum.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{CASES, CasesError, read};

/// How often each case of each object was shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(String, &'static str), usize>);

// === impl Tally ===

impl Tally {
    /// Reads the notes in a folder; none at all where the folder is missing.
    ///
    /// # Errors
    /// A file that cannot be read, or a line that is no case.
    pub fn read(folder: &Path) -> Result<Self, CasesError> {
        let failed = |source| CasesError::Io {
            path: folder.to_owned(),
            source,
        };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            entries => entries.map_err(failed)?,
        };
        let mut tally = Self::default();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            tally.add(&read(&path)?, &path)?;
        }
        Ok(tally)
    }

    /// Whether nothing was shown.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How often a case of an object was shown.
    pub fn count(&self, object: &str, case: &'static str) -> usize {
        let key = (object.to_owned(), case);
        self.0.get(&key).copied().unwrap_or_default()
    }

    fn add(&mut self, notes: &str, path: &Path) -> Result<(), CasesError> {
        for line in notes.lines() {
            let case = line.split_once('\t').and_then(|(object, word)| {
                let case = CASES.into_iter().find(|case| *case == word)?;
                Some((object.to_owned(), case))
            });
            let case = case.ok_or_else(|| CasesError::Note {
                path: PathBuf::from(path),
                line: line.to_owned(),
            })?;
            *self.0.entry(case).or_default() += 1;
        }
        Ok(())
    }
}

/// Cells that are empty, and cells that were given up although they are filled.
pub fn problems(
    objects: &[String],
    tally: &Tally,
    impossible: &[(&str, &str, &str)],
) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects {
        for case in CASES {
            let given_up = impossible
                .iter()
                .any(|(o, c, _)| (*o, *c) == (object.as_str(), case));
            match (tally.count(object, case), given_up) {
                (0, false) => found.push(format!("no test shows {case:?} of {object}")),
                (1.., true) => {
                    found.push(format!(
                        "{case:?} of {object} is shown: it is possible after all"
                    ));
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(notes: &str) -> Result<Tally, CasesError> {
        let mut tally = Tally::default();
        tally.add(notes, Path::new("notes"))?;
        Ok(tally)
    }

    #[test]
    fn notes_are_added_up() {
        let tally = tally("omni_a\tcreate\nomni_a\tcreate\nomni_b\tbad input\n").expect("notes");
        assert_eq!(tally.count("omni_a", "create"), 2);
        assert_eq!(tally.count("omni_b", "bad input"), 1);
        assert_eq!(tally.count("omni_b", "create"), 0);
    }

    #[test]
    fn a_line_of_another_form_is_not_passed_over() {
        assert!(matches!(
            tally("omni_a\tcreated\n"),
            Err(CasesError::Note { .. })
        ));
        assert!(matches!(
            tally("omni_a create\n"),
            Err(CasesError::Note { .. })
        ));
    }

    #[test]
    fn an_empty_cell_and_one_that_was_given_up_too_early_are_told() {
        let all: String = CASES
            .iter()
            .map(|case| format!("omni_a\t{case}\n"))
            .collect();
        let objects = ["omni_a".to_owned()];
        let full = tally(&all).expect("notes");
        assert!(problems(&objects, &full, &[]).is_empty());
        assert_eq!(
            problems(&objects, &full, &[("omni_a", "drift", "why")]).len(),
            1
        );
        let less = tally(&all.replace("omni_a\tdrift\n", "")).expect("notes");
        assert_eq!(
            problems(&objects, &less, &[]),
            ["no test shows \"drift\" of omni_a"]
        );
        assert!(problems(&objects, &less, &[("omni_a", "drift", "why")]).is_empty());
    }
}
