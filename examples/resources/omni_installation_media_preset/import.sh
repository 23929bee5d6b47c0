terraform import omni_installation_media_preset.metal 'metal'
