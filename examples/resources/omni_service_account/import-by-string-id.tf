import {
  to = omni_service_account.ci
  id = "ci"
}
