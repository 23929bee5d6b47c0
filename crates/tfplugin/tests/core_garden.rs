//! The small core over the wire with a provider that has every kind of object, for what the installed `terraform` does
//! not speak yet.

#![allow(missing_docs, reason = "a test needs no documentation")]

#[path = "objects_service/garden/mod.rs"]
#[allow(dead_code, reason = "the other tests of this provider use the rest")]
mod garden;

use garden::{Garden, GardenProvider};
use tfplugin::Value;
use tfplugin::server::Service;
use tfplugin::testing::client::Plugin;
use tfplugin::testing::core::{Action, Core, CoreError, Kind, Rule};

async fn core() -> (Core, Garden, Plugin) {
    let garden = Garden::default();
    let provider = GardenProvider {
        garden: garden.clone(),
    };
    let plugin = Plugin::in_process(Service::new(provider)).await.unwrap();
    let core = Core::new(plugin.provider()).await.unwrap();
    let config = core.config(Kind::Provider, "", [("gate", "main".into())]);
    core.configure(&config.unwrap()).await.unwrap();
    (core, garden, plugin)
}

fn bed<const N: usize>(core: &Core, set: [(&str, Value); N]) -> Value {
    core.config(Kind::Resource, "garden_bed", set).unwrap()
}

#[tokio::test]
async fn a_bed_lives_through_it() {
    let (core, garden, _plugin) = core().await;
    let beds = core.resource("garden_bed").unwrap();
    let herb = Value::object([
        ("species", "sage".into()),
        ("count", Value::Null),
        ("id", Value::Null),
        ("height", Value::Null),
    ]);
    let life = [
        bed(&core, [("name", "a".into()), ("watering", "60m".into())]),
        bed(&core, [("name", "a".into()), ("soil", "CLAY".into())]),
        bed(&core, [("name", "a".into()), ("herbs", Value::set([herb]))]),
        bed(&core, [("name", "b".into()), ("key_wo", "hush".into())]),
    ];
    let states = beds.lifecycle(&life).await.unwrap();
    assert_eq!(states[0].value.get("watering"), Some(&"60m".into()));
    assert_eq!(states[1].value.get("soil"), Some(&"CLAY".into()));
    assert_eq!(states[3].value.get("key_wo"), Some(&Value::Null));
    assert_eq!(garden.names(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_unknown_in_the_plan_may_become_anything_in_the_apply() {
    let (core, _garden, _plugin) = core().await;
    let beds = core.resource("garden_bed").unwrap();
    let config = |soil: Value| bed(&core, [("name", "a".into()), ("soil", soil)]);
    let plan = beds.plan(None, &config(Value::Unknown)).await.unwrap();
    assert_eq!(plan.action, Action::Create);
    let settled = config("Loam".into());
    let state = beds.apply(&plan, &settled).await.unwrap().unwrap();
    beds.settled(&state, &settled).await.unwrap();
}

#[tokio::test]
async fn a_bed_is_found_by_a_list_and_imported_by_its_identity() {
    let (core, _garden, _plugin) = core().await;
    let beds = core.resource("garden_bed").unwrap();
    for name in ["a1", "a2", "b1"] {
        beds.settle(None, &bed(&core, [("name", name.into())]))
            .await
            .unwrap();
    }
    let query = core.config(Kind::List, "garden_bed", [("prefix", "a".into())]);
    let query = query.unwrap();
    let found = core.list("garden_bed", &query, true, 10).await.unwrap();
    let names: Vec<_> = found.iter().map(|bed| bed.display_name.as_str()).collect();
    assert_eq!(names, ["Bed a1", "Bed a2"]);
    assert_eq!(
        core.list("garden_bed", &query, false, 1)
            .await
            .unwrap()
            .len(),
        1
    );

    let imported = beds.import_by_identity(&found[1].identity).await.unwrap();
    assert_eq!(imported.identity.as_ref(), Some(&found[1].identity));
    let config = bed(&core, [("name", "a2".into())]);
    beds.empty_plan(&imported, &config).await.unwrap();
}

#[tokio::test]
async fn an_action_tells_its_progress_and_its_failure() {
    let (core, _garden, _plugin) = core().await;
    let beds = core.resource("garden_bed").unwrap();
    beds.settle(None, &bed(&core, [("name", "a".into())]))
        .await
        .unwrap();
    let config = |name: &str| core.config(Kind::Action, "garden_water", [("bed", name.into())]);
    let invoked = core
        .invoke("garden_water", &config("a").unwrap())
        .await
        .unwrap();
    assert_eq!(invoked.progress, ["turning the tap", "a is wet"]);
    let failed = core.invoke("garden_water", &config("b").unwrap()).await;
    let Err(CoreError::Refused { diagnostics, .. }) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!(diagnostics[0].summary, "No such bed");
}

#[tokio::test]
async fn an_ephemeral_key_is_opened_renewed_and_closed() {
    let (core, garden, _plugin) = core().await;
    let config = core.config(Kind::Ephemeral, "garden_key", [("bed", "a".into())]);
    let mut key = core.open("garden_key", &config.unwrap()).await.unwrap();
    assert_eq!(key.value.get("key"), Some(&"key of a".into()));
    assert_eq!(key.renew_at, Some(60));
    key.renew().await.unwrap();
    key.close().await.unwrap();
    assert_eq!(garden.calls(), ["open a", "renew a", "close a"]);
}

#[tokio::test]
async fn a_function_has_variadic_arguments_and_errors_of_its_own() {
    let (core, _garden, _plugin) = core().await;
    let call = async |factor: i64, species: &[&str]| {
        let fixed = [Value::Number(factor.into()), Value::Null];
        let rest = species.iter().map(|one| Value::from(*one));
        let arguments: Vec<_> = fixed.into_iter().chain(rest).collect();
        core.call("count_plants", &arguments).await.unwrap()
    };
    assert_eq!(
        call(2, &["sage", "mint"]).await,
        Ok(Value::Number(4.into()))
    );
    let error = call(-1, &[]).await.unwrap_err();
    assert_eq!(error.function_argument, Some(0));
    let few = core.call("count_plants", &[]).await.unwrap_err();
    assert_eq!(few.rule(), Some(Rule::Configuration));
}

#[tokio::test]
async fn a_data_source_reads() {
    let (core, _garden, _plugin) = core().await;
    let beds = core.resource("garden_bed").unwrap();
    beds.settle(None, &bed(&core, [("name", "a".into())]))
        .await
        .unwrap();
    let config = core.config(Kind::DataSource, "garden_beds", [("prefix", "a".into())]);
    let read = core
        .read_data("garden_beds", &config.unwrap())
        .await
        .unwrap();
    assert_eq!(read.get("names"), Some(&Value::list(["a".into()])));
}
