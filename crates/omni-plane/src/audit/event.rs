//! Omni's documents of the audit log: the same fields in the same order, empty ones left out.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::store::Author;

/// What stands in the place of a client where there is none.
const INTERNAL_AGENT: &str = "Omni-Internal-Agent";

type Labels = BTreeMap<String, String>;

/// One document.
#[derive(Debug, Serialize)]
pub(super) struct Event<'a> {
    #[serde(rename = "event_type", skip_serializing_if = "str::is_empty")]
    pub(super) kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) resource_type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) resource_id: &'a str,
    #[serde(rename = "event_data")]
    pub(super) data: &'a Data,
    #[serde(rename = "event_ts")]
    pub(super) millis: i64,
}

/// What happened, by whom.
#[derive(Debug, Default, Serialize)]
pub(super) struct Data {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new_user: Option<NewUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine: Option<Machine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine_labels: Option<Labelled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) access_policy: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cluster: Option<Cluster>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine_set: Option<MachineSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine_set_node: Option<Labelled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config_patch: Option<ConfigPatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine_config_diff: Option<MachineConfigDiff>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) talos_access: Option<TalosAccess>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) audit_log_access: Option<Access>,
    pub(super) session: Session,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Session {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) user_agent: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) user_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) role: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) email: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) fingerprint: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) public_key_expiration: i64,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct NewUser {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) role: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) email: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_service_account: bool,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Machine {
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(super) labels: Labels,
    pub(super) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) management_address: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_connected: bool,
}

/// Of resources that consist of labels.
#[derive(Debug, Default, Serialize)]
pub(super) struct Labelled {
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(super) labels: Labels,
    pub(super) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) cluster_id: String,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct Cluster {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(super) labels: Labels,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) backup_configuration: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) features: Option<Json>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) kubernetes_version: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) talos_version: String,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct MachineSet {
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(super) labels: Labels,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) machine_allocation: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bootstrap_spec: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) update_strategy_config: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delete_strategy_config: Option<Json>,
    pub(super) id: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) update_strategy: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(super) delete_strategy: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) cluster_id: String,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct ConfigPatch {
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(super) labels: Labels,
    pub(super) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) data: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) cluster_id: String,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct MachineConfigDiff {
    pub(super) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) diff: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) cluster_id: String,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct TalosAccess {
    pub(super) full_method_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) cluster_name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) machine_ip: String,
}

/// What somebody wanted to read of the log.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Access {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) start: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) end: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) search: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) event_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) resource_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) resource_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) cluster_id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) actor: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) from_id: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) follow: bool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

// === impl Event ===

impl Event<'_> {
    /// The document as a line, escaped as Go's writer of JSON does it.
    pub(super) fn line(&self) -> Vec<u8> {
        // Texts and numbers under names that are texts always have a JSON form.
        let text = serde_json::to_string(self).unwrap_or_default();
        let escaped = text
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026");
        let mut line = escaped.into_bytes();
        line.push(b'\n');
        line
    }
}

// === impl Data ===

impl Data {
    /// Nothing but who did it.
    pub(super) fn of(author: Option<&Author>) -> Self {
        let session = match author {
            Some(author) => Session {
                user_agent: author.user_agent.clone(),
                user_id: author.user_id.clone(),
                role: author.role.as_str().to_owned(),
                email: author.identity.clone(),
                ..Session::default()
            },
            None => Session {
                user_agent: INTERNAL_AGENT.to_owned(),
                ..Session::default()
            },
        };
        Self {
            session,
            ..Self::default()
        }
    }
}
