variable "folder_id" {
  description = "Folder in which the VM, its disk and its address are"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{10,50}$", var.folder_id))
    error_message = "folder_id must be the id of a folder: lower-case letters and digits."
  }
}

variable "zone" {
  description = "Availability zone of everything"
  type        = string

  validation {
    condition     = can(regex("^ru-central1-[a-z]$", var.zone))
    error_message = "zone must be a zone such as ru-central1-a."
  }
}

variable "subnet_id" {
  description = "Subnet of the VM"
  type        = string

  validation {
    condition     = length(var.subnet_id) > 0
    error_message = "subnet_id must not be empty."
  }
}

variable "security_group_id" {
  description = "Security group of the VM"
  type        = string

  validation {
    condition     = length(var.security_group_id) > 0
    error_message = "security_group_id must not be empty."
  }
}

variable "http_port" {
  description = "Port on which the server is published"
  type        = number

  validation {
    condition     = var.http_port >= 1 && var.http_port <= 65535 && floor(var.http_port) == var.http_port && var.http_port != 22
    error_message = "http_port must be a port from 1 to 65535 other than 22."
  }
}

variable "user_data" {
  description = "The cloud-config document, from module cloud-init"
  type        = string
  sensitive   = true

  validation {
    condition     = startswith(var.user_data, "#cloud-config\n") && length(var.user_data) < 200000
    error_message = "user_data must be a cloud-config document of less than 200,000 characters."
  }
}

variable "boot_image_id" {
  description = "Image of the boot disk; empty takes the newest Ubuntu 22.04 LTS, which has to be looked up in the cloud"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z0-9]{10,50})?$", var.boot_image_id))
    error_message = "boot_image_id must be empty or the id of an image: lower-case letters and digits."
  }
}

variable "data_disk_size" {
  description = "Size of the disk with PostgreSQL's data, in GB; it can grow, never shrink"
  type        = number
  default     = 20

  validation {
    condition     = var.data_disk_size >= 10 && var.data_disk_size <= 4096 && floor(var.data_disk_size) == var.data_disk_size
    error_message = "data_disk_size must be a whole number from 10 to 4096."
  }
}

variable "serial_console" {
  description = "Whether a person may log in on the serial console"
  type        = bool
  default     = false

  validation {
    condition     = contains([true, false], var.serial_console)
    error_message = "serial_console must be true or false."
  }
}
