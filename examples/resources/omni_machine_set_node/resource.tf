resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
}

resource "omni_machine_set" "control_plane" {
  cluster = omni_cluster.prod.name
  role    = "controlplane"
}

# A machine found instead of copied from a web page: the set's own first, then a free one.
data "omni_machines" "control_plane" {
  selector     = "omni.sidero.dev/arch = amd64"
  available_to = "prod-control-planes"
  limit        = 1
  at_least     = 1
}

resource "omni_machine_set_node" "control_plane" {
  for_each    = toset(data.omni_machines.control_plane.ids)
  machine_id  = each.value
  machine_set = omni_machine_set.control_plane.id
  cluster     = omni_cluster.prod.name
}
