//! One of every other kind.

use std::time::{Duration, SystemTime};

use tfplugin::objects::{
    Action, Cx, DataSource, Ephemeral, Function, FunctionError, Items, ListResource, Opened,
    Progress,
};
use tfplugin::types::{Duration as Length, Secret};
use tfplugin::{Attr, AttrType as _, Diagnostic, Diagnostics, Object};

use super::bed::{Bed, Soil};
use super::remote::Garden;

/// The beds of a garden.
#[derive(Debug, Object)]
#[object(name = "beds")]
pub struct Beds {
    /// Only beds whose name begins like this.
    #[attr(optional)]
    pub prefix: Attr<String>,
    /// `name` or `eman`, which is backwards.
    #[attr(default = "name")]
    pub order: Attr<String>,
    /// Soils to look for.
    #[attr(optional)]
    pub soils: Attr<Vec<SoilQuery>>,
    /// Names of the beds.
    #[attr(computed)]
    pub names: Attr<Vec<String>>,
    /// A note of the garden.
    #[attr(optional)]
    pub note: Attr<String>,
    /// Version of the core that asks.
    #[attr(computed)]
    pub core: Attr<String>,
}

/// A soil to look for.
#[derive(Debug, Object)]
pub struct SoilQuery {
    /// The soil.
    #[attr(required)]
    pub soil: Attr<Soil>,
    /// How many beds have it.
    #[attr(computed)]
    pub beds: Attr<u64>,
}

pub struct BedsData;

impl DataSource for BedsData {
    type Session = Garden;
    type Model = Beds;

    async fn read(&self, cx: &Cx<Garden>, mut config: Beds) -> Result<Beds, Diagnostics> {
        let prefix = config.prefix.as_str().unwrap_or_default().to_owned();
        let names = cx
            .session()
            .names()
            .into_iter()
            .filter(|name| name.starts_with(&prefix));
        let mut names: Vec<String> = names.collect();
        match config.order.as_str() {
            Some("name") => {}
            Some("eman") => names.reverse(),
            other => return Err(Diagnostic::error(format!("order {other:?}")).into()),
        }
        config.names = Attr::Known(names);
        config.core = cx.terraform_version().into();
        for query in config.soils.as_known_mut().into_iter().flatten() {
            query.soil = query.soil.as_ref().map(|soil| Soil(soil.0.to_lowercase()));
            query.beds = Attr::Known(0);
        }
        if prefix == "noted" {
            config.note = "a value that only the user sets".into();
        }
        if prefix == "nothing" {
            cx.warn(Diagnostic::warning("Nothing begins like this"));
            config.prefix = "something else".into();
        }
        Ok(config)
    }
}

/// A key to a bed.
#[derive(Debug, Object)]
#[object(name = "key")]
pub struct Opening {
    /// The bed.
    #[attr(required)]
    pub bed: Attr<String>,
    /// How long it opens.
    #[attr(default = "1h")]
    pub ttl: Attr<Length>,
    /// The key.
    #[attr(computed, sensitive)]
    pub key: Attr<Secret>,
}

pub struct KeyEphemeral;

impl Ephemeral for KeyEphemeral {
    type Session = Garden;
    type Model = Opening;

    async fn open(
        &self,
        cx: &Cx<Garden>,
        mut config: Opening,
    ) -> Result<Opened<Opening>, Diagnostics> {
        let bed = config.bed.as_str().unwrap_or_default().to_owned();
        cx.session().called(&format!("open {bed}"));
        cx.set_private("bed", bed.clone());
        config.key = Attr::Known(Secret::new(format!("key of {bed}")));
        Ok(Opened {
            result: config,
            renew_at: Some(SystemTime::UNIX_EPOCH + Duration::from_mins(1)),
        })
    }

    async fn renew(&self, cx: &Cx<Garden>) -> Result<Option<SystemTime>, Diagnostics> {
        cx.session().called(&format!("renew {}", opened(cx)));
        Ok(None)
    }

