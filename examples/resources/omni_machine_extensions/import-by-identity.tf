import {
  to = omni_machine_extensions.storage
  identity = {
    id = "schematic-prod-storage"
  }
}
