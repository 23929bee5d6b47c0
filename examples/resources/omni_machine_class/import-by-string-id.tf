import {
  to = omni_machine_class.metal
  id = "metal"
}
