resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
}

resource "omni_machine_set" "storage" {
  cluster = omni_cluster.prod.name
  role    = "workers"
  name    = "storage"
}

# For every machine of the cluster. Official extensions need no publisher.
resource "omni_machine_extensions" "all" {
  cluster    = omni_cluster.prod.name
  extensions = ["util-linux-tools"]
}

# For the machines of one set, instead of those of the cluster: extensions are not merged.
resource "omni_machine_extensions" "storage" {
  cluster = omni_cluster.prod.name

  selector = {
    machine_set = omni_machine_set.storage.id
  }

  extensions = [
    "siderolabs/iscsi-tools",
    "siderolabs/util-linux-tools",
  ]
}
