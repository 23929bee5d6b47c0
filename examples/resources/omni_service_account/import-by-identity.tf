import {
  to = omni_service_account.ci
  identity = {
    name = "ci"
  }
}
