import {
  to = omni_etcd_backup_s3_config.backups
  identity = {
    id = "etcd-backup-s3-conf"
  }
}
