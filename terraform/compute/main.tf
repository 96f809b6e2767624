data "yandex_compute_image" "ubuntu" {
  count = var.boot_image_id == "" ? 1 : 0

  family = "ubuntu-2204-lts"
}

# All messages live here, never on a boot disk. It outlives every VM.
resource "yandex_compute_disk" "data" {
  name = "messenger-data"
  type = "network-ssd"
  zone = var.zone
  size = var.data_disk_size

  lifecycle {
    prevent_destroy = true
  }
}

# The address that clients know. It outlives every VM as well.
resource "yandex_vpc_address" "this" {
  name = "messenger"

  external_ipv4_address {
    zone_id = var.zone
  }

  lifecycle {
    prevent_destroy = true
  }
}

# A release is whatever a VM is made of: a change of any of it makes a new VM. `-replace` of this makes one, too.
resource "terraform_data" "release" {
  triggers_replace = [
    sha256(var.user_data),
    var.subnet_id,
    var.security_group_id,
    var.zone,
    var.serial_console,
    var.boot_image_id,
  ]
}

# Neither name nor hostname: both must be unique in the folder, and for a while there are two VMs.
resource "yandex_compute_instance" "this" {
  description = "Messenger, release ${terraform_data.release.id}"
  labels      = { app = "messenger" }
  platform_id = "standard-v3"
  zone        = var.zone

  resources {
    cores  = 2
    memory = 4
  }

  boot_disk {
    initialize_params {
      image_id = coalesce(var.boot_image_id, one(data.yandex_compute_image.ubuntu[*].id))
      type     = "network-ssd"
      size     = 20
    }
  }

  # An address of its own until the hand-over: it has to fetch packages and images, and to be checked, beside the old VM.
  network_interface {
    subnet_id          = var.subnet_id
    security_group_ids = [var.security_group_id]
    nat                = true
  }

  metadata = {
    user-data          = var.user_data
    serial-port-enable = var.serial_console ? "1" : "0"
  }

  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.release]
    # What the hand-over attaches and sets, and a newer Ubuntu, are no reasons to touch a running VM.
    ignore_changes = [boot_disk, metadata, network_interface, secondary_disk]
  }
}

# Inside the apply, after the new VM and before the old one is destroyed: while this fails, Terraform keeps the old VM
# (as a deposed object), and the next apply runs the hand-over again.
resource "terraform_data" "handover" {
  triggers_replace = [yandex_compute_instance.this.id]

  provisioner "local-exec" {
    command     = "${path.module}/handover.sh"
    interpreter = ["bash"]

    environment = {
      FOLDER_ID      = var.folder_id
      NEW_INSTANCE   = yandex_compute_instance.this.id
      DATA_DISK      = yandex_compute_disk.data.id
      PUBLIC_ADDRESS = yandex_vpc_address.this.external_ipv4_address[0].address
      HTTP_PORT      = var.http_port
    }
  }
}
