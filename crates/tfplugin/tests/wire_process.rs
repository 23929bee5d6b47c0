//! A provider as a process of its own, started, signalled and ended as a core does it.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tfplugin::proto::get_provider_schema;
use tfplugin::proto::provider_client::ProviderClient;
use tfplugin::testing::client::{
    ClientIdentity, HandshakeLine, Launch, Plugin, PluginError, connect,
};
use tfplugin::wire::handshake::MAGIC_COOKIE_VALUE;
use tfplugin::wire::listener::Address;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::ChildStdout;
use tonic::transport::Channel;

/// Long enough for a slow machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

fn probe(dir: &TempDir) -> Launch {
    let dir = dir.path().to_str().unwrap();
    Launch::new(env!("CARGO_BIN_EXE_tfplugin-probe"))
        .with("PLUGIN_UNIX_SOCKET_DIR", dir)
        .with("TF_LOG", "")
}

fn signal(plugin: &Plugin, signal: Signal) {
    let id = plugin.child().unwrap().id().unwrap();
    let id = Pid::from_raw(id.try_into().unwrap()).unwrap();
    kill_process(id, signal).unwrap();
}

fn entries(dir: &Path) -> usize {
    fs::read_dir(dir).unwrap().count()
}

async fn answers(plugin: &Plugin) {
    let request = get_provider_schema::Request {};
    plugin
        .provider()
        .get_provider_schema(request)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_core_starts_calls_and_ends_a_provider() {
    let dir = tempfile::tempdir().unwrap();
    let plugin = Plugin::start(&probe(&dir)).await.unwrap();
    assert_eq!(entries(dir.path()), 1);
    answers(&plugin).await;
    let ended = plugin.shut_down().await.unwrap().unwrap();
    assert!(ended.status.success());
    assert_eq!(ended.stdout, [""; 0], "nothing follows the handshake line");
    assert_eq!(ended.stderr, [""; 0]);
    assert_eq!(entries(dir.path()), 0, "the socket and its folder are gone");
}

#[tokio::test]
async fn a_core_without_tls_is_answered_in_the_clear() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = probe(&dir).start(None).unwrap();
    let line = child.handshake().await.unwrap();
    assert_eq!(line.certificate, None);
    let channel = connect(&line.address, None).await.unwrap();
    let mut provider = ProviderClient::new(channel);
    let request = get_provider_schema::Request {};
    provider.get_provider_schema(request).await.unwrap();
}

#[tokio::test]
async fn an_interrupt_of_the_terminal_does_not_end_the_provider() {
    let dir = tempfile::tempdir().unwrap();
    let plugin = Plugin::start(&probe(&dir)).await.unwrap();
    for _ in 0..3 {
        signal(&plugin, Signal::INT);
        answers(&plugin).await;
    }
    let ended = plugin.shut_down().await.unwrap().unwrap();
    assert!(ended.status.success());
}

#[tokio::test]
async fn sigterm_ends_the_provider_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let identity = ClientIdentity::generate().unwrap();
    let mut child = probe(&dir).start(Some(&identity)).unwrap();
    child.handshake().await.unwrap();
    let id = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(id, Signal::TERM).unwrap();
    let (status, stdout) = child.ended(PATIENCE).await.unwrap();
    assert!(status.success());
    assert_eq!(stdout, [""; 0]);
    assert_eq!(entries(dir.path()), 0);
}

#[test]
fn a_person_is_told_what_the_program_is() {
    let output = Command::new(env!("CARGO_BIN_EXE_tfplugin-probe"))
        .env_remove("TF_PLUGIN_MAGIC_COOKIE")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    assert!(!output.stderr.is_empty());
}

#[tokio::test]
async fn a_provider_that_cannot_serve_says_why_on_stderr() {
    let dir = tempfile::tempdir().unwrap();
    let launch = probe(&dir).with("PLUGIN_MAX_PORT", "none");
    let error = Plugin::start(&launch).await.unwrap_err();
    let PluginError::NoLine { stderr } = error else {
        panic!("{error:?}");
    };
    assert!(stderr.contains("PLUGIN_MAX_PORT"), "{stderr}");
}

