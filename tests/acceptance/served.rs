//! A server that the configuration names, and that goes its own way: it is killed in the middle, it refuses, it is not trusted.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};

use jiff::{SignedDuration, Timestamp};
use omni_api::{Role, kind};
use omni_client::management::AccountRole;
use omni_client::{Client, GeneratedKey, Key};
use terraform_provider_omni::readiness::wait;

use crate::lab::{Lab, PROVIDER};

const CLUSTER: &str = r#"
resource "omni_cluster" "lab" {
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}
"#;

/// A control plane, and a wait that lasts longer than a restart of the server.
const WAIT: &str = r#"
resource "omni_machine_class" "any" {
  name         = "any"
  match_labels = ["omni.sidero.dev/arch = amd64"]
}

resource "omni_machine_set" "control_plane" {
  cluster       = omni_cluster.lab.name
  role          = "controlplane"
  machine_class = { name = omni_machine_class.any.name, size = 1 }
}

resource "omni_cluster_readiness" "lab" {
  cluster    = omni_cluster.lab.name
  depends_on = [omni_machine_set.control_plane]
}
"#;

/// A plane in the foreground, on a port of its own.
struct Served {
    child: Child,
    address: SocketAddr,
}

// === impl Served ===

impl Served {
    /// Starts it in the folder of the laboratory.
    fn start(lab: &Lab) -> Self {
        // Bound and dropped: a port that was free a moment ago, to which the server comes back after its end.
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a port");
        let child = Self::run(lab, address);
        Self { child, address }
    }

    fn run(lab: &Lab, address: SocketAddr) -> Child {
        let mut child = Command::new(PROVIDER)
            .current_dir(lab.path())
            .args(["plane", "serve", "--machines", "2", "--speed", "40"])
            .args(["--data", "state", "--key-path", "key"])
            .args(["--listen", &address.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        // The second line names the key; then it answers.
        assert_eq!(lines.take(2).count(), 2);
        child
    }

    /// Ends it as a crash does, and starts it again.
    fn crash(&mut self, lab: &Lab) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
        self.child = Self::run(lab, self.address);
    }

    fn provider(&self) -> String {
        format!(
            "provider \"omni\" {{ endpoint = \"http://{}\" }}\n",
            self.address
        )
    }

    /// The key of the first account, an Admin.
    fn key(lab: &Lab) -> String {
        std::fs::read_to_string(lab.path().join("key")).expect("a key")
    }

    /// A client of the first account. Must be called within a runtime.
    fn client(&self, lab: &Lab) -> Client {
        let endpoint = format!("http://{}", self.address).parse();
        let key = Key::parse(&Self::key(lab)).expect("a key");
        let builder = Client::builder(endpoint.expect("an endpoint")).key(key);
        builder.build().expect("a client")
    }
}

/// Never outlives a test that failed.
impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}

#[test]
fn a_server_that_crashes_in_the_middle_of_an_apply_does_not_fail_it() {
    let test = "a_server_that_crashes_in_the_middle_of_an_apply_does_not_fail_it";
    let Some(mut lab) = Lab::new(test) else {
        return;
    };
    let mut served = Served::start(&lab);
    lab.set("OMNI_SERVICE_ACCOUNT_KEY", &Served::key(&lab));
    lab.config_with(&served.provider(), &format!("{CLUSTER}{WAIT}"));
    let said = lab.meanwhile(&["apply", "-auto-approve", "-input=false"], |lab| {
        // A machine has taken up its work: Terraform waits for the cluster now.
        block_on(async {
            let client = served.client(lab);
            wait::appeared::<kind::MachineSetStatus>(&client, "lab-control-planes").await
        })
        .expect("there");
        served.crash(lab);
    });
    said.succeeds();
    lab.plan_is_empty();
}

#[test]
fn a_key_of_too_weak_a_role_reads_and_is_told_which_role_writes() {
    let test = "a_key_of_too_weak_a_role_reads_and_is_told_which_role_writes";
    let Some(mut lab) = Lab::new(test) else {
        return;
    };
    let served = Served::start(&lab);
    let name = "reader".parse().expect("a name");
    let made = GeneratedKey::new(&name, SignedDuration::from_hours(1), Timestamp::now());
    let made = made.expect("a key");
    block_on(async {
        let accounts = served.client(&lab).management();
        let reader = AccountRole::Exactly(Role::Reader);
        accounts
            .create_service_account(&name, reader, &made.public)
            .await
    })
    .expect("created");
    lab.set("OMNI_SERVICE_ACCOUNT_KEY", made.text.expose());
    lab.config_with(&served.provider(), CLUSTER);
    assert_eq!(lab.planned(), ["omni_cluster.lab: create"]);
    let said = lab.apply_fails();
    assert!(
        said.contains("Could not create the cluster \"lab\"")
            && said.contains("Use a key of a higher role")
            && said.contains("Operator manages clusters"),
        "{said}"
    );
}
