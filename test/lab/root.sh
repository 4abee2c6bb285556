#!/usr/bin/env bash
# root.sh TARGET < SOURCES.LIST: the root file system of the lab's hosts, with mmdebstrap; a minute, needs a Debian mirror. Without
# sources it takes mmdebstrap's own.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$1

sources=$(cat)
printf '%s\n' "$sources" | mmdebstrap --quiet --variant=minbase bookworm "$target" ${sources:+-} \
  --include=systemd,systemd-sysv,dbus,openssh-server,cloud-init,sudo,curl,ca-certificates,python3,python3-pip,iproute2,procps,openjdk-17-jre-headless

# Images without Java don't have it; their package manager "installs" it by making this folder visible.
mv "$target/usr/lib/jvm" "$target/usr/lib/lab-jvm"
rm -f "$target/usr/bin/java" "$target/etc/alternatives/java" "$target"/etc/ssh/ssh_host_*
rm -rf "$target"/usr/share/{man,doc,locale} "$target"/var/lib/apt/lists/*

# cloud-init takes metadata tokens only where the firmware says "Amazon EC2". A container has no firmware: answer for it.
module=usr/lib/python3/dist-packages/cloudinit/sources
cat "$here/image/platform-data.py" >> "$target/$module/DataSourceEc2.py"
env -u PYTHONDONTWRITEBYTECODE chroot "$target" python3 -m compileall -q "/$module/DataSourceEc2.py"
