terraform import omni_kubernetes_healthcheck.dns 'dns-ready'
