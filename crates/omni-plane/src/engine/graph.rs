//! Who looks at what and who writes it, as a picture in Graphviz' language.
//!
//! Boxes are kinds, ellipses are controllers; a solid arrow into a controller wakes it, a dotted one is only read. The text depends
//! on the declarations alone, so that a golden file shows every change of the wiring in review.

use std::fmt::Write as _;

use super::Controller;

/// The wiring of controllers as DOT.
pub fn dot(controllers: &[Box<dyn Controller>]) -> String {
    let mut edges = Vec::new();
    for controller in controllers {
        let name = controller.name();
        let inputs = controller.inputs();
        let wakes = |kind: &str| {
            let mut waking = inputs.iter().filter(|input| input.wakes());
            waking.any(|input| input.facts().type_name == kind)
        };
        for input in &inputs {
            // A kind that wakes may be listened to once more, in silence.
            if !input.wakes() && wakes(input.facts().type_name) {
                continue;
            }
            let style = if input.wakes() { "" } else { " [style=dotted]" };
            edges.push(format!(
                "  {:?} -> {name:?}{style};",
                short(input.facts().type_name)
            ));
        }
        for output in controller.outputs() {
            edges.push(format!(
                "  {name:?} -> {:?};",
                short(output.facts().type_name)
            ));
        }
    }
    edges.sort();
    edges.dedup();
    let mut names: Vec<_> = controllers
        .iter()
        .map(|controller| controller.name())
        .collect();
    names.sort_unstable();
    let mut text = String::from("digraph plane {\n  node [shape=box];\n");
    for name in names {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:?} [shape=ellipse];");
    }
    for edge in edges {
        text.push_str(&edge);
        text.push('\n');
    }
    text.push_str("}\n");
    text
}

fn short(type_name: &str) -> &str {
    type_name.split('.').next().unwrap_or(type_name)
}
