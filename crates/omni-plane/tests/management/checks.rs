//! Checks, join tokens, and what the plane cannot do.

use omni_api::{kind, labels, management as api};

use super::refusal;
use super::world::{World, put};

#[tokio::test]
async fn a_config_is_checked_as_a_patch_is() {
    let mut world = World::start().await;
    let method = "/management.ManagementService/ValidateConfig";
    for (config, refused) in [
        ("machine:\n  sysctls:\n    a: \"1\"\n", None),
        (
            "machine:\n  token: x\n",
            Some(
                "1 error occurred:\n\t* overriding \"machine.token\" is not allowed in the config patch\n\n",
            ),
        ),
        (
            "foo: bar\n",
            Some("error decoding document /v1alpha1/ (line 1): missing kind"),
        ),
    ] {
        let request = world.admin.sign(
            method,
            None,
            api::ValidateConfigRequest {
                config: config.into(),
            },
        );
        let answer = world.management.validate_config(request).await;
        match refused {
            None => assert!(answer.is_ok(), "{answer:?}"),
            Some(text) => assert_eq!(refusal(answer), ("InvalidArgument".into(), text.into())),
        }
    }
    world.stop().await;
}

#[tokio::test]
async fn data_is_checked_against_a_schema_without_failing_the_call() {
    let mut world = World::start().await;
    let method = "/management.ManagementService/ValidateJSONSchema";
    let wanted = api::ValidateJsonSchemaRequest {
        data: "size: huge\n".into(),
        schema: r#"{"type": "object", "required": ["zone"], "properties": {"size": {"enum": ["small"]}}}"#.into(),
    };
    let answer = world
        .management
        .validate_json_schema(world.admin.sign(method, None, wanted))
        .await;
    let mut errors = answer.expect("anybody signed may").into_inner().errors;
    errors.sort_by(|a, b| a.data_path.cmp(&b.data_path));
    let shown: Vec<_> = errors
        .iter()
        .map(|error| (&*error.data_path, &*error.cause))
        .collect();
    assert_eq!(shown.len(), 2);
    assert_eq!(shown[0].0, "/size");
    assert_eq!(shown[1], ("/zone", "property is required"));
    let broken = api::ValidateJsonSchemaRequest {
        data: String::new(),
        schema: "{".into(),
    };
    let answer = world
        .management
        .validate_json_schema(world.admin.sign(method, None, broken))
        .await;
    assert_eq!(refusal(answer).0, "Unknown");
    world.stop().await;
}

#[tokio::test]
async fn machines_join_with_the_default_token_or_with_a_new_one() {
    let mut world = World::start().await;
    put::<kind::SiderolinkApiConfig>(&world.store, "siderolink-config", |config| {
        config.spec.machine_api_advertised_url = "grpc://127.0.0.1:8090".into();
        config.spec.events_port = 8091;
        config.spec.logs_port = 8092;
    });
    put::<kind::DefaultJoinToken>(&world.store, "default", |token| {
        token.spec.token_id = "secret".into();
    });
    let method = "/management.ManagementService/GetMachineJoinConfig";
    let request = world
        .admin
        .sign(method, None, api::GetMachineJoinConfigRequest::default());
    let join = world
        .management
        .get_machine_join_config(request)
        .await
        .expect("a Reader may")
        .into_inner();
    assert_eq!(
        join.kernel_args,
        [
            "siderolink.api=grpc://127.0.0.1:8090?jointoken=secret",
            "talos.events.sink=[fdae:41e4:649b:9303::1]:8091",
            "talos.logging.kernel=tcp://[fdae:41e4:649b:9303::1]:8092",
        ]
    );
    assert_eq!(join.config.matches("\n---\n").count(), 2);
    let method = "/management.ManagementService/CreateJoinToken";
    let named = |name: &str| api::CreateJoinTokenRequest {
        name: name.into(),
        expiration_time: None,
    };
    let made = world
        .management
        .create_join_token(world.admin.sign(method, None, named("lab")))
        .await;
    let id = made.expect("an Admin may").into_inner().id;
    // Thirty-two bytes, whose first digits may be zeros, which are not written.
    assert!((41..=43).contains(&id.len()), "{id}");
    assert_eq!(
        world
            .store
            .read::<kind::JoinToken>(&id)
            .expect("it is there")
            .spec
            .name,
        "lab"
    );
    for (name, text) in [
        ("", "token name cannot be empty"),
        (
            "seventeen-letters",
            "token name cannot be longer than 16 symbols",
        ),
    ] {
        let answer = world
            .management
            .create_join_token(world.admin.sign(method, None, named(name)))
            .await;
        assert_eq!(refusal(answer), ("InvalidArgument".into(), text.into()));
    }
    world.stop().await;
}

