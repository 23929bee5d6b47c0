import {
  to = omni_kubernetes_healthcheck.dns
  id = "dns-ready"
}
