//! The provider block, and the provider itself: from a configuration to a [`Session`].

use tfplugin::objects::{Catalog, Cx, Provider};
use tfplugin::types::{Duration, Secret};
use tfplugin::{Attr, Diagnostic, Diagnostics, Object, Path};

use crate::catalog;
use crate::session::{Environment, Session};

/// Manages Kubernetes clusters of Talos Linux machines with Omni.
///
/// The provider talks to one Omni account, or, with `embedded`, to a management plane of its own that needs no account, no
/// network and no root. Arguments win over the environment, the environment over an omniconfig file. An argument that is not known
/// during plan is never replaced by the environment: whatever needs the connection waits for it.
#[derive(Clone, Debug, Default, PartialEq, Object)]
#[object(name = "omni")]
pub struct OmniConfig {
    /// Address of Omni: `https://<account>.omni.siderolabs.io`. Environment: `OMNI_ENDPOINT`.
    #[attr(optional)]
    pub endpoint: Attr<String>,
    /// Service account key, as Omni prints it. Environment: `SIDERO_SERVICE_ACCOUNT_KEY`, then `OMNI_SERVICE_ACCOUNT_KEY`.
    #[attr(optional, sensitive)]
    pub service_account_key: Attr<Secret>,
    /// Accepts any certificate of the server. Whoever stands in between can then read and change everything; prefer
    /// `ca_certificate`.
    #[attr(optional)]
    pub insecure_skip_tls_verify: Attr<bool>,
    /// Certificate of an authority that signed the server's certificate: PEM text, or the path of a file with it.
    #[attr(optional)]
    pub ca_certificate: Attr<String>,
    /// Path of an omniconfig file, as omnictl uses it. Environment: `OMNICONFIG`.
    #[attr(optional)]
    pub omniconfig: Attr<String>,
    /// Context of the omniconfig file; its current context where it is not set.
    #[attr(optional)]
    pub context: Attr<String>,
    /// How long to wait for one answer of the server; `30s` where it is not set. Waiting for a cluster is not concerned: that is
    /// what `timeouts` are for.
    #[attr(optional)]
    pub request_timeout: Attr<Duration>,
    /// Accepts that the endpoint now belongs to another account than the state. Objects that the other account does not have then
    /// count as gone.
    #[attr(optional)]
    pub allow_account_change: Attr<bool>,
    /// Runs against an embedded management plane instead of an Omni account. It is started when it is needed and ends by itself.
    /// The environment is ignored then.
    #[attr(optional)]
    pub embedded: Attr<Embedded>,
}

/// An embedded management plane.
#[derive(Clone, Debug, Default, PartialEq, Object)]
pub struct Embedded {
    /// Folder that holds everything the plane knows, relative to Terraform's working directory. Delete it to start anew.
    #[attr(required)]
    pub path: Attr<String>,
    /// How many emulated machines have checked in, labelled `rack = r1`, `r2`, …; none where it is not set. Machines of
    /// infrastructure providers come on top.
    #[attr(optional)]
    pub machines: Attr<u32>,
    /// Emulated seconds per second; 1 where it is not set.
    #[attr(optional)]
    pub speed: Attr<u32>,
    /// Path of a file with the Talos and Kubernetes versions to offer; the plane's own list where it is not set.
    #[attr(optional)]
    pub versions: Attr<String>,
    /// Path of a fault script: machines that do not install or fall silent, upgrades that hang, requests that are refused, a server that
    /// stalls. For tests of modules; its form is described in `docs/plane.md` of the provider's repository. Nothing goes wrong where it is not set.
    #[attr(optional)]
    pub faults: Attr<String>,
    /// Release of Omni that the plane is: `1.8`, `1.9`, `1.10`, or `next` for the one that is being developed. It has the kinds, fields, calls and
    /// rules of that release, so that a configuration can be tried against the Omni that it is for. `1.10`, the newest, where it is not set.
    #[attr(optional)]
    pub omni: Attr<String>,
}

