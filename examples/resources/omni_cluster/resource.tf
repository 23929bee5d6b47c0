resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
  backup_interval    = "6h"

  features = {
    enable_workload_proxy = true
  }

  labels = {
    stage = "production"
  }
}