#[tokio::test]
async fn an_upgrade_is_checked_before_it_is_asked_for() {
    let mut world = World::start().await;
    put::<kind::KubernetesUpgradeStatus>(&world.store, "c1", |status| {
        status.spec.last_upgrade_version = "1.34.1".into();
    });
    let method = "/management.ManagementService/KubernetesUpgradePreChecks";
    let to = |version: &str| api::KubernetesUpgradePreChecksRequest {
        new_version: version.into(),
    };
    let check = |version: &str| world.admin.sign(method, Some("c1"), to(version));
    let (far, near, again) = (check("1.36.0"), check("1.35.2"), check("1.35.2"));
    let far = world.management.kubernetes_upgrade_pre_checks(far).await;
    assert_eq!(
        refusal(far),
        (
            "InvalidArgument".into(),
            "unsupported upgrade path: 1.34.1->1.36.0".into()
        )
    );
    let near = world
        .management
        .kubernetes_upgrade_pre_checks(near)
        .await
        .expect("an Admin may")
        .into_inner();
    assert!(near.ok, "{}", near.reason);
    put::<kind::ClusterMachineStatus>(&world.store, "m1", |machine| {
        machine
            .metadata
            .labels
            .insert(labels::CLUSTER.into(), "c1".into());
        machine
            .metadata
            .labels
            .insert(labels::CONTROL_PLANE_ROLE.into(), String::new());
    });
    put::<kind::ClusterMachine>(&world.store, "m1", |machine| {
        let marks = &mut machine.metadata.labels;
        marks.insert(labels::CLUSTER.into(), "c1".into());
        marks.insert(labels::CONTROL_PLANE_ROLE.into(), String::new());
    });
    let again = world
        .management
        .kubernetes_upgrade_pre_checks(again)
        .await
        .expect("an Admin may")
        .into_inner();
    assert_eq!(
        (again.ok, &*again.reason),
        (false, "control plane machine m1 is not ready")
    );
    let accesses = super::audit::talos_accesses(&mut world).await;
    let expected = serde_json::json!([{
        "full_method_name": "management.ManagementService/KubernetesUpgradePreChecks",
        "cluster_name": "c1",
        "machine_ip": "m1",
    }]);
    assert_eq!(serde_json::Value::from(accesses), expected);
    let elsewhere = world.admin.sign(method, Some("c2"), to("1.35.2"));
    let elsewhere = world
        .management
        .kubernetes_upgrade_pre_checks(elsewhere)
        .await;
    assert_eq!(refusal(elsewhere).0, "NotFound");
    world.stop().await;
}

#[tokio::test]
async fn what_the_plane_cannot_do_it_says() {
    let mut world = World::start().await;
    let method = "/management.ManagementService/GetSupportBundle";
    let request = || api::GetSupportBundleRequest {
        encrypt: true,
        ..Default::default()
    };
    let answer = world
        .management
        .get_support_bundle(world.admin.sign(method, None, request()))
        .await;
    assert_eq!(
        refusal(answer),
        (
            "Unimplemented".into(),
            "the embedded plane cannot do this: it does not encrypt bundles; ask for a plain one and encrypt it with age"
                .into()
        )
    );
    let unsigned = world.management.get_support_bundle(request()).await;
    assert_eq!(
        refusal(unsigned),
        ("Unauthenticated".into(), "invalid signature".into())
    );
    world.stop().await;
}
