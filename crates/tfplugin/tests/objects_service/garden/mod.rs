//! The provider: a garden somewhere else, with beds in it.
//!
//! The garden keeps what it is told in its own spelling (lengths of time as `1h0m0s`, soils in lower case) and gives
//! numbers of its own, so that every rule about spelling and computed values has something to do.

pub mod bed;
mod others;
pub mod remote;

pub use remote::Garden;

use tfplugin::objects::{Catalog, Cx, Provider};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object};

/// A provider of gardens.
pub struct GardenProvider {
    pub garden: Garden,
}

/// Where the garden is.
#[derive(Debug, Object)]
#[object(name = "garden")]
pub struct GardenConfig {
    /// Name of the gate.
    #[attr(optional)]
    pub gate: Attr<String>,
}

impl Provider for GardenProvider {
    type Config = GardenConfig;
    type Session = Garden;

    const ISSUES: &'static str = "https://example.org/garden/issues";

    fn catalog(&self) -> Catalog<Garden> {
        Catalog::new()
            .resource(bed::BedResource)
            .data_source(others::BedsData)
            .ephemeral(others::KeyEphemeral)
            .function(others::CountPlants)
            .list(others::BedList)
            .action(others::Water)
    }

    fn validate(&self, config: &GardenConfig, diagnostics: &mut Diagnostics) {
        if config.gate.as_str() == Some("wall") {
            diagnostics.push(Diagnostic::error("No gate there").at_attribute("gate"));
        }
    }

    async fn configure(&self, cx: &Cx<()>, config: GardenConfig) -> Result<Garden, Diagnostics> {
        if config.gate.as_str() == Some("locked") {
            return Err(Diagnostic::error("The gate is locked")
                .at_attribute("gate")
                .into());
        }
        if config.gate.is_null() {
            cx.warn(Diagnostic::warning("No gate given"));
        }
        Ok(self.garden.clone())
    }
}
