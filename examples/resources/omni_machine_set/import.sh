terraform import omni_machine_set.control_plane 'prod-control-planes'
