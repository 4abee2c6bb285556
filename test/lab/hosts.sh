#!/usr/bin/env bash
# One EC2 instance of the lab: a systemd-nspawn machine with real systemd, cloud-init and sshd in a network namespace of its own.
#
#   hosts.sh up ID INDEX PUBLIC IMAGE   boots it; stays in the foreground until it is off
#   hosts.sh off ID INDEX [clean]       switches it off (clean: an orderly shutdown, at most 15 s); keeps the disk
#   hosts.sh wipe ID INDEX              switches it off and deletes the disk
#   hosts.sh exec ID PROGRAM...         runs a program in it as root
#   hosts.sh reboot ID
#   hosts.sh filter INDEX < RULES       its packet filter
#
# Called by the server, inside the lab's namespaces (see supervise.sh). LAB_RUN is the lab's folder, LAB_ROOT the root file system,
# LAB_LAYERS the folder of the image layers, LAB_CLASSES the layer with the archive of Spark's classes.
set -euo pipefail
: "${LAB_RUN:?}" "${LAB_ROOT:?}" "${LAB_LAYERS:?}" "${LAB_CLASSES:?}"
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=test/lab/addresses.sh
. "$here/addresses.sh"

machines="$LAB_RUN/hosts"

# Into a cgroup of its own in every hierarchy: hosts that shared one would see, and end, each other's units.
enter_cgroups() { # ID
  local folder
  while read -r folder; do
    { mkdir -p "$folder/$1" && echo "$BASHPID" > "$folder/$1/cgroup.procs"; } 2>/dev/null || true
  done < "$LAB_RUN/cgroups"
}

leave_cgroups() { # ID
  local folder
  while read -r folder; do
    [ -d "$folder/$1" ] || continue
    find "$folder/$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done < "$LAB_RUN/cgroups"
}

make_network() { # INDEX PUBLIC
  local space="host$1" private
  private=$(private_address "$1")
  ip netns del "$space" 2>/dev/null || true
  ip link del "port$1" 2>/dev/null || true
  ip netns add "$space"
  loopback_of_lab "/run/netns/$space"
  # Closed until the server has set the filter of its groups: a host that is open for a moment would show what can't happen on EC2.
  nsenter --net="/run/netns/$space" nft -f - <<RULES
table ip groups {
 chain input { type filter hook input priority 0; policy drop; ct state established,related accept; iif lo accept; }
}
RULES
  ip link add "port$1" type veth peer name eth0 address "$(mac_address "$1")" netns "$space"
  ip link set "port$1" master br0 up
  ip -n "$space" -batch - <<ROUTES
addr add $private/16 dev eth0
link set eth0 up
route add $PUBLIC_NET.0.0/16 via $CLIENT_PRIVATE src $private
route add 169.254.169.254/32 dev eth0 src $private
ROUTES
  [ "${LAB_BYTES_PER_SECOND:-0}" = 0 ] ||
    tc -n "$space" qdisc add dev eth0 root tbf rate "${LAB_BYTES_PER_SECOND}bps" burst 128kb latency 300ms
  [ "$2" != none ] || return 0
  # As on EC2 the host knows its private address only; the public one is translated on the way.
  nsenter --net="/run/netns/$space" nft -f - <<RULES
table ip lab {
 chain pre { type nat hook prerouting priority -100; ip daddr $2 dnat to $private; }
 chain post { type nat hook postrouting priority 100; ip daddr $PUBLIC_NET.0.0/16 snat to $2; }
}
RULES
  ip neigh replace "$2" lladdr "$(mac_address "$1")" dev br0 nud permanent
}

