resource "omni_user" "ann" {
  email = "ann@example.com"
  role  = "Reader"
}

data "omni_user" "ann" {
  email = omni_user.ann.email
}

output "user_id" {
  value = data.omni_user.ann.id
}
