//! A provider of things, written call by call, that can be told to break a rule.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use tfplugin::proto;
use tfplugin::testing::stub::Stub;
use tfplugin::values::{Type, Value, json, msgpack};
use tonic::Status;

/// What the provider does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    PlansAnotherName,
    KeepsTheTokenInThePlan,
    ChangesItsMind,
    AppliesAnotherSize,
    LeavesTheIdUnknown,
    KeepsTheToken,
    CreatesNothing,
    LeavesAnObject,
    ForgetsTheIdentity,
    ForgetsTheStoredSize,
    ReadsAnotherSize,
    NeverRests,
    Defers,
    FailsHalfway,
}

/// The things that exist, by name.
#[derive(Debug)]
pub struct Things {
    fault: Fault,
    made: Mutex<(u32, BTreeMap<String, Value>)>,
}

impl Things {
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            made: Mutex::new((0, BTreeMap::new())),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn new_id(&self) -> Value {
        let mut made = self.made.lock().unwrap();
        made.0 += 1;
        format!("thing-{}", made.0).into()
    }

    fn identity(&self, thing: &Value) -> Option<proto::ResourceIdentityData> {
        let name = thing.get("name").cloned()?;
        let data = msgpack::encode(&Value::object([("name", name)]), &identity_type()).unwrap();
        let data = proto::ResourceIdentityData {
            identity_data: Some(dynamic(data)),
        };
        (!self.has(Fault::ForgetsTheIdentity)).then_some(data)
    }
}

fn thing_type() -> Type {
    Type::object([
        ("id", Type::String),
        ("name", Type::String),
        ("size", Type::Number),
        ("token_wo", Type::String),
    ])
}

fn identity_type() -> Type {
    Type::object([("name", Type::String)])
}

fn dynamic(msgpack: Vec<u8>) -> proto::DynamicValue {
    proto::DynamicValue {
        msgpack: msgpack.into(),
        ..Default::default()
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "every field of a message is optional"
)]
fn encode(value: &Value) -> Option<proto::DynamicValue> {
    Some(dynamic(msgpack::encode(value, &thing_type()).unwrap()))
}

fn decode(value: Option<&proto::DynamicValue>) -> Value {
    value.map_or(Value::Null, |value| {
        msgpack::decode(&value.msgpack, &thing_type()).unwrap()
    })
}

fn with(thing: &Value, name: &str, value: Value) -> Value {
    let mut attributes = thing.as_map().unwrap().clone();
    attributes.insert(name.to_owned(), value);
    Value::Object(attributes)
}

fn attribute(name: &str, ty: &Type, words: [bool; 4]) -> proto::schema::Attribute {
    let [required, optional, computed, write_only] = words;
    proto::schema::Attribute {
        name: name.to_owned(),
        r#type: ty.to_json().into_bytes().into(),
        required,
        optional,
        computed,
        write_only,
        ..Default::default()
    }
}

#[tonic::async_trait]
impl Stub for Things {
    async fn get_provider_schema(
        &self,
        _: proto::get_provider_schema::Request,
    ) -> Result<proto::get_provider_schema::Response, Status> {
        let attributes = vec![
            attribute("id", &Type::String, [false, false, true, false]),
            attribute("name", &Type::String, [true, false, false, false]),
            attribute("size", &Type::Number, [false, true, false, false]),
            attribute("token_wo", &Type::String, [false, true, false, true]),
        ];
        let schema = |attributes| proto::Schema {
            version: 1,
            block: Some(proto::schema::Block {
                attributes,
                ..Default::default()
            }),
        };
        Ok(proto::get_provider_schema::Response {
            provider: Some(schema(Vec::new())),
            resource_schemas: HashMap::from([("test_thing".to_owned(), schema(attributes))]),
            ..Default::default()
        })
    }

    async fn get_resource_identity_schemas(
        &self,
        _: proto::get_resource_identity_schemas::Request,
    ) -> Result<proto::get_resource_identity_schemas::Response, Status> {
        let schema = proto::ResourceIdentitySchema {
            version: 0,
            identity_attributes: vec![proto::resource_identity_schema::IdentityAttribute {
                name: "name".to_owned(),
                r#type: Type::String.to_json().into_bytes().into(),
                required_for_import: true,
                ..Default::default()
            }],
        };
        Ok(proto::get_resource_identity_schemas::Response {
            identity_schemas: HashMap::from([("test_thing".to_owned(), schema)]),
            ..Default::default()
        })
    }

    async fn validate_resource_config(
        &self,
        _: proto::validate_resource_config::Request,
    ) -> Result<proto::validate_resource_config::Response, Status> {
        Ok(proto::validate_resource_config::Response::default())
    }

