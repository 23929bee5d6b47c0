//! Properties of the planner: whatever the schema, the configuration and the prior state, core accepts what the
//! framework answers, by core's own assertions.

mod random;

use proptest::prelude::*;
use random::answer::{answer, merges_elements};
use random::schemas::{Case, case};
use tfplugin::objchange::{
    CoreSchema, Problem, change_problems, config_problems, plan_problems, unknown_problems,
    write_only_problems,
};
use tfplugin::schema::ObjectSchema;
use tfplugin::testing::rules;
use tfplugin::values::{Value, conform};

/// A case with its plan, its second plan, the remote object's answer and the state that comes of it.
struct Run {
    schema: &'static ObjectSchema,
    core: CoreSchema,
    config: Value,
    known: Value,
    prior: Value,
    planned: Value,
    replanned: Value,
    actual: Value,
    state: Value,
    told: bool,
}

fn run(case: &Case) -> Run {
    let built = case.build();
    let version = built.versions[0].clone();
    let prior = case.prior(&built);
    let planned = rules::plan(built.schema, &version.config, prior.as_ref());
    let replanned = rules::plan(built.schema, &version.known, prior.as_ref());
    let actual = answer(&case.columns, &replanned);
    let (state, told) = rules::settle(
        built.schema,
        &version.known,
        prior.as_ref(),
        &replanned,
        &actual,
    );
    Run {
        schema: built.schema,
        core: built.schema.into(),
        config: version.config,
        known: version.known,
        prior: prior.unwrap_or_default(),
        planned,
        replanned,
        actual,
        state,
        told: !told.is_empty(),
    }
}

fn none(problems: &[Problem], values: &[&Value]) -> Result<(), TestCaseError> {
    let values: Vec<_> = values.iter().map(|value| value.reveal()).collect();
    prop_assert!(problems.is_empty(), "{:#?}\n{:#?}", problems, values);
    Ok(())
}

fn same(left: &Value, right: &Value) -> Result<(), TestCaseError> {
    prop_assert_eq!(left.reveal(), right.reveal());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_generated_configuration_and_state_are_ones_that_core_would_send(case in case()) {
        let Run { core, config, known, prior, .. } = run(&case);
        none(&config_problems(&core, &config), &[&config])?;
        none(&config_problems(&core, &known), &[&known])?;
        prop_assert!(conform(&prior, &core.implied_type()).is_ok());
        none(&unknown_problems(&prior), &[&prior])?;
        none(&write_only_problems(&core, &prior), &[&prior])?;
    }

    #[test]
    fn a_plan_respects_the_configuration(case in case()) {
        let Run { core, config, known, prior, planned, replanned, .. } = run(&case);
        none(&plan_problems(&core, &prior, &config, &planned), &[&prior, &config, &planned])?;
        none(&plan_problems(&core, &prior, &known, &replanned), &[&prior, &known, &replanned])?;
    }

    #[test]
    fn a_write_only_value_is_never_planned_or_stored(case in case()) {
        let Run { core, planned, replanned, state, .. } = run(&case);
        for value in [planned, replanned, state] {
            none(&write_only_problems(&core, &value), &[&value])?;
        }
    }

    #[test]
    fn what_was_known_in_the_first_plan_is_the_same_in_the_second(case in case()) {
        let Run { core, planned, replanned, .. } = run(&case);
        none(&change_problems(&core, &planned, &replanned), &[&planned, &replanned])?;
    }

    #[test]
    fn a_new_state_keeps_the_plan_and_is_known(case in case()) {
        let Run { core, replanned, actual, state, told, .. } = run(&case);
        none(&change_problems(&core, &replanned, &state), &[&replanned, &actual, &state])?;
        none(&unknown_problems(&state), &[&state])?;
        prop_assert!(!told, "the user was told of a broken promise");
    }

    #[test]
    fn the_plan_after_an_apply_is_empty(case in case()) {
        let Run { schema, known, replanned, state, .. } = run(&case);
        prop_assume!(!merges_elements(&case.columns, &replanned));
        let again = rules::plan(schema, &known, Some(&state));
        same(&again, &state)?;
        prop_assert_eq!(rules::replacements(schema, &state, &again), []);
    }

    #[test]
    fn a_read_that_finds_nothing_but_another_spelling_changes_nothing(case in case()) {
        let Run { schema, state, .. } = run(&case);
        same(&rules::keep_spelling(schema, &state, &answer(&case.columns, &state)), &state)?;
    }

    #[test]
    fn a_change_of_what_replaces_is_told(case in case()) {
        let Run { schema, prior, planned, .. } = run(&case);
        if prior.is_null() {
            return Ok(());
        }
        let replacements = rules::replacements(schema, &prior, &planned);
        for attribute in schema.attributes.iter().filter(|attribute| attribute.replace) {
            let told = replacements.iter().any(|path| path.to_string() == attribute.name);
            prop_assert_eq!(told, prior.get(attribute.name) != planned.get(attribute.name));
        }
    }
}
