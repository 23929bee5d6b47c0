terraform import omni_kubernetes_manifest.team '400-prod-team'
