# The key is made here and now. Its public half is registered; the private half goes to whoever runs the provider's program (a vault, a
# Kubernetes secret), never into the state.
ephemeral "omni_service_account_key" "vms" {
  name = "infra-provider:vms"
}

resource "omni_infra_provider" "vms" {
  name           = "vms"
  key_wo         = ephemeral.omni_service_account_key.vms.key
  key_wo_version = 1
}
