#!/usr/bin/env bash
# Makes an Amazon Linux 2023 the image of instances. Packer runs it as root, once; what it installs lies in /tmp/doltops.
set -euo pipefail

from=/tmp/doltops

# The same in every image: a data volume goes from one image's instance to another's, with the ids in its files.
dolt_id=7306
agent_id=7443

packages() {
    dnf --assumeyes upgrade --releasever=latest
    dnf --assumeyes install amazon-cloudwatch-agent nftables util-linux xfsprogs
}

people() {
    groupadd --system --gid "$dolt_id" dolt
    groupadd --system --gid "$agent_id" doltops-agent
    useradd --system --uid "$dolt_id" --gid dolt --no-create-home --home-dir /var/lib/doltops/dolt/home \
        --shell /usr/sbin/nologin dolt
    useradd --system --uid "$agent_id" --gid doltops-agent --no-create-home --home-dir /var/lib/doltops/agent \
        --shell /usr/sbin/nologin doltops-agent
}

files() {
    install -m 0755 "$from/programs/dolt" "$from/programs/doltops-agent" /usr/local/bin/
    install -d -m 0755 /usr/libexec/doltops /etc/doltops
    install -m 0755 "$from/boot/boot" "$from/boot/grow" "$from/boot/grow-now" /usr/libexec/doltops/
    install -m 0644 "$from/etc/firewall.nft" /etc/doltops/firewall.nft
    install -m 0644 "$from/etc/tmpfiles.conf" /etc/tmpfiles.d/doltops.conf
    install -m 0644 "$from/etc/common-config.toml" /opt/aws/amazon-cloudwatch-agent/etc/common-config.toml
    install -m 0644 "$from"/units/* /etc/systemd/system/
    # Nobody but root can write below it until a volume is mounted there: an empty folder must not pass for data.
    install -d -m 0000 /data
    systemd-tmpfiles --create /etc/tmpfiles.d/doltops.conf
}

units() {
    systemctl daemon-reload
    systemctl enable doltops-firewall.service doltops-boot.service doltops-agent.service \
        doltops-grow.path doltops-cloudwatch.path
    # Nobody logs in: instances are launched without a key, and replaced rather than mended.
    systemctl disable sshd.service
    # It would keep a copy of the user data, which hold a key. What else it does is not needed: the network comes from
    # systemd-networkd, and the root volume has its size.
    touch /etc/cloud/cloud-init.disabled
}

# The image must work with these versions, and not first at a customer's.
check() {
    DOLT_ROOT_PATH=$from /usr/local/bin/dolt version
    /usr/local/bin/doltops-agent --version
    nft --check --file /etc/doltops/firewall.nft
    systemd-analyze verify /etc/systemd/system/doltops-*
}

# Nothing of this build stays: no key, no id of this machine, no log.
clean() {
    rm -rf "$from" /var/lib/cloud/instances /var/lib/cloud/instance /var/lib/cloud/data
    rm -f /etc/ssh/ssh_host_*
    # Emptied and not removed: Packer takes its own key out of it once more.
    find /root /home -path '*/.ssh/authorized_keys' -exec truncate --size=0 {} +
    rm -f /root/.bash_history /home/*/.bash_history
    dnf clean all
    journalctl --rotate --quiet
    journalctl --vacuum-time=1s --quiet
    find /var/log -type f -delete
    truncate --size=0 /etc/machine-id
    sync
}

packages
people
files
units
check
clean
