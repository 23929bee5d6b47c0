import {
  to = omni_infra_provider.vms
  id = "vms"
}
