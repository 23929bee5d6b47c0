//! Strategic merge, as Talos does it.
//!
//! # Rules
//! * Mappings merge key by key; `$patch: delete` takes the key away.
//! * What says nothing (null, an empty text, an empty list) changes nothing: Talos' patches are typed, and an unset field is
//!   no wish. `false` and `0` are.
//! * Lists are appended to, but some are replaced as a whole, and in some the elements have a key and merge by it.

use serde_json::{Map, Value};

const DELETE: &str = "$patch";

/// Lists and mappings that a patch replaces as a whole.
const REPLACED: [&str; 3] = [
    "/cluster/network/podSubnets",
    "/cluster/network/serviceSubnets",
    "/cluster/apiServer/auditPolicy",
];

/// Lists whose elements merge by a key.
const KEYED: [(&str, &[&str]); 3] = [
    (
        "/machine/network/interfaces",
        &["interface", "deviceSelector"],
    ),
    ("/machine/network/interfaces/vlans", &["vlanId"]),
    ("/cluster/apiServer/admissionControl", &["name"]),
];

/// Whether a patch asks for its target to go.
pub(super) fn is_deletion(patch: &Value) -> bool {
    patch.get(DELETE).and_then(Value::as_str) == Some("delete")
}

/// Merges a patch into what stands at a place.
pub(super) fn merge(base: &mut Value, patch: Value, place: &str) {
    if says_nothing(&patch) {
        return;
    }
    let replaced = REPLACED.contains(&place);
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) if !replaced => {
            merge_mapping(base, patch, place);
        }
        (Value::Array(base), Value::Array(patch)) if !replaced => merge_list(base, patch, place),
        (base, patch) => *base = patch,
    }
}

fn merge_mapping(base: &mut Map<String, Value>, patch: Map<String, Value>, place: &str) {
    for (key, value) in patch {
        if is_deletion(&value) {
            base.remove(&key);
            continue;
        }
        let place = format!("{place}/{key}");
        match base.get_mut(&key) {
            Some(current) => merge(current, value, &place),
            None if says_nothing(&value) => {}
            None => {
                base.insert(key, value);
            }
        }
    }
}

fn merge_list(base: &mut Vec<Value>, patch: Vec<Value>, place: &str) {
    let keys = KEYED
        .iter()
        .find(|(keyed, _)| *keyed == place)
        .map(|(_, keys)| *keys);
    for element in patch {
        let same = keys.and_then(|keys| {
            base.iter()
                .position(|current| same_key(current, &element, keys))
        });
        match same {
            Some(index) if is_deletion(&element) => {
                base.remove(index);
            }
            Some(index) => merge(&mut base[index], element, place),
            None if is_deletion(&element) => {}
            None => base.push(element),
        }
    }
}

fn same_key(a: &Value, b: &Value, keys: &[&str]) -> bool {
    keys.iter()
        .any(|key| a.get(key).is_some() && a.get(key) == b.get(key))
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(_) | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(mut base: Value, patch: Value) -> Value {
        merge(&mut base, patch, "");
        base
    }

    #[test]
    fn lists_grow_and_subnets_are_replaced() {
        let base = json!({ "machine": { "certSANs": ["a"] }, "cluster": { "network": { "podSubnets": ["10.0.0.0/8"] } } });
        let patch = json!({ "machine": { "certSANs": ["b"] }, "cluster": { "network": { "podSubnets": ["10.1.0.0/16"] } } });
        let expected = json!({ "machine": { "certSANs": ["a", "b"] }, "cluster": { "network": { "podSubnets": ["10.1.0.0/16"] } } });
        assert_eq!(merged(base, patch), expected);
    }

    #[test]
    fn empty_values_change_nothing_and_false_does() {
        let base = json!({ "a": "x", "b": true, "c": [1], "d": { "e": 1 } });
        let patch = json!({ "a": "", "b": false, "c": [], "d": null, "new": "" });
        assert_eq!(
            merged(base, patch),
            json!({ "a": "x", "b": false, "c": [1], "d": { "e": 1 } })
        );
    }

    #[test]
    fn interfaces_merge_by_their_name() {
        let base = json!({ "machine": { "network": { "interfaces": [{ "interface": "eth0", "dhcp": true }] } } });
        let patch = json!({ "machine": { "network": { "interfaces": [
            { "interface": "eth0", "mtu": 9000 }, { "interface": "eth1" }] } } });
        let expected =
            json!([{ "interface": "eth0", "dhcp": true, "mtu": 9000 }, { "interface": "eth1" }]);
        assert_eq!(
            merged(base, patch)["machine"]["network"]["interfaces"],
            expected
        );
    }

    #[test]
    fn a_deletion_takes_the_key_or_the_element_away() {
        let base = json!({ "machine": { "sysctls": { "a": "1" }, "network": { "interfaces": [{ "interface": "eth0" }] } } });
        let patch = json!({ "machine": { "sysctls": { "$patch": "delete" },
            "network": { "interfaces": [{ "interface": "eth0", "$patch": "delete" }] } } });
        assert_eq!(
            merged(base, patch),
            json!({ "machine": { "network": { "interfaces": [] } } })
        );
    }
}
