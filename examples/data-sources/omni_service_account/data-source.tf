# The account that the embedded plane begins with; on an Omni of your own, the account of a pipeline.
data "omni_service_account" "automation" {
  name = "automation"
}

output "automation_expires" {
  value = data.omni_service_account.automation.expiration
}
