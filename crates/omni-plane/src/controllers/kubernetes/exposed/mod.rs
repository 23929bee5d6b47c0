//! The services that a cluster's Kubernetes exposes through Omni: one resource for each host port that a Service asks for by annotation.
//!
//! # Flow
//! 1. The Services that the cluster holds and that carry Omni's annotations are read ([`wish`]).
//! 2. Each port has an alias, which is the first part of its address: the one that is asked for where nobody has it, a drawn one
//!    otherwise ([`alias`]). What cannot be had is said in the resource's `error`, and the rest stays as it was.
//! 3. What no Service asks for any more goes. A Service whose ports cannot be read keeps what it has.
//!
//! They are there whether the cluster's feature is on or not; the feature decides whether they are counted and proxied.

mod address;
mod alias;
mod icon;
#[cfg(test)]
mod tests;
mod wish;

use std::collections::BTreeSet;

use omni_api::kind::ExposedService;
use omni_api::{Resource, labels};

use crate::engine::{Context, Error};
use crate::machines::Workload;
use crate::store::Query;

use alias::{Aliases, Chosen};
pub(in crate::controllers) use wish::ANNOTATIONS;
use wish::Wish;

/// Brings the exposed services of a cluster in line with its Services.
pub(super) fn expose(cx: &Context<'_>, cluster: &str) -> Result<(), Error> {
    let known = cx.list::<ExposedService>(&Query::cluster(cluster))?;
    let mut aliases = Aliases::of(cx);
    let workload = cx.get::<Workload>(cluster)?;
    let services = workload.iter().flat_map(|workload| &workload.spec.objects);
    let mut kept = BTreeSet::new();
    for service in services.filter(|object| wish::is_exposed(object)) {
        let (wishes, base) = (Wish::all(service), wish::id(cluster, service));
        if wishes.is_empty() {
            let prefix = format!("{base}/");
            let ours = known.iter().filter(|known| known.id().starts_with(&prefix));
            kept.extend(ours.map(|known| known.id().to_owned()));
        }
        for wish in wishes {
            let id = format!("{base}/{}", wish.port);
            let before = known.iter().find(|known| known.id() == id);
            if before.is_none_or(|before| !before.metadata.tearing_down()) {
                write(
                    cx,
                    cluster,
                    &id,
                    &wish,
                    before.map(AsRef::as_ref),
                    &mut aliases,
                )?;
                kept.insert(id);
            }
        }
    }
    for known in &known {
        if !kept.contains(known.id()) {
            cx.remove::<ExposedService>(known.id())?;
        }
    }
    Ok(())
}

/// Takes away the exposed services of a cluster that is gone.
pub(super) fn forget(cx: &Context<'_>, cluster: &str) -> Result<(), Error> {
    for known in cx.list::<ExposedService>(&Query::cluster(cluster))? {
        cx.remove::<ExposedService>(known.id())?;
    }
    Ok(())
}

fn write(
    cx: &Context<'_>,
    cluster: &str,
    id: &str,
    wish: &Wish,
    before: Option<&Resource<ExposedService>>,
    aliases: &mut Aliases<'_>,
) -> Result<(), Error> {
    let chosen = aliases.choose(id, wish, before)?;
    cx.put::<ExposedService>(id, |resource| {
        let marks = &mut resource.metadata.labels;
        marks.insert(labels::CLUSTER.to_owned(), cluster.to_owned());
        let spec = &mut resource.spec;
        match &chosen {
            Chosen::Free {
                alias,
                explicit,
                url,
            } => {
                marks.insert(labels::EXPOSED_SERVICE_ALIAS.to_owned(), alias.clone());
                spec.port = wish.port.into();
                spec.label.clone_from(&wish.label);
                spec.icon_base64.clone_from(&wish.icon);
                spec.url.clone_from(url);
                spec.error.clear();
                spec.has_explicit_alias = *explicit;
            }
            Chosen::Taken { alias } => {
                spec.error =
                    format!("requested alias {alias:?} is already used by another service");
            }
            Chosen::Unusable { alias, why } => {
                spec.error =
                    format!("error building exposed service URL for alias {alias:?}: {why}");
                spec.url.clear();
            }
        }
    })?;
    Ok(())
}
