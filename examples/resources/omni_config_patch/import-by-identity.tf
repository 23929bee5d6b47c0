import {
  to = omni_config_patch.kubespan
  identity = {
    id = "400-prod-kubespan"
  }
}
