//! The address of an exposed service: its alias is a name below Omni's own.

use crate::api::Endpoints;
use crate::dns_label;

/// The address, or why the alias makes none.
///
/// As an Omni has it that uses names below its own without a subdomain of its own. It names the plane's default address, and nothing answers
/// there: no container runs that could.
pub(super) fn of(alias: &str) -> Result<String, String> {
    if alias.is_empty() {
        return Err("empty alias".to_owned());
    }
    dns_label::check(alias).map_err(|why| format!("invalid alias: {why}"))?;
    let api = Endpoints::default().api;
    let (scheme, host) = api.split_once("://").unwrap_or(("https", &api));
    Ok(format!("{scheme}://{alias}.{host}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_alias_is_a_name_below_omnis() {
        assert_eq!(
            super::of("grafana").as_deref(),
            Ok("https://grafana.localhost:8099")
        );
        let why = super::of("a b").expect_err("no name");
        assert!(
            why.starts_with("invalid alias: \"a b\" is not a valid DNS-1123 label"),
            "{why}"
        );
    }
}
