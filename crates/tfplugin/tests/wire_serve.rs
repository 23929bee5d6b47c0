//! The server in the same process: every service that a plugin host expects, limits, and the end.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures::future::join_all;
use futures::{FutureExt as _, StreamExt as _};
use prost::bytes::Bytes;
use tfplugin::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use tfplugin::proto::plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use tfplugin::proto::plugin::{ConnInfo, Empty};
use tfplugin::proto::{
    DynamicValue, apply_resource_change, configure_provider, get_provider_schema, stop_provider,
};
use tfplugin::testing::client::Plugin;
use tfplugin::testing::probe::Probe;
use tfplugin::testing::stub::Stubbed;
use tfplugin::wire::handshake::PortRange;
use tfplugin::wire::listener::{Address, ListenError, Listener};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Long enough for a slow machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

fn apply(state: &'static [u8]) -> apply_resource_change::Request {
    apply_resource_change::Request {
        planned_state: Some(DynamicValue {
            msgpack: Bytes::from_static(state),
            json: Bytes::new(),
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn the_health_of_the_plugin_is_serving() {
    let plugin = Plugin::in_process(Stubbed(Probe::default())).await.unwrap();
    let request = HealthCheckRequest {
        service: "plugin".to_owned(),
    };
    let mut health = HealthClient::new(plugin.channel());
    let answer = health.check(request).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);
}

#[tokio::test]
async fn the_host_s_streams_stay_open_until_the_end() {
    let plugin = Plugin::in_process(Stubbed(Probe::default())).await.unwrap();
    let mut stdio = GrpcStdioClient::new(plugin.channel());
    let mut stdio = stdio.stream_stdio(()).await.unwrap().into_inner();
    let mut broker = GrpcBrokerClient::new(plugin.channel());
    let offers = futures::stream::iter([ConnInfo::default()]).chain(futures::stream::pending());
    let mut broker = broker.start_stream(offers).await.unwrap().into_inner();
    let request = stop_provider::Request {};
    plugin.provider().stop_provider(request).await.unwrap();
    assert!(stdio.message().now_or_never().is_none());
    assert!(broker.message().now_or_never().is_none());

    let mut controller = GrpcControllerClient::new(plugin.channel());
    controller.shutdown(Empty {}).await.unwrap();
    let end = async { (stdio.message().await, broker.message().await) };
    let end = tokio::time::timeout(PATIENCE, end).await.unwrap();
    assert!(matches!(end, (Ok(None), Ok(None))), "{end:?}");
}

#[tokio::test]
async fn calls_under_way_are_answered_after_the_order_to_end() {
    let probe = Probe::default();
    let plugin = Plugin::in_process(Stubbed(probe.clone())).await.unwrap();
    let mut provider = plugin.provider();
    let call = tokio::spawn(async move { provider.apply_resource_change(apply(b"kept")).await });
    probe.applies_arrived(1).await;
    let mut controller = GrpcControllerClient::new(plugin.channel());
    controller.shutdown(Empty {}).await.unwrap();
    probe.release_applies(1);
    let answer = call.await.unwrap().unwrap().into_inner();
    assert_eq!(answer.new_state.unwrap().msgpack, "kept");
}

#[tokio::test]
async fn nothing_new_is_answered_after_the_end() {
    let plugin = Plugin::in_process(Stubbed(Probe::default())).await.unwrap();
    let mut provider = plugin.provider();
    plugin.shut_down().await.unwrap();
    let request = get_provider_schema::Request {};
    let late = tokio::time::timeout(PATIENCE, provider.get_provider_schema(request)).await;
    assert!(late.unwrap().is_err());
}

#[tokio::test]
async fn a_stop_passes_hundreds_of_calls_under_way() {
    let probe = Probe::default();
    let plugin = Plugin::in_process(Stubbed(probe.clone())).await.unwrap();
    let calls = (0..400).map(|_| {
        let mut provider = plugin.provider();
        tokio::spawn(async move { provider.apply_resource_change(apply(b"x")).await })
    });
    let calls: Vec<_> = calls.collect();
    probe.applies_arrived(400).await;
    let mut provider = plugin.provider();
    let request = stop_provider::Request {};
    let stopped = tokio::time::timeout(PATIENCE, provider.stop_provider(request)).await;
    assert!(stopped.unwrap().unwrap().into_inner().error.is_empty());
    probe.release_applies(400);
    assert!(
        join_all(calls)
            .await
            .iter()
            .all(|call| matches!(call, Ok(Ok(_))))
    );
}

#[tokio::test]
async fn messages_far_beyond_grpc_s_default_pass_in_both_directions() {
    const BYTES: usize = 70 << 20;
    let probe = Probe::with_description("x".repeat(BYTES));
    let plugin = Plugin::in_process(Stubbed(probe.clone())).await.unwrap();
    let mut provider = plugin.provider();
    let request = get_provider_schema::Request {};
    let schema = provider.get_provider_schema(request).await.unwrap();
    let block = schema.into_inner().provider.unwrap().block.unwrap();
    assert_eq!(block.description.len(), BYTES);
    let request = configure_provider::Request {
        config: Some(DynamicValue {
            msgpack: vec![7; BYTES].into(),
            json: Bytes::new(),
        }),
        ..Default::default()
    };
    provider.configure_provider(request).await.unwrap();
    assert_eq!(probe.configured_bytes(), BYTES);
}

#[tokio::test]
async fn tcp_listens_on_loopback_within_the_range() {
    let free = Listener::bind_tcp(PortRange::default()).unwrap();
    let &Address::Tcp(taken) = free.address() else {
        panic!("TCP was asked for");
    };
    assert_eq!(taken.ip(), Ipv4Addr::LOCALHOST);
    let (min, max) = (taken.port(), taken.port());
    let refused = Listener::bind_tcp(PortRange { min, max });
    assert!(matches!(refused, Err(ListenError::Bind { .. })));
    drop(free);
    let again = Listener::bind_tcp(PortRange { min, max }).unwrap();
    assert_eq!(again.address(), &Address::Tcp(taken));
}