up() { # ID INDEX PUBLIC IMAGE
  local id=$1 index=$2 public=$3 image=$4 home="$machines/$1" private
  private=$(private_address "$index")
  mkdir -p "$home"/{upper,work,root}
  if [ ! -e "$home/upper/etc/machine-id" ]; then
    mkdir -p "$home/upper/etc"
    tr -d - < /proc/sys/kernel/random/uuid > "$home/upper/etc/machine-id"
    echo "ip-${private//./-}" > "$home/upper/etc/hostname"
    echo "${LAB_INSTANCE_STORE_DISKS:-0}" > "$home/upper/etc/lab-instance-store-disks"
    # An image without cloud-init puts the instance's key pair in place by itself.
    if [ "$image" = debian-plain ] && [ -e "$home/key.pub" ]; then
      install -d -o 1500 -g 1500 -m 700 "$home/upper/home/ec2-user" "$home/upper/home/ec2-user/.ssh"
      install -o 1500 -g 1500 -m 600 "$home/key.pub" "$home/upper/home/ec2-user/.ssh/authorized_keys"
    fi
  fi
  make_network "$index" "$public"
  mountpoint -q "$home/root" || mount -t overlay "lab-$id" "$home/root" \
    -o "lowerdir=$LAB_LAYERS/$image:$LAB_LAYERS/common:$LAB_CLASSES:$LAB_ROOT,upperdir=$home/upper,workdir=$home/work"
  enter_cgroups "$id"
  # Without CAP_NET_ADMIN systemd can't put 127.0.0.1/8 back on lo, which would swallow the addresses of all hosts.
  exec systemd-nspawn --quiet --keep-unit --register=no --network-namespace-path="/run/netns/host$index" --machine="$id" \
    --drop-capability=CAP_NET_ADMIN --link-journal=no --resolv-conf=off --timezone=off \
    -D "$home/root" --boot --console=read-only < /dev/null >> "$home/console.log" 2>&1
}

leader() { # ID: process 1 of the host
  pgrep -P "$(cat "$machines/$1/pid")" 2>/dev/null | head -n1
}

off() { # ID INDEX [clean]
  local id=$1 home="$machines/$1" nspawn init _
  if [ -f "$home/pid" ]; then
    nspawn=$(cat "$home/pid")
    # Not yet an nspawn: still being made by `up`.
    [ "$(cat "/proc/$nspawn/comm" 2>/dev/null)" = systemd-nspawn ] || kill -9 "$nspawn" 2>/dev/null || true
    init=$(leader "$id" || true)
    if [ "${3:-}" = clean ] && [ -n "$init" ]; then
      kill -s SIGRTMIN+4 "$init" 2>/dev/null || true
      for _ in $(seq 300); do kill -0 "$init" 2>/dev/null || break; sleep 0.05; done
    fi
    if [ -n "$init" ]; then kill -9 "$init" 2>/dev/null || true; fi
    for _ in $(seq 100); do kill -0 "$nspawn" 2>/dev/null || break; sleep 0.05; done
    kill -9 "$nspawn" 2>/dev/null || true
    rm -f "$home/pid"
  fi
  umount -l "$home/root" 2>/dev/null || true
  ip netns del "host$2" 2>/dev/null || true
  ip link del "port$2" 2>/dev/null || true
  leave_cgroups "$id"
}

wipe() { # ID INDEX
  local _
  off "$1" "$2"
  for _ in 1 2 3 4 5 6; do rm -rf "${machines:?}/$1" 2>/dev/null && return; sleep 0.3; done
}

inside() { # ID PROGRAM...
  local id=$1 init
  shift
  init=$(leader "$id") || { echo "host $id is off" >&2; exit 125; }
  exec nsenter -t "$init" -m -u -n -p -i -r -w env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

verb=$1
shift
case "$verb" in
  up) up "$@" ;;
  off) off "$@" ;;
  wipe) wipe "$@" ;;
  exec) inside "$@" ;;
  reboot) kill -s SIGRTMIN+5 "$(leader "$1")" ;;
  filter) nsenter --net="/run/netns/host$1" nft -f - ;;
  *) echo "hosts.sh: no verb $verb" >&2; exit 2 ;;
esac