    async fn close(&self, cx: &Cx<Garden>) -> Result<(), Diagnostics> {
        cx.session().called(&format!("close {}", opened(cx)));
        Ok(())
    }
}

fn opened(cx: &Cx<Garden>) -> String {
    String::from_utf8(cx.private("bed").unwrap_or_default()).expect("open wrote text")
}

/// Counts plants.
///
/// Each further argument is a species.
#[derive(Debug, Object)]
#[object(name = "count_plants")]
pub struct CountArgs {
    /// What a plant counts.
    #[attr(required)]
    pub factor: Attr<i64>,
    /// A comment, may be null.
    #[attr(optional)]
    pub comment: Attr<String>,
    /// The species.
    #[attr(required, variadic)]
    pub species: Attr<Vec<String>>,
}

pub struct CountPlants;

impl Function for CountPlants {
    type Args = CountArgs;
    type Output = i64;

    fn call(&self, args: CountArgs) -> Result<i64, FunctionError> {
        let factor = args.factor.known().unwrap_or_default();
        if factor < 0 {
            return Err(FunctionError::new("A plant counts at least nothing.").argument("factor"));
        }
        let species = args.species.known().unwrap_or_default();
        assert!(
            species.first().is_none_or(|first| first != "mole"),
            "not a plant"
        );
        Ok(factor * i64::try_from(species.len()).unwrap_or_default())
    }
}

/// Which beds to list.
#[derive(Debug, Object)]
pub struct BedQuery {
    /// Only beds whose name begins like this.
    #[attr(optional)]
    pub prefix: Attr<String>,
    /// Only beds of this soil.
    #[attr(optional)]
    pub soil: Attr<Soil>,
}

pub struct BedList;

impl ListResource for BedList {
    type Session = Garden;
    type Model = Bed;
    type Config = BedQuery;

    async fn list(
        &self,
        cx: &Cx<Garden>,
        config: BedQuery,
        items: &mut Items<Bed>,
    ) -> Result<(), Diagnostics> {
        let prefix = config.prefix.as_str().unwrap_or_default().to_owned();
        assert!(prefix != "mole", "a mole");
        for name in cx
            .session()
            .names()
            .into_iter()
            .filter(|name| name.starts_with(&prefix))
        {
            let Some(bed) = cx
                .session()
                .get(&name)
                .and_then(|value| Bed::decode(&value).ok())
            else {
                items
                    .problem(Diagnostic::warning(format!("{name} is overgrown")))
                    .await;
                continue;
            };
            if !items.push(format!("Bed {name}"), &bed).await {
                break;
            }
        }
        Ok(())
    }
}

/// Waters a bed.
#[derive(Debug, Object)]
#[object(name = "water")]
pub struct WaterConfig {
    /// The bed.
    #[attr(required)]
    pub bed: Attr<String>,
    /// How many litres.
    #[attr(default = 10)]
    pub litres: Attr<u8>,
}

pub struct Water;

impl Action for Water {
    type Session = Garden;
    type Config = WaterConfig;

    async fn plan(&self, cx: &Cx<Garden>, config: WaterConfig) -> Result<(), Diagnostics> {
        if config.bed.is_unknown() {
            cx.warn(Diagnostic::warning("Some bed will get wet"));
        }
        Ok(())
    }

    async fn invoke(
        &self,
        cx: &Cx<Garden>,
        config: WaterConfig,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let bed = config.bed.as_str().unwrap_or_default();
        progress.say("turning the tap");
        if config.litres.as_known() != Some(&10) {
            progress.say(format!("{:?} litres", config.litres));
        }
        if cx.session().get(bed).is_none() {
            return Err(Diagnostic::error("No such bed").at_attribute("bed").into());
        }
        progress.say(format!("{bed} is wet"));
        Ok(())
    }
}
