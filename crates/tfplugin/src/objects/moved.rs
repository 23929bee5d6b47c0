//! Objects that come from another provider or type through a `moved` block.

/// Where the object was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoveSource<'a> {
    /// Address of the provider, such as `registry.terraform.io/siderolabs/omni`.
    pub provider: &'a str,
    /// Type name there, such as `omni_cluster`.
    pub type_name: &'a str,
    /// Version of its schema there.
    pub version: i64,
    /// Full type name here.
    pub target: &'a str,
}

/// Whether the source has this provider's name and the target's type name.
pub(crate) fn same_name(source: &MoveSource<'_>) -> bool {
    let provider = source.provider.rsplit('/').next().unwrap_or_default();
    let prefix = source.target.strip_prefix(provider);
    source.type_name == source.target && prefix.is_some_and(|rest| rest.starts_with('_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_type_of_a_provider_of_the_same_name_is_taken_as_it_is() {
        let source = |provider, type_name| MoveSource {
            provider,
            type_name,
            version: 0,
            target: "omni_cluster",
        };
        assert!(same_name(&source(
            "registry.terraform.io/siderolabs/omni",
            "omni_cluster"
        )));
        assert!(!same_name(&source(
            "registry.terraform.io/siderolabs/omni",
            "omni_user"
        )));
        assert!(!same_name(&source(
            "registry.terraform.io/siderolabs/talos",
            "omni_cluster"
        )));
    }
}
