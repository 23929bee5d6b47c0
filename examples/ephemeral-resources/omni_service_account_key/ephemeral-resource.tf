ephemeral "omni_service_account_key" "vms" {
  name = "infra-provider:vms"
  ttl  = "2160h"
}

# The public half is registered, the private half goes to a vault with the same version.
resource "omni_infra_provider" "vms" {
  name           = "vms"
  key_wo         = ephemeral.omni_service_account_key.vms.key
  key_wo_version = 1
}
