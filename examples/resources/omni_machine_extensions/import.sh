terraform import omni_machine_extensions.storage 'schematic-prod-storage'
