# shellcheck shell=bash disable=SC2154 # variables of bootstrap.sh
# What a node of a cluster with a lifetime does beside bootstrap.sh, which reads this file in.

# How old the cluster is counts from the launch, or from the latest start: EC2 knows. A reboot changes nothing.
note_start() {
  local began
  if try_for 60 1 imds ../dynamic/instance-identity/document && [[ $REPLY =~ pendingTime\"\ *:\ *\"([^\"]+) ]]; then
    began=$(date -d "${BASH_REMATCH[1]}" +%s)
  fi
  echo "${began:-$(($(date +%s) - $(uptime_seconds)))}" >"$RUN/began"
}

# The launch is finished, and the cluster has a lifetime: the master says when that is over. Without a master there is no cluster.
lifetime() {
  local answer=$RUN/deadman path silent net=/proc/sys/net/ipv4/tcp_keepalive
  # A session whose client sleeps for 10 minutes has ended.
  { echo 300 >${net}_time && echo 60 >${net}_intvl && echo 5 >${net}_probes; } 2>/dev/null
  uptime_seconds >"$RUN/heard"
  until know_node; do sleep 1; done
  while :; do
    path=/v1/state
    # Somebody is logged in here; the master looks after itself.
    [ "$ROLE" = master ] || ! grep -Eqas '^sshd[^:]*: \S+@' /proc/[0-9]*/cmdline || path="$path?used"
    if ask GET "$path" "$answer.empty" "$answer" && [ "$STATUS" = 200 ]; then
      uptime_seconds >"$RUN/heard"
      if [[ $(<"$answer") =~ \"shutdown\":\ *true,\ *\"reason\":\ *\"([^\"]*) ]]; then
        # All others hear it first.
        [ "$ROLE" != master ] || sleep $((LIFETIME_POLL + 12))
        power_off "the cluster ends: ${BASH_REMATCH[1]}"
      fi
    elif timeout 2 bash -c "exec 3<>/dev/tcp/$MASTER/22"; then
      uptime_seconds >"$RUN/heard"
    fi
    silent=$(($(uptime_seconds) - $(<"$RUN/heard")))
    [ "$silent" -lt "$DEADMAN_SECONDS" ] || power_off "its master is gone for $silent s (limit $DEADMAN_SECONDS s)"
    sleep "$LIFETIME_POLL"
  done
}
