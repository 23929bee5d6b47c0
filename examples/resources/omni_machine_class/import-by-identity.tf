import {
  to = omni_machine_class.metal
  identity = {
    name = "metal"
  }
}
