//! Calls that are for nodes, and calls that nobody knows.

use omni_api::{cosi, kind, labels};
use tonic::codegen::http::uri::PathAndQuery;
use tonic_prost::ProstCodec;

use super::refusal;
use super::signer::Signer;
use super::world::{World, make_key, put, put_user};

const NO_TALOS: &str = "the embedded plane cannot do this: no Talos runs on its emulated machines, so that no node answers";

type Headers<'h> = [(&'static str, &'h str)];

/// What a call without a message hears, signed by an account.
async fn call(
    world: &World,
    signer: &Signer,
    path: &'static str,
    headers: &Headers<'_>,
) -> (String, String) {
    let mut client = tonic::client::Grpc::new(world.channel.clone());
    client.ready().await.expect("connected");
    let request = signer.sign_with(path, headers, ());
    let codec = ProstCodec::<(), ()>::default();
    refusal(
        client
            .unary(request, PathAndQuery::from_static(path), codec)
            .await,
    )
}

/// A world with a member of `prod`, which has an endpoint, one of `other`, which has none yet, and a free machine.
async fn world() -> World {
    let world = World::start().await;
    for (machine, cluster) in [("m1", "prod"), ("m2", "other"), ("free", "")] {
        put::<kind::Machine>(&world.store, machine, |resource| {
            let marks = &mut resource.metadata.labels;
            marks.insert(labels::MACHINE_ADDRESS.into(), format!("fdae::{machine}"));
        });
        if cluster.is_empty() {
            continue;
        }
        put::<kind::ClusterMachine>(&world.store, machine, |member| {
            let marks = &mut member.metadata.labels;
            marks.insert(labels::CLUSTER.into(), cluster.into());
        });
        put::<kind::ClusterMachineIdentity>(&world.store, machine, |node| {
            let marks = &mut node.metadata.labels;
            marks.insert(labels::CLUSTER.into(), cluster.into());
            node.spec.nodename = format!("talos-{machine}");
            node.spec.node_ips = vec![format!("10.5.0.{}", &machine[1..])];
        });
    }
    put::<kind::ClusterEndpoint>(&world.store, "prod", |_| {});
    world
}

const VERSION: &str = "/machine.MachineService/Version";

#[tokio::test]
async fn a_call_to_a_node_is_told_that_no_talos_answers_by_whatever_name_the_node_goes() {
    let world = world().await;
    let refused = ("Unimplemented".to_owned(), NO_TALOS.to_owned());
    for node in ["m1", "fdae::m1", "talos-m1", "10.5.0.1", "m1,talos-m1"] {
        let headers = [("runtime", "Talos"), ("nodes", node)];
        let heard = call(&world, &world.admin, VERSION, &headers).await;
        assert_eq!(heard, refused, "{node}");
    }
    for cluster in ["cluster", "context"] {
        let headers = [("runtime", "Talos"), (cluster, "prod")];
        let heard = call(&world, &world.admin, VERSION, &headers).await;
        assert_eq!(heard, refused, "{cluster}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_nodes_own_resources_are_not_mistaken_for_omnis() {
    let mut world = world().await;
    let get = || cosi::GetRequest {
        namespace: "default".into(),
        r#type: "Machines.omni.sidero.dev".into(),
        id: "m1".into(),
        options: None,
    };
    let path = "/cosi.resource.State/Get";
    let omnis = world.admin.sign(path, None, get());
    world.state.get(omnis).await.expect("Omni has it");
    let headers = [("runtime", "Talos"), ("nodes", "m1")];
    let nodes = world.admin.sign_with(path, &headers, get());
    let heard = refusal(world.state.get(nodes).await);
    assert_eq!(heard, ("Unimplemented".into(), NO_TALOS.into()));
    world.stop().await;
}

#[tokio::test]
async fn nodes_that_nobody_finds_are_refused_in_omnis_words() {
    let world = world().await;
    let missing = "resolve nodes: node not found, cannot resolve its management address";
    let cases: [(&Headers<'_>, &str, &str); 6] = [
        (
            &[],
            "InvalidArgument",
            "at least one of cluster, node, or nodes must be specified",
        ),
        (
            &[("nodes", "m1,")],
            "InvalidArgument",
            "resolve nodes: empty node value",
        ),
        (&[("nodes", "nobody")], "NotFound", missing),
        (&[("cluster", "prod"), ("nodes", "m2")], "NotFound", missing),
        (
            &[("nodes", "m1,m2")],
            "InvalidArgument",
            "resolve nodes: all nodes should be in the same cluster, found clusters \"prod\" and \"other\"",
        ),
        (
            &[("cluster", "other")],
            "Unavailable",
            "cluster \"other\" endpoint not found",
        ),
    ];
    for (headers, code, text) in cases {
        let headers = [&[("runtime", "Talos")], headers].concat();
        let heard = call(&world, &world.admin, VERSION, &headers).await;
        assert_eq!(heard, (code.to_owned(), text.to_owned()), "{headers:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn who_may_not_speak_to_a_node_hears_so_first() {
    let world = world().await;
    let of_role = |name: &str, role: &str| {
        let key = make_key(&world.store, name);
        put_user(&world.store, &key, name, role);
        Signer::new(&key, world.store.clock().wall())
    };
    let stranger = make_key(&world.store, "stranger");
    let stranger = Signer::new(&stranger, world.store.clock().wall());
    let (reader, nobody) = (of_role("reader", "Reader"), of_role("nobody", "None"));
    let member = [("runtime", "Talos"), ("nodes", "m1")];
    let free = [("runtime", "Talos"), ("nodes", "free")];
    let insufficient = "unauthorized: access denied: insufficient role: \"None\"";
    for (signer, headers, code, text) in [
        (&stranger, &member, "Unauthenticated", "invalid signature"),
        (&nobody, &member, "PermissionDenied", insufficient),
        (&reader, &member, "Unimplemented", NO_TALOS),
        (&reader, &free, "PermissionDenied", "permission denied"),
        (&world.admin, &free, "Unimplemented", NO_TALOS),
    ] {
        let heard = call(&world, signer, VERSION, headers).await;
        assert_eq!(heard, (code.to_owned(), text.to_owned()), "{headers:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_call_that_nobody_knows_hears_what_go_servers_say() {
    let world = World::start().await;
    for (path, text) in [
        (VERSION, "unknown service machine.MachineService"),
        (
            "/management.ManagementService/NoSuchCall",
            "unknown method NoSuchCall for service management.ManagementService",
        ),
        (
            "/cosi.resource.State/Patch",
            "unknown method Patch for service cosi.resource.State",
        ),
        (
            "/oidc.OIDCService/Authenticate",
            "the embedded plane cannot do this: nobody can log in to it",
        ),
    ] {
        let heard = call(&world, &world.admin, path, &[]).await;
        assert_eq!(
            heard,
            ("Unimplemented".to_owned(), text.to_owned()),
            "{path}"
        );
    }
    world.stop().await;
}
