resource "omni_installation_media_preset" "metal" {
  name          = "metal"
  talos_version = "1.13.7"
}

# An ISO for a hypervisor that downloads it by itself, some time after the apply.
data "omni_installation_media" "iso" {
  preset             = omni_installation_media_preset.metal.name
  format             = "iso"
  download_token_ttl = "1h"
}

# The address may change with each read, the key changes with the image only: name files by it.
output "file_name" {
  value = "talos-${substr(data.omni_installation_media.iso.storage_key, 0, 16)}.iso"
}

output "url" {
  value     = data.omni_installation_media.iso.url
  sensitive = true
}
