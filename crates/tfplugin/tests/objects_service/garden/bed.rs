//! A bed: a resource with every sort of attribute.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::objects::{Change, Cx, Deferral, Failure, JsonObject, Plan, Resource};
use tfplugin::types::{Duration, Dynamic, Secret, Timeouts};
use tfplugin::{Attr, AttrType as _, Diagnostic, Diagnostics, Invalid, Number, Object, Path, Text};

use super::remote::{Fault, Garden};

/// A bed in the garden.
#[derive(Debug, Object)]
#[object(name = "bed", version = 2, identity(name))]
pub struct Bed {
    /// Name of the bed. Changing it makes a new bed.
    #[attr(required, replace)]
    pub name: Attr<String>,
    /// Time between two waterings.
    #[attr(default = "24h")]
    pub watering: Attr<Duration>,
    /// The soil, in any case.
    #[attr(optional)]
    pub soil: Attr<Soil>,
    /// Rank among the beds; the garden gives one where none is set.
    #[attr(optional, computed)]
    pub rank: Attr<u32>,
    /// What grows here.
    #[attr(optional)]
    pub plants: Attr<Vec<Plant>>,
    /// Herbs, without an order.
    #[attr(optional)]
    pub herbs: Attr<std::collections::BTreeSet<Herb>>,
    /// Signs by their place.
    #[attr(optional)]
    pub signs: Attr<BTreeMap<String, Sign>>,
    /// What measures.
    #[attr(optional)]
    pub sensor: Attr<Sensor>,
    /// Anything else.
    #[attr(optional)]
    pub notes: Attr<Dynamic>,
    /// Soils that were here before.
    #[attr(optional)]
    pub history: Attr<Vec<Soil>>,
    /// Words about it.
    #[attr(optional)]
    pub tags: Attr<BTreeSet<Attr<String>>>,
    /// Where it is hidden.
    #[attr(optional, sensitive)]
    pub hideout: Attr<Secret>,
    /// Key to the bed, never stored.
    #[attr(optional, write_only)]
    pub key_wo: Attr<Secret>,
    /// Change it to send the key again.
    #[attr(optional)]
    pub key_wo_version: Attr<i64>,
    /// The old name of soil.
    #[attr(optional, deprecated = "Use `soil`.")]
    pub earth: Attr<String>,
    /// Square metres, measured by the garden.
    #[attr(computed)]
    pub area: Attr<Number>,
    /// What the bed is doing.
    #[attr(computed)]
    pub phase: Attr<String>,
    /// How long each step may take.
    #[attr(timeouts(create = "10m", read = "1m", update = "10m", delete = "20m"))]
    pub timeouts: Attr<Timeouts>,
}

/// A plant.
#[derive(Debug, Object)]
pub struct Plant {
    /// Its species.
    #[attr(required)]
    pub species: Attr<String>,
    /// Its label; the garden writes one where none is set.
    #[attr(optional, computed)]
    pub label: Attr<String>,
}

/// A herb.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Object)]
pub struct Herb {
    /// Its species.
    #[attr(required)]
    pub species: Attr<String>,
    /// How many.
    #[attr(default = 1)]
    pub count: Attr<u8>,
    /// Its number in the garden.
    #[attr(computed)]
    pub id: Attr<String>,
    /// How tall the herbs are; they grow with each write.
    #[attr(computed)]
    pub height: Attr<u64>,
}

/// A sign.
#[derive(Debug, Object)]
pub struct Sign {
    /// What it says.
    #[attr(required)]
    pub text: Attr<String>,
    /// Its colour; the garden has one where none is set.
    #[attr(optional, computed)]
    pub colour: Attr<String>,
}

/// A sensor.
#[derive(Debug, Object)]
pub struct Sensor {
    /// Its model. Changing it makes a new bed.
    #[attr(required, replace)]
    pub model: Attr<String>,
    /// Its serial number.
    #[attr(computed)]
    pub serial: Attr<String>,
    /// Its code, never stored. This garden gives it away, which the framework must not.
    #[attr(optional, write_only)]
    pub code_wo: Attr<Secret>,
}

/// A soil: `Clay` and `clay` are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soil(pub String);

impl Text for Soil {
    fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("A soil has a name.").remedy("Write `clay`, for example."));
        }
        Ok(Self(text.to_owned()))
    }

    fn spelling(&self) -> &str {
        &self.0
    }

    fn meaning(&self) -> String {
        self.0.to_lowercase()
    }
}

pub struct BedResource;

impl Resource for BedResource {
    type Session = Garden;
    type Model = Bed;

    fn validate(&self, config: &Bed, diagnostics: &mut Diagnostics) {
        if config.soil.is_known() && config.earth.is_known() {
            diagnostics.push(
                Diagnostic::error("Two soils")
                    .detail("Both soil and earth are set.")
                    .remedy("Remove earth.")
                    .at_attribute("earth"),
            );
        }
    }

    async fn review(&self, cx: &Cx<Garden>, change: &mut Change<Bed>) -> Result<(), Diagnostics> {
        match change.config.soil.as_known().map(|soil| soil.0.as_str()) {
            Some("forbidden") => {
                return Err(Diagnostic::error("Forbidden soil")
                    .at_attribute("soil")
                    .into());
            }
            Some("suspicious") => {
                cx.warn(Diagnostic::warning("Suspicious soil").at_attribute("soil"));
            }
            Some("restless") => change.planned.phase = Attr::Unknown,
            Some("meddled") => change.planned.name = "meddled".into(),
            Some("lava") => {
                change.planned.area = Attr::Unknown;
                change.replace(Path::of("area"));
            }
            Some("foggy") if cx.defer(Deferral::AbsentPrerequisite) => {}
            Some("foggy") => return Err(Diagnostic::error("Nothing to be seen").into()),
            Some("panic") => panic!("the review met a mole"),
            _ => {}
        }
        if change.is_create() {
            cx.set_private("planned", "yes");
        }
        Ok(())
    }

