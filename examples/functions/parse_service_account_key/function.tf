variable "omni_key" {
  description = "Service account key of the pipeline."
  type        = string
  sensitive   = true
  default     = null
}

output "key_ends" {
  value     = var.omni_key == null ? null : provider::omni::parse_service_account_key(var.omni_key).expires_at
  sensitive = true
}
