#!/usr/bin/env bash
# supervise.sh run     makes the lab's namespaces and cgroups, runs the server in them, and removes all of it when the server ends,
#                      however it ends
# supervise.sh clean   removes what a killed supervisor left
#
# The server and all hosts live in one PID namespace whose process 1 dies with this script: whatever is killed, by whatever signal,
# nothing of the lab goes on. Mounts and the hosts' network namespaces live in a private mount namespace and vanish with it.
#
# LAB_NAME names the network namespace and the cgroups, LAB_RUN is the lab's folder, LAB_PYTHON runs the server. The lab ends with the
# process LAB_OWNER, if there is one.
set -uo pipefail
: "${LAB_NAME:?}" "${LAB_RUN:?}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lab/addresses.sh
. "$here/addresses.sh"

inotify=/proc/sys/fs/inotify/max_user_instances

network_up() {
  ip netns add "$LAB_NAME" || return
  loopback_of_lab "/run/netns/$LAB_NAME"
  # A fixed hardware address: when the first port changes a bridge's own, the kernel forgets its neighbours.
  ip -n "$LAB_NAME" -batch - <<BRIDGE || return
link add br0 address 02:00:00:ff:ff:fe type bridge
addr add $CLIENT_PRIVATE/16 dev br0
addr add $CLIENT_PUBLIC/16 dev br0
addr add 169.254.169.254/32 dev br0
link set br0 up
BRIDGE
  nsenter --net="/run/netns/$LAB_NAME" sh -c '
    echo 1 > /proc/sys/net/ipv4/ip_forward
    echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
    echo 0 > /proc/sys/net/ipv4/conf/br0/send_redirects' || return
  local i
  {
    for ((i = 0; i < MOST_HOSTS; i++)); do
      echo "neigh replace $(private_address $i) lladdr $(mac_address $i) dev br0 nud permanent"
    done
    for ((i = 0; i < PUBLIC_ADDRESSES; i++)); do
      echo "neigh replace $(public_address $i) lladdr $NOBODY dev br0 nud permanent"
    done
  } | ip -n "$LAB_NAME" -batch -
}

# One cgroup in every hierarchy, below the one that this process is in; hosts get theirs below it.
cgroups_up() {
  local name path base
  : > "$LAB_RUN/cgroups"
  while IFS=: read -r _ name path; do
    case "$name" in
      '') base=/sys/fs/cgroup; [ ! -d /sys/fs/cgroup/unified ] || base=/sys/fs/cgroup/unified ;;
      cpuset) continue ;; # takes no process until it is told its cores
      name=*) base="/sys/fs/cgroup/${name#name=}" ;;
      *) base="/sys/fs/cgroup/$name" ;;
    esac
    mkdir -p "$base${path%/}/$LAB_NAME/server" 2>/dev/null || continue
    echo "$base${path%/}/$LAB_NAME" >> "$LAB_RUN/cgroups"
  done < /proc/self/cgroup
  [ -s "$LAB_RUN/cgroups" ]
}

processes_of_lab() {
  local folder
  while read -r folder; do
    [ -d "$folder" ] && find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null
  done < "$LAB_RUN/cgroups" | sort -u
}

clean() {
  local folder pid _
  if [ -e "$LAB_RUN/cgroups" ]; then
    # The kernel ends a PID namespace's processes one after the other: wait for the last.
    for _ in $(seq 200); do
      [ -n "$(processes_of_lab)" ] || break
      for pid in $(processes_of_lab); do kill -9 "$pid" 2>/dev/null; done
      sleep 0.05
    done
    for _ in $(seq 40); do
      while read -r folder; do
        [ -d "$folder" ] && find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null
      done < "$LAB_RUN/cgroups"
      # shellcheck disable=SC2046
      ls -d $(cat "$LAB_RUN/cgroups") > /dev/null 2>&1 || break
      sleep 0.05
    done
  fi
  # Not while another lab lives on it.
  if [ -s "$LAB_RUN/inotify" ] && ! pgrep -f 'supervise\.sh run' | grep -qvx "$$"; then
    cat "$LAB_RUN/inotify" > "$inotify"
  fi
  ip netns del "$LAB_NAME" 2>/dev/null || rm -f "/run/netns/$LAB_NAME"
  rm -rf "$LAB_RUN/hosts" "$LAB_RUN/ready" "$LAB_RUN/supervisor" "$LAB_RUN/inotify" "$LAB_RUN/cgroups"
}

run() {
  : "${LAB_PYTHON:?}"
  exec 9> "$LAB_RUN/lock"
  flock -n 9 || { echo "The lab $LAB_NAME is running." >&2; exit 3; }
  clean
  echo $$ > "$LAB_RUN/supervisor"
  mkdir -p "$LAB_RUN/hosts" "$LAB_RUN/files"
  # A systemd takes 3 to 5 inotify instances; with the usual 128 of a machine about 30 hosts can start.
  if [ "$(cat "$inotify")" -lt 4096 ]; then
    cat "$inotify" > "$LAB_RUN/inotify"
    echo 4096 > "$inotify"
  fi
  if ! { cgroups_up && network_up; }; then
    echo "There can be no network namespace or cgroup here." >&2
    clean
    exit 4
  fi
  local folder child
  child=0
  # shellcheck disable=SC2317
  end() { [ "$child" = 0 ] || kill -9 "$child" 2>/dev/null; }
  trap end TERM INT HUP
  (
    while read -r folder; do echo "$BASHPID" > "$folder/server/cgroup.procs"; done < "$LAB_RUN/cgroups" 2>/dev/null
    exec setpriv --pdeathsig KILL nsenter --net="/run/netns/$LAB_NAME" \
      unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$here/supervise.sh" inside
  ) &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    [ -z "${LAB_OWNER:-}" ] || kill -0 "$LAB_OWNER" 2>/dev/null || end
    sleep 0.3
  done
  trap '' TERM INT HUP
  clean
}

# Process 1 of the lab's PID namespace: ends, and with it everything in the namespace, when the server does.
inside() {
  mkdir -p /run/netns && mount -t tmpfs netns /run/netns || exit
  # No byte code beside the sources; that of Moto is there since it was installed.
  "$LAB_PYTHON" -B "$here/server/main.py" &
  wait $!
}

case "${1:-}" in
  run) run ;;
  clean) clean ;;
  inside) inside ;;
  *) echo "supervise.sh run | clean" >&2; exit 2 ;;
esac
