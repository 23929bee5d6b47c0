import {
  to = omni_kubernetes_healthcheck.dns
  identity = {
    id = "dns-ready"
  }
}
