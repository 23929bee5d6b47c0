import {
  to = omni_config_patch.kubespan
  id = "400-prod-kubespan"
}
