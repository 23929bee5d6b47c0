resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
}

# A Talos upgrade goes from machine to machine only while names can be resolved.
resource "omni_kubernetes_healthcheck" "dns" {
  name     = "dns-ready"
  cluster  = omni_cluster.prod.name
  interval = "30s"

  job = yamlencode({
    apiVersion = "batch/v1"
    kind       = "Job"
    metadata   = { namespace = "kube-system" }
    spec = {
      template = {
        spec = {
          restartPolicy = "Never"
          containers = [{
            name    = "check"
            image   = "busybox:1.37"
            command = ["nslookup", "kubernetes.default.svc.cluster.local"]
          }]
        }
      }
    }
  })
}
