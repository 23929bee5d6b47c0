//! Plays core: makes the requests in its order, and judges each answer as it would.

use std::collections::BTreeMap;

use tfplugin::objchange::{
    CoreSchema, change_problems, config_problems, plan_problems, proposed_new, unknown_problems,
    write_only_problems,
};
use tfplugin::proto as pb;
use tfplugin::proto::provider_server::Provider as _;
use tfplugin::server::Service;
use tfplugin::{Type, Value, values};
use tonic::Request;

use crate::garden::{Garden, GardenProvider};
pub use crate::told::{errors, path, warnings};

/// A core that has configured the provider.
pub struct Core {
    pub service: Service<GardenProvider>,
    pub garden: Garden,
    pub bed: CoreSchema,
    /// The schemas of the objects of other kinds, by name; the list has the name `list`.
    pub others: BTreeMap<String, CoreSchema>,
    pub ty: Type,
    pub capabilities: pb::ClientCapabilities,
}

/// An object as core's state has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub value: Value,
    pub private: Vec<u8>,
    pub identity: Option<pb::ResourceIdentityData>,
}

/// A plan that core has accepted.
#[derive(Clone, Debug)]
pub struct Planned {
    pub prior: State,
    pub config: Value,
    pub value: Value,
    pub private: Vec<u8>,
    pub identity: Option<pb::ResourceIdentityData>,
    pub replace: Vec<String>,
    pub told: Vec<pb::Diagnostic>,
    pub deferred: Option<pb::Deferred>,
}

/// What an apply has left.
#[derive(Clone, Debug)]
pub struct Applied {
    pub state: State,
    pub told: Vec<pb::Diagnostic>,
}

pub const BED: &str = "garden_bed";

impl Core {
    pub async fn new() -> Self {
        let garden = Garden::default();
        let service = Service::new(GardenProvider {
            garden: garden.clone(),
        });
        let schema = service
            .get_provider_schema(Request::new(pb::get_provider_schema::Request {}))
            .await;
        let schema = schema.expect("the schema is answered").into_inner();
        let bed =
            CoreSchema::try_from(&schema.resource_schemas[BED]).expect("core accepts the schema");
        let core = Self {
            others: others(&schema),
            service,
            garden,
            ty: bed.implied_type(),
            bed,
            capabilities: pb::ClientCapabilities {
                write_only_attributes_allowed: true,
                ..pb::ClientCapabilities::default()
            },
        };
        core.configure("main").await;
        core
    }

    pub async fn configure(&self, gate: &str) -> Vec<pb::Diagnostic> {
        let ty = Type::object([("gate", Type::String)]);
        let config = encode(&Value::object([("gate", Value::from(gate))]), &ty);
        let request = pb::configure_provider::Request {
            terraform_version: "1.14.0".to_owned(),
            config: Some(config),
            client_capabilities: None,
        };
        let response = self.service.configure_provider(Request::new(request)).await;
        response
            .expect("configure answers")
            .into_inner()
            .diagnostics
    }

    /// A configuration of an object of another kind, as it goes over the wire.
    pub fn config_of<const N: usize>(
        &self,
        object: &str,
        set: [(&str, Value); N],
    ) -> pb::DynamicValue {
        let schema = &self.others[object];
        let mut config = schema.null_object();
        if let Value::Object(fields) = &mut config {
            fields.extend(set.map(|(name, value)| (name.to_owned(), value)));
        }
        assert_eq!(config_problems(schema, &config), []);
        encode(&config, &schema.implied_type())
    }

    /// A configuration of a bed: everything that is not named is null.
    pub fn config<const N: usize>(&self, set: [(&str, Value); N]) -> Value {
        let mut config = self.bed.null_object();
        if let Value::Object(fields) = &mut config {
            for (name, value) in set {
                assert!(
                    fields.insert(name.to_owned(), value).is_some(),
                    "{name} exists"
                );
            }
        }
        assert_eq!(config_problems(&self.bed, &config), []);
        config
    }

