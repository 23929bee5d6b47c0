# Two machines that have not joined a cluster yet.
data "omni_machines" "free" {
  available = true
  limit     = 2
  at_least  = 2
}

# By path.
resource "omni_machine_install_disk" "by_path" {
  machine_id = data.omni_machines.free.ids[0]
  disk       = "/dev/vda"
}

# By what the disk is like. Sizes are unsigned numbers.
resource "omni_machine_install_disk" "by_likeness" {
  machine_id    = data.omni_machines.free.ids[1]
  disk_selector = "disk.size < 1u * TB && !disk.rotational"
}