    async fn review_destroy(&self, cx: &Cx<Garden>, state: &Bed) -> Result<(), Diagnostics> {
        if state.plants.is_known() {
            cx.warn(Diagnostic::warning("Plants will die").at_attribute("plants"));
        }
        Ok(())
    }

    async fn create(&self, cx: &Cx<Garden>, plan: Plan<Bed>) -> Result<Bed, Failure<Bed>> {
        cx.session().called("create");
        write(cx, plan).await
    }

    async fn read(&self, cx: &Cx<Garden>, state: Bed) -> Result<Option<Bed>, Diagnostics> {
        let Some(remote) = state.name.as_str().and_then(|name| cx.session().get(name)) else {
            return Ok(None);
        };
        let mut bed = Bed::decode(&remote).map_err(|error| Diagnostic::error(error.to_string()))?;
        bed.key_wo_version = state.key_wo_version;
        Ok(Some(bed))
    }

    async fn update(&self, cx: &Cx<Garden>, _: Bed, plan: Plan<Bed>) -> Result<Bed, Failure<Bed>> {
        cx.session().called("update");
        write(cx, plan).await
    }

    async fn delete(&self, cx: &Cx<Garden>, state: Bed) -> Result<(), Failure<Bed>> {
        cx.session().called("delete");
        match cx.session().fault() {
            Some(Fault::Refused) => return Err(Diagnostic::error("The bed stays").into()),
            Some(Fault::Slow) => {
                let why = cx.interrupted().await;
                return Err(Diagnostic::error("Not gone").detail(why.to_string()).into());
            }
            _ => {}
        }
        cx.session().remove(state.name.as_str().unwrap_or_default());
        Ok(())
    }

    fn upgrade(&self, version: i64, state: &mut JsonObject) -> Result<(), Diagnostics> {
        if version == 1
            && let Some(ground) = state.remove("ground")
        {
            state.insert("soil".to_owned(), ground);
        }
        Ok(())
    }
}

/// What the garden makes of a plan: its own spelling, and everything that was left to it.
async fn write(cx: &Cx<Garden>, plan: Plan<Bed>) -> Result<Bed, Failure<Bed>> {
    let garden = cx.session();
    let fault = garden.fault();
    if fault == Some(Fault::Refused) {
        return Err(Diagnostic::error("The gardener refuses").into());
    }
    if let Attr::Known(key) = &plan.config.key_wo {
        garden.told_secret(key.expose());
    }
    let bed = grown(garden, plan.planned);
    garden.put(bed.name.as_str().unwrap_or_default(), bed.encode());
    cx.set_private("bed", bed.name.as_str().unwrap_or_default());
    finish(cx, bed, fault).await
}

async fn finish(cx: &Cx<Garden>, mut bed: Bed, fault: Option<Fault>) -> Result<Bed, Failure<Bed>> {
    match fault {
        Some(Fault::Halfway) => {
            bed.area = Attr::Unknown;
            return Err(Failure::with_state(Diagnostic::error("It rained"), bed));
        }
        Some(Fault::Kept) => {
            cx.keep(&bed);
            return Err(Diagnostic::error("It rained").into());
        }
        Some(Fault::Panic) => {
            cx.keep(&bed);
            panic!("a mole");
        }
        Some(Fault::Slow) => {
            cx.keep(&bed);
            let why = cx.interrupted().await;
            return Err(Diagnostic::error("Still growing")
                .detail(why.to_string())
                .into());
        }
        Some(Fault::Liar) => {
            bed.soil = Attr::Known(Soil("sand".to_owned()));
            bed.hideout = Attr::Known(Secret::new("elsewhere"));
        }
        Some(Fault::Forgetful) => bed.area = Attr::Unknown,
        Some(Fault::Refused) | None => {}
    }
    Ok(bed)
}

fn grown(garden: &Garden, mut bed: Bed) -> Bed {
    bed.watering = bed.watering.map(|length| Duration::from(length.get()));
    bed.soil = bed.soil.map(|soil| Soil(soil.meaning()));
    fill(&mut bed.rank, || {
        u32::try_from(garden.number()).expect("few beds")
    });
    fill(&mut bed.area, || Number::from(12_i64));
    bed.phase = "Growing".into();
    for plant in bed.plants.as_known_mut().into_iter().flatten() {
        fill(&mut plant.label, || format!("plant {}", garden.number()));
    }
    for sign in bed
        .signs
        .as_known_mut()
        .into_iter()
        .flat_map(BTreeMap::values_mut)
    {
        fill(&mut sign.colour, || "green".to_owned());
    }
    bed.herbs = bed.herbs.map(|herbs| {
        let numbered = |mut herb: Herb| {
            fill(&mut herb.id, || format!("herb-{}", garden.number()));
            herb.height = Attr::Known(herb.height.known_or(0) + 1);
            herb
        };
        herbs.into_iter().map(numbered).collect()
    });
    if let Some(sensor) = bed.sensor.as_known_mut() {
        fill(&mut sensor.serial, || format!("s{}", garden.number()));
        sensor.code_wo = Attr::Known(Secret::new("1234"));
    }
    bed
}

fn fill<T>(attribute: &mut Attr<T>, value: impl FnOnce() -> T) {
    if !attribute.is_known() {
        *attribute = Attr::Known(value());
    }
}
