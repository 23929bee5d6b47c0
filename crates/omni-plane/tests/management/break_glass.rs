//! Files that lead past Omni.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use omni_api::{Kind as _, kind, labels, management as api};
use omni_plane::{Instance, instance};
use serde_json::Value;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::refusal;
use super::world::{World, put};

const KUBECONFIG: &str = "/management.ManagementService/Kubeconfig";
const TALOSCONFIG: &str = "/management.ManagementService/Talosconfig";

/// A world with a cluster that has secrets; with the files that Admins may ask for, or without.
async fn world(break_glass: bool) -> World {
    let world = World::seeded().await;
    let set_up = Instance {
        enable_break_glass_configs: break_glass,
        ..Instance::default()
    };
    instance::install(&world.store, &set_up).expect("installed");
    put::<kind::Cluster>(&world.store, "c1", |cluster| {
        cluster.spec.talos_version = "1.13.8".into();
        cluster.spec.kubernetes_version = "1.35.6".into();
    });
    put::<kind::MachineSet>(&world.store, "c1-control-planes", |set| {
        let marks = &mut set.metadata.labels;
        marks.insert(labels::CLUSTER.into(), "c1".into());
        marks.insert(labels::CONTROL_PLANE_ROLE.into(), String::new());
    });
    world
        .until::<kind::ClusterSecrets>(|store| store.peek::<kind::ClusterSecrets>("c1").is_some())
        .await;
    world
        .until::<kind::ClusterStatus>(|store| store.peek::<kind::ClusterStatus>("c1").is_some())
        .await;
    world
}

async fn kubeconfig(
    world: &mut World,
    cluster: Option<&str>,
) -> Result<tonic::Response<api::KubeconfigResponse>, tonic::Status> {
    let wanted = api::KubeconfigRequest {
        break_glass: true,
        ..Default::default()
    };
    let request = world.admin.sign(KUBECONFIG, cluster, wanted);
    world.management.kubeconfig(request).await
}

async fn talosconfig(
    world: &mut World,
    cluster: Option<&str>,
    raw: bool,
) -> Result<tonic::Response<api::TalosconfigResponse>, tonic::Status> {
    let wanted = api::TalosconfigRequest {
        raw,
        break_glass: !raw,
    };
    let request = world.admin.sign(TALOSCONFIG, cluster, wanted);
    world.management.talosconfig(request).await
}

fn yaml(text: &[u8]) -> Value {
    serde_saphyr::from_slice(text).expect("YAML")
}

fn pem(value: &Value) -> pem::Pem {
    let text = STANDARD.decode(value.as_str().expect("a text"));
    pem::parse(text.expect("base64")).expect("PEM")
}

/// The subject of a certificate that the authority has signed.
fn subject(certificate: &Value, authority: &Value) -> String {
    let (certificate, authority) = (pem(certificate), pem(authority));
    let (_, leaf) = X509Certificate::from_der(certificate.contents()).expect("a certificate");
    let (_, root) = X509Certificate::from_der(authority.contents()).expect("a certificate");
    leaf.verify_signature(Some(root.public_key()))
        .expect("the authority has signed it");
    assert_eq!(leaf.issuer(), root.subject());
    let usage = leaf.extended_key_usage().expect("readable");
    assert!(usage.expect("it has one").value.client_auth);
    leaf.subject().to_string()
}

#[tokio::test]
async fn without_the_flag_nobody_gets_past_omni() {
    let mut world = world(false).await;
    let refused = ("PermissionDenied".to_owned(), "not allowed".to_owned());
    assert_eq!(refusal(kubeconfig(&mut world, Some("c1")).await), refused);
    assert_eq!(
        refusal(talosconfig(&mut world, Some("c1"), false).await),
        refused
    );
    assert_eq!(
        refusal(talosconfig(&mut world, Some("c1"), true).await),
        refused
    );
    let status = world.store.read::<kind::ClusterStatus>("c1");
    let metadata = status.expect("a status").metadata;
    assert_eq!(metadata.label(labels::CLUSTER_TAINTED_BY_BREAK_GLASS), None);
    world.stop().await;
}

