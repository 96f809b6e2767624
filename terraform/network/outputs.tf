output "subnet_id" {
  description = "Subnet for the VM"
  value       = yandex_vpc_subnet.this.id
}

output "security_group_id" {
  description = "Security group for the VM"
  value       = yandex_vpc_security_group.this.id
}
