resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
}

# Kept as it is written here, and removed when it is taken out.
resource "omni_kubernetes_manifest" "team" {
  name    = "team"
  cluster = omni_cluster.prod.name
  mode    = "full"

  data = yamlencode({
    apiVersion = "v1"
    kind       = "Namespace"
    metadata   = { name = "team" }
  })
}

# Applied once, before the other; what becomes of it afterwards is left to the cluster.
resource "omni_kubernetes_manifest" "settings" {
  name    = "settings"
  weight  = 100
  cluster = omni_cluster.prod.name
  mode    = "one-time"

  data = <<-EOT
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: settings
      namespace: default
    data:
      stage: production
    ---
    apiVersion: v1
    kind: ServiceAccount
    metadata:
      name: deployer
      namespace: default
  EOT
}
