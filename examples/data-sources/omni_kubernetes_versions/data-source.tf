# The newest Kubernetes that runs on this Talos version.
data "omni_kubernetes_versions" "for_talos" {
  talos_version = "1.13.7"
}

output "latest_kubernetes" {
  value = data.omni_kubernetes_versions.for_talos.latest
}