#[tokio::test]
async fn an_admin_gets_a_certificate_that_kubernetes_takes_for_its_admin() {
    let mut world = world(true).await;
    let answer = kubeconfig(&mut world, Some("c1"))
        .await
        .expect("it is allowed");
    let config = yaml(&answer.into_inner().kubeconfig);
    assert_eq!(config["current-context"], "admin@c1");
    let cluster = &config["clusters"][0]["cluster"];
    assert_eq!(cluster["server"], "https://localhost:10000");
    let user = &config["users"][0]["user"];
    let authority = &cluster["certificate-authority-data"];
    let subject = subject(&user["client-certificate-data"], authority);
    assert_eq!(subject, "O=system:masters, CN=omni:admin");
    assert_eq!(pem(&user["client-key-data"]).tag(), "PRIVATE KEY");
    let status = world.store.read::<kind::ClusterStatus>("c1");
    let metadata = status.expect("a status").metadata;
    assert_eq!(
        metadata.label(labels::CLUSTER_TAINTED_BY_BREAK_GLASS),
        Some("")
    );
    let now = world.store.clock().wall().as_secs().to_string();
    let noted = metadata.annotation(labels::TAINTED_BY_BREAK_GLASS_TIMESTAMP);
    assert_eq!(noted, Some(now.as_str()));
    world.stop().await;
}

#[tokio::test]
async fn an_admin_gets_a_certificate_that_talos_takes_for_an_operator() {
    let mut world = world(true).await;
    put::<kind::ClusterMachineIdentity>(&world.store, "m1", |identity| {
        let marks = &mut identity.metadata.labels;
        marks.insert(labels::CLUSTER.into(), "c1".into());
        marks.insert(labels::CONTROL_PLANE_ROLE.into(), String::new());
        identity.spec.node_ips = vec!["10.5.0.2".into(), "fd00::2".into()];
    });
    let answer = talosconfig(&mut world, Some("c1"), false).await;
    let config = yaml(&answer.expect("it is allowed").into_inner().talosconfig);
    assert_eq!(config["context"], "c1");
    let context = &config["contexts"]["c1"];
    assert_eq!(
        context["endpoints"],
        serde_json::json!(["10.5.0.2", "fd00::2"])
    );
    assert_eq!(subject(&context["crt"], &context["ca"]), "O=os:operator");
    assert_eq!(pem(&context["key"]).tag(), "ED25519 PRIVATE KEY");
    let answer = kubeconfig(&mut world, Some("c1"))
        .await
        .expect("it is allowed");
    let config = yaml(&answer.into_inner().kubeconfig);
    assert_eq!(
        config["clusters"][0]["cluster"]["server"],
        "https://10.5.0.2:6443"
    );
    let accesses = super::audit::talos_accesses(&mut world).await;
    let expected = serde_json::json!([{
        "full_method_name": "management.ManagementService/Talosconfig",
        "cluster_name": "c1",
    }]);
    assert_eq!(
        Value::from(accesses),
        expected,
        "Omni tells of talosconfigs only"
    );
    world.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let mut world = world(true).await;
    let nothing = (
        "InvalidArgument".to_owned(),
        "cluster name is required".to_owned(),
    );
    assert_eq!(refusal(kubeconfig(&mut world, None).await), nothing);
    assert_eq!(refusal(talosconfig(&mut world, None, false).await), nothing);
    for (refusal, kind) in [
        (
            refusal(kubeconfig(&mut world, Some("c2")).await),
            kind::Kubeconfig::TYPE,
        ),
        (
            refusal(talosconfig(&mut world, Some("c2"), false).await),
            kind::ClusterSecrets::TYPE,
        ),
    ] {
        let text = format!("resource {kind}(default/c2@undefined) doesn't exist");
        assert_eq!(refusal, ("Unknown".to_owned(), text));
    }
    world.stop().await;
}
