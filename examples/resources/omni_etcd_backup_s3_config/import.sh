terraform import omni_etcd_backup_s3_config.backups 'etcd-backup-s3-conf'
