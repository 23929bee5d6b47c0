import {
  to = omni_machine_set.control_plane
  identity = {
    id = "prod-control-planes"
  }
}