    async fn plan_resource_change(
        &self,
        request: proto::plan_resource_change::Request,
    ) -> Result<proto::plan_resource_change::Response, Status> {
        let prior = decode(request.prior_state.as_ref());
        let config = decode(request.config.as_ref());
        let mut plan = decode(request.proposed_new_state.as_ref());
        let mut answer = proto::plan_resource_change::Response::default();
        if self.has(Fault::Defers) {
            answer.deferred = Some(proto::Deferred::default());
        }
        if !plan.is_null() {
            plan = with(&plan, "token_wo", Value::Null);
            if prior.is_null() || self.has(Fault::NeverRests) {
                plan = with(&plan, "id", Value::Unknown);
            }
            if self.has(Fault::PlansAnotherName) {
                plan = with(&plan, "name", "other".into());
            }
            if self.has(Fault::KeepsTheTokenInThePlan) {
                plan = with(&plan, "token_wo", config.get("token_wo").unwrap().clone());
            }
            if self.has(Fault::ChangesItsMind) {
                let guess = config.get("size") == Some(&Value::Unknown);
                let id = if guess { "first" } else { "second" };
                plan = with(&plan, "id", id.into());
            }
            if !prior.is_null() {
                let steps = vec![proto::attribute_path::Step {
                    selector: Some(proto::attribute_path::step::Selector::AttributeName(
                        "name".to_owned(),
                    )),
                }];
                answer.requires_replace = vec![proto::AttributePath { steps }];
            }
            answer.planned_identity = self.identity(&plan);
        }
        answer.planned_state = encode(&plan);
        Ok(answer)
    }

    async fn apply_resource_change(
        &self,
        request: proto::apply_resource_change::Request,
    ) -> Result<proto::apply_resource_change::Response, Status> {
        let prior = decode(request.prior_state.as_ref());
        let config = decode(request.config.as_ref());
        let mut thing = decode(request.planned_state.as_ref());
        let mut answer = proto::apply_resource_change::Response::default();
        if let Some(name) = prior.get("name") {
            self.made.lock().unwrap().1.remove(name.as_str().unwrap());
        }
        if thing.is_null() {
            let left = if self.has(Fault::LeavesAnObject) {
                &prior
            } else {
                &thing
            };
            answer.new_state = encode(left);
            return Ok(answer);
        }
        if thing.get("id") == Some(&Value::Unknown) && !self.has(Fault::LeavesTheIdUnknown) {
            thing = with(&thing, "id", self.new_id());
        }
        if self.has(Fault::AppliesAnotherSize) {
            thing = with(&thing, "size", Value::Number(99.into()));
        }
        if self.has(Fault::KeepsTheToken) {
            thing = with(&thing, "token_wo", config.get("token_wo").unwrap().clone());
        }
        if self.has(Fault::CreatesNothing) {
            thing = Value::Null;
        }
        if self.has(Fault::FailsHalfway) {
            answer.diagnostics = vec![proto::Diagnostic {
                severity: proto::diagnostic::Severity::Error.into(),
                summary: "half of it".to_owned(),
                ..Default::default()
            }];
        }
        if let Some(name) = thing.get("name") {
            let name = name.as_str().unwrap().to_owned();
            self.made.lock().unwrap().1.insert(name, thing.clone());
        }
        answer.new_state = encode(&thing);
        answer.new_identity = self.identity(&thing);
        Ok(answer)
    }

    async fn read_resource(
        &self,
        request: proto::read_resource::Request,
    ) -> Result<proto::read_resource::Response, Status> {
        let known = decode(request.current_state.as_ref());
        let name = known.get("name").unwrap().as_str().unwrap().to_owned();
        let mut thing = self
            .made
            .lock()
            .unwrap()
            .1
            .get(&name)
            .cloned()
            .unwrap_or_default();
        if self.has(Fault::ReadsAnotherSize) && !thing.is_null() {
            thing = with(&thing, "size", Value::Number(99.into()));
        }
        Ok(proto::read_resource::Response {
            new_identity: self.identity(&thing),
            new_state: encode(&thing),
            ..Default::default()
        })
    }

    async fn upgrade_resource_state(
        &self,
        request: proto::upgrade_resource_state::Request,
    ) -> Result<proto::upgrade_resource_state::Response, Status> {
        let mut thing = json::decode(&request.raw_state.unwrap().json, &thing_type()).unwrap();
        if self.has(Fault::ForgetsTheStoredSize) {
            thing = with(&thing, "size", Value::Null);
        }
        Ok(proto::upgrade_resource_state::Response {
            upgraded_state: encode(&thing),
            ..Default::default()
        })
    }

    async fn import_resource_state(
        &self,
        request: proto::import_resource_state::Request,
    ) -> Result<proto::import_resource_state::Response, Status> {
        let name = match request.identity.and_then(|identity| identity.identity_data) {
            Some(data) => msgpack::decode(&data.msgpack, &identity_type())
                .unwrap()
                .get("name")
                .cloned()
                .unwrap(),
            None => request.id.into(),
        };
        let nothing = ["id", "size", "token_wo"].map(|name| (name, Value::Null));
        let thing = Value::object(nothing.into_iter().chain([("name", name)]));
        let imported = proto::import_resource_state::ImportedResource {
            type_name: request.type_name,
            identity: self.identity(&thing),
            state: encode(&thing),
            ..Default::default()
        };
        Ok(proto::import_resource_state::Response {
            imported_resources: vec![imported],
            ..Default::default()
        })
    }
}
