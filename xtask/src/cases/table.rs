//! The sum as a table for people.

use super::CASES;
use super::tally::Tally;

/// A line for each object, a column for each case; a dot where nothing was shown.
pub fn render(objects: &[String], tally: &Tally) -> String {
    let width = objects.iter().map(String::len).max().unwrap_or_default();
    let mut text = format!("\n{:width$}", "cases");
    text.extend(CASES.iter().map(|case| format!("  {case}")));
    text.push('\n');
    for object in objects {
        text += &format!("{object:width$}");
        for case in CASES {
            let cell = match tally.count(object, case) {
                0 => "·".to_owned(),
                count => count.to_string(),
            };
            text += &format!("  {cell:>length$}", length = case.len());
        }
        text.push('\n');
    }
    text.push('\n');
    text
}
