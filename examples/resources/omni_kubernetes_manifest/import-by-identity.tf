import {
  to = omni_kubernetes_manifest.team
  identity = {
    id = "400-prod-team"
  }
}
