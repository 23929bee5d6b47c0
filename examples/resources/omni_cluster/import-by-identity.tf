import {
  to = omni_cluster.prod
  identity = {
    name = "prod"
  }
}
