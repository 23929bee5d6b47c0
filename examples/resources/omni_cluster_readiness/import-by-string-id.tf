import {
  to = omni_cluster_readiness.prod
  id = "prod"
}
