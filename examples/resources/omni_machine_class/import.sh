terraform import omni_machine_class.metal 'metal'
