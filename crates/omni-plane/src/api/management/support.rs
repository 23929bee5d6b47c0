//! The support bundle: what Omni knows about a cluster, as a ZIP archive.
//!
//! Laid out as Omni lays it out: `omni/resources/<type>-<id>.yaml` and `omni/machine-logs/<id>.log`. What Omni asks of the nodes themselves is
//! not in it, as no Talos and no Kubernetes is there to answer; the progress says so.

use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};
use std::pin::Pin;
use std::sync::Arc;

use futures::stream::{self, Stream};
use omni_api::kind::namespace::DEFAULT;
use omni_api::management as api;
use omni_api::management::get_support_bundle_response::Progress;
use omni_api::yaml_spec::{self, Tree};
use omni_api::{AnyResource, Kind, Role, kind};
use tonic::{Request, Status};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Management;
use crate::infra::machine::diary::{Reader, stream as stream_of};
use crate::store::Query;

/// What has the cluster's name as its id.
const BY_ID: [&str; 9] = [
    kind::Cluster::TYPE,
    kind::ClusterTaint::TYPE,
    kind::ClusterStatus::TYPE,
    kind::KubernetesUpgradeStatus::TYPE,
    kind::TalosUpgradeStatus::TYPE,
    kind::LoadBalancerStatus::TYPE,
    kind::KubernetesUpgradeManifestStatus::TYPE,
    kind::ClusterBootstrapStatus::TYPE,
    kind::ClusterKubernetesManifestsStatus::TYPE,
];

/// What has the cluster's name in its label.
const BY_LABEL: [&str; 20] = [
    kind::MachineSet::TYPE,
    kind::MachineSetStatus::TYPE,
    kind::MachineSetNode::TYPE,
    kind::ClusterMachine::TYPE,
    kind::ClusterMachineStatus::TYPE,
    kind::RedactedClusterMachineConfig::TYPE,
    kind::ClusterMachineConfigStatus::TYPE,
    kind::ClusterMachineTalosVersion::TYPE,
    kind::ClusterMachineIdentity::TYPE,
    kind::SchematicConfiguration::TYPE,
    kind::ExtensionsConfiguration::TYPE,
    kind::KernelArgs::TYPE,
    kind::KernelArgsStatus::TYPE,
    kind::ExposedService::TYPE,
    kind::DiscoveryAffiliateDeleteTask::TYPE,
    kind::MachineConfigDiff::TYPE,
    kind::InfraMachine::TYPE,
    kind::InfraMachineStatus::TYPE,
    kind::ControlPlaneStatus::TYPE,
    kind::MachinePendingUpdates::TYPE,
];

type Answers = Pin<Box<dyn Stream<Item = Result<api::GetSupportBundleResponse, Status>> + Send>>;

/// A file of the archive.
struct File {
    path: String,
    contents: Vec<u8>,
}

impl Management {
    pub(super) async fn support_bundle(
        &self,
        request: Request<api::GetSupportBundleRequest>,
    ) -> Result<Answers, Status> {
        let cluster = request.get_ref().cluster.clone();
        let named = Some(cluster.as_str()).filter(|cluster| !cluster.is_empty());
        self.on_cluster(&request, named, Role::Operator)?;
        let request = request.into_inner();
        if request.encrypt {
            return Err(Status::unimplemented(
                "the embedded plane cannot do this: it does not encrypt bundles; ask for a plain one and encrypt it with age",
            ));
        }
        if !request.encryption_recipients.is_empty() || request.encryption_no_default_recipients {
            return Err(Status::invalid_argument(
                "encryption recipients cannot be set when encryption is disabled",
            ));
        }
        self.acknowledge().await?;
        let files = self.files(&cluster)?;
        let bundle_data = archive(&files).map_err(|error| Status::internal(error.to_string()))?;
        let mut answers = progress(&files);
        answers.push(api::GetSupportBundleResponse {
            bundle_data,
            ..api::GetSupportBundleResponse::default()
        });
        Ok(Box::pin(stream::iter(answers.into_iter().map(Ok))))
    }

    fn files(&self, cluster: &str) -> Result<Vec<File>, Status> {
        let mut resources = Vec::new();
        for type_name in BY_ID {
            resources.extend(self.store.get(namespace(type_name), type_name, cluster));
        }
        let query = Query::cluster(cluster);
        let mut machines = BTreeSet::new();
        for type_name in BY_LABEL {
            let listed = self.store.list(namespace(type_name), type_name, &query);
            if [kind::ClusterMachine::TYPE, kind::MachineSetNode::TYPE].contains(&type_name) {
                machines.extend(listed.iter().map(|one| one.metadata.id.clone()));
            }
            resources.extend(listed);
        }
        let mut files = Vec::new();
        for id in &machines {
            let found = self.of_machine(id);
            if !found.is_empty() {
                files.push(self.log_of(id)?);
            }
            resources.extend(found);
        }
        files.extend(resources.iter().map(|resource| file(resource)));
        Ok(files)
    }

