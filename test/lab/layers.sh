#!/usr/bin/env bash
# layers.sh ROOT TARGET: the layers over the root file system: `common`, and one for each image.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lab/addresses.sh
. "$here/addresses.sh"

java="java-17-openjdk-amd64"

whiteout() { # PATH...: in an overlay's layer: there is no such file
  local path
  for path in "$@"; do
    mkdir -p "$(dirname "$path")"
    mknod "$path" c 0 0
  done
}

mask() { # LAYER UNIT...
  local layer=$1 unit
  shift
  for unit in "$@"; do ln -sfn /dev/null "$layer/etc/systemd/system/$unit"; done
}

common() { # ROOT LAYER
  local root=$1 layer=$2 i address name
  mkdir -p "$layer"/etc/{ssh,sudoers.d,systemd/system,systemd/system.conf.d,systemd/journald.conf.d,cloud/cloud.cfg.d} \
    "$layer"/usr/bin "$layer"/usr/local/bin "$layer"/var/log/lab "$layer"/home/ec2-user/.ssh
  {
    echo '127.0.0.1 localhost'
    for ((i = 0; i < MOST_HOSTS; i++)); do
      address=$(private_address $i)
      name=ip-${address//./-}
      echo "$address $name.ec2.internal $name"
    done
  } > "$layer/etc/hosts"
  : > "$layer/etc/fstab"
  : > "$layer/etc/motd"
  # The user is there before cloud-init, as a directory is: it takes the user over.
  for name in passwd group shadow; do cp "$root/etc/$name" "$layer/etc/$name"; done
  echo 'ec2-user:x:1500:1500:EC2 Default User:/home/ec2-user:/bin/bash' >> "$layer/etc/passwd"
  echo 'ec2-user:x:1500:' >> "$layer/etc/group"
  echo 'ec2-user:*:19000:0:99999:7:::' >> "$layer/etc/shadow"
  chmod 640 "$layer/etc/shadow"
  echo 'ec2-user ALL=(ALL) NOPASSWD:ALL' > "$layer/etc/sudoers.d/90-lab"
  chmod 440 "$layer/etc/sudoers.d/90-lab"
  chmod 700 "$layer/home/ec2-user/.ssh"
  : > "$layer/home/ec2-user/.bashrc"
  chown -R 1500:1500 "$layer/home/ec2-user"
  chmod 777 "$layer/var/log/lab"
  cp "$here/image/sshd_config" "$layer/etc/ssh/sshd_config"
  install -m 755 "$here/image/lsblk" "$here/image/mkfs" "$layer/usr/local/bin/"
  ln -s mkfs "$layer/usr/local/bin/mkfs.ext4"
  ln -s mkfs "$layer/usr/local/bin/mkfs.xfs"
  install -m 755 "$here/image/install-packages" "$layer/usr/bin/apt-get"
  ln -s apt-get "$layer/usr/bin/apt"
  mkdir -p "$layer/usr/lib/lab-jvm/$java/bin"
  cp "$root/usr/lib/lab-jvm/$java/bin/java" "$layer/usr/lib/lab-jvm/$java/bin/java-itself"
  install -m 755 "$here/image/java" "$layer/usr/lib/lab-jvm/$java/bin/"
  cloud_init "$layer"
  units "$layer"
}

# The same stages in the same order as on EC2, with fewer modules.
cloud_init() { # LAYER
  printf 'datasource: Ec2\npolicy: enabled\n' > "$1/etc/cloud/ds-identify.cfg"
  cp "$here/image/cloud.cfg" "$1/etc/cloud/cloud.cfg"
  # It would only check the spelling of configurations, and cost each stage a third of its time; images without it exist.
  whiteout "$1/usr/lib/python3/dist-packages/jsonschema"
}

# What a host of a test doesn't need: it would only cost start-up time.
units() { # LAYER
  mask "$1" getty.target console-getty.service getty@.service systemd-logind.service dbus.service dbus.socket \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
    systemd-tmpfiles-clean.timer systemd-pstore.service remote-fs.target systemd-update-utmp.service \
    systemd-update-utmp-runlevel.service systemd-journal-flush.service systemd-sysusers.service \
    systemd-machine-id-commit.service systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket \
    systemd-udevd-kernel.socket systemd-networkd.service systemd-networkd.socket systemd-resolved.service \
    systemd-timesyncd.service systemd-modules-load.service systemd-binfmt.service systemd-ask-password-wall.path \
    systemd-ask-password-console.path cloud-init-hotplugd.socket dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount systemd-sysctl.service cloud-init-local.service modprobe@.service \
    systemd-firstboot.service systemd-remount-fs.service systemd-initctl.socket
  printf '[Manager]\nDefaultTimeoutStopSec=10s\nLogLevel=notice\nShowStatus=yes\n' > "$1/etc/systemd/system.conf.d/lab.conf"
  printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\nForwardToConsole=no\n' > "$1/etc/systemd/journald.conf.d/lab.conf"
}

with_java() { # LAYER
  mkdir -p "$1/usr/lib/jvm" "$1/usr/bin"
  ln -s "../lab-jvm/$java" "$1/usr/lib/jvm/$java"
  ln -s "../lib/jvm/$java/bin/java" "$1/usr/bin/java"
}

layers() { # ROOT TARGET
  local root=$1 target=$2
  mkdir -p "$target"/{common,debian,debian-java,debian-plain}
  common "$root" "$target/common"

  mkdir -p "$target/debian/usr/bin"

  with_java "$target/debian-java"
  # It stands in for Amazon Linux too, and the Python tool knows yum only.
  mkdir -p "$target/debian-java/usr/local/bin"
  for name in yum dnf; do ln -s /usr/bin/apt-get "$target/debian-java/usr/local/bin/$name"; done
  # What else it finds on every image that it knows.
  ln -s /usr/bin/python3 "$target/debian-java/usr/local/bin/python"

  with_java "$target/debian-plain"
  whiteout "$target"/debian-plain/usr/bin/cloud-{init,id,init-per} "$target/debian-plain/usr/lib/python3/dist-packages/cloudinit" \
    "$target/debian-plain/usr/lib/systemd/system-generators/cloud-init-generator" \
    "$target"/debian-plain/usr/lib/systemd/system/cloud-{init,config,final,init-local}.service "$target/debian-plain/etc/cloud"
  mkdir -p "$target/debian-plain/etc/systemd/system/ssh.service.d"
  printf '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n' \
    > "$target/debian-plain/etc/systemd/system/ssh.service.d/keys.conf"
}

layers "$1" "$2"
