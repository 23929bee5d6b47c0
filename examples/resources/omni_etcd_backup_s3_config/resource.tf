variable "backup_key_id" {
  type      = string
  ephemeral = true
}

variable "backup_secret" {
  type      = string
  ephemeral = true
  sensitive = true
}

# The access key never reaches the state; raise the versions when it is rotated.
resource "omni_etcd_backup_s3_config" "backups" {
  bucket   = "etcd-backups"
  region   = "us-east-1"
  endpoint = "https://s3.example.com"

  access_key_id_wo             = var.backup_key_id
  access_key_id_wo_version     = 1
  secret_access_key_wo         = var.backup_secret
  secret_access_key_wo_version = 1
}

# A backup every four hours.
resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
  backup_interval    = "4h"
  depends_on         = [omni_etcd_backup_s3_config.backups]
}
