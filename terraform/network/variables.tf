variable "zone" {
  description = "Availability zone of everything"
  type        = string

  validation {
    condition     = can(regex("^ru-central1-[a-z]$", var.zone))
    error_message = "zone must be a zone such as ru-central1-a."
  }
}

variable "vpc_cidr" {
  description = "Address range of the network; the subnet is its second /24"
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr, 8, 1)) && endswith(var.vpc_cidr, "/16")
    error_message = "vpc_cidr must be an IPv4 range of size /16."
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

variable "http_cidrs" {
  description = "Addresses that may reach the server; the machine that deploys must be among them, to check it"
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.http_cidrs) > 0 && alltrue([for cidr in var.http_cidrs : can(cidrnetmask(cidr))])
    error_message = "http_cidrs must be a list of IPv4 ranges."
  }
}

variable "ssh_cidrs" {
  description = "Addresses that may reach port 22; none closes it"
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.ssh_cidrs : can(cidrnetmask(cidr))])
    error_message = "ssh_cidrs must be a list of IPv4 ranges."
  }
}
