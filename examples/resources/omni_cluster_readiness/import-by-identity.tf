import {
  to = omni_cluster_readiness.prod
  identity = {
    cluster = "prod"
  }
}
