//! Validation: each value at its path, and never an error for what is not known.

use tfplugin::{Number, Value};

use crate::core::{Core, errors, texts};

#[tokio::test]
async fn each_wrong_value_is_named_at_its_path() {
    let core = Core::new().await;
    let config = core.config([
        ("name", "a".into()),
        ("watering", "soon".into()),
        (
            "rank",
            "-1".parse::<Number>().map(Value::from).expect("a number"),
        ),
        ("history", texts(["clay", "", ""])),
        (
            "key_wo_version",
            "1.5".parse::<Number>().map(Value::from).expect("a number"),
        ),
        (
            "timeouts",
            Value::object([
                ("create", "later".into()),
                ("read", Value::Null),
                ("update", Value::Null),
                ("delete", Value::Null),
            ]),
        ),
    ]);
    let told = errors(&core.validate(&config).await);
    let at: Vec<&str> = told
        .iter()
        .filter_map(|line| line.split_once(':').map(|(at, _)| at))
        .collect();
    assert_eq!(
        at,
        [
            "watering",
            "rank",
            "history[1]",
            "history[2]",
            "key_wo_version",
            "timeouts.create"
        ]
    );
    assert!(
        told[0].ends_with("Write numbers with units, such as \"90s\", \"10m\" or \"1h30m\"."),
        "{}",
        told[0]
    );
    assert!(
        told[1].contains("-1 is not a whole number from 0 to 4294967295."),
        "{}",
        told[1]
    );
}

#[tokio::test]
async fn a_configuration_of_nothing_but_unknown_values_is_valid() {
    let core = Core::new().await;
    let mut config = core.bed.null_object();
    if let Value::Object(fields) = &mut config {
        for (name, value) in fields
            .iter_mut()
            .filter(|(name, _)| !["area", "phase"].contains(&name.as_str()))
        {
            *value = Value::Unknown;
            assert!(!name.is_empty());
        }
    }
    assert_eq!(core.validate(&config).await, []);
}

#[tokio::test]
async fn relations_between_attributes_are_checked_by_the_object() {
    let core = Core::new().await;
    let config = core.config([
        ("name", "a".into()),
        ("soil", "clay".into()),
        ("earth", "clay".into()),
    ]);
    assert_eq!(
        errors(&core.validate(&config).await),
        ["earth: Two soils | Both soil and earth are set.\n\nRemove earth."]
    );
    let later = core.config([
        ("name", "a".into()),
        ("soil", Value::Unknown),
        ("earth", "clay".into()),
    ]);
    assert_eq!(core.validate(&later).await, []);
}

#[tokio::test]
async fn a_core_that_would_store_a_write_only_value_is_told_so() {
    let mut core = Core::new().await;
    core.capabilities.write_only_attributes_allowed = false;
    let told = errors(
        &core
            .validate(&core.config([("name", "a".into()), ("key_wo", "k".into())]))
            .await,
    );
    assert!(
        told[0].starts_with("key_wo: Write-only attributes are not supported here"),
        "{told:?}"
    );
    assert_eq!(
        core.validate(&core.config([("name", "a".into())])).await,
        []
    );
}
