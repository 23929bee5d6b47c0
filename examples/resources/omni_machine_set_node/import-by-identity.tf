import {
  to = omni_machine_set_node.control_plane["10001802-c798-4da7-a410-f09abb48c8d8"]
  identity = {
    machine_id = "10001802-c798-4da7-a410-f09abb48c8d8"
  }
}
