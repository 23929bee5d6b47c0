//! The wiring of the controllers, as the debugging page shows it.

use std::collections::BTreeSet;

use omni_api::kind::Facts;
use omni_api::omni::resources as api;
use omni_api::omni::resources::dependency_graph_response::{Edge, Node, node};
use omni_api::reflect;

use crate::infra::machine::Timings;
use crate::store::Query;
use crate::{Store, plane};

/// How a controller and a kind belong together, numbered as COSI numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
enum Bond {
    OutputExclusive = 0,
    OutputShared = 1,
    InputWeak = 3,
    InputPrimary = 5,
    InputMapped = 6,
}

#[derive(Debug)]
struct Dependency {
    controller: &'static str,
    facts: &'static Facts,
    bond: Bond,
}

/// Who reads and writes what.
#[derive(Debug)]
pub(super) struct Wiring(Vec<Dependency>);

// === impl Bond ===

impl Bond {
    fn is_output(self) -> bool {
        matches!(self, Self::OutputExclusive | Self::OutputShared)
    }
}

// === impl Wiring ===

impl Wiring {
    /// The wiring of every controller that a plane runs; how long things take does not matter to it.
    pub(super) fn of_the_plane() -> Self {
        let mut all = Vec::new();
        for controller in plane::controllers(&Timings::default()) {
            let controller_name = controller.name();
            let mut add = |facts, bond| {
                all.push(Dependency {
                    controller: controller_name,
                    facts,
                    bond,
                });
            };
            for output in controller.outputs() {
                add(
                    output.facts(),
                    if output.is_exclusive() {
                        Bond::OutputExclusive
                    } else {
                        Bond::OutputShared
                    },
                );
            }
            for input in controller.inputs() {
                let bond = if input.is_primary() {
                    Bond::InputPrimary
                } else if input.wakes() {
                    Bond::InputMapped
                } else {
                    Bond::InputWeak
                };
                add(input.facts(), bond);
            }
        }
        Self(all)
    }

    /// The names of the controllers, sorted.
    pub(super) fn controllers(&self) -> Vec<String> {
        let names: BTreeSet<_> = self.0.iter().map(|one| one.controller).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// The part of the graph that is asked for: all of it where nobody names controllers or kinds. Each node stands once.
    pub(super) fn graph(
        &self,
        request: &api::DependencyGraphRequest,
        store: &Store,
    ) -> api::DependencyGraphResponse {
        let asked = |names: &[String], name: &str| {
            names.is_empty() || names.iter().any(|wanted| wanted == name)
        };
        let mut graph = api::DependencyGraphResponse::default();
        let mut seen = BTreeSet::new();
        for one in &self.0 {
            if !asked(&request.controllers, one.controller)
                || !asked(&request.resources, one.facts.type_name)
            {
                continue;
            }
            graph.edges.push(edge(one));
            if seen.insert(one.controller) {
                graph.nodes.push(controller(one.controller));
            }
            if seen.insert(one.facts.type_name) {
                graph.nodes.push(resource(one.facts, store));
            }
        }
        graph
    }
}

fn node_id(label: &str) -> String {
    format!("n_{label}")
}

fn edge(one: &Dependency) -> Edge {
    let (controller, kind) = (node_id(one.controller), node_id(one.facts.type_name));
    let (source, target) = if one.bond.is_output() {
        (controller, kind)
    } else {
        (kind, controller)
    };
    Edge {
        id: format!("e_{source}->{target}"),
        source,
        target,
        edge_type: one.bond as i32,
    }
}

fn controller(name: &str) -> Node {
    let mut node = Node {
        id: node_id(name),
        label: name.to_owned(),
        ..Node::default()
    };
    node.set_type(node::Type::Controller);
    node
}

/// A kind with the labels that its resources have, and the fields of its spec.
fn resource(facts: &Facts, store: &Store) -> Node {
    let resources = store.list(facts.namespace, facts.type_name, &Query::all());
    let labels: BTreeSet<_> = resources
        .iter()
        .flat_map(|resource| resource.metadata.labels.keys())
        .cloned()
        .collect();
    let fields = reflect::descriptor(facts.spec).map(|message| {
        let fields = message.fields().map(|field| field.name().to_owned());
        fields.collect()
    });
    let mut node = Node {
        id: node_id(facts.type_name),
        label: facts.type_name.to_owned(),
        labels: labels.into_iter().collect(),
        // A kind without a message has no fields.
        fields: fields.unwrap_or_default(),
        ..Node::default()
    };
    node.set_type(node::Type::Resource);
    node
}
