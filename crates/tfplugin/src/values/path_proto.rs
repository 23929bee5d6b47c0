//! Paths on the wire.
//!
//! The protocol has no step into a set: a path ends at the set that the place is in.

use super::{Path, Step};
use crate::proto;
use crate::proto::attribute_path::step::Selector;

impl From<&Path> for proto::AttributePath {
    fn from(path: &Path) -> Self {
        let steps = path.steps().iter().map_while(selector);
        let steps = steps
            .map(|selector| proto::attribute_path::Step {
                selector: Some(selector),
            })
            .collect();
        Self { steps }
    }
}

fn selector(step: &Step) -> Option<Selector> {
    match step {
        Step::Attribute(name) => Some(Selector::AttributeName(name.clone())),
        Step::Key(key) => Some(Selector::ElementKeyString(key.clone())),
        Step::Index(index) => i64::try_from(*index).ok().map(Selector::ElementKeyInt),
        Step::Element(_) => None,
    }
}

/// A path that core or a provider sent; a step without a selector ends it.
impl From<&proto::AttributePath> for Path {
    fn from(path: &proto::AttributePath) -> Self {
        let step = |step: &proto::attribute_path::Step| match step.selector.as_ref()? {
            Selector::AttributeName(name) => Some(Step::Attribute(name.clone())),
            Selector::ElementKeyString(key) => Some(Step::Key(key.clone())),
            Selector::ElementKeyInt(index) => usize::try_from(*index).ok().map(Step::Index),
        };
        path.steps.iter().map_while(step).collect::<Vec<_>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Value;

    #[test]
    fn a_path_comes_back_from_the_wire() {
        let path = Path::of("machine").attribute("labels").key("a").index(3);
        assert_eq!(Path::from(&proto::AttributePath::from(&path)), path);
    }

    #[test]
    fn a_path_into_a_set_ends_at_the_set() {
        let path = Path::of("patches")
            .element(Value::from("x"))
            .attribute("name");
        assert_eq!(
            Path::from(&proto::AttributePath::from(&path)),
            Path::of("patches")
        );
    }
}
