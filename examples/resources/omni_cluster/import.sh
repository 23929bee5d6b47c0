terraform import omni_cluster.prod 'prod'
