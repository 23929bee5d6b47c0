//! An embedded, Omni-compatible management plane.
//!
//! The plane is for laptops, CI and `terraform test`: one process, one file of state, no account and no network. It is not a fake with
//! canned answers. Resources are stored with versions, owners, phases and finalizers ([`store`]); the same wire API as Omni's
//! serves them ([`api`], [`serve`]); time is injected ([`clock`]). Any client that speaks Omni's API with a service-account
//! key is welcome; the plane knows nothing of Terraform.

pub mod accounts;
pub mod api;
pub mod assembly;
pub mod audit;
pub mod backups;
pub mod clock;
pub mod controllers;
pub mod daemon;
mod dns_label;
pub mod engine;
pub mod infra;
pub mod instance;
mod internal;
mod join;
pub mod machines;
mod pki;
pub mod plane;
pub mod release;
pub mod schematic;
pub mod seed;
pub mod serve;
pub mod store;
mod yaml;

pub use clock::{Clock, Moment};
pub use instance::Instance;
pub use release::Release;
pub use store::Store;
