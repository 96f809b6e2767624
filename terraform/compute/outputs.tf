output "instance_id" {
  description = "The VM that serves"
  value       = yandex_compute_instance.this.id
  depends_on  = [terraform_data.handover]
}

output "public_ip" {
  description = "The reserved address that clients use"
  value       = yandex_vpc_address.this.external_ipv4_address[0].address
}

output "data_disk_id" {
  description = "The disk with PostgreSQL's data"
  value       = yandex_compute_disk.data.id
}
