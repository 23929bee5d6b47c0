import {
  to = omni_infra_provider.vms
  identity = {
    name = "vms"
  }
}