    pub async fn validate(&self, config: &Value) -> Vec<pb::Diagnostic> {
        let request = pb::validate_resource_config::Request {
            type_name: BED.to_owned(),
            config: Some(self.encode(config)),
            client_capabilities: Some(self.capabilities),
        };
        let response = self
            .service
            .validate_resource_config(Request::new(request))
            .await;
        response.expect("validate answers").into_inner().diagnostics
    }

    /// Plans a change without judging it.
    pub async fn ask_plan(&self, prior: &State, config: &Value) -> Planned {
        let proposed = proposed_new(&self.bed, &prior.value, config);
        let request = pb::plan_resource_change::Request {
            type_name: BED.to_owned(),
            prior_state: Some(self.encode(&prior.value)),
            proposed_new_state: Some(self.encode(&proposed)),
            config: Some(self.encode(config)),
            prior_private: prior.private.clone().into(),
            prior_identity: prior.identity.clone(),
            client_capabilities: Some(self.capabilities),
            ..pb::plan_resource_change::Request::default()
        };
        let response = self
            .service
            .plan_resource_change(Request::new(request))
            .await;
        let response = response.expect("plan answers").into_inner();
        Planned {
            prior: prior.clone(),
            config: config.clone(),
            value: self.decode(response.planned_state.as_ref()),
            private: response.planned_private.to_vec(),
            identity: response.planned_identity,
            replace: response.requires_replace.iter().map(path).collect(),
            told: response.diagnostics,
            deferred: response.deferred,
        }
    }

    /// Plans a change that core accepts.
    pub async fn plan(&self, prior: &State, config: &Value) -> Planned {
        let planned = self.ask_plan(prior, config).await;
        assert_eq!(errors(&planned.told), Vec::<String>::new());
        assert_eq!(
            plan_problems(&self.bed, &prior.value, config, &planned.value),
            []
        );
        assert_eq!(write_only_problems(&self.bed, &planned.value), []);
        planned
    }

    /// Plans the destruction of an object.
    pub async fn plan_destroy(&self, prior: &State) -> Planned {
        let request = pb::plan_resource_change::Request {
            type_name: BED.to_owned(),
            prior_state: Some(self.encode(&prior.value)),
            proposed_new_state: Some(self.encode(&Value::Null)),
            config: Some(self.encode(&Value::Null)),
            prior_private: prior.private.clone().into(),
            ..pb::plan_resource_change::Request::default()
        };
        let response = self
            .service
            .plan_resource_change(Request::new(request))
            .await;
        let response = response.expect("plan answers").into_inner();
        Planned {
            prior: prior.clone(),
            config: Value::Null,
            value: self.decode(response.planned_state.as_ref()),
            private: response.planned_private.to_vec(),
            identity: response.planned_identity,
            replace: Vec::new(),
            told: response.diagnostics,
            deferred: response.deferred,
        }
    }

    pub fn apply_request(&self, plan: &Planned) -> pb::apply_resource_change::Request {
        pb::apply_resource_change::Request {
            type_name: BED.to_owned(),
            prior_state: Some(self.encode(&plan.prior.value)),
            planned_state: Some(self.encode(&plan.value)),
            config: Some(self.encode(&plan.config)),
            planned_private: plan.private.clone().into(),
            planned_identity: plan.identity.clone(),
            provider_meta: None,
        }
    }

    /// Applies a plan, whatever comes of it.
    pub async fn ask_apply(&self, plan: &Planned) -> Applied {
        let request = Request::new(self.apply_request(plan));
        let response = self.service.apply_resource_change(request).await;
        self.applied(response.expect("apply answers").into_inner())
    }

    pub fn applied(&self, response: pb::apply_resource_change::Response) -> Applied {
        let value = self.decode(response.new_state.as_ref());
        assert_eq!(unknown_problems(&value), [], "no state holds an unknown");
        assert_eq!(write_only_problems(&self.bed, &value), []);
        Applied {
            state: State {
                value,
                private: response.private.to_vec(),
                identity: response.new_identity,
            },
            told: response.diagnostics,
        }
    }