/// Releases of Omni that the embedded plane can be, oldest first.
pub const RELEASES: [&str; 4] = ["1.8", "1.9", "1.10", "next"];

/// The embedded plane cannot be that release.
pub fn unknown_release(omni: &str) -> Diagnostic {
    Diagnostic::error("Unknown release of Omni")
        .detail(format!(
            "The embedded plane cannot be Omni {omni:?}: it can be {}.",
            RELEASES.join(", ")
        ))
        .at(Path::of("embedded").attribute("omni"))
}

/// The provider.
#[derive(Debug, Default)]
pub struct Omni;

// === impl Omni ===

impl Provider for Omni {
    type Config = OmniConfig;
    type Session = Session;

    const ISSUES: &'static str = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");

    fn catalog(&self) -> Catalog<Session> {
        catalog::all()
    }

    fn validate(&self, config: &OmniConfig, diagnostics: &mut Diagnostics) {
        if config.embedded.is_null() {
            return;
        }
        let rivals = [
            ("endpoint", config.endpoint.is_null()),
            ("service_account_key", config.service_account_key.is_null()),
            ("omniconfig", config.omniconfig.is_null()),
        ];
        for (name, _) in rivals.into_iter().filter(|(_, null)| !null) {
            let conflict = Diagnostic::error("Two servers at once")
                .detail(format!("`embedded` and `{name}` exclude each other: the embedded plane has an endpoint and a key of its own."))
                .remedy("Remove one of the two.")
                .at(Path::of(name));
            diagnostics.push(conflict);
        }
        if let Some(0) = config
            .embedded
            .as_known()
            .and_then(|embedded| embedded.speed.as_known())
        {
            let still = Diagnostic::error("Time stands still")
                .detail("With a speed of 0 no emulated second ever passes.")
                .remedy("Set `speed` to 1 or more.")
                .at(Path::of("embedded").attribute("speed"));
            diagnostics.push(still);
        }
        let omni = config.embedded.as_known();
        let omni = omni.and_then(|embedded| embedded.omni.as_str());
        if let Some(omni) = omni.filter(|omni| !RELEASES.contains(omni)) {
            diagnostics.push(unknown_release(omni));
        }
    }

    async fn configure(&self, cx: &Cx<()>, config: OmniConfig) -> Result<Session, Diagnostics> {
        if config.insecure_skip_tls_verify == Attr::Known(true) {
            let warning = Diagnostic::warning("Any certificate is accepted")
                .detail("`insecure_skip_tls_verify` is set: whoever stands between here and Omni can read and change everything.")
                .remedy("Set `ca_certificate` to the authority that signed the server's certificate instead.")
                .at_attribute("insecure_skip_tls_verify");
            cx.warn(warning);
        }
        Session::new(
            &config,
            &Environment::of_process(),
            cx.terraform_version(),
            cx.mailbox(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "plane")]
    #[test]
    fn the_releases_are_those_of_the_plane() {
        let all = crate::session::embedded::Release::ALL;
        assert_eq!(all.map(crate::session::embedded::Release::name), RELEASES);
    }

    #[test]
    fn a_release_that_the_plane_cannot_be_is_refused_at_its_attribute() {
        let config = |omni: &str| OmniConfig {
            embedded: Attr::Known(Embedded {
                path: ".omni".into(),
                omni: omni.into(),
                ..Default::default()
            }),
            ..Default::default()
        };
        let said = |omni: &str| {
            let mut found = Diagnostics::new();
            Omni.validate(&config(omni), &mut found);
            let texts = found.iter().map(Diagnostic::text);
            texts.collect::<Vec<_>>()
        };
        for release in RELEASES {
            assert!(said(release).is_empty(), "{release}");
        }
        assert!(said("1.11")[0].contains("it can be 1.8, 1.9, 1.10, next"));
    }
}