    /// What is known of a machine, as far as the chain goes: link, status, labels, options.
    fn of_machine(&self, id: &str) -> Vec<Arc<AnyResource>> {
        let chain = [
            kind::Link::TYPE,
            kind::MachineStatus::TYPE,
            kind::MachineStatusLabels::TYPE,
            kind::MachineConfigGenOptions::TYPE,
        ];
        let found = chain.map(|type_name| self.store.get(namespace(type_name), type_name, id));
        found.into_iter().map_while(|one| one).collect()
    }

    fn log_of(&self, id: &str) -> Result<File, Status> {
        let rows = self
            .store
            .annals()
            .read(&stream_of(id), 0, usize::MAX)
            .map_err(|error| super::refused(&error))?;
        let mut reader = Reader::default();
        let mut contents = Vec::new();
        for row in rows {
            contents.extend(reader.line(&row));
            contents.push(b'\n');
        }
        Ok(File {
            path: format!("omni/machine-logs/{id}.log"),
            contents,
        })
    }
}

fn namespace(type_name: &str) -> &'static str {
    kind::find(type_name).map_or(DEFAULT, |facts| facts.namespace)
}

fn file(resource: &AnyResource) -> File {
    let metadata = &resource.metadata;
    File {
        path: format!("omni/resources/{}-{}.yaml", metadata.type_name, metadata.id),
        contents: yaml(resource).into_bytes(),
    }
}

/// One message for each file, and one for what cannot be collected.
fn progress(files: &[File]) -> Vec<api::GetSupportBundleResponse> {
    let total = i32::try_from(files.len()).unwrap_or(i32::MAX);
    let told = |progress| api::GetSupportBundleResponse {
        progress: Some(progress),
        ..api::GetSupportBundleResponse::default()
    };
    let collected = files.iter().map(|file| {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        told(Progress {
            source: "omni".to_owned(),
            state: format!("collect {name}"),
            total,
            ..Progress::default()
        })
    });
    let nodes = told(Progress {
        source: "cluster".to_owned(),
        error: "failed to get kubernetes client: no Talos and no Kubernetes runs on emulated machines, the bundle holds what Omni knows"
            .to_owned(),
        ..Progress::default()
    });
    collected.chain([nodes]).collect()
}

fn archive(files: &[File]) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for file in files {
        archive.start_file(file.path.as_str(), options)?;
        archive.write_all(&file.contents)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A resource as `omnictl get -o yaml` shows it.
fn yaml(resource: &AnyResource) -> String {
    let metadata = &resource.metadata;
    let plain = |text: &str| Tree::Plain(text.to_owned());
    let text = |text: &str| {
        if text.is_empty() {
            Tree::Plain(String::new())
        } else {
            Tree::Text(text.to_owned())
        }
    };
    let map = |pairs: &std::collections::BTreeMap<String, String>| {
        let pairs = pairs.iter().map(|(key, value)| (key.clone(), text(value)));
        Tree::Map(pairs.collect())
    };
    let mut entries = vec![
        ("namespace", text(&metadata.namespace)),
        ("type", text(&metadata.type_name)),
        ("id", text(&metadata.id)),
        ("version", plain(&metadata.version.to_string())),
        ("owner", text(&metadata.owner)),
        ("phase", plain(metadata.phase.as_str())),
        ("created", plain(&stamp(metadata.created))),
        ("updated", plain(&stamp(metadata.updated))),
    ];
    if !metadata.labels.is_empty() {
        entries.push(("labels", map(&metadata.labels)));
    }
    if !metadata.annotations.is_empty() {
        entries.push(("annotations", map(&metadata.annotations)));
    }
    if !metadata.finalizers.is_empty() {
        let finalizers = metadata.finalizers.iter().map(|one| text(one)).collect();
        entries.push(("finalizers", Tree::List(finalizers)));
    }
    let entries = entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    let head = yaml_spec::write(&Tree::Map(vec![(
        "metadata".to_owned(),
        Tree::Map(entries),
    )]));
    // What is empty has nothing behind its colon.
    let head: String = head
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    let spec = kind::find(&metadata.type_name)
        .and_then(|facts| yaml_spec::tree(facts.spec, &resource.spec).ok());
    let spec = spec.unwrap_or_else(|| Tree::Map(Vec::new()));
    head + &yaml_spec::write(&Tree::Map(vec![("spec".to_owned(), spec)]))
}

fn stamp(stamp: Option<prost_types::Timestamp>) -> String {
    let stamp = stamp.and_then(|stamp| jiff::Timestamp::from_second(stamp.seconds).ok());
    stamp.map_or_else(
        || "0001-01-01T00:00:00Z".to_owned(),
        |stamp| stamp.to_string(),
    )
}
