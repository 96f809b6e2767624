# A network has no range of its own in Yandex Cloud: the subnet is cut out of vpc_cidr (10.0.0.0/16 -> 10.0.1.0/24).
resource "yandex_vpc_network" "this" {
  name = "messenger"
}

resource "yandex_vpc_subnet" "this" {
  name           = "messenger-${var.zone}"
  zone           = var.zone
  network_id     = yandex_vpc_network.this.id
  v4_cidr_blocks = [cidrsubnet(var.vpc_cidr, 8, 1)]
}

resource "yandex_vpc_security_group" "this" {
  name       = "messenger"
  network_id = yandex_vpc_network.this.id

  ingress {
    description    = "HTTP and WebSocket"
    protocol       = "TCP"
    port           = var.http_port
    v4_cidr_blocks = var.http_cidrs
  }

  dynamic "ingress" {
    for_each = length(var.ssh_cidrs) > 0 ? [var.ssh_cidrs] : []
    content {
      description    = "SSH"
      protocol       = "TCP"
      port           = 22
      v4_cidr_blocks = ingress.value
    }
  }

  egress {
    description    = "everything out"
    protocol       = "ANY"
    v4_cidr_blocks = ["0.0.0.0/0"]
  }
}
