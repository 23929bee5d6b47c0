//! Core's judgement of plans and new states, on cases small enough to read.

use tfplugin::objchange::{
    CoreAttribute, CoreKind, CoreSchema, Problem, change_problems, config_problems, plan_problems,
    proposed_new, unknown_problems, write_only_problems,
};
use tfplugin::schema::{Mode, Nesting};
use tfplugin::{Type, Value};

fn attribute(kind: CoreKind, mode: Mode) -> CoreAttribute {
    CoreAttribute {
        kind,
        mode,
        sensitive: false,
        write_only: false,
    }
}

fn schema(attributes: impl IntoIterator<Item = (&'static str, CoreAttribute)>) -> CoreSchema {
    CoreSchema {
        attributes: attributes
            .into_iter()
            .map(|(name, it)| (name.to_owned(), it))
            .collect(),
    }
}

fn text(mode: Mode) -> CoreAttribute {
    attribute(CoreKind::Plain(Type::String), mode)
}

/// A machine set in small: a name, a computed id, and nodes with a name and a computed address.
fn machine_set(nesting: Nesting) -> CoreSchema {
    let node = schema([
        ("name", text(Mode::Required)),
        ("address", text(Mode::Computed)),
    ]);
    schema([
        ("name", text(Mode::Required)),
        ("id", text(Mode::Computed)),
        ("zone", text(Mode::OptionalComputed)),
        (
            "nodes",
            attribute(CoreKind::Nested(nesting, node), Mode::Optional),
        ),
        (
            "key",
            CoreAttribute {
                write_only: true,
                ..text(Mode::Optional)
            },
        ),
    ])
}

fn node(name: &str, address: Value) -> Value {
    Value::object([("name", Value::from(name)), ("address", address)])
}

fn object(name: &str, id: Value, zone: Value, nodes: Value) -> Value {
    let known = [
        ("name", Value::from(name)),
        ("id", id),
        ("zone", zone),
        ("nodes", nodes),
        ("key", Value::Null),
    ];
    Value::object(known)
}

fn nodes(nesting: Nesting, nodes: impl IntoIterator<Item = Value>) -> Value {
    match nesting {
        Nesting::Single => nodes.into_iter().next().unwrap_or_default(),
        Nesting::List => Value::list(nodes),
        Nesting::Set => Value::set(nodes),
        Nesting::Map => Value::map(
            nodes
                .into_iter()
                .enumerate()
                .map(|(index, node)| (index.to_string(), node)),
        ),
    }
}

fn texts(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

const NESTINGS: [Nesting; 4] = [Nesting::Single, Nesting::List, Nesting::Set, Nesting::Map];

#[test]
fn a_proposal_keeps_what_was_computed_for_what_is_still_configured() {
    for nesting in NESTINGS {
        let schema = machine_set(nesting);
        let prior = object(
            "a",
            "1".into(),
            "z".into(),
            nodes(nesting, [node("n", "10.0.0.1".into())]),
        );
        let config = object(
            "b",
            Value::Null,
            Value::Null,
            nodes(nesting, [node("n", Value::Null)]),
        );
        let proposed = proposed_new(&schema, &prior, &config);
        let expected = object(
            "b",
            "1".into(),
            "z".into(),
            nodes(nesting, [node("n", "10.0.0.1".into())]),
        );
        assert_eq!(proposed.reveal(), expected.reveal(), "{nesting:?}");
    }
}

#[test]
fn a_proposal_finds_set_elements_by_what_the_user_wrote() {
    let schema = machine_set(Nesting::Set);
    let prior = [node("n", "10.0.0.1".into()), node("m", "10.0.0.2".into())];
    let prior = object("a", "1".into(), Value::Null, Value::set(prior));
    let config = [node("m", Value::Null), node("o", Value::Null)];
    let config = object("a", Value::Null, Value::Null, Value::set(config));
    let expected = Value::set([node("m", "10.0.0.2".into()), node("o", Value::Null)]);
    assert_eq!(
        proposed_new(&schema, &prior, &config)
            .get("nodes")
            .unwrap()
            .reveal(),
        expected.reveal()
    );
}

#[test]
fn a_proposal_for_a_new_object_is_the_configuration() {
    let schema = machine_set(Nesting::List);
    let config = object("a", Value::Null, Value::Unknown, Value::Unknown);
    assert_eq!(
        proposed_new(&schema, &Value::Null, &config).reveal(),
        config.reveal()
    );
    assert_eq!(
        proposed_new(&schema, &Value::Null, &Value::Null),
        Value::Null
    );
}

#[test]
fn what_is_computed_may_be_planned_freely_and_nothing_else() {
    let schema = machine_set(Nesting::List);
    let config = object("a", Value::Null, Value::Null, Value::Null);
    let valid = object("a", Value::Unknown, "somewhere".into(), Value::Null);
    assert_eq!(plan_problems(&schema, &Value::Null, &config, &valid), []);
    let rows = [
        (
            object("b", Value::Unknown, Value::Null, Value::Null),
            "name: the plan is not the configuration",
        ),
        (
            object("a", Value::Null, Value::Null, Value::list([])),
            "nodes: is not computed, but planned without a configuration",
        ),
        (Value::Null, "is configured, but planned to be absent"),
    ];
    for (planned, expected) in rows {
        assert_eq!(
            texts(&plan_problems(&schema, &Value::Null, &config, &planned)),
            [expected]
        );
    }
}

#[test]
fn the_prior_value_may_stand_for_the_configured_one() {
    let schema = machine_set(Nesting::List);
    let prior = object("A", "1".into(), Value::Null, Value::Null);
    let config = object("a", Value::Null, Value::Null, Value::Null);
    assert_eq!(plan_problems(&schema, &prior, &config, &prior), []);
    let neither = object("b", "1".into(), Value::Null, Value::Null);
    let problems = plan_problems(&schema, &prior, &config, &neither);
    assert_eq!(
        texts(&problems),
        ["name: the plan is neither the configuration nor the prior state"]
    );
}

#[test]
fn every_configured_element_is_planned_and_no_other() {
    for nesting in [Nesting::List, Nesting::Set, Nesting::Map] {
        let schema = machine_set(nesting);
        let one = [node("n", Value::Null)];
        let two = [node("n", Value::Unknown), node("m", Value::Unknown)];
        let config = object("a", Value::Null, Value::Null, nodes(nesting, one));
        let planned = object("a", Value::Unknown, Value::Null, nodes(nesting, two));
        let problems = plan_problems(&schema, &Value::Null, &config, &planned);
        // The number of elements in a set with unknown parts is not certain, so core lets it pass.
        let expected: &[&str] = match nesting {
            Nesting::Set => &[],
            _ => &["nodes: 1 elements are configured, but 2 are planned"],
        };
        assert_eq!(texts(&problems), expected, "{nesting:?}");
    }
}

#[test]
fn a_write_only_value_must_not_be_planned_or_stored() {
    let schema = machine_set(Nesting::List);
    let mut config = object("a", Value::Null, Value::Null, Value::Null);
    let planned = object("a", Value::Unknown, Value::Null, Value::Null);
    let Value::Object(fields) = &mut config else {
        unreachable!("it was made as an object")
    };
    fields.insert("key".to_owned(), Value::from("hunter2"));
    assert_eq!(plan_problems(&schema, &Value::Null, &config, &planned), []);
    assert_eq!(
        texts(&write_only_problems(&schema, &config)),
        ["key: is write-only, but not null"]
    );
    assert_eq!(write_only_problems(&schema, &planned), []);
}

#[test]
fn a_new_state_keeps_what_was_known_and_decides_what_was_not() {
    for nesting in NESTINGS {
        let schema = machine_set(nesting);
        let all =
            |nodes_: Vec<Value>| object("a", Value::Unknown, "z".into(), nodes(nesting, nodes_));
        let planned = all(vec![node("n", Value::Unknown)]);
        let state = object(
            "a",
            "1".into(),
            "z".into(),
            nodes(nesting, [node("n", "10.0.0.1".into())]),
        );
        assert_eq!(
            change_problems(&schema, &planned, &state),
            [],
            "{nesting:?}"
        );
        assert_eq!(unknown_problems(&state), []);
        let renamed = object(
            "a",
            "1".into(),
            "z".into(),
            nodes(nesting, [node("m", "10.0.0.1".into())]),
        );
        assert!(
            !change_problems(&schema, &planned, &renamed).is_empty(),
            "{nesting:?}"
        );
        let gone = object("a", "1".into(), "z".into(), Value::Null);
        assert!(
            !change_problems(&schema, &planned, &gone).is_empty(),
            "{nesting:?}"
        );
    }
}

#[test]
fn unknown_set_elements_may_become_one_but_never_more() {
    let schema = machine_set(Nesting::Set);
    let all = |nodes: Vec<Value>| object("a", "1".into(), "z".into(), Value::set(nodes));
    let open = || Value::object([("name", Value::Unknown), ("address", Value::Unknown)]);
    let planned = all(vec![open(), open()]);
    let (n, m, o) = (
        node("n", "1".into()),
        node("m", "2".into()),
        node("o", "3".into()),
    );
    assert_eq!(
        change_problems(&schema, &planned, &all(vec![n.clone()])),
        []
    );
    assert_eq!(
        change_problems(&schema, &planned, &all(vec![n.clone(), m.clone()])),
        []
    );
    let problems = change_problems(&schema, &planned, &all(vec![n, m, o]));
    assert_eq!(
        texts(&problems),
        ["nodes: 2 elements were planned, but 3 came"]
    );
}

#[test]
fn a_sensitive_change_is_told_without_its_parts() {
    let ty = Type::map(Type::String);
    let secret = CoreAttribute {
        sensitive: true,
        ..attribute(CoreKind::Plain(ty), Mode::Optional)
    };
    let schema = schema([("tokens", secret)]);
    let all = |key: &str| Value::object([("tokens", Value::map([(key, Value::from("hunter2"))]))]);
    let problems = change_problems(&schema, &all("a"), &all("b"));
    assert_eq!(texts(&problems), ["tokens: the sensitive value changed"]);
    assert!(!format!("{problems:?}").contains("hunter2"));
}

#[test]
fn a_dynamic_value_keeps_its_planned_type() {
    let schema = schema([(
        "value",
        attribute(CoreKind::Plain(Type::Dynamic), Mode::Computed),
    )]);
    let all = |ty: Type, value: Value| Value::object([("value", Value::dynamic(ty, value))]);
    let planned = all(Type::String, Value::Unknown);
    assert_eq!(
        change_problems(&schema, &planned, &all(Type::String, "x".into())),
        []
    );
    let other = change_problems(&schema, &planned, &all(Type::Bool, true.into()));
    assert_eq!(
        texts(&other),
        ["value: the type of the dynamic value changed"]
    );
    let anything = Value::object([("value", Value::Unknown)]);
    assert_eq!(
        change_problems(&schema, &anything, &all(Type::Bool, true.into())),
        []
    );
}

#[test]
fn a_configuration_sets_what_is_required_and_leaves_what_is_computed() {
    let schema = machine_set(Nesting::List);
    let nodes = Value::list([Value::object([
        ("name", Value::Null),
        ("address", "10.0.0.1".into()),
    ])]);
    let config = object("a", "1".into(), Value::Unknown, nodes);
    let expected = [
        "id: is set, but only the provider sets it",
        "nodes[0].address: is set, but only the provider sets it",
        "nodes[0].name: is required, but not set",
    ];
    assert_eq!(texts(&config_problems(&schema, &config)), expected);
    let wrong = config_problems(&schema, &Value::object([("name", Value::from(true))]));
    assert_eq!(wrong.len(), 1);
}
