import {
  to = omni_machine_extensions.storage
  id = "schematic-prod-storage"
}
