//! Writes a tree in the layout of Go's library: four blanks a level, lists indented, two blanks behind a dash.

use super::scalar;
use super::tree::Tree;

const LEVEL: usize = 4;
/// What a dash and its blank take.
const DASH: usize = 2;

/// A whole document.
pub(super) fn document(tree: &Tree) -> String {
    let mut text = String::new();
    match tree {
        Tree::Map(entries) if !entries.is_empty() => map(&mut text, entries, 0, true),
        other => value(&mut text, other, 0, LEVEL),
    }
    text
}

/// The entries of a map; the first one stands where the line is, if `in_place`.
fn map(text: &mut String, entries: &[(String, Tree)], indent: usize, in_place: bool) {
    for (place, (key, tree)) in entries.iter().enumerate() {
        if place > 0 || !in_place {
            text.extend(std::iter::repeat_n(' ', indent));
        }
        text.push_str(&scalar::inline(key));
        text.push(':');
        let deeper = LEVEL * ((indent + LEVEL) / LEVEL);
        match tree {
            Tree::Map(inner) if !inner.is_empty() => {
                text.push('\n');
                map(text, inner, deeper, false);
            }
            Tree::List(items) if !items.is_empty() => {
                text.push('\n');
                list(text, items, deeper, false);
            }
            other => {
                text.push(' ');
                value(text, other, deeper, deeper - indent);
            }
        }
    }
}

/// The items of a list; the first one stands where the line is, if `in_place`.
fn list(text: &mut String, items: &[Tree], indent: usize, in_place: bool) {
    for (place, item) in items.iter().enumerate() {
        if place > 0 || !in_place {
            text.extend(std::iter::repeat_n(' ', indent));
        }
        text.push_str("- ");
        match item {
            Tree::Map(entries) if !entries.is_empty() => map(text, entries, indent + DASH, true),
            Tree::List(inner) if !inner.is_empty() => list(text, inner, indent + DASH, true),
            other => value(text, other, indent + DASH, DASH),
        }
    }
}

/// What stands on the line that has begun; `step` is how much deeper a block is than what surrounds it.
fn value(text: &mut String, tree: &Tree, indent: usize, step: usize) {
    match tree {
        Tree::Null => text.push_str("null"),
        Tree::Plain(plain) => text.push_str(plain),
        Tree::Text(block) if scalar::fits_block(block) => {
            text.push_str(&scalar::block_header(block, step));
            for line in block.strip_suffix('\n').unwrap_or(block).split('\n') {
                text.push('\n');
                if !line.is_empty() {
                    text.extend(std::iter::repeat_n(' ', indent));
                    text.push_str(line);
                }
            }
        }
        Tree::Text(line) => text.push_str(&scalar::inline(line)),
        Tree::List(_) => text.push_str("[]"),
        Tree::Map(_) => text.push_str("{}"),
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> Tree {
        Tree::Text(text.to_owned())
    }

    #[test]
    fn levels_are_laid_out_as_gos_library_lays_them_out() {
        let inner = Tree::Map(vec![
            ("name".into(), text("x")),
            (
                "sub".into(),
                Tree::Map(vec![("a".into(), Tree::Plain("1".into()))]),
            ),
        ]);
        let tree = Tree::Map(vec![
            ("items".into(), Tree::List(vec![inner, text("one\ntwo\n")])),
            ("data".into(), text("a:\n  b: c\n\nend")),
            ("none".into(), Tree::Null),
            ("empty".into(), Tree::List(vec![])),
        ]);
        assert_eq!(
            document(&tree),
            "items:\n    - name: x\n      sub:\n        a: 1\n    - |\n      one\n      two\ndata: |-\n    a:\n      b: c\n\n    \
             end\nnone: null\nempty: []\n"
        );
    }

    /// The value that a reader gets back, to compare with what was written.
    fn plain(tree: &Tree) -> serde_json::Value {
        match tree {
            Tree::Null => serde_json::Value::Null,
            Tree::Plain(number) => number
                .parse()
                .map(serde_json::Value::Number)
                .expect("a number"),
            Tree::Text(text) => text.clone().into(),
            Tree::List(items) => items.iter().map(plain).collect(),
            Tree::Map(entries) => entries
                .iter()
                .map(|(key, tree)| (key.clone(), plain(tree)))
                .collect(),
        }
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            Just(Tree::Null),
            (0_u32..2000).prop_map(|number| Tree::Plain(number.to_string())),
            "[ -~\n\t'\":#{}\\[\\]é]{0,24}".prop_map(Tree::Text),
            "(yes|no|true|~|0x1f|1e3|1_000|2026-01-01|1:30|-|---|\\.inf|<<)".prop_map(Tree::Text),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
                prop::collection::btree_map("[a-z]{1,6}", inner, 0..4)
                    .prop_map(|entries| Tree::Map(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_written_reads_back(entries in prop::collection::btree_map("[a-z]{1,6}", trees(), 0..4)) {
            let tree = Tree::Map(entries.into_iter().collect());
            let written = document(&tree);
            let options = serde_saphyr::options! { strict_booleans: true };
            let read: serde_json::Value = serde_saphyr::from_str_with_options(&written, options)
                .map_err(|error| TestCaseError::fail(format!("{error}\n{written}")))?;
            prop_assert_eq!(read, plain(&tree), "{}", written);
        }
    }
}
