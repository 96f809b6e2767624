output "user_data" {
  description = "The cloud-config document for the VM's user-data. Holds the secrets of .env"
  value       = "#cloud-config\n${yamlencode(local.config)}"
  sensitive   = true
}
