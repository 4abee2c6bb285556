# shellcheck shell=bash disable=SC2154,SC2034 # variables of bootstrap.sh
# The agent of a node, which bootstrap.sh reads in: from boot until there is nothing left to ask it finds out from instance metadata who
# the node is, carries its events to the master's beacon, asks that how the cluster gets on, and hears when EC2 takes a spot instance
# back. All that by one process, which waits by reading, and one more for its requests (request.py).
#
# Whatever it learns is in files of root's for the others: `node`; `heard`, when there was the last sign of life; `over`, why the machine
# is to go off. By a byte in the pipe `wake` it is told that there is an event.

# Instance metadata into REPLY, only ever with a token (IMDSv2): 0 if there is an answer; REPLY is empty if that is "not found". PATH
imds() {
  if [ -z "${TOKEN:-}" ]; then
    # A token lasts for six hours only.
    request 169.254.169.254 80 PUT /latest/api/token '' 'X-aws-ec2-metadata-token-ttl-seconds: 21600'
    [ "$STATUS" = 200 ] && TOKEN=${REPLY%% *} || return
  fi
  request 169.254.169.254 80 GET "/latest/$1" '' "X-aws-ec2-metadata-token: $TOKEN"
  case $STATUS in 200) return ;; 404) REPLY='' && return ;; esac
  # Anything else is no word on what was asked, and perhaps the token is too old.
  TOKEN=''
  return 1
}

# Asks until there is an answer. Where there is none for 5 minutes, the build is told so, and ends: PATH
metadata() {
  until try_for 300 imds "$1"; do echo "instance metadata did not respond for 300 s (HTTP $STATUS)" >"$RUN/lost"; done
  # A shell reads it.
  REPLY=${REPLY//[^A-Za-z0-9.: _\/-]/}
}

SENT=0
identify_node() {
  local name
  ! know_node || [ -z "$MASTER" ] || return 0
  metadata meta-data/instance-id && ID=$REPLY
  metadata meta-data/local-ipv4 && ADDRESS=$REPLY
  metadata meta-data/instance-type && TYPE=$REPLY
  metadata meta-data/instance-life-cycle && LIFE=${REPLY#on-demand}
  DISKS=''
  # Xen types: metadata maps them to names of old, which the kernel knows as xvd.
  compgen -G "$SYS_BLOCK/nvme*" >/dev/null || {
    metadata meta-data/block-device-mapping/
    for name in $REPLY; do
      [[ $name != ephemeral* ]] || { metadata "meta-data/block-device-mapping/$name" && DISKS+=" ${REPLY#/dev/}"; }
    done
  }
  ROLE=$FIXED_ROLE MASTER=$FIXED_MASTER
  [ "$ROLE" != by-index ] || {
    metadata meta-data/ami-launch-index
    if [ "${REPLY:-0}" = 0 ]; then ROLE=master; else ROLE=worker; fi
  }
  [ "$ROLE" != master ] || MASTER=$ADDRESS
  remember_node
  # EC2 shows a change of tags to running instances: the client sets this one as soon as it knows the master's address.
  find_tag() { imds meta-data/tags/instance/flintrock-master && [[ $REPLY =~ ^[0-9a-fA-F.:]+$ ]]; }
  [ -n "$MASTER" ] || {
    until try_for 600 find_tag; do :; done
    MASTER=$REPLY
    remember_node
  }
}

remember_node() {
  printf 'ID=%q ADDRESS=%q ROLE=%q MASTER=%q TYPE=%q LIFE=%q DISKS=%q\n' "$ID" "$ADDRESS" "$ROLE" "$MASTER" "$TYPE" "$LIFE" "$DISKS" >"$STATE/node.new"
  mv "$STATE/node.new" "$STATE/node"
}

# Posts the events that have not arrived; 0 if there are none left. The number of an event is that of its line.
report() {
  local log
  while [ -n "$LINE" ] || IFS= read -r LINE <&"$OUTBOX"; do
    log=${LINE##*@}
    [[ $LINE != *'"log":@'* ]] || LINE="${LINE%@*}[$(<"${log%\}}")]}"
    ask POST /v1/events "{\"node\":\"$ID\",\"address\":\"$ADDRESS\",\"role\":\"$ROLE\",\"seq\":$((SENT + 1)),$LINE"
    # What the beacon doesn't understand would only hold up the rest.
    [[ $STATUS == [24]?? ]] || return
    LINE='' SENT=$((SENT + 1))
    echo $SENT >"$STATE/sent"
  done
}

# How the launch gets on.
launch_state() {
  ask GET /v1/state && [ "$STATUS" = 200 ] || return
  if [[ $REPLY =~ \"finished\":\ *true ]]; then
    : >"$STATE/ready"
  elif [[ $REPLY =~ \"shutdown\":\ *true ]]; then
    echo 'the cluster is to shut down' >"$RUN/over"
  elif [[ $REPLY =~ \"clientSeenSecondsAgo\":\ *([0-9]+) ]]; then
    uptime_seconds
    echo $((UPTIME - BASH_REMATCH[1])) >"$RUN/heard"
  fi
}

# EC2 says two minutes before that it takes a spot instance back: what its worker has moves on, and nothing new comes.
spot() {
  imds meta-data/spot/instance-action && [ -n "$REPLY" ] || return
  [[ $REPLY =~ time\"\ *:\ *\"([^\"]+) ]]
  REPLY="EC2 interrupts this Spot Instance at ${BASH_REMATCH[1]:-any moment}"
  log "$REPLY"
  tell notice alive '' '' "$REPLY"
  [ "$ROLE" = master ] || systemctl kill -s PWR --kill-who=main flintrock-spark-worker.service
}

agent() {
  local every=$(((DEADMAN_SECONDS > 60) ? 5 : 1)) wait due=0 look=0 ask=launch_state settled
  # What it writes to may be gone: that is seen then.
  trap '' PIPE
  exec {WAKE}<>"$RUN/wake"
  start_requests
  identify_node
  [ "$LIFETIME_POLL" = 0 ] || note_start
  exec {OUTBOX}<"$STATE/outbox"
  [ ! -e "$STATE/sent" ] || read -r SENT <"$STATE/sent"
  for ((; look < SENT; look++)); do read -r _ <&"$OUTBOX"; done
  LINE='' look=0 wait=0
  while :; do
    settled=no
    [ ! -e "$RUN/settled" ] || settled=yes
    if report; then wait=0; else wait=$((wait < 5 ? wait + 1 : 5)) settled=no; fi
    if [ $ask = launch_state ] && [ -e "$STATE/ready" ]; then
      ask=lifetime every=$LIFETIME_POLL
      [ "$every" != 0 ] || ask=:
    fi
    if [ $SECONDS -ge $due ]; then
      $ask
      due=$((SECONDS + every))
    fi
    if [ -n "$LIFE" ] && [ $SECONDS -ge $look ]; then
      ! spot || LIFE=
      look=$((SECONDS + 5))
    fi
    # Nothing is left to ask, or to tell.
    [ "$ask$LIFE$settled" != :yes ] || return 0
    read -rt $((wait > 0 ? wait : every == 1 ? 1 : 5)) -N 1 -u "$WAKE" _
  done
}
