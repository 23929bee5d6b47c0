resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
}

data "omni_cluster" "prod" {
  name = omni_cluster.prod.name
}

# What stands between the cluster and ready, in sentences.
output "blockers" {
  value = data.omni_cluster.prod.blockers
}
