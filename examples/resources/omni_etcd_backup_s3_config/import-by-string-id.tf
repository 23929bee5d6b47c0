import {
  to = omni_etcd_backup_s3_config.backups
  id = "etcd-backup-s3-conf"
}
