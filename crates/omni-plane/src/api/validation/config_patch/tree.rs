//! YAML as a tree that knows its lines.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError};

/// A node, and the line on which it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Scalar { text: String, plain: bool },
    List(Vec<Rc<Node>>),
    Map(Vec<(String, Rc<Node>)>),
}

/// The documents of a text; each is one node, empty documents are null.
pub(super) fn parse(text: &str) -> Result<Vec<Rc<Node>>, ScanError> {
    let mut builder = Builder::default();
    for next in Parser::new_from_str(text) {
        let (event, span) = next?;
        builder.take(event, span.start.line());
    }
    Ok(builder.documents)
}

#[derive(Debug, Default)]
struct Builder {
    documents: Vec<Rc<Node>>,
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
}

/// A collection whose end has not come yet.
#[derive(Debug)]
struct Open {
    line: usize,
    anchor: usize,
    map: bool,
    items: Vec<Rc<Node>>,
}

// === impl Node ===

impl Node {
    fn scalar(line: usize, text: String, plain: bool) -> Self {
        let value = Value::Scalar { text, plain };
        Self { line, value }
    }

    /// The value of a key; merged mappings count.
    pub(super) fn get(&self, key: &str) -> Option<&Rc<Node>> {
        let Value::Map(entries) = &self.value else {
            return None;
        };
        let find = |wanted: &str| {
            entries
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, node)| node)
        };
        find(key).or_else(|| match &find("<<")?.value {
            Value::List(merged) => merged.iter().find_map(|one| one.get(key)),
            _ => find("<<")?.get(key),
        })
    }

    /// The node at a path of keys.
    pub(super) fn at(&self, path: &str) -> Option<&Node> {
        let mut node = self;
        for key in path.split('.') {
            node = node.get(key)?;
        }
        Some(node)
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The short tag that YAML gives the node.
    pub(super) fn tag(&self) -> &'static str {
        match &self.value {
            Value::List(_) => "!!seq",
            Value::Map(_) => "!!map",
            Value::Scalar { plain: false, .. } => "!!str",
            Value::Scalar { text, .. } => match text.as_str() {
                "" | "~" | "null" | "Null" | "NULL" => "!!null",
                "true" | "false" | "True" | "False" | "TRUE" | "FALSE" => "!!bool",
                number if number.parse::<i64>().is_ok() => "!!int",
                number
                    if number.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                        && number.parse::<f64>().is_ok() =>
                {
                    "!!float"
                }
                _ => "!!str",
            },
        }
    }
}

// === impl Builder ===

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                self.put(
                    Rc::new(Node::scalar(line, text.into_owned(), plain)),
                    anchor,
                );
            }
            Event::Alias(anchor) => {
                // A node that is an alias of what is still open would contain itself: it reads as null.
                let known = self.anchors.get(&anchor).cloned();
                self.put(
                    known.unwrap_or_else(|| Rc::new(Node::scalar(line, String::new(), true))),
                    0,
                );
            }
            Event::SequenceStart(_, anchor, _) => self.begin(line, anchor, false),
            Event::MappingStart(_, anchor, _) => self.begin(line, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => {}
        }
    }

    fn begin(&mut self, line: usize, anchor: usize, map: bool) {
        let items = Vec::new();
        self.open.push(Open {
            line,
            anchor,
            map,
            items,
        });
    }

    fn end(&mut self) {
        let Some(Open {
            line,
            anchor,
            map,
            items,
        }) = self.open.pop()
        else {
            return;
        };
        let value = if map {
            let mut entries = Vec::with_capacity(items.len() / 2);
            let mut items = items.into_iter();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                entries.push((key.text().unwrap_or_default().to_owned(), value));
            }
            Value::Map(entries)
        } else {
            Value::List(items)
        };
        self.put(Rc::new(Node { line, value }), anchor);
    }

    fn put(&mut self, node: Rc<Node>, anchor: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.documents.push(node),
        }
    }
}
