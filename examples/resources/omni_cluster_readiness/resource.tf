resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
}

resource "omni_machine_class" "any" {
  name         = "any"
  match_labels = ["omni.sidero.dev/arch = amd64"]
}

resource "omni_machine_set" "control_plane" {
  cluster = omni_cluster.prod.name
  role    = "controlplane"

  machine_class = {
    name = omni_machine_class.any.name
    size = 1
  }
}

# Ends when the cluster runs these versions and every machine of it is ready.
resource "omni_cluster_readiness" "prod" {
  cluster            = omni_cluster.prod.name
  kubernetes_version = omni_cluster.prod.kubernetes_version
  talos_version      = omni_cluster.prod.talos_version

  triggers = {
    control_plane = omni_machine_set.control_plane.machine_class.size
  }

  timeouts = {
    create = "20m"
  }
}