#[tokio::test]
async fn a_provider_under_a_debugger_is_found_and_left_running() {
    let dir = tempfile::tempdir().unwrap();
    let mut process = tokio::process::Command::new(env!("CARGO_BIN_EXE_tfplugin-probe"))
        .arg("--debug")
        .env("TMPDIR", dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let value = line.strip_prefix("TF_REATTACH_PROVIDERS='").unwrap();
    let value: serde_json::Value = serde_json::from_str(value.strip_suffix('\'').unwrap()).unwrap();
    let entry = &value["registry.terraform.io/tests/probe"];
    assert_eq!(entry, &value["registry.opentofu.org/tests/probe"]);
    assert_eq!(entry["Protocol"], "grpc");
    assert_eq!(entry["ProtocolVersion"], 6);
    assert_eq!(entry["Pid"], process.id().unwrap());
    assert_eq!(entry["Test"], true);
    assert_eq!(entry["Addr"]["Network"], "unix");

    let path = entry["Addr"]["String"].as_str().unwrap();
    let channel = connect(&Address::Unix(path.into()), None).await.unwrap();
    let request = get_provider_schema::Request {};
    let mut provider = ProviderClient::new(channel);
    provider.get_provider_schema(request).await.unwrap();

    let id = Pid::from_raw(process.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
    let ended = tokio::time::timeout(PATIENCE, process.wait()).await;
    assert!(ended.unwrap().unwrap().success());
    assert_eq!(entries(dir.path()), 0);
}

#[tokio::test]
async fn the_log_reaches_standard_error_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let launch = probe(&dir).with("TF_LOG_PROVIDER_PROBE", "DEBUG");
    let plugin = Plugin::start(&launch).await.unwrap();
    let ended = plugin.shut_down().await.unwrap().unwrap();
    assert_eq!(ended.stdout, [""; 0]);
    let line: serde_json::Value = serde_json::from_str(&ended.stderr[0]).unwrap();
    assert_eq!(line["@level"], "debug");
    assert_eq!(line["@module"], "tfplugin.wire.services");
}

/// A core that can be taken away piece by piece.
struct FragileCore {
    process: tokio::process::Child,
    stdout: Lines<BufReader<ChildStdout>>,
    provider: ProviderClient<Channel>,
}

impl FragileCore {
    async fn start(dir: &TempDir) -> Self {
        let mut process = tokio::process::Command::new(env!("CARGO_BIN_EXE_tfplugin-probe"))
            .env("TF_PLUGIN_MAGIC_COOKIE", MAGIC_COOKIE_VALUE)
            .env("PLUGIN_UNIX_SOCKET_DIR", dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = stdout.next_line().await.unwrap().unwrap();
        let line = HandshakeLine::parse(&line).unwrap();
        let channel = connect(&line.address, None).await.unwrap();
        Self {
            process,
            stdout,
            provider: ProviderClient::new(channel),
        }
    }
}

#[tokio::test]
async fn a_provider_whose_core_was_killed_ends_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let core = FragileCore::start(&dir).await;
    let mut process = core.process;
    drop((core.stdout, core.provider));
    let ended = tokio::time::timeout(PATIENCE, process.wait()).await;
    assert!(ended.unwrap().unwrap().success());
    assert_eq!(entries(dir.path()), 0);
}

#[tokio::test]
async fn a_core_that_only_closes_the_pipe_is_still_answered() {
    let dir = tempfile::tempdir().unwrap();
    let mut core = FragileCore::start(&dir).await;
    drop(core.stdout);
    for _ in 0..3 {
        let request = get_provider_schema::Request {};
        core.provider.get_provider_schema(request).await.unwrap();
    }
    assert!(core.process.try_wait().unwrap().is_none());
}

#[tokio::test]
async fn a_core_that_only_closes_its_connection_may_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = probe(&dir).start(None).unwrap();
    let line = child.handshake().await.unwrap();
    for _ in 0..3 {
        let channel = connect(&line.address, None).await.unwrap();
        let request = get_provider_schema::Request {};
        let mut provider = ProviderClient::new(channel);
        provider.get_provider_schema(request).await.unwrap();
    }
    assert!(child.id().is_some());
}
