variable "yc_token" {
  description = "Yandex Cloud OAuth token"
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.yc_token) > 0
    error_message = "yc_token must not be empty."
  }
}

variable "yc_cloud_id" {
  description = "Yandex Cloud ID"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{10,50}$", var.yc_cloud_id))
    error_message = "yc_cloud_id must be the id of a cloud: lower-case letters and digits."
  }
}

variable "yc_folder_id" {
  description = "Yandex Cloud folder ID"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{10,50}$", var.yc_folder_id))
    error_message = "yc_folder_id must be the id of a folder: lower-case letters and digits."
  }
}

variable "zone" {
  description = "Availability zone of everything"
  type        = string
  default     = "ru-central1-a"

  validation {
    condition     = can(regex("^ru-central1-[a-z]$", var.zone))
    error_message = "zone must be a zone such as ru-central1-a."
  }
}

variable "http_addr" {
  description = "Server bind address; the port is the one that is published"
  type        = string
  default     = ":8080"

  validation {
    condition     = can(regex("^(0\\.0\\.0\\.0)?:[1-9][0-9]{0,4}$", var.http_addr))
    error_message = "http_addr must be :PORT or 0.0.0.0:PORT; any other host would be unreachable from outside the container."
  }
}

variable "docker_image" {
  description = "Image to run, with a tag or a digest"
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._/:-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$", var.docker_image))
    error_message = "docker_image must be an image reference with a tag or a digest, such as name/messenger:1.2.3."
  }
}

variable "jwt_secret" {
  description = "Key that signs the tokens, at least 32 bytes"
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[!-&(-\\[\\]-~]{32,}$", var.jwt_secret))
    error_message = "jwt_secret must be at least 32 bytes of printable ASCII without spaces, single quotes or backslashes: openssl rand -base64 48."
  }
}

variable "jwt_secret_previous" {
  description = "Key that was used before and is still accepted, while jwt_secret is being rotated"
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = can(regex("^([!-&(-\\[\\]-~]{32,})?$", var.jwt_secret_previous))
    error_message = "jwt_secret_previous must be empty, or what jwt_secret was."
  }
}

variable "jwt_duration" {
  description = "How long a token is valid, as Go writes it"
  type        = string
  default     = "24h"

  validation {
    condition     = can(regex("^([0-9]+(ms|s|m|h))+$", var.jwt_duration))
    error_message = "jwt_duration must be a duration such as 24h or 1h30m."
  }
}

variable "db_host" {
  description = "Name under which the server finds PostgreSQL"
  type        = string
  default     = "postgres"

  validation {
    condition     = var.db_host == "postgres"
    error_message = "db_host must be postgres: the database is the container of that name beside the server (localhost would be the server's own container)."
  }
}

variable "db_port" {
  description = "Port of PostgreSQL on the inner network"
  type        = number
  default     = 5432

  validation {
    condition     = var.db_port >= 1024 && var.db_port <= 65535 && floor(var.db_port) == var.db_port
    error_message = "db_port must be a port from 1024 to 65535."
  }
}

variable "db_user" {
  description = "PostgreSQL role"
  type        = string
  default     = "messenger"

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]{0,62}$", var.db_user))
    error_message = "db_user must be a plain lower-case PostgreSQL name."
  }
}

variable "db_password" {
  description = "PostgreSQL password"
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[!-&(-\\[\\]-~]{12,}$", var.db_password))
    error_message = "db_password must be at least 12 characters of printable ASCII without spaces, single quotes or backslashes."
  }
}

variable "db_name" {
  description = "PostgreSQL database"
  type        = string
  default     = "messenger"

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_]{0,62}$", var.db_name))
    error_message = "db_name must be a plain lower-case PostgreSQL name."
  }
}

variable "db_sslmode" {
  description = "How the connection to PostgreSQL is protected"
  type        = string
  default     = "disable"

  validation {
    condition     = contains(["disable", "require", "verify-ca", "verify-full"], var.db_sslmode)
    error_message = "db_sslmode must be disable, require, verify-ca or verify-full; the container beside the server speaks no TLS, so disable."
  }
}

variable "log_level" {
  description = "Level of the server's log"
  type        = string
  default     = "info"

  validation {
    condition     = contains(["fatal", "error", "warn", "info", "debug", "trace"], var.log_level)
    error_message = "log_level must be fatal, error, warn, info, debug or trace."
  }
}

variable "ssh_public_key" {
  description = "Public key of the operator; without one nobody can log in and port 22 stays closed"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^((ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp256|sk-ssh-ed25519@openssh.com) [A-Za-z0-9+/=]+( [A-Za-z0-9@._-]+)?)?$", var.ssh_public_key))
    error_message = "ssh_public_key must be empty or one line of OpenSSH's public key format."
  }
}

variable "backup_bucket" {
  description = "Object Storage bucket for the nightly dumps; empty keeps them on the data disk only"
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$", var.backup_bucket))
    error_message = "backup_bucket must be empty or the name of a bucket."
  }
}

variable "backup_access_key" {
  description = "Static access key of the account that writes the backups"
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]*$", var.backup_access_key))
    error_message = "backup_access_key must be the id of a static access key."
  }
}

variable "backup_secret_key" {
  description = "Secret of backup_access_key"
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_/+=-]*$", var.backup_secret_key))
    error_message = "backup_secret_key must be the secret of a static access key."
  }
}

variable "backup_keep_days" {
  description = "Days after which a dump in the bucket is deleted"
  type        = number
  default     = 30

  validation {
    condition     = var.backup_keep_days >= 1 && var.backup_keep_days <= 3650 && floor(var.backup_keep_days) == var.backup_keep_days
    error_message = "backup_keep_days must be a whole number from 1 to 3650."
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
  description = "Addresses that may reach port 22; it is open only when there is a key"
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = alltrue([for cidr in var.ssh_cidrs : can(cidrnetmask(cidr))])
    error_message = "ssh_cidrs must be a list of IPv4 ranges."
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
