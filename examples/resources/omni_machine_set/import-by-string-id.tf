import {
  to = omni_machine_set.control_plane
  id = "prod-control-planes"
}
