import {
  to = omni_kubernetes_manifest.team
  id = "400-prod-team"
}
