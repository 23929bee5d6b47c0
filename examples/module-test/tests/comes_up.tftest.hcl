# On three emulated machines, a thousand times as fast as real ones.
provider "omni" {
  embedded = { path = ".omni-comes-up", machines = 3, speed = 1000 }
}

variables {
  name = "unit"
}

run "a_cluster_comes_up" {
  assert {
    condition     = omni_cluster_readiness.this[0].ready
    error_message = "an apply that waits ends when the cluster is ready"
  }
}

run "it_grows" {
  variables {
    workers = 2
  }

  assert {
    condition     = omni_machine_set.workers.machine_class.size == 2 && omni_cluster_readiness.this[0].ready
    error_message = "a second worker joins"
  }
}
