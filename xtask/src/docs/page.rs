//! One page: front matter, what it is, example, schema, import.

use std::path::Path;

use serde_json::Value as Json;

use super::{DocsError, read, schema};

/// What a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The provider block.
    Provider,
    /// A resource.
    Resource,
    /// A data source.
    DataSource,
    /// An ephemeral resource.
    Ephemeral,
    /// A function.
    Function,
}

/// A page of the documentation.
pub struct Page<'a> {
    kind: Kind,
    name: &'a str,
    object: &'a Json,
    example: String,
    imports: Vec<(&'static str, &'static str, String)>,
}

/// The groups in the registries' menus.
const SUBCATEGORIES: [(&str, &[&str]); 4] = [
    (
        "Clusters",
        &[
            "cluster",
            "cluster_readiness",
            "config_patch",
            "etcd_backup_s3_config",
            "kubeconfig",
            "kubernetes_healthcheck",
            "kubernetes_manifest",
            "talosconfig",
            "kubernetes_versions",
            "talos_versions",
        ],
    ),
    (
        "Machines",
        &[
            "installation_media",
            "installation_media_preset",
            "machine_class",
            "machine_set",
            "machine_set_node",
            "machines",
        ],
    ),
    ("Infrastructure providers", &["infra_provider"]),
    (
        "Access",
        &["service_account", "service_account_key", "user"],
    ),
];

/// Files that show an import, with the sentence before each.
const IMPORTS: [(&str, &str, &str); 3] = [
    (
        "import-by-string-id.tf",
        "terraform",
        "With an `import` block (Terraform 1.5, OpenTofu 1.6):",
    ),
    (
        "import-by-identity.tf",
        "terraform",
        "By identity (Terraform 1.12, OpenTofu 1.12):",
    ),
    ("import.sh", "shell", "On the command line:"),
];

// === impl Kind ===

impl Kind {
    /// The key in the provider's description.
    pub fn key(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Resource => "resources",
            Self::DataSource => "data_sources",
            Self::Ephemeral => "ephemeral_resources",
            Self::Function => "functions",
        }
    }

    /// The folder below `docs/` and `examples/`.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
            Self::Ephemeral => "ephemeral-resources",
            Self::Function => "functions",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Provider => "provider.tf",
            Self::Resource => "resource.tf",
            Self::DataSource => "data-source.tf",
            Self::Ephemeral => "ephemeral-resource.tf",
            Self::Function => "function.tf",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Provider => "Provider",
            Self::Resource => "Resource",
            Self::DataSource => "Data Source",
            Self::Ephemeral => "Ephemeral Resource",
            Self::Function => "Function",
        }
    }

    fn needs(self) -> Option<&'static str> {
        match self {
            Self::Ephemeral => Some("Ephemeral resources need Terraform 1.10 or OpenTofu 1.11."),
            Self::Function => Some("Functions of providers need Terraform 1.8 or OpenTofu 1.7."),
            Self::Provider | Self::Resource | Self::DataSource => None,
        }
    }
}

// === impl Page ===

impl<'a> Page<'a> {
    /// Reads the examples of an object.
    pub fn new(
        root: &Path,
        kind: Kind,
        name: &'a str,
        object: &'a Json,
    ) -> Result<Self, DocsError> {
        let folder = match kind {
            Kind::Provider => root.join("examples/provider"),
            Kind::Function => root.join("examples/functions").join(name),
            _ => root
                .join("examples")
                .join(kind.folder())
                .join(format!("omni_{name}")),
        };
        let example = folder.join(kind.example());
        if !example.is_file() {
            return Err(DocsError::NoExample(example.display().to_string()));
        }
        let mut imports = Vec::new();
        if kind == Kind::Resource {
            for (file, language, sentence) in IMPORTS {
                imports.push((language, sentence, read(&folder.join(file))?));
            }
        }
        Ok(Self {
            kind,
            name,
            object,
            example: read(&example)?,
            imports,
        })
    }

    /// The page as Markdown.
    pub fn render(&self) -> String {
        let title = self.title();
        let docs = self.object["description"].as_str().unwrap_or_default();
        let summary = docs
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .replace('\n', " ");
        let mut page = format!(
            "---\npage_title: \"{title}\"\nsubcategory: \"{}\"\ndescription: |-\n  {summary}\n---\n\n# {}\n\n{docs}\n\n",
            self.subcategory(),
            self.heading()
        );
        page.extend(self.kind.needs().map(|needs| format!("-> {needs}\n\n")));
        page += &format!(
            "## Example Usage\n\n```terraform\n{}\n```\n\n",
            self.example.trim_end()
        );
        page += &match self.kind {
            Kind::Function => schema::function(self.name, self.object),
            _ => schema::object(self.object),
        };
        page += &self.import();
        page.trim_end().to_owned() + "\n"
    }

    fn title(&self) -> String {
        match self.kind {
            Kind::Provider => "Provider: Omni".to_owned(),
            Kind::Function => format!("{} Function - terraform-provider-omni", self.name),
            kind => format!(
                "omni_{} {} - terraform-provider-omni",
                self.name,
                kind.words()
            ),
        }
    }

    fn heading(&self) -> String {
        match self.kind {
            Kind::Provider => "Omni Provider".to_owned(),
            Kind::Function => format!("function: {}", self.name),
            kind => format!("omni_{} ({})", self.name, kind.words()),
        }
    }

    fn subcategory(&self) -> &'static str {
        let group = SUBCATEGORIES
            .iter()
            .find(|(_, names)| names.contains(&self.name));
        group.map_or("", |(group, _)| group)
    }

    fn import(&self) -> String {
        if self.imports.is_empty() {
            return String::new();
        }
        let each = self.imports.iter().map(|(language, sentence, text)| {
            let text = text.trim_end();
            format!("{sentence}\n\n```{language}\n{text}\n```\n")
        });
        format!("## Import\n\n{}", each.collect::<Vec<_>>().join("\n"))
    }
}
