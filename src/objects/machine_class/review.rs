//! What is wrong with a machine class before it is written: pure checks of the configuration, and of the provider's data.

use omni_api::specs::InfraProviderStatusSpec;
use omni_api::{Resource, kind, labels};
use tfplugin::{Attr, Diagnostic, Diagnostics, Path, Text as _};

use super::{AutoProvision, MachineClass};
use crate::values::Yaml;

/// A label that no selector may name: machines that carry it belong to a machine request.
const NO_MANUAL_ALLOCATION: &str = labels::NO_MANUAL_ALLOCATION;

const MOST_KERNEL_ARGS: usize = 64;
const LONGEST_KERNEL_ARG: usize = 256;

/// Checks the configuration as a whole. Unknown values are never wrong.
pub fn configuration(config: &MachineClass, diagnostics: &mut Diagnostics) {
    match (&config.match_labels, &config.auto_provision) {
        (Attr::Null, Attr::Null) => diagnostics.push(
            Diagnostic::error("A machine class needs a source of machines")
                .detail("Neither `match_labels` nor `auto_provision` is set.")
                .remedy("Set `match_labels` to select machines that exist, or `auto_provision` to have them made."),
        ),
        (Attr::Known(_), Attr::Known(_)) => diagnostics.push(
            Diagnostic::error("Two sources of machines")
                .detail("`match_labels` and `auto_provision` exclude each other.")
                .remedy("Remove one of the two, or make two classes.")
                .at_attribute("auto_provision"),
        ),
        _ => {}
    }
    if let Attr::Known(selectors) = &config.match_labels {
        if selectors.is_empty() {
            diagnostics.push(empty("match_labels"));
        }
        for (index, selector) in selectors.iter().enumerate() {
            let query = selector.as_known().and_then(|selector| selector.query());
            if query
                .is_some_and(|query| query.0.iter().any(|term| term.key == NO_MANUAL_ALLOCATION))
            {
                diagnostics.push(reserved(index));
            }
        }
    }
    if let Attr::Known(provision) = &config.auto_provision {
        provisioning(provision, diagnostics);
    }
}

/// Checks the provider's data against the schema that the provider publishes.
pub fn provider_data(
    provider: Option<&Resource<kind::InfraProviderStatus>>,
    provision: &AutoProvision,
) -> Diagnostics {
    let Attr::Known(id) = &provision.provider_id else {
        return Diagnostics::new();
    };
    let Some(provider) = provider else {
        return no_provider(id).into();
    };
    if provider
        .metadata
        .labels
        .contains_key(labels::IS_STATIC_INFRA_PROVIDER)
    {
        return Diagnostic::error("This provider makes no machines")
            .detail(format!("The infrastructure provider {id:?} manages bare metal; it cannot make machines on request."))
            .remedy("Select its machines with `match_labels` instead.")
            .at(Path::of("auto_provision").attribute("provider_id"))
            .into();
    }
    match &provision.provider_data {
        Attr::Unknown => Diagnostics::new(),
        data => against_schema(id, &provider.spec, data.as_known()),
    }
}

fn against_schema(
    id: &str,
    provider: &InfraProviderStatusSpec,
    data: Option<&Yaml>,
) -> Diagnostics {
    let Ok(schema) = serde_json::from_str::<serde_json::Value>(&provider.schema) else {
        return Diagnostics::new();
    };
    let Ok(validator) = jsonschema::validator_for(&schema) else {
        return Diagnostics::new();
    };
    let empty = serde_json::Value::Object(serde_json::Map::new());
    let data = data
        .and_then(|yaml| yaml.documents().first())
        .unwrap_or(&empty);
    let problem = |error: jsonschema::ValidationError<'_>| {
        let place = error.instance_path().to_string();
        let place = if place.is_empty() {
            String::new()
        } else {
            format!(" at {place}")
        };
        Diagnostic::error("Provider data does not fit")
            .detail(format!(
                "The infrastructure provider {id:?} does not accept it{place}: {error}."
            ))
            .remedy(format!(
                "`omni_infra_provider.….schema` of {id:?} says what it takes."
            ))
            .at(Path::of("auto_provision").attribute("provider_data"))
    };
    validator.iter_errors(data).map(problem).collect()
}

