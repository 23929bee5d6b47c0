# For bare metal: an ISO, a disk image or a PXE script, whatever is asked for.
resource "omni_installation_media_preset" "metal" {
  name          = "metal"
  talos_version = "1.13.7"
  extensions    = ["siderolabs/qemu-guest-agent"]
  kernel_args   = ["console=ttyS0"]

  machine_labels = {
    site = "berlin"
  }
}

# For a cloud platform; without a version it follows Omni's default.
resource "omni_installation_media_preset" "aws" {
  name = "aws"

  cloud = {
    platform = "aws"
  }
}

# For a single-board computer.
resource "omni_installation_media_preset" "raspberry" {
  name         = "raspberry"
  architecture = "arm64"

  sbc = {
    overlay = "rpi_generic"
  }
}
