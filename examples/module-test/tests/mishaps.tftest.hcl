# The same with machines that go wrong: what the module promises then.
provider "omni" {
  embedded = { path = ".omni-mishaps", machines = 3, speed = 1000, faults = "tests/mishaps.yaml" }
}

run "a_control_plane_whose_first_installation_fails_comes_up_all_the_same" {
  variables {
    name    = "patient"
    workers = 0
  }

  assert {
    condition     = omni_cluster_readiness.this[0].ready
    error_message = "the installation is tried again"
  }
}

run "a_worker_that_never_installs_is_told_by_the_check" {
  variables {
    name = "stuck"
    wait = false
  }

  expect_failures = [check.ready]
}
