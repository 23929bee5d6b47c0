import {
  to = omni_user.ann
  identity = {
    email = "ann@example.com"
  }
}
