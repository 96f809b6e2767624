locals {
  http_port = tonumber(regex("[0-9]+$", var.http_addr))
}

module "network" {
  source = "../../network"

  zone       = var.zone
  vpc_cidr   = var.vpc_cidr
  http_port  = local.http_port
  http_cidrs = var.http_cidrs
  # No key, no login: then the port stays closed as well.
  ssh_cidrs = var.ssh_public_key == "" ? [] : var.ssh_cidrs
}

module "cloud_init" {
  source = "../../cloud-init"

  docker_image        = var.docker_image
  http_port           = local.http_port
  jwt_secret          = var.jwt_secret
  jwt_secret_previous = var.jwt_secret_previous
  jwt_duration        = var.jwt_duration
  db_host             = var.db_host
  db_port             = var.db_port
  db_user             = var.db_user
  db_password         = var.db_password
  db_name             = var.db_name
  db_sslmode          = var.db_sslmode
  log_level           = var.log_level
  ssh_public_key      = var.ssh_public_key
  backup_bucket       = var.backup_bucket
  backup_access_key   = var.backup_access_key
  backup_secret_key   = var.backup_secret_key
  backup_keep_days    = var.backup_keep_days
}

module "compute" {
  source = "../../compute"

  folder_id         = var.yc_folder_id
  zone              = var.zone
  subnet_id         = module.network.subnet_id
  security_group_id = module.network.security_group_id
  http_port         = local.http_port
  user_data         = module.cloud_init.user_data
  boot_image_id     = var.boot_image_id
  data_disk_size    = var.data_disk_size
  serial_console    = var.serial_console
}
