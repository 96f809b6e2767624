output "public_ip" {
  description = "The reserved address that clients use"
  value       = module.compute.public_ip
}

output "url" {
  description = "Where the page is"
  value       = "http://${module.compute.public_ip}:${local.http_port}"
}

output "instance_id" {
  description = "The VM that serves"
  value       = module.compute.instance_id
}

output "data_disk_id" {
  description = "The disk with PostgreSQL's data"
  value       = module.compute.data_disk_id
}
