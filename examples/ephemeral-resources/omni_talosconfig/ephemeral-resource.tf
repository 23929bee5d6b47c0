# For the whole account; set `cluster` for one of its clusters.
ephemeral "omni_talosconfig" "account" {}
