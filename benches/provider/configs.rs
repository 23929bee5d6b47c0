//! The same configuration three times: one object, and many that name it, each with a text that Terraform computes.
//!
//! What Terraform does for the expressions is the same in each, so that a difference in time is the provider's.

/// What the many have: a name, the one that they belong to (by the expression given), and a patch as YAML.
fn attributes(lab: &str) -> String {
    format!(
        r#"name    = "patch-${{count.index}}"
  cluster = {lab}
  data    = yamlencode({{ machine = {{ sysctls = {{ "net.core.somaxconn" = tostring(count.index) }} }} }})"#
    )
}

/// So many patches of a cluster on the embedded plane.
pub fn omni(count: usize) -> String {
    let attributes = attributes("omni_cluster.lab.name");
    format!(
        r#"
terraform {{
  required_providers {{
    omni = {{ source = "omni-rs/omni" }}
  }}
}}

provider "omni" {{
  embedded = {{ path = ".omni" }}
}}

resource "omni_cluster" "lab" {{
  name               = "lab"
  kubernetes_version = "1.35.5"
  talos_version      = "1.13.7"
}}

resource "omni_config_patch" "many" {{
  count   = {count}
  {attributes}
}}
"#
    )
}

/// So many objects of the provider that does nothing.
pub fn idle(count: usize) -> String {
    let attributes = attributes("idle_patch.lab.name");
    format!(
        r#"
terraform {{
  required_providers {{
    idle = {{ source = "omni-rs/idle" }}
  }}
}}

resource "idle_patch" "lab" {{
  name    = "lab"
  cluster = "lab"
  data    = ""
}}

resource "idle_patch" "many" {{
  count   = {count}
  {attributes}
}}
"#
    )
}

/// So many objects of what is built into Terraform.
pub fn data(count: usize) -> String {
    let attributes = attributes("terraform_data.lab.output");
    format!(
        r#"
resource "terraform_data" "lab" {{
  input = "lab"
}}

resource "terraform_data" "many" {{
  count = {count}
  input = {{
  {attributes}
  }}
}}
"#
    )
}
