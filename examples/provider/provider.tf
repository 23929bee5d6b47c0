terraform {
  required_providers {
    omni = {
      source = "omni-rs/omni"
    }
  }
}

# An Omni account. The key comes from the environment: OMNI_SERVICE_ACCOUNT_KEY.
provider "omni" {
  endpoint = "https://example.omni.siderolabs.io"
}

# A management plane on this machine: no account, no network, no root.
provider "omni" {
  alias = "laptop"

  embedded = {
    path     = ".omni"
    machines = 4
    speed    = 20
  }
}
