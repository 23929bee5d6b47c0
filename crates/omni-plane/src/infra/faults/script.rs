//! The form of a fault script: YAML, one entry for each mishap, and errors that name the line.

use std::num::NonZeroU32;

use jiff::SignedDuration;
use omni_api::kind;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::time::Duration;

use super::subject::Machines;

/// A script that was read and makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    text: String,
    faults: Vec<Fault>,
}

/// One mishap.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A machine cannot write Talos to its disk.
    InstallFails(InstallFails),
    /// A machine neither answers nor works for a while.
    MachineDisconnects(MachineDisconnects),
    /// The upgrade of a machine does not end.
    UpgradeHangs(UpgradeHangs),
    /// A provider refuses a request for a machine.
    RequestRefused(RequestRefused),
    /// The server takes a call and does not answer it.
    ServerStalls(ServerStalls),
    /// The server ends a watch in the middle.
    WatchBreaks(WatchBreaks),
}

/// See [`Fault::InstallFails`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InstallFails {
    machine: Option<String>,
    machine_set: Option<String>,
    cluster: Option<String>,
    /// How many installations fail before one succeeds; all of them where it is not said.
    pub attempts: Option<NonZeroU32>,
}

/// See [`Fault::MachineDisconnects`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MachineDisconnects {
    machine: Option<String>,
    machine_set: Option<String>,
    cluster: Option<String>,
    /// From when on `after` counts.
    #[serde(default)]
    pub since: Begin,
    /// When it falls silent.
    #[serde(default, deserialize_with = "span")]
    pub after: Option<Duration>,
    /// For how long; for good where it is not said.
    #[serde(default, rename = "for", deserialize_with = "span")]
    pub lasts: Option<Duration>,
}

/// From when on time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Begin {
    /// The machine has spoken to Omni for the first time.
    Join,
    /// The machine runs in a cluster for the first time.
    #[default]
    Running,
}

/// See [`Fault::UpgradeHangs`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UpgradeHangs {
    machine: Option<String>,
    machine_set: Option<String>,
    cluster: Option<String>,
    /// For how long; until the fault is taken away where it is not said.
    #[serde(default, rename = "for", deserialize_with = "span")]
    pub lasts: Option<Duration>,
}

/// See [`Fault::RequestRefused`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestRefused {
    /// The provider.
    pub provider: Option<String>,
    /// Which of its requests, from 1; all of them where it is not said.
    pub request: Option<NonZeroU32>,
    /// What the provider says.
    #[serde(default = "no_capacity")]
    pub reason: String,
}

/// See [`Fault::ServerStalls`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServerStalls {
    /// Which call; any where it is not said.
    pub call: Option<Call>,
    /// The kind that the call is about; any where it is not said.
    pub kind: Option<String>,
    /// How many such calls are answered before.
    #[serde(default)]
    pub after: u32,
    /// How many stall.
    #[serde(default = "once")]
    pub times: NonZeroU32,
    /// For how long; until the client gives up where it is not said.
    #[serde(default, rename = "for", deserialize_with = "span")]
    pub lasts: Option<Duration>,
    /// Whether the call is carried out before: its answer is what gets lost.
    #[serde(default)]
    pub carried_out: bool,
}

/// See [`Fault::WatchBreaks`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WatchBreaks {
    /// The kind that is watched; any where it is not said.
    pub kind: Option<String>,
    /// How many events it tells before.
    #[serde(default)]
    pub after: u32,
    /// How many watches break, in the order in which they begin.
    #[serde(default = "once")]
    pub times: NonZeroU32,
}

/// A call of the state service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Reads one resource.
    Get,
    /// Reads the resources of a kind.
    List,
    /// Creates one.
    Create,
    /// Replaces one.
    Update,
    /// Removes one that is torn down.
    Destroy,
    /// Puts one on its way out.
    Teardown,
    /// Both in one.
    TeardownAndDestroy,
    /// Begins a watch.
    Watch,
}

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// It is not the YAML that it should be.
    #[error("{0}")]
    Form(Box<serde_saphyr::Error>),
    /// It says something that makes no sense.
    #[error("line {line}: {reason}")]
    Sense {
        /// Where, from 1.
        line: u64,
        /// Why not.
        reason: String,
    },
}

/// How long it takes at most until Omni knows a machine that has joined.
const KNOWN: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    faults: Vec<Spanned<Fault>>,
}

