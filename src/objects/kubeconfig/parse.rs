//! The parts of a kubeconfig that the kubernetes and helm providers take: pure.

use base64::Engine as _;
use serde::Deserialize;
use tfplugin::types::Secret;

/// What is in a kubeconfig's current context.
#[derive(Debug)]
pub struct Parsed {
    /// Address of the API.
    pub host: String,
    /// Bearer token.
    pub token: Option<Secret>,
    /// Certificate of the authority, PEM.
    pub ca_certificate: Option<String>,
}

/// Why a text is no kubeconfig. No text of it holds a part of the contents.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not YAML of that shape.
    #[error("it is no YAML of a kubeconfig's shape")]
    Shape,
    /// No cluster in it.
    #[error("it names no cluster")]
    NoCluster,
    /// The certificate is not base64 of PEM text.
    #[error("its certificate-authority-data is not base64 of PEM text")]
    Certificate,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    current_context: String,
    #[serde(default)]
    contexts: Vec<Named<Context>>,
    #[serde(default)]
    clusters: Vec<Named<Cluster>>,
    #[serde(default)]
    users: Vec<Named<User>>,
}

#[derive(Deserialize)]
struct Named<T> {
    name: String,
    #[serde(alias = "context", alias = "cluster", alias = "user")]
    value: T,
}

#[derive(Deserialize)]
struct Context {
    cluster: String,
    user: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Cluster {
    server: String,
    certificate_authority_data: Option<String>,
}

#[derive(Deserialize)]
struct User {
    token: Option<String>,
}

/// Reads the current context of a kubeconfig, or its first one.
pub fn kubeconfig(text: &str) -> Result<Parsed, ParseError> {
    let file: File = serde_saphyr::from_str(text).map_err(|_| ParseError::Shape)?;
    let context = named(&file.contexts, &file.current_context);
    let cluster = named(
        &file.clusters,
        context.map_or("", |context| &context.cluster),
    )
    .ok_or(ParseError::NoCluster)?;
    let user = named(&file.users, context.map_or("", |context| &context.user));
    let ca_certificate = cluster
        .certificate_authority_data
        .as_deref()
        .filter(|data| !data.is_empty());
    Ok(Parsed {
        host: cluster.server.clone(),
        token: user.and_then(|user| user.token.as_deref()).map(Secret::new),
        ca_certificate: ca_certificate.map(pem).transpose()?,
    })
}

fn named<'a, T>(all: &'a [Named<T>], name: &str) -> Option<&'a T> {
    let exact = all.iter().find(|named| named.name == name);
    exact.or_else(|| all.first()).map(|named| &named.value)
}

fn pem(data: &str) -> Result<String, ParseError> {
    let bytes = base64::prelude::BASE64_STANDARD
        .decode(data)
        .map_err(|_| ParseError::Certificate)?;
    String::from_utf8(bytes).map_err(|_| ParseError::Certificate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
apiVersion: v1
kind: Config
current-context: b
contexts:
- {name: a, context: {cluster: a, user: a}}
- {name: b, context: {cluster: b, user: b}}
clusters:
- {name: a, cluster: {server: 'https://a'}}
- {name: b, cluster: {server: 'https://b', certificate-authority-data: UEVN}}
users:
- {name: a, user: {token: one}}
- {name: b, user: {token: two}}
";

    #[test]
    fn the_current_context_is_read() {
        let parsed = kubeconfig(TEXT).expect("a kubeconfig");
        assert_eq!(parsed.host, "https://b");
        assert_eq!(parsed.token, Some(Secret::new("two")));
        assert_eq!(parsed.ca_certificate.as_deref(), Some("PEM"));
    }

    #[test]
    fn a_kubeconfig_with_a_login_command_has_no_token() {
        let text = TEXT.replace("{token: two}", "{exec: {command: kubectl}}");
        assert_eq!(kubeconfig(&text).expect("a kubeconfig").token, None);
    }

    #[test]
    fn what_is_no_kubeconfig_says_why_without_its_contents() {
        assert_eq!(kubeconfig("[1, 2]").expect_err("a list"), ParseError::Shape);
        assert_eq!(
            kubeconfig("kind: Config").expect_err("empty"),
            ParseError::NoCluster
        );
        let broken = TEXT.replace("UEVN", "'%'");
        assert_eq!(
            kubeconfig(&broken).expect_err("no base64"),
            ParseError::Certificate
        );
    }
}
