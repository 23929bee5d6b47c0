import {
  to = omni_user.ann
  id = "ann@example.com"
}