fn provisioning(provision: &AutoProvision, diagnostics: &mut Diagnostics) {
    let at = |name: &str| Path::of("auto_provision").attribute(name);
    if provision.provider_id.as_str() == Some("") {
        diagnostics.push(
            Diagnostic::error("No provider")
                .detail("`provider_id` is empty.")
                .at(at("provider_id")),
        );
    }
    if let Attr::Known(data) = &provision.provider_data
        && (data.documents().len() > 1
            || data
                .documents()
                .first()
                .is_some_and(|document| !document.is_object()))
    {
        diagnostics.push(
            Diagnostic::error("Provider data is no object")
                .detail(format!(
                    "{:?} is not one YAML mapping of names to values.",
                    data.spelling()
                ))
                .remedy("Write it as an object, best with `yamlencode({ … })`.")
                .at(at("provider_data")),
        );
    }
    for (name, is_empty) in [
        (
            "kernel_args",
            provision.kernel_args.as_known().is_some_and(Vec::is_empty),
        ),
        (
            "meta_values",
            provision.meta_values.as_known().is_some_and(Vec::is_empty),
        ),
    ] {
        if is_empty {
            diagnostics.push(empty(name));
        }
    }
    let args = provision
        .kernel_args
        .as_known()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let long = args.iter().any(|arg| {
        arg.as_str()
            .is_some_and(|arg| arg.len() > LONGEST_KERNEL_ARG)
    });
    if args.len() > MOST_KERNEL_ARGS || long {
        diagnostics.push(
            Diagnostic::error("Too many or too long kernel arguments")
                .detail(format!("Omni takes at most {MOST_KERNEL_ARGS} kernel arguments of at most {LONGEST_KERNEL_ARG} bytes."))
                .at(at("kernel_args")),
        );
    }
}

fn empty(name: &str) -> Diagnostic {
    Diagnostic::error("Empty list")
        .detail(format!("`{name}` is set to an empty list."))
        .remedy(format!("Remove `{name}`, or put something into it."))
}

fn reserved(index: usize) -> Diagnostic {
    Diagnostic::error("Selector is not allowed")
        .detail(format!("Selectors with the label {NO_MANUAL_ALLOCATION} are not allowed: it marks machines that were made for a request."))
        .at(Path::of("match_labels").index(index))
}

fn no_provider(id: &str) -> Diagnostic {
    Diagnostic::error("Infrastructure provider is not there")
        .detail(format!(
            "There is no infrastructure provider {id:?} in this account that has ever connected."
        ))
        .remedy("Create it with omni_infra_provider, and start its program with the account's key.")
        .at(Path::of("auto_provision").attribute("provider_id"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::shared::testing::summaries;
    use crate::values::Selector;

    fn problems(config: &MachineClass) -> Vec<String> {
        summaries(|found| configuration(config, found))
    }

    fn selecting(text: &str) -> MachineClass {
        let selector = Selector::parse(text).expect("any text");
        MachineClass {
            match_labels: Attr::Known(vec![Attr::Known(selector)]),
            ..Default::default()
        }
    }

    fn provider(schema: &str) -> Resource<kind::InfraProviderStatus> {
        Resource::new(
            "vms",
            InfraProviderStatusSpec {
                schema: schema.to_owned(),
                ..Default::default()
            },
        )
    }

    fn provision(data: &str) -> AutoProvision {
        let data = Attr::Known(Yaml::parse(data).expect("YAML"));
        AutoProvision {
            provider_id: "vms".into(),
            provider_data: data,
            ..Default::default()
        }
    }

    #[test]
    fn exactly_one_source_is_asked_for_and_an_unknown_one_may_be_it() {
        assert_eq!(
            problems(&MachineClass::default()),
            ["A machine class needs a source of machines"]
        );
        let both = MachineClass {
            auto_provision: Attr::Known(provision("{}")),
            ..selecting("rack = r1")
        };
        assert_eq!(problems(&both), ["Two sources of machines"]);
        assert!(
            problems(&MachineClass {
                auto_provision: Attr::Unknown,
                ..Default::default()
            })
            .is_empty()
        );
    }

    #[test]
    fn a_reserved_label_and_an_empty_list_are_refused() {
        assert_eq!(
            problems(&selecting("omni.sidero.dev/no-manual-allocation")),
            ["Selector is not allowed"]
        );
        assert_eq!(
            problems(&MachineClass {
                match_labels: Attr::Known(Vec::new()),
                ..Default::default()
            }),
            ["Empty list"]
        );
    }

    #[test]
    fn provider_data_is_checked_against_the_providers_schema() {
        let schema = r#"{"type":"object","properties":{"size":{"enum":["small","large"]}},"additionalProperties":false}"#;
        assert!(provider_data(Some(&provider(schema)), &provision("size: small")).is_empty());
        let found = provider_data(Some(&provider(schema)), &provision("size: huge"));
        let text: String = found.iter().map(Diagnostic::text).collect();
        assert!(text.contains("/size") && text.contains("huge"), "{text}");
    }

    #[test]
    fn a_provider_that_is_missing_or_makes_no_machines_is_named() {
        let summary = |found: Diagnostics| {
            found
                .iter()
                .next()
                .map(|diagnostic| diagnostic.summary().to_owned())
        };
        assert_eq!(
            summary(provider_data(None, &provision("{}"))).as_deref(),
            Some("Infrastructure provider is not there")
        );
        let mut fixed = provider("{}");
        fixed
            .metadata
            .labels
            .insert(labels::IS_STATIC_INFRA_PROVIDER.into(), String::new());
        assert_eq!(
            summary(provider_data(Some(&fixed), &provision("{}"))).as_deref(),
            Some("This provider makes no machines")
        );
    }
}
