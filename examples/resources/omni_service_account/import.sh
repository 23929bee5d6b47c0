terraform import omni_service_account.ci 'ci'
