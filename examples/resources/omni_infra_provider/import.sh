terraform import omni_infra_provider.vms 'vms'
