//! `plane get`: resources as the plane has them, asked through its own API.

use std::path::PathBuf;

use clap::Args;
use omni_api::{AnyResource, Phase, reflect};
use omni_client::{Client, Query};
use serde_json::{Value as Json, json};

use super::Failure;
use super::definitions::{Definitions, Found};
use super::table::table;
use crate::session::embedded;

/// `plane get`.
#[derive(Debug, Args)]
pub struct Get {
    /// Kind, as omnictl names it: `cluster`, `machinesets`, `cms`, `Links.omni.sidero.dev`, …
    kind: String,
    /// Id of one resource.
    id: Option<String>,
    /// Folder of the plane.
    #[arg(long, default_value = ".omni")]
    path: PathBuf,
    /// As JSON, with everything there is; a list also where there is only one.
    #[arg(long)]
    json: bool,
}

/// Nothing is there under that id.
#[derive(Debug, thiserror::Error)]
#[error("there is no {kind} {id:?}")]
struct NotThere {
    kind: &'static str,
    id: String,
}

/// Prints what was asked for.
///
/// # Errors
/// What failed.
pub async fn run(args: &Get) -> Result<(), Failure> {
    let joined = embedded::join(&args.path).await?;
    let client = Client::builder(joined.endpoint.clone())
        .key(joined.key.clone())
        .build()?;
    let definitions = Definitions::new(client.state().list(&Query::all()).await?);
    let found = definitions.find(&args.kind)?;
    let mut all = client.state().list_any(found.facts).await?;
    if let Some(id) = &args.id {
        all.retain(|resource| &*resource.metadata.id == id.as_str());
        if all.is_empty() {
            return Err(NotThere {
                kind: found.facts.type_name,
                id: id.clone(),
            }
            .into());
        }
    }
    if args.json {
        let listed: Result<Vec<Json>, _> = all
            .iter()
            .map(|resource| json_of(found.facts.spec, resource))
            .collect();
        println!("{}", serde_json::to_string_pretty(&listed?)?);
    } else {
        print!("{}", rows(&found, &all)?);
    }
    Ok(())
}

/// Namespace, type, id and version, as omnictl has them, then the columns of the kind.
fn rows(found: &Found<'_>, all: &[AnyResource]) -> Result<String, reflect::ReflectError> {
    let head = ["NAMESPACE", "TYPE", "ID", "VERSION", "PHASE"].map(str::to_owned);
    let mut rows = vec![head.into_iter().chain(found.titles()).collect::<Vec<_>>()];
    for resource in all {
        let metadata = &resource.metadata;
        let spec = reflect::to_json(found.facts.spec, &resource.spec)?;
        let phase = if metadata.phase == Phase::Running {
            ""
        } else {
            metadata.phase.as_str()
        };
        let own = [
            &*metadata.namespace,
            found.type_word(),
            &*metadata.id,
            &*metadata.version.to_string(),
            phase,
        ]
        .map(str::to_owned);
        rows.push(own.into_iter().chain(found.cells(&spec)).collect());
    }
    Ok(table(&rows))
}

fn json_of(message: &str, resource: &AnyResource) -> Result<Json, reflect::ReflectError> {
    let metadata = &resource.metadata;
    Ok(json!({
        "metadata": {
            "namespace": &*metadata.namespace,
            "type": &*metadata.type_name,
            "id": &*metadata.id,
            "version": metadata.version.to_string(),
            "phase": metadata.phase.as_str(),
            "owner": metadata.owner,
            "finalizers": metadata.finalizers,
            "labels": metadata.labels,
            "annotations": metadata.annotations,
        },
        "spec": reflect::to_json(message, &resource.spec)?,
    }))
}
