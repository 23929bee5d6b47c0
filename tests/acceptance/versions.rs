//! Servers of other API versions: a newer one works and is told of once, an older or silent one is refused.
//!
//! The plane runs in this process: its store is told which version to tell.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;

use omni_api::kind;
use omni_plane::assembly::Plane;
use omni_plane::daemon::Settings;
use omni_plane::daemon::child::{Service as _, Setup};
use omni_plane::serve::{Address, Connections, Listener};
use tokio_util::sync::CancellationToken;

use crate::lab::Lab;

/// A plane in this process; it ends with this value.
struct Server {
    address: SocketAddr,
    key: String,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

// === impl Server ===

impl Server {
    /// A plane that says that it speaks this version of the API.
    fn of_api(lab: &Lab, version: u32) -> Self {
        let setup = Setup {
            data: lab.path().join("state"),
            key: lab.path().join("key"),
            settings: Settings::default(),
        };
        let stop = CancellationToken::new();
        let (ready, started) = mpsc::channel();
        let token = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .worker_threads(2)
                .build()
                .expect("a runtime");
            runtime.block_on(serve(setup, version, ready, token));
        });
        let (address, key) = started.recv().expect("it started");
        Self {
            address,
            key,
            stop,
            thread: Some(thread),
        }
    }

    fn provider(&self) -> String {
        format!(
            "provider \"omni\" {{\n  endpoint = \"http://{}\"\n  service_account_key = {:?}\n}}\n",
            self.address, self.key
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn serve(
    setup: Setup,
    version: u32,
    ready: mpsc::Sender<(SocketAddr, String)>,
    stop: CancellationToken,
) {
    let plane = Plane::open(&setup).await.expect("a plane");
    let told = plane
        .store()
        .put::<kind::SysVersion>("", "current", |current| {
            current.spec.backend_api_version = version;
        });
    told.expect("told");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind(Address::Tcp(any)).await.expect("a port");
    let Address::Tcp(address) = listener.address().clone() else {
        panic!("a port")
    };
    let key = std::fs::read_to_string(&setup.key).expect("a key");
    ready.send((address, key)).expect("heard");
    let served = plane.serve(listener, Connections::default(), stop).await;
    served.expect("served to the end");
}

/// Several objects of several kinds, all of which ask the server.
const OBJECTS: &str = r#"
resource "omni_machine_class" "metal" {
  count        = 3
  name         = "metal-${count.index}"
  match_labels = ["rack = r${count.index}"]
}
data "omni_talos_versions" "all" {}
data "omni_kubernetes_versions" "all" {}
"#;

#[test]
fn a_newer_server_works_and_is_told_of_once() {
    let Some(lab) = Lab::new("a_newer_server_works_and_is_told_of_once") else {
        return;
    };
    let server = Server::of_api(&lab, 4);
    lab.config_with(&server.provider(), OBJECTS);
    let said = lab.run(&["plan", "-input=false"]).succeeds();
    assert_eq!(
        said.matches("Warning: Newer version of Omni's API").count(),
        1,
        "{said}"
    );
    assert!(
        said.contains("(v1.10.4) speaks API version 4") && said.contains("versions 2 and 3"),
        "{said}"
    );
    lab.apply();
    lab.destroy();
}

#[test]
fn an_older_or_silent_server_is_refused_with_the_reason() {
    for (version, reason) in [
        (
            1,
            "speaks API version 1, which is too old; version 2 or newer is needed: update Omni",
        ),
        (0, "does not say which API version it speaks"),
    ] {
        let Some(lab) = Lab::new("an_older_or_silent_server_is_refused_with_the_reason") else {
            return;
        };
        let server = Server::of_api(&lab, version);
        lab.config_with(&server.provider(), OBJECTS);
        let said = lab.plan_fails();
        assert!(
            said.contains("Unsupported version of Omni's API") && said.contains(reason),
            "{said}"
        );
    }
}
