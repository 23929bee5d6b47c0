import {
  to = omni_machine_install_disk.by_path
  id = "10001802-c798-4da7-a410-f09abb48c8d8"
}
