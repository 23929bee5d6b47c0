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

# A second group of workers needs a name.
resource "omni_machine_set" "storage" {
  cluster = omni_cluster.prod.name
  role    = "workers"
  name    = "storage"

  machine_class = {
    name = omni_machine_class.any.name
    size = 2
  }

  update_strategy = {
    type            = "Rolling"
    max_parallelism = 1
  }
}
