//! Functions of the provider: pure, and callable before it is configured.

mod parse_service_account_key;

pub use parse_service_account_key::ParseServiceAccountKey;
