# The key is made here and now. Its public half is registered; the private half goes to whoever signs in with it (a vault, the secrets
# of a pipeline), never into the state.
ephemeral "omni_service_account_key" "ci" {
  name = "ci"
}

resource "omni_service_account" "ci" {
  name           = "ci"
  role           = "Operator"
  key_wo         = ephemeral.omni_service_account_key.ci.key
  key_wo_version = 1
}
