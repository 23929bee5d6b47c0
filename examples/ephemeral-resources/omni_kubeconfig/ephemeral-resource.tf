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

resource "omni_cluster_readiness" "prod" {
  cluster    = omni_cluster.prod.name
  depends_on = [omni_machine_set.control_plane]
}

# The id is not known before the cluster is ready, so that nothing asks for access too early. Feed it to the kubernetes provider:
#
#   provider "kubernetes" {
#     host                   = ephemeral.omni_kubeconfig.prod.host
#     token                  = ephemeral.omni_kubeconfig.prod.token
#     cluster_ca_certificate = ephemeral.omni_kubeconfig.prod.ca_certificate
#   }
ephemeral "omni_kubeconfig" "prod" {
  cluster = omni_cluster_readiness.prod.id
  user    = "ci"
  groups  = ["system:masters"]
  ttl     = "30m"
}
