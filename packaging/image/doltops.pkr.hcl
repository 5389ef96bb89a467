# The image of instances: Amazon Linux 2023 with Dolt, the agent, the CloudWatch Agent, and nothing secret.
#
# docs/aws.md, "The image", tells how to build it; packaging/iam/image-build.json allows what Packer does here.

packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0, < 2.0.0"
    }
  }
}

variable "arch" {
  type        = string
  description = "arm64 or x86_64; the programs have to be built for it."

  validation {
    condition     = contains(["arm64", "x86_64"], var.arch)
    error_message = "Must be arm64 or x86_64."
  }
}

variable "version" {
  type        = string
  description = "Of doltops; it becomes part of the image's name."
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "subnet" {
  type        = string
  description = "A subnet whose instances can be reached by SSH from here."
}

variable "programs" {
  type        = string
  default     = "dist"
  description = "Holds ARCH/dolt and ARCH/doltops-agent."
}

locals {
  time = formatdate("YYYYMMDDhhmmss", timestamp())
  # The right to act on what the build makes hangs on this tag.
  build_tags = {
    "Name"                = "doltops image build"
    "doltops:image-build" = "true"
  }
}

source "amazon-ebs" "doltops" {
  region        = var.region
  subnet_id     = var.subnet
  instance_type = var.arch == "arm64" ? "t4g.small" : "t3.small"

  source_ami_filter {
    owners      = ["amazon"]
    most_recent = true
    filters = {
      name                = "al2023-ami-2023.*-${var.arch}"
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
  }

  ami_name        = "doltops-${var.arch}-${var.version}-${local.time}"
  ami_description = "Dolt and its agent, for doltops ${var.version}"

  # As large as doltops makes root volumes: nothing has to grow at an instance's start.
  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_size           = 10
    volume_type           = "gp3"
    encrypted             = true
    delete_on_termination = true
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  associate_public_ip_address = true
  ssh_username                = "ec2-user"
  temporary_key_pair_type     = "ed25519"
  # Else the group that lets SSH in while it is built is open to everyone.
  temporary_security_group_source_public_ip = true
  ssh_clear_authorized_keys   = true

  run_tags        = local.build_tags
  run_volume_tags = local.build_tags
  snapshot_tags   = local.build_tags
  tags = {
    "Name"                = "doltops ${var.version}"
    "doltops:image-build" = "true"
    "doltops:version"     = var.version
  }
}

build {
  sources = ["source.amazon-ebs.doltops"]

  provisioner "shell" {
    inline = ["mkdir -p /tmp/doltops/programs"]
  }

  provisioner "file" {
    sources     = ["${path.root}/boot", "${path.root}/etc", "${path.root}/units"]
    destination = "/tmp/doltops/"
  }

  provisioner "file" {
    sources     = ["${var.programs}/${var.arch}/dolt", "${var.programs}/${var.arch}/doltops-agent"]
    destination = "/tmp/doltops/programs/"
  }

  provisioner "shell" {
    script          = "${path.root}/provision.sh"
    execute_command = "sudo bash {{ .Path }}"
  }
}
