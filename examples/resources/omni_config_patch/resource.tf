resource "omni_cluster" "prod" {
  name               = "prod"
  kubernetes_version = "1.35.6"
  talos_version      = "1.13.7"
}

# For every machine of the cluster.
resource "omni_config_patch" "kubespan" {
  name    = "kubespan"
  cluster = omni_cluster.prod.name

  data = yamlencode({
    machine = { network = { kubespan = { enabled = true } } }
  })
}

# For one machine set of the cluster; the set may come later.
resource "omni_config_patch" "max_pods" {
  name    = "max-pods"
  weight  = 410
  cluster = omni_cluster.prod.name

  selector = {
    machine_set = "prod-workers"
  }

  data = yamlencode({
    machine = { kubelet = { extraArgs = { max-pods = "150" } } }
  })
}

# For one machine, whatever cluster it belongs to.
resource "omni_config_patch" "sysctls" {
  name = "sysctls"

  selector = {
    machine = "10001802-c798-4da7-a410-f09abb48c8d8"
  }

  data = yamlencode({
    machine = { sysctls = { "net.ipv4.ip_forward" = "1" } }
  })
}
