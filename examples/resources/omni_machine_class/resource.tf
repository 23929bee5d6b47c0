# Machines that exist, by their labels.
resource "omni_machine_class" "metal" {
  name = "metal"

  match_labels = [
    "omni.sidero.dev/arch = amd64, rack in (r1, r2)",
  ]
}

# Machines that an infrastructure provider makes on request.
ephemeral "omni_service_account_key" "vms" {
  name = "infra-provider:vms"
}

resource "omni_infra_provider" "vms" {
  name           = "vms"
  key_wo         = ephemeral.omni_service_account_key.vms.key
  key_wo_version = 1
}

resource "omni_machine_class" "small_vm" {
  name = "small-vm"

  auto_provision = {
    provider_id   = omni_infra_provider.vms.name
    provider_data = yamlencode({ size = "small" })
  }
}
