# Two free machines in different racks, or those that the machine set has already.
data "omni_machines" "storage" {
  selector     = "omni.sidero.dev/cores >= 4, !maintenance"
  available_to = "prod-storage"
  spread_by    = "rack"
  limit        = 2
}

output "storage" {
  value = data.omni_machines.storage.ids
}
