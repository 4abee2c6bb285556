# shellcheck shell=bash disable=SC2154 # variables of bootstrap.sh and agent.sh
# What the agent of a node does beside (agent.sh), where the cluster has a lifetime.

# How old the cluster is counts from the launch, or from the latest start: EC2 knows. A reboot changes nothing.
note_start() {
  local began net=/proc/sys/net/ipv4/tcp_keepalive
  metadata dynamic/instance-identity/document
  [[ $REPLY =~ pendingTime\ *:\ *([0-9TZ:-]+) ]] && began=$(date -d "${BASH_REMATCH[1]}" +%s)
  uptime_seconds
  echo "${began:-$(($(date +%s) - UPTIME))}" >"$RUN/began"
  # A session whose client sleeps for 10 minutes has ended.
  { echo 300 >${net}_time && echo 60 >${net}_intvl && echo 5 >${net}_probes; } 2>/dev/null
}

# The launch is finished: the master says when the cluster ends. Without a master there is none.
lifetime() {
  local path=/v1/state
  # Somebody is logged in here; the master looks after itself.
  [ "$ROLE" = master ] || ! grep -Eqas '^sshd[^:]*: \S+@' /proc/[0-9]*/cmdline || path="$path?used"
  if ask GET "$path" && [ "$STATUS" = 200 ]; then
    if [[ $REPLY =~ \"shutdown\":\ *true,\ *\"reason\":\ *\"([^\"]*) ]]; then
      # All others hear it first.
      [ "$ROLE" != master ] || nap $((LIFETIME_POLL + 12))
      echo "the cluster ends: ${BASH_REMATCH[1]}" >"$RUN/over"
    fi
  else
    # A master whose beacon alone is gone is no reason to end.
    true 3<>"/dev/tcp/$MASTER/22" || return
  fi 2>/dev/null
  uptime_seconds
  echo "$UPTIME" >"$RUN/heard"
}
