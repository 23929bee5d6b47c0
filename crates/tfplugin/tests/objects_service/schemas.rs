//! What is announced.

use tfplugin::Object as _;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::proto::{self as pb};
use tfplugin::server::Service;
use tonic::{Code, Request};

use crate::core::{BED, Core};
use crate::garden::bed::Bed;
use crate::garden::{Garden, GardenProvider};

async fn schema() -> pb::get_provider_schema::Response {
    let service = Service::new(GardenProvider {
        garden: Garden::default(),
    });
    let schema = service
        .get_provider_schema(Request::new(pb::get_provider_schema::Request {}))
        .await;
    schema.expect("the schema is answered").into_inner()
}

fn attribute<'s>(schema: &'s pb::Schema, name: &str) -> &'s pb::schema::Attribute {
    let block = schema.block.as_ref().expect("a schema has a block");
    block
        .attributes
        .iter()
        .find(|a| a.name == name)
        .expect("the attribute exists")
}

#[tokio::test]
async fn every_kind_of_object_is_announced_under_its_full_name() {
    let schema = schema().await;
    assert!(schema.resource_schemas.contains_key(BED));
    assert!(schema.data_source_schemas.contains_key("garden_beds"));
    assert!(schema.ephemeral_resource_schemas.contains_key("garden_key"));
    assert!(schema.list_resource_schemas.contains_key(BED));
    assert!(schema.action_schemas.contains_key("garden_water"));
    assert!(schema.functions.contains_key("count_plants"));
    let capable = schema
        .server_capabilities
        .expect("capabilities are announced");
    assert!(capable.plan_destroy && capable.get_provider_schema_optional);
    assert!(capable.move_resource_state && capable.generate_resource_config);
}

#[tokio::test]
async fn flags_and_docs_reach_the_wire() {
    let schema = schema().await;
    let bed = &schema.resource_schemas[BED];
    assert_eq!(bed.version, 2);
    let name = attribute(bed, "name");
    assert!(name.required && !name.optional && !name.computed);
    assert_eq!(
        name.description,
        "Name of the bed. Changing it makes a new bed."
    );
    assert_eq!(&name.r#type[..], b"\"string\"");
    let watering = attribute(bed, "watering");
    assert!(watering.optional && watering.computed && !watering.required);
    assert!(attribute(bed, "hideout").sensitive);
    assert!(attribute(bed, "key_wo").write_only);
    let earth = attribute(bed, "earth");
    assert!(earth.deprecated);
    assert_eq!(earth.deprecation_message, "Use `soil`.");
}

#[tokio::test]
async fn nested_attributes_are_announced_with_their_nesting() {
    use pb::schema::object::NestingMode;
    let schema = schema().await;
    let bed = &schema.resource_schemas[BED];
    let nestings = [
        ("plants", NestingMode::List),
        ("herbs", NestingMode::Set),
        ("signs", NestingMode::Map),
        ("sensor", NestingMode::Single),
        ("timeouts", NestingMode::Single),
    ];
    for (name, nesting) in nestings {
        let nested = attribute(bed, name)
            .nested_type
            .as_ref()
            .expect("a nested attribute");
        assert_eq!(nested.nesting(), nesting, "{name}");
    }
    let timeouts = attribute(bed, "timeouts")
        .nested_type
        .as_ref()
        .expect("a nested attribute");
    let verbs: Vec<&str> = timeouts
        .attributes
        .iter()
        .map(|a| a.name.as_str())
        .collect();
    assert_eq!(verbs, ["create", "read", "update", "delete"]);
    assert!(
        timeouts.attributes[0]
            .description
            .ends_with("Default `10m`.")
    );
    assert_eq!(&attribute(bed, "notes").r#type[..], b"\"dynamic\"");
    assert_eq!(&attribute(bed, "tags").r#type[..], b"[\"set\",\"string\"]");
}

#[tokio::test]
async fn a_function_is_announced_with_its_parameters() {
    let schema = schema().await;
    let function = &schema.functions["count_plants"];
    let names: Vec<&str> = function
        .parameters
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    assert_eq!(names, ["factor", "comment"]);
    assert!(!function.parameters[0].allow_null_value && function.parameters[1].allow_null_value);
    let variadic = function
        .variadic_parameter
        .as_ref()
        .expect("the last one takes the rest");
    assert_eq!(&variadic.r#type[..], b"\"string\"");
    assert_eq!(function.summary, "Counts plants.");
    let result = function.r#return.as_ref().expect("a function answers");
    assert_eq!(&result.r#type[..], b"\"number\"");
}

#[tokio::test]
async fn the_identity_of_a_resource_is_announced() {
    let core = Core::new().await;
    let request = Request::new(pb::get_resource_identity_schemas::Request {});
    let response = core.service.get_resource_identity_schemas(request).await;
    let schemas = response
        .expect("identities are answered")
        .into_inner()
        .identity_schemas;
    let [name] = &schemas[BED].identity_attributes[..] else {
        panic!("one attribute")
    };
    // What core has of a state without identity: with another version it would ask for an upgrade of nothing.
    assert_eq!(schemas[BED].version, 0);
    assert!(name.required_for_import);
    assert_eq!(name.name, "name");
}

#[tokio::test]
async fn the_metadata_name_everything() {
    let core = Core::new().await;
    let response = core
        .service
        .get_metadata(Request::new(pb::get_metadata::Request {}))
        .await;
    let metadata = response.expect("metadata are answered").into_inner();
    assert_eq!(metadata.resources[0].type_name, BED);
    assert_eq!(metadata.functions[0].name, "count_plants");
    assert_eq!(metadata.actions[0].type_name, "garden_water");
}

#[test]
fn the_json_form_has_everything_that_the_documentation_needs() {
    let json = Bed::SCHEMA.to_json();
    assert_eq!(json["identity"][0], "name");
    assert_eq!(json["timeouts"]["delete"], "20m");
    let attributes = json["attributes"]
        .as_array()
        .expect("attributes in their order");
    assert_eq!(attributes[0]["name"], "name");
    assert_eq!(attributes[0]["replace"], true);
    assert_eq!(attributes[1]["default"], "24h");
    assert_eq!(attributes[1]["mode"], "optional_computed");
    let plants = attributes
        .iter()
        .find(|a| a["name"] == "plants")
        .expect("plants are there");
    assert_eq!(plants["nesting"], "list");
    assert_eq!(plants["attributes"][0]["description"], "Its species.");
}

#[tokio::test]
async fn state_stores_are_refused_with_a_sentence() {
    let core = Core::new().await;
    let status = core
        .service
        .get_states(Request::new(pb::get_states::Request::default()))
        .await;
    let status = status.expect_err("there are none");
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(
        status.message(),
        "this provider does not offer state stores"
    );
}

#[test]
fn one_document_describes_the_whole_provider() {
    let provider = GardenProvider {
        garden: Garden::default(),
    };
    let json = tfplugin::objects::describe(&provider);
    assert_eq!(json["provider"]["attributes"][0]["name"], "gate");
    assert_eq!(json["resources"]["bed"], Bed::SCHEMA.to_json());
    assert_eq!(json["functions"]["count_plants"]["return_type"], "number");
    assert_eq!(
        json["functions"]["count_plants"]["parameters"][2]["variadic"],
        true
    );
    for (kind, name) in [
        ("data_sources", "beds"),
        ("ephemeral_resources", "key"),
        ("list_resources", "bed"),
        ("actions", "water"),
    ] {
        assert!(json[kind][name]["description"].is_string(), "{kind}");
    }
}
