//! Pages of clusters that are made up: as many machines as a test needs.

use std::path::PathBuf;

use jiff::Timestamp;
use tempfile::TempDir;
use terraform_provider_omni::tree::{Kind, Node, Share, Tone, Word, fold, html};

/// A page in a folder of its own.
pub(crate) struct Page {
    folder: TempDir,
}

impl Page {
    /// One cluster with three control planes and so many machines in all; every fortieth of the workers is not ready.
    pub(crate) fn with_machines(count: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let trees = [fold(cluster("prod", count)), fold(cluster("spare", 3))];
        let page = html::page(&trees, Timestamp::UNIX_EPOCH);
        std::fs::write(folder.path().join("tree.html"), page).expect("written");
        Self { folder }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("tree.html")
    }
}

fn cluster(name: &str, count: usize) -> Node {
    let good = |text: &str| Word::new(text, Tone::Good);
    let control_plane: Vec<_> = (1..=3).map(|number| machine(name, number, false)).collect();
    let workers: Vec<_> = (4..=count)
        .map(|number| machine(name, number, number % 40 == 10))
        .collect();
    let upgrade = Node::new(
        Kind::KubernetesUpgrade,
        vec![good("Done"), Word::new("(1.36.3)", Tone::Plain)],
        vec![],
    );
    let balancer = Node::new(Kind::LoadBalancer, vec![good("Ready")], vec![]);
    let set = |kind, suffix: &str, children: Vec<Node>| {
        let share = share(&children);
        let mut node = Node::new(kind, vec![good("Running"), good("Ready")], vec![]);
        node.machines = Some(share);
        node.of(&format!("{name}-{suffix}")).with(children)
    };
    let all: Vec<Node> = control_plane.iter().chain(&workers).cloned().collect();
    let mut root = Node::new(Kind::Cluster, vec![good("RUNNING"), good("Ready")], vec![]);
    root.machines = Some(share(&all));
    let mut planes = vec![balancer];
    planes.extend(control_plane);
    let mut planes = set(Kind::ControlPlane, "control-planes", planes);
    planes.machines = Some(Share {
        healthy: 3,
        total: 3,
    });
    root.of(name).with(vec![
        upgrade,
        planes,
        set(Kind::Workers, "workers", workers),
    ])
}

fn share(machines: &[Node]) -> Share {
    let count = |machines: usize| u32::try_from(machines).expect("a few");
    let healthy = machines
        .iter()
        .filter(|machine| machine.waits_for.is_empty());
    Share {
        healthy: count(healthy.count()),
        total: count(machines.len()),
    }
}

fn machine(cluster: &str, number: usize, waits: bool) -> Node {
    let id = format!("00000000-0000-4000-a000-{number:012}");
    let mut node = if waits {
        let mut node = Node::new(
            Kind::Machine,
            vec![Word::new("INSTALLING", Tone::Changing)],
            vec!["stage INSTALLING".to_owned()],
        );
        node.unchanged_since = Some(Timestamp::UNIX_EPOCH);
        node
    } else {
        let words = ["RUNNING", "Ready"].map(|word| Word::new(word, Tone::Good));
        Node::new(Kind::Machine, words.to_vec(), vec![])
    };
    node.node_name = (!waits).then(|| format!("talos-{cluster}-{number}"));
    node.of(&id)
}
