terraform {
  required_version = ">= 1.9"

  required_providers {
    yandex = {
      source  = "yandex-cloud/yandex"
      version = "0.195.0"
    }
  }

  # The bucket comes from -backend-config="bucket=…", its keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
  # Object Storage is no AWS: from Terraform 1.11.2 on, AWS_REQUEST_CHECKSUM_CALCULATION=when_required and
  # AWS_RESPONSE_CHECKSUM_VALIDATION=when_required must be set as well.
  backend "s3" {
    endpoints = { s3 = "https://storage.yandexcloud.net" }
    region    = "ru-central1"
    key       = "messenger/dev/terraform.tfstate"

    skip_region_validation      = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_s3_checksum            = true
  }
}

provider "yandex" {
  token     = var.yc_token
  cloud_id  = var.yc_cloud_id
  folder_id = var.yc_folder_id
  zone      = var.zone
}