// === impl Script ===

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// [`ScriptError`].
    pub fn parse(text: &str) -> Result<Self, ScriptError> {
        let form: Form = read(text)?;
        let mut faults = Vec::new();
        for fault in form.faults {
            let line = fault.referenced.line();
            let fault = fault.value.sensible(Place::Script);
            faults.push(fault.map_err(|reason| ScriptError::Sense { line, reason })?);
        }
        Ok(Self {
            text: text.to_owned(),
            faults,
        })
    }

    /// The text that was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What goes wrong, in the order of the text.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

/// Where a fault is written: in a script it names what it is about, on a resource it is about that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Script,
    Resource,
}

/// A list of faults as an annotation has it.
pub(super) fn list(text: &str) -> Result<Vec<Fault>, String> {
    let faults: Vec<Fault> = read(text).map_err(|error| error.to_string())?;
    let sensible = faults
        .into_iter()
        .map(|fault| fault.sensible(Place::Resource));
    sensible.collect()
}

fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, ScriptError> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| ScriptError::Form(Box::new(error)))
}

// === impl Fault ===

impl Fault {
    /// The machines that it is about.
    pub(super) fn machines(&self) -> Option<Machines> {
        let (machine, set, cluster) = self.names()?;
        Machines::named(machine, set, cluster).ok()
    }

    fn names(&self) -> Option<(Option<&str>, Option<&str>, Option<&str>)> {
        let (machine, set, cluster) = match self {
            Self::InstallFails(it) => (&it.machine, &it.machine_set, &it.cluster),
            Self::MachineDisconnects(it) => (&it.machine, &it.machine_set, &it.cluster),
            Self::UpgradeHangs(it) => (&it.machine, &it.machine_set, &it.cluster),
            Self::RequestRefused(_) | Self::ServerStalls(_) | Self::WatchBreaks(_) => return None,
        };
        Some((machine.as_deref(), set.as_deref(), cluster.as_deref()))
    }

    /// Itself with full names, or why it makes no sense there.
    fn sensible(mut self, place: Place) -> Result<Self, String> {
        if let Some((machine, set, cluster)) = self.names() {
            match place {
                Place::Script => drop(Machines::named(machine, set, cluster)?),
                Place::Resource if machine.or(set).or(cluster).is_some() => {
                    return Err(
                        "on a resource, a fault is about that resource and names none".to_owned(),
                    );
                }
                Place::Resource => {}
            }
        }
        match (&mut self, place) {
            (Self::MachineDisconnects(it), _)
                if it.since == Begin::Join && it.after < Some(KNOWN) =>
            {
                return Err("since: join needs `after` of 1s or more: Omni has to know a machine before it can miss it".to_owned());
            }
            (Self::RequestRefused(it), Place::Script) if it.provider.is_none() => {
                return Err("request-refused needs `provider`".to_owned());
            }
            (Self::RequestRefused(it), Place::Resource) if it.provider.is_some() => {
                return Err(
                    "on a resource, request-refused is about the requests of that resource and names no provider"
                        .to_owned(),
                );
            }
            (Self::ServerStalls(it), _) => it.kind = full_name(it.kind.take())?,
            (Self::WatchBreaks(it), _) => it.kind = full_name(it.kind.take())?,
            _ => {}
        }
        Ok(self)
    }
}

/// The type of a kind that was named in full or by its first word.
fn full_name(name: Option<String>) -> Result<Option<String>, String> {
    let Some(name) = name else { return Ok(None) };
    let wanted = name.to_lowercase();
    let found = kind::ALL.iter().map(|facts| facts.type_name).find(|full| {
        let word = full.split('.').next().unwrap_or(full);
        full.to_lowercase() == wanted || word.to_lowercase() == wanted
    });
    found
        .map(|full| Some(full.to_owned()))
        .ok_or_else(|| format!("there is no kind {name:?}"))
}

fn span<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let span = text.parse::<SignedDuration>().ok();
    let span = span.and_then(|span| Duration::try_from(span).ok());
    let unusable = || format!("{text:?} is no span of time, such as 90s or 1m 30s");
    span.map(Some)
        .ok_or_else(|| serde::de::Error::custom(unusable()))
}

fn no_capacity() -> String {
    "no capacity left".to_owned()
}

const fn once() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl Fault {
    /// Its name in a script, for messages.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::InstallFails(_) => "install-fails",
            Self::MachineDisconnects(_) => "machine-disconnects",
            Self::UpgradeHangs(_) => "upgrade-hangs",
            Self::RequestRefused(_) => "request-refused",
            Self::ServerStalls(_) => "server-stalls",
            Self::WatchBreaks(_) => "watch-breaks",
        }
    }
}
