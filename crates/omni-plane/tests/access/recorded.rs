//! What the Admin account of the recorded server could list, and what not.

use omni_api::{Role, kind};
use serde_json::Value;

use super::{As, caller, refusal, service};

const RECORDING: &str =
    include_str!("../../../../tests/fixtures/omni-api/recordings/snapshot-running.jsonl");

/// Lists of these kinds are computed; they have their own tests.
const COMPUTED: &str = "virtual";

#[tokio::test]
async fn an_admin_may_list_what_the_recorded_admin_could_list() {
    let (service, _) = service();
    let admin = caller("admin@lab.test", Role::Admin);
    let admin = As(&service, Some(&admin));
    let (mut refused, mut allowed) = (0, 0);
    let mut differences = Vec::new();
    for line in RECORDING.lines() {
        let row: Value = serde_json::from_str(line).expect("a row");
        let Some(facts) = row["type"].as_str().and_then(kind::find) else {
            continue;
        };
        if facts.namespace == COMPUTED || row["op"] == "get" || facts.namespace == "external" {
            continue;
        }
        let answer = admin.list(facts.namespace, facts.type_name).await;
        match row["event"].as_str() {
            Some("unreadable") => {
                refused += 1;
                let (code, text) = refusal(answer);
                let seen = format!("rpc error: code = {code} desc = {text}");
                if row["message"] != seen {
                    differences.push(format!(
                        "{}: expected {}, got {seen}",
                        facts.type_name, row["message"]
                    ));
                }
            }
            Some("snapshot" | "empty") => {
                allowed += 1;
                if let Err(status) = answer {
                    differences.push(format!("{}: {status}", facts.type_name));
                }
            }
            _ => {}
        }
    }
    println!("snapshot-running.jsonl: {refused} refused and {allowed} allowed rows ran");
    assert!(refused > 10 && allowed > 100, "the recording was not read");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
