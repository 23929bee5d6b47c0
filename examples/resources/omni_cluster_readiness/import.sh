terraform import omni_cluster_readiness.prod 'prod'
