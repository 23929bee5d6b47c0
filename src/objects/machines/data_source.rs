//! The data source `omni_machines`.

use omni_api::{kind, labels};
use tfplugin::objects::{Cx, DataSource};
use tfplugin::{Attr, Diagnostic, Diagnostics, Text as _};

use super::choose::{Candidate, Choice, Wish, choose, is_free};
use super::{Machine, Machines};
use crate::session::{Session, defer, explain};

/// How many refused candidates a message names.
const NAMED: usize = 10;

/// The data source `omni_machines`.
#[derive(Debug, Default)]
pub struct MachinesDataSource;

// === impl MachinesDataSource ===

impl DataSource for MachinesDataSource {
    type Session = Session;
    type Model = Machines;

    fn validate(&self, config: &Machines, diagnostics: &mut Diagnostics) {
        if config.available == Attr::Known(true) && config.available_to.is_known() {
            diagnostics.push(
                Diagnostic::error("Two conditions for free machines")
                    .detail("`available` and `available_to` exclude each other: the second one already asks for free machines.")
                    .remedy("Use `available_to` where the machines are for a machine set: it keeps finding them when they belong to it.")
                    .at_attribute("available"),
            );
        }
        if let (Attr::Known(limit), Attr::Known(at_least)) = (config.limit, config.at_least)
            && at_least > limit
        {
            diagnostics.push(
                Diagnostic::error("Impossible count")
                    .detail(format!(
                        "`at_least` is {at_least}, but `limit` allows {limit} machines."
                    ))
                    .at_attribute("at_least"),
            );
        }
    }

    async fn read(&self, cx: &Cx<Session>, config: Machines) -> Result<Machines, Diagnostics> {
        if cx.session().is_waiting() {
            defer(cx.session(), cx)?;
            return Ok(config);
        }
        let client = cx.session().client().await?;
        let failed = |error| explain::failed("read the machines", &error);
        let machines = client
            .cache()
            .list::<kind::MachineStatus>(None)
            .await
            .map_err(failed)?;
        let count = |attr: &Attr<u32>| {
            attr.as_known()
                .and_then(|count| usize::try_from(*count).ok())
        };
        let wish = Wish {
            selector: config
                .selector
                .as_known()
                .and_then(|selector| selector.query()),
            available: config.available == Attr::Known(true),
            available_to: config.available_to.as_str(),
            limit: count(&config.limit),
            spread_by: config.spread_by.as_str(),
        };
        let choice = choose(&wish, &machines);
        if let Some(at_least) =
            count(&config.at_least).filter(|at_least| choice.taken.len() < *at_least)
        {
            return Err(too_few(&config, at_least, &choice).into());
        }
        let by_id = |id: &String| machines.iter().find(|machine| machine.id() == id);
        Ok(Machines {
            ids: Attr::Known(
                choice
                    .taken
                    .iter()
                    .map(|id| Attr::from(id.as_str()))
                    .collect(),
            ),
            machines: Attr::Known(
                choice
                    .taken
                    .iter()
                    .filter_map(by_id)
                    .map(describe)
                    .collect(),
            ),
            ..config
        })
    }
}

fn describe(machine: &Candidate) -> Machine {
    let label = |key| Attr::from(machine.metadata.label(key).map(str::to_owned));
    let hostname = machine
        .spec
        .network
        .as_ref()
        .map(|network| network.hostname.clone());
    let all = machine
        .metadata
        .labels
        .iter()
        .map(|(key, value)| (key.clone(), Attr::from(value.as_str())));
    Machine {
        id: Attr::from(machine.id()),
        hostname: Attr::from(hostname),
        connected: Attr::Known(machine.spec.connected),
        available: Attr::Known(is_free(machine)),
        cluster: label(labels::CLUSTER),
        machine_set: label(labels::MACHINE_SET),
        talos_version: Attr::from(machine.spec.talos_version.as_str()),
        arch: label(labels::MACHINE_ARCH),
        labels: Attr::Known(all.collect()),
    }
}

fn too_few(config: &Machines, at_least: usize, choice: &Choice) -> Diagnostic {
    let selector = config
        .selector
        .as_known()
        .map_or("(none)", |selector| selector.spelling());
    let found = choice.taken.len();
    let refused: Vec<String> = choice
        .refused
        .iter()
        .take(NAMED)
        .map(|(id, reason)| format!("  - {id}: {reason}"))
        .collect();
    let rest = match choice.refused.len() {
        0 => "No other machine matches the selector.".to_owned(),
        count if count > NAMED => format!(
            "{count} others match and were refused, among them:\n{}",
            refused.join("\n")
        ),
        _ => format!("Others match and were refused:\n{}", refused.join("\n")),
    };
    Diagnostic::error("Too few machines")
        .detail(format!("{found} machines were found, {at_least} are asked for. The selector is: {selector}\n{rest}"))
        .remedy("Free or connect machines, loosen `selector`, or lower `at_least`.")
        .at_attribute("at_least")
}
