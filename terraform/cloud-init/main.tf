# Renders the user-data of a VM. No provider: it can be rendered and tested without a cloud.
locals {
  home = "/opt/messenger"

  # Single quotes: Compose takes the value as it stands. The variables' validations keep quotes and backslashes out.
  env = join("", [for name, value in {
    DOCKER_IMAGE        = var.docker_image
    HTTP_PORT           = var.http_port
    JWT_SECRET          = var.jwt_secret
    JWT_SECRET_PREVIOUS = var.jwt_secret_previous
    JWT_DURATION        = var.jwt_duration
    DB_HOST             = var.db_host
    DB_PORT             = var.db_port
    DB_USER             = var.db_user
    DB_PASSWORD         = var.db_password
    DB_NAME             = var.db_name
    DB_SSLMODE          = var.db_sslmode
    LOG_LEVEL           = var.log_level
    DATA_DIRECTORY      = "/srv/messenger"
  } : "${name}='${value}'\n"])

  # Read by rclone and by bin/backup; without a bucket the dumps stay on the data disk.
  backup_env = join("", [for name, value in {
    BACKUP_BUCKET                          = var.backup_bucket
    BACKUP_KEEP_DAYS                       = var.backup_keep_days
    RCLONE_CONFIG_BACKUP_TYPE              = "s3"
    RCLONE_CONFIG_BACKUP_PROVIDER          = "Other"
    RCLONE_CONFIG_BACKUP_ENDPOINT          = "https://storage.yandexcloud.net"
    RCLONE_CONFIG_BACKUP_REGION            = "ru-central1"
    RCLONE_CONFIG_BACKUP_ACCESS_KEY_ID     = var.backup_access_key
    RCLONE_CONFIG_BACKUP_SECRET_ACCESS_KEY = var.backup_secret_key
    RCLONE_CONFIG_BACKUP_NO_CHECK_BUCKET   = "true"
  } : "${name}='${value}'\n"])

  secret_files = {
    "${local.home}/.env"       = local.env
    "${local.home}/backup.env" = local.backup_env
  }

  plain_files = merge(
    {
      "${local.home}/docker-compose.yml" = file("${path.module}/../../docker/compose.production.yml")
      "${local.home}/prepare.env"        = "HTTP_PORT='${var.http_port}'\nSSH_OPEN='${var.ssh_public_key == "" ? "" : "yes"}'\n"
      "/etc/docker/daemon.json" = jsonencode({
        live-restore = true
        log-driver   = "json-file"
        log-opts     = { max-size = "10m", max-file = "5" }
      })
      "/etc/systemd/journald.conf.d/messenger.conf" = "[Journal]\nSystemMaxUse=200M\n"
      "/etc/apt/apt.conf.d/20auto-upgrades"         = "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n"
    },
    { for unit in ["messenger.service", "messenger-agent.service", "messenger-backup.service", "messenger-backup.timer"] :
      "/etc/systemd/system/${unit}" => file("${path.module}/files/${unit}")
    },
  )

  programs = { for name in ["agent", "backup", "prepare", "restore", "stack"] :
    "${local.home}/bin/${name}" => file("${path.module}/files/${name}.sh")
  }

  config = merge(
    {
      package_update             = true
      package_upgrade            = true
      package_reboot_if_required = false
      # Docker comes from the distribution: its keys are in the image, and unattended-upgrades keeps it current.
      packages = ["ca-certificates", "curl", "docker-compose-v2", "docker.io", "rclone", "ufw", "unattended-upgrades"]
      write_files = concat(
        [for path, content in local.secret_files : { path = path, content = content, owner = "root:root", permissions = "0600" }],
        [for path, content in local.plain_files : { path = path, content = content, owner = "root:root", permissions = "0644" }],
        [for path, content in local.programs : { path = path, content = content, owner = "root:root", permissions = "0755" }],
      )
      runcmd       = [["systemctl", "restart", "systemd-journald"], ["${local.home}/bin/prepare"]]
      disable_root = true
      ssh_pwauth   = false
    },
    # Without a key there is nobody to log in as. Not "operator": Ubuntu has a group of that name, and useradd refuses.
    { for name, users in {
      users = [{
        name                = "messenger"
        groups              = "sudo"
        shell               = "/bin/bash"
        sudo                = "ALL=(ALL) NOPASSWD:ALL"
        ssh_authorized_keys = [var.ssh_public_key]
      }]
    } : name => users if var.ssh_public_key != "" },
  )
}
