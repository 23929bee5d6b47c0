resource "omni_user" "ann" {
  email = "ann@example.com"
  role  = "Operator"
}