    /// Applies a plan, with success, as core judges it.
    pub async fn apply(&self, plan: &Planned) -> State {
        let applied = self.ask_apply(plan).await;
        assert_eq!(errors(&applied.told), Vec::<String>::new());
        assert_eq!(
            change_problems(&self.bed, &plan.value, &applied.state.value),
            []
        );
        applied.state
    }

    /// Creates a bed and looks at it again, which shows no drift.
    pub async fn create(&self, config: &Value) -> State {
        let plan = self.plan(&State::default(), config).await;
        let state = self.apply(&plan).await;
        assert_eq!(
            self.read(&state).await,
            state,
            "what was just created has not drifted"
        );
        self.garden.calls();
        state
    }

    /// Plans, applies and looks again.
    pub async fn update(&self, prior: &State, config: &Value) -> State {
        let plan = self.plan(prior, config).await;
        self.apply(&plan).await
    }

    /// A plan that changes nothing.
    pub async fn assert_no_change(&self, prior: &State, config: &Value) {
        let plan = self.plan(prior, config).await;
        assert_eq!(plan.value.reveal(), prior.value.reveal());
        assert_eq!(plan.replace, Vec::<String>::new());
    }

    pub async fn ask_read(&self, state: &State) -> Applied {
        let request = pb::read_resource::Request {
            type_name: BED.to_owned(),
            current_state: Some(self.encode(&state.value)),
            private: state.private.clone().into(),
            current_identity: state.identity.clone(),
            ..pb::read_resource::Request::default()
        };
        let response = self.service.read_resource(Request::new(request)).await;
        let response = response.expect("read answers").into_inner();
        Applied {
            state: State {
                value: self.decode(response.new_state.as_ref()),
                private: response.private.to_vec(),
                identity: response.new_identity,
            },
            told: response.diagnostics,
        }
    }

    pub async fn read(&self, state: &State) -> State {
        let read = self.ask_read(state).await;
        assert_eq!(errors(&read.told), Vec::<String>::new());
        assert_eq!(unknown_problems(&read.state.value), []);
        assert_eq!(write_only_problems(&self.bed, &read.state.value), []);
        read.state
    }

    pub fn encode(&self, value: &Value) -> pb::DynamicValue {
        encode(value, &self.ty)
    }

    pub fn decode(&self, value: Option<&pb::DynamicValue>) -> Value {
        value.map_or(Value::Null, |value| decode(value, &self.ty))
    }
}

fn others(schema: &pb::get_provider_schema::Response) -> BTreeMap<String, CoreSchema> {
    let lists = schema
        .list_resource_schemas
        .values()
        .map(|list| ("list".to_owned(), list));
    let actions = schema
        .action_schemas
        .iter()
        .filter_map(|(name, action)| Some((name.clone(), action.schema.as_ref()?)));
    let all = schema
        .data_source_schemas
        .iter()
        .chain(&schema.ephemeral_resource_schemas);
    let all = all
        .map(|(name, schema)| (name.clone(), schema))
        .chain(lists)
        .chain(actions);
    all.map(|(name, schema)| {
        (
            name,
            CoreSchema::try_from(schema).expect("core accepts the schema"),
        )
    })
    .collect()
}

pub fn encode(value: &Value, ty: &Type) -> pb::DynamicValue {
    pb::DynamicValue {
        msgpack: values::msgpack::encode(value, ty)
            .expect("the value fits the type")
            .into(),
        ..pb::DynamicValue::default()
    }
}

pub fn decode(value: &pb::DynamicValue, ty: &Type) -> Value {
    values::msgpack::decode(&value.msgpack, ty).expect("the answer fits the type")
}

/// A list of texts.
pub fn texts<const N: usize>(texts: [&str; N]) -> Value {
    Value::list(texts.map(Value::from))
}
