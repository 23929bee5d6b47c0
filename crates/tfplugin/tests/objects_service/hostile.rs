//! Whatever comes over the wire, every call is answered and nothing is lost.

use proptest::prelude::*;
use tfplugin::Value;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tonic::Request;

use crate::core::{BED, Core};

fn raw(bytes: &[u8]) -> pb::DynamicValue {
    pb::DynamicValue {
        msgpack: bytes.to_vec().into(),
        ..pb::DynamicValue::default()
    }
}

/// A well-formed value with one byte changed, or any bytes at all.
fn hostile(core: &Core, byte: usize, to: u8, any: &[u8]) -> pb::DynamicValue {
    let mut bytes = core
        .encode(&core.config([("name", "a".into()), ("soil", "Clay".into())]))
        .msgpack
        .to_vec();
    if !any.is_empty() {
        return raw(any);
    }
    let at = byte % bytes.len();
    bytes[at] = to;
    raw(&bytes)
}

async fn ask_everything(core: &Core, value: &pb::DynamicValue) {
    let good = core.encode(&core.config([("name", "a".into())]));
    let plan = pb::plan_resource_change::Request {
        type_name: BED.to_owned(),
        prior_state: Some(value.clone()),
        proposed_new_state: Some(good.clone()),
        config: Some(good.clone()),
        prior_private: value.msgpack.clone(),
        ..pb::plan_resource_change::Request::default()
    };
    core.service
        .plan_resource_change(Request::new(plan))
        .await
        .expect("plan answers");
    let read = pb::read_resource::Request {
        type_name: BED.to_owned(),
        current_state: Some(value.clone()),
        private: value.msgpack.clone(),
        ..pb::read_resource::Request::default()
    };
    core.service
        .read_resource(Request::new(read))
        .await
        .expect("read answers");
    let upgrade = pb::upgrade_resource_state::Request {
        type_name: BED.to_owned(),
        version: 0,
        raw_state: Some(pb::RawState {
            json: value.msgpack.clone(),
            ..pb::RawState::default()
        }),
    };
    core.service
        .upgrade_resource_state(Request::new(upgrade))
        .await
        .expect("upgrade answers");
    let apply = pb::apply_resource_change::Request {
        type_name: BED.to_owned(),
        prior_state: Some(good.clone()),
        planned_state: Some(value.clone()),
        config: Some(good.clone()),
        planned_private: value.msgpack.clone(),
        ..pb::apply_resource_change::Request::default()
    };
    let applied = core
        .service
        .apply_resource_change(Request::new(apply))
        .await;
    let applied = applied.expect("apply answers").into_inner();
    let state = core.decode(applied.new_state.as_ref());
    assert!(
        !state.is_null() || applied.diagnostics.is_empty(),
        "an error loses no object"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bytes_of_any_kind_are_answered(byte: usize, to: u8, any in prop::collection::vec(any::<u8>(), 0..24)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let core = Core::new().await;
            let value = hostile(&core, byte, to, &any);
            ask_everything(&core, &value).await;
        });
    }
}

#[tokio::test]
async fn a_planned_state_that_cannot_be_read_leaves_everything_as_it_was() {
    for planned in [Some(raw(b"\xc1")), Some(raw(b"")), None] {
        applied_without_effect(planned).await;
    }
}

async fn applied_without_effect(planned: Option<pb::DynamicValue>) {
    let core = Core::new().await;
    let state = core.create(&core.config([("name", "a".into())])).await;
    let request = pb::apply_resource_change::Request {
        type_name: BED.to_owned(),
        prior_state: Some(core.encode(&state.value)),
        planned_state: planned,
        config: Some(core.encode(&Value::Null)),
        planned_private: state.private.clone().into(),
        ..pb::apply_resource_change::Request::default()
    };
    let response = core
        .service
        .apply_resource_change(Request::new(request))
        .await;
    let applied = core.applied(response.expect("apply answers").into_inner());
    assert_eq!(applied.state.value, state.value);
    assert_eq!(applied.state.private, state.private);
    assert_eq!(applied.told.len(), 1);
    assert_eq!(core.garden.calls(), Vec::<String>::new());
}
