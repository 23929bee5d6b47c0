# A module as others write them, and tests for it that need no account: `terraform test` in this folder.

terraform {
  required_providers {
    omni = {
      source = "omni-rs/omni"
    }
  }
}

variable "name" {
  description = "Name of the cluster."
  type        = string
}

variable "workers" {
  description = "How many workers it has."
  type        = number
  default     = 1
}

variable "wait" {
  description = "Whether an apply ends when the cluster is ready."
  type        = bool
  default     = true
}

resource "omni_machine_class" "any" {
  name         = "${var.name}-any"
  match_labels = ["omni.sidero.dev/arch = amd64"]
}

resource "omni_cluster" "this" {
  name               = var.name
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
}

resource "omni_machine_set" "control_plane" {
  cluster       = omni_cluster.this.name
  role          = "controlplane"
  machine_class = { name = omni_machine_class.any.name, size = 1 }
}

resource "omni_machine_set" "workers" {
  cluster       = omni_cluster.this.name
  role          = "workers"
  machine_class = { name = omni_machine_class.any.name, size = var.workers }
}

resource "omni_cluster_readiness" "this" {
  count      = var.wait ? 1 : 0
  cluster    = omni_cluster.this.name
  triggers   = { workers = var.workers }
  depends_on = [omni_machine_set.control_plane, omni_machine_set.workers]
}

check "ready" {
  data "omni_cluster" "now" {
    name       = omni_cluster.this.name
    depends_on = [omni_machine_set.workers, omni_cluster_readiness.this]
  }

  assert {
    condition     = data.omni_cluster.now.ready
    error_message = "Not ready: ${join("; ", data.omni_cluster.now.blockers)}"
  }
}
