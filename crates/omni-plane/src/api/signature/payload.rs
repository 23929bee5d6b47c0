//! What is signed: the method and the covered headers.

use std::collections::HashMap;

use http::HeaderMap;
use serde::Deserialize;

use super::Unverified;

/// Unix seconds as text.
pub(super) const TIMESTAMP: &str = "x-sidero-timestamp";
/// The JSON that is signed.
pub(super) const PAYLOAD: &str = "x-sidero-payload";
/// Scheme, identity, fingerprint and signature.
pub(super) const SIGNATURE: &str = "x-sidero-signature";

/// Headers whose values the signature covers. The one with capitals can never arrive, as header names are lower case: Omni looks for it
/// under that name all the same, and so sees it as absent always.
const COVERED: [&str; 10] = [
    "authorization",
    "cluster",
    "context",
    "fieldSelectors",
    "namespace",
    "nodes",
    "runtime",
    "selectors",
    "uid",
    TIMESTAMP,
];

#[derive(Debug, Deserialize)]
struct Payload {
    #[serde(default)]
    headers: HashMap<String, Option<Vec<String>>>,
    method: String,
}

/// Compares what was signed with what arrived: the method, and each covered header with order and number of its values.
pub(super) fn compare(payload: &[u8], headers: &HeaderMap, method: &str) -> Result<(), Unverified> {
    let signed: Payload = serde_json::from_slice(payload).map_err(Unverified::Payload)?;
    if signed.method != method {
        return Err(Unverified::Method(signed.method));
    }
    for name in COVERED {
        let signed = signed.headers.get(name).and_then(Option::as_deref);
        if signed != received(headers, name).as_deref() {
            return Err(Unverified::Covered(name));
        }
    }
    Ok(())
}

/// The values of a header; `None` when it is absent.
fn received(headers: &HeaderMap, name: &str) -> Option<Vec<String>> {
    if name.contains(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let values = headers.get_all(name).iter();
    let values: Vec<String> = values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    (!values.is_empty()).then_some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHOD: &str = "/cosi.resource.State/Get";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, http::HeaderValue::from_static(value));
        }
        headers
    }

    fn signed(headers: &serde_json::Value) -> Vec<u8> {
        serde_json::json!({ "method": METHOD, "headers": headers })
            .to_string()
            .into_bytes()
    }

    #[test]
    fn a_missing_key_and_null_both_mean_absent_an_empty_list_does_not() {
        let none = headers(&[]);
        for absent in [serde_json::json!({}), serde_json::json!({ "nodes": null })] {
            assert!(compare(&signed(&absent), &none, METHOD).is_ok());
        }
        let empty = signed(&serde_json::json!({ "nodes": [] }));
        assert!(matches!(
            compare(&empty, &none, METHOD),
            Err(Unverified::Covered("nodes"))
        ));
    }

    #[test]
    fn order_and_number_of_values_count() {
        let two = headers(&[("nodes", "a"), ("nodes", "b")]);
        assert!(
            compare(
                &signed(&serde_json::json!({ "nodes": ["a", "b"] })),
                &two,
                METHOD
            )
            .is_ok()
        );
        for other in [
            serde_json::json!(["b", "a"]),
            serde_json::json!(["a"]),
            serde_json::json!(["a,b"]),
        ] {
            let other = signed(&serde_json::json!({ "nodes": other }));
            assert!(compare(&other, &two, METHOD).is_err());
        }
    }

    #[test]
    fn headers_that_are_not_covered_do_not_matter() {
        let extra = headers(&[("node", "a"), ("providerid", "x"), ("fieldselectors", "y")]);
        assert!(compare(&signed(&serde_json::json!({})), &extra, METHOD).is_ok());
        let never = signed(&serde_json::json!({ "fieldSelectors": ["y"] }));
        assert!(compare(&never, &extra, METHOD).is_err());
    }

    #[test]
    fn another_method_is_refused() {
        let other = compare(
            &signed(&serde_json::json!({})),
            &headers(&[]),
            "/cosi.resource.State/Destroy",
        );
        assert!(matches!(other, Err(Unverified::Method(_))));
    }
}
