terraform import omni_config_patch.kubespan '400-prod-kubespan'
