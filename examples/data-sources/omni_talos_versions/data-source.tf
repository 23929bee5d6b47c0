data "omni_talos_versions" "all" {}

output "latest_talos" {
  value = data.omni_talos_versions.all.latest
}
