#!/bin/bash
# shellcheck disable=SC2317 # functions that only try_for calls
#
# What a machine does to become a node of a cluster: the same script on every node, run as root.
#
#   install   at every boot, by cloud-init (or once, over SSH): sets up the units below and returns at once
#   build     flintrock-node.service: software, disks, configuration, daemons; reports each phase; does nothing once that is done
#   beacon    flintrock-beacon.service, on the master
#   deadman   flintrock-deadman.service: switches the machine off if the launch is never finished; then, if the cluster has a
#             lifetime, when that is over
#   agent     flintrock-agent.service: asks and tells for the node (agent.sh)
#   disks     flintrock-disks.service: instance store, at every boot
#
# Who the node is, what the master says and how events get there is agent.sh's: flintrock-agent.service. It leaves files here. While
# something is waited for no process is started: fifty nodes of a small cluster may share two cores.
#
# It can be run again at any time: what is there already stays. Its settings and texts are files beside it, written before it
# (src/node/bootstrap/bootstrap.ts). Lines that are only a comment are left out of the user data.
set -uo pipefail
# Since bash 5.2 an & in a replacement means what it replaces.
shopt -u patsub_replacement 2>/dev/null
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

LIB=/usr/local/lib/flintrock
STATE=/var/lib/flintrock
RUN=/run/flintrock
LOG=/var/log/flintrock/node.log
CONF=/opt/spark/conf
UNITS=/etc/systemd/system
# Where a disk's kind is read, and what is mounted: a test has its own.
SYS_BLOCK=${SYS_BLOCK:-/sys/block}
MEDIA=${MEDIA:-/media}

# shellcheck source=/dev/null
. "$LIB/settings.sh"
# shellcheck source=/dev/null
[ -z "$HDFS_VERSION" ] || . "$LIB/hdfs.sh"
[ "$1" != agent ] || {
  # shellcheck source=/dev/null
  . "$LIB/agent.sh"
  # shellcheck source=/dev/null
  [ "$LIFETIME_POLL" = 0 ] || . "$LIB/lifetime.sh"
}

# --- Saying what happens ---------------------------------------------------------------------------------------------------------

# Sets NOW.
now() {
  local time=${EPOCHREALTIME:--1.000}
  TZ=UTC0 printf -v NOW '%(%FT%T)T' "${time%.*}"
  time=${time#*.}
  NOW+=.${time:0:3}Z
}

# On stderr: stdout is for what functions return.
log() {
  now
  printf '%s %s\n' "$NOW" "$*" >&2
}

# EC2's console output shows it, also of a machine that nobody can log in to.
console() { { printf 'flintrock: %s\n' "$*" >/dev/console; } 2>/dev/null || true; }

# What all commands but `install` write goes to the journal and to the log.
keep_log() {
  mkdir -p "${LOG%/*}"
  exec > >(exec tee -a "$LOG") 2>&1
}

# Text as JSON, into REPLY.
json() {
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//\"/\\\"}
  REPLY=\"${REPLY//[[:cntrl:]]/ }\"
}

# One event for the beacon: KIND PHASE STATE DETAIL REASON [file of which the last lines go with it]. It is one write, so that those of
# several processes don't mix: the lines stand beside it.
tell() {
  local detail line lines='' log='[]'
  if [ $# -gt 5 ]; then
    log=@$STATE/log.$BASHPID
    while IFS= read -r line; do
      json "${line:0:500}"
      lines+=${lines:+,}$REPLY
    done < <(tail -n 20 "$6" 2>/dev/null)
    printf '%s\n' "$lines" >"${log#@}"
  fi
  json "$4" && detail=$REPLY
  json "${5:0:1000}"
  now
  printf '"time":"%s","kind":"%s","phase":"%s","state":"%s","detail":%s,"reason":%s,"log":%s}\n' \
    "$NOW" "$1" "$2" "$3" "$detail" "$REPLY" "$log" >>"$STATE/outbox"
  wake
}

# Tells the agent that there is something.
wake() { [ ! -p "$RUN/wake" ] || printf . 1<>"$RUN/wake"; }

# A new phase of this node: PHASE [DETAIL]
phase() {
  PHASE=$1
  log "== $1 ${2:-}"
  tell phase "$1" started "${2:-}" ''
}
phase_done() {
  log "== $PHASE: done ${1:-}"
  tell phase "$PHASE" "done" "${1:-}" ''
}

# Worth knowing, but the node goes on.
warn() {
  log "warning: $1"
  tell warning "$PHASE" '' '' "$1"
}

# The node can't become one: REASON [file with lines of a log]. It stays as it is, for users who want to look.
die() {
  log "FAILED $PHASE: $1"
  # What was written last is on its way into the log.
  nap 0.2
  tell trouble "$PHASE" failed '' "$1" "${2:-$LOG}"
  console "FAILED $PHASE: $1"
  exit 1
}

# Sleeps without a process: reads what never says anything.
exec {SILENT}<> <(:)
nap() { read -rt "$1" -u "$SILENT" _ || :; }

# Tries a command until it succeeds, for at most LIMIT seconds, each time a little later: LIMIT COMMAND...
try_for() {
  local limit=$1 tenths=1 start=$SECONDS
  shift
  until "$@"; do
    [ $((SECONDS - start)) -lt "$limit" ] || return 1
    nap $((tenths / 10)).$((tenths % 10))
    [ $tenths = 10 ] || tenths=$((tenths + 1))
  done
}

# --- Requests: docs/beacon.md ---------------------------------------------------------------------------------------------------

# The one process that does them, for this shell and none below it.
start_requests() { coproc REQUESTS { exec python3 "$LIB/request.py"; }; }

# HOST PORT METHOD PATH BODY HEADER...: the status into STATUS, 000 without an answer; the body into REPLY, on one line.
request() {
  local IFS=$'\037'
  printf '%s\n' "$*" >&"${REQUESTS[1]}"
  IFS= read -r REPLY <&"${REQUESTS[0]}" || exit 1
  STATUS=${REPLY:0:3} REPLY=${REPLY:4}
}

# Asks the beacon: METHOD PATH [BODY]; 0 if the answer is its own.
ask() {
  request "$MASTER" "$BEACON_PORT" "$1" "$2" "${3:-}"
  [ "$STATUS" != 000 ]
}

# --- Units -----------------------------------------------------------------------------------------------------------------------

# The bootstrap runs while cloud-init still holds up the rest of the boot: without the dependencies that units have by default.
EARLY='DefaultDependencies=no
After=local-fs.target
Conflicts=shutdown.target
Before=shutdown.target'

# A unit: NAME DESCRIPTION PROGRAM LINES-OF-UNIT LINES-OF-SERVICE
unit() {
  local text file=$UNITS/flintrock-$1.service old=
  text="[Unit]
Description=$2 (Flintrock)
StartLimitIntervalSec=0
$4
[Service]
ExecStart=/bin/bash $3
$5
[Install]
WantedBy=multi-user.target"
  [ ! -e "$file" ] || old=$(<"$file")
  [ "$old" != "$text" ] || return 0
  echo "$text" >"$file"
  [ -z "$old" ] || systemctl daemon-reload
}

# Enables all units, by their links: asked to do it, systemd reads all units anew each time, which is needed only where one had another
# text.
enable_units() { ln -sf "$UNITS"/flintrock-*.service "$UNITS/multi-user.target.wants/"; }

# --- The dead-man ----------------------------------------------------------------------------------------------------------------

# Whole seconds since the machine started, into UPTIME: the wall clock may jump.
uptime_seconds() {
  read -r UPTIME _ </proc/uptime
  UPTIME=${UPTIME%.*}
}

# Needs neither Python nor network: who hears nothing, goes off. What was heard, the agent writes to `heard` and `over`.
deadman() {
  local heard silent armed=yes why='the launch was not completed and its client was'
  # The client's last sign of life as far as is known here; a restart of this unit is no sign of life.
  uptime_seconds
  [ -s "$RUN/heard" ] || echo "$UPTIME" >"$RUN/heard"
  while :; do
    uptime_seconds
    if [ $armed = yes ] && [ -e "$STATE/ready" ]; then
      [ "$LIFETIME_POLL" != 0 ] || exit 0
      # The cluster has a lifetime: the master says when that is over. Without a master there is no cluster.
      armed=no why='its master was'
      echo "$UPTIME" >"$RUN/heard"
    fi
    [ ! -s "$RUN/over" ] || power_off "$(<"$RUN/over")"
    read -r heard <"$RUN/heard"
    # It is just being written where nothing is read.
    silent=$((UPTIME - ${heard:-UPTIME}))
    [ "$silent" -lt "$DEADMAN_SECONDS" ] || power_off "$why silent for $silent s (limit $DEADMAN_SECONDS s)"
    nap 1
  done
}

# What a power-off means, terminate or stop, EC2 knows.
power_off() {
  log "switching off: $1"
  console "switching off: $1"
  sync
  shutdown -h now || systemctl poweroff --force
  # Still here: something holds up the orderly way.
  sleep 90
  systemctl poweroff --force
  sleep 30
  systemctl poweroff --force --force
  echo o >/proc/sysrq-trigger
  exit 1
}

# --- Who this node is ------------------------------------------------------------------------------------------------------------

# Reads ID, ADDRESS, ROLE, TYPE, LIFE and MASTER, which the agent finds out; MASTER may be empty for a while.
know_node() {
  [ -e "$STATE/node" ] || return
  # shellcheck source=/dev/null
  . "$STATE/node"
}
know_master() { know_node && [ -n "$MASTER" ]; }

# Waits for what the agent finds out: for at most 10 minutes, or until it gives up metadata. WHAT REASON
await_agent() {
  known_or_lost() { "$1" || [ -e "$RUN/lost" ]; }
  try_for 600 known_or_lost "$1"
  "$1" || die "$(cat "$RUN/lost" || echo "$2")"
}

identify() { await_agent know_node 'the agent of this node did not start'; }

# EC2 shows a change of tags to running instances: the client sets this one as soon as it knows the master's address.
find_master() {
  await_agent know_master \
    'the tag flintrock-master did not appear in instance metadata for 10 minutes: the client was interrupted, or tags in instance metadata are disabled'
}

# --- Packages --------------------------------------------------------------------------------------------------------------------

# Runs apt-get, waiting for others' locks: 5 minutes at most, as DPkg::Lock::Timeout does for the one lock that it knows.
apt() {
  local out=$RUN/apt.out
  locked_or_done() {
    DEBIAN_FRONTEND=noninteractive apt-get -y -q -oDPkg::Lock::Timeout=300 "$@" >"$out" 2>&1
    APT_STATUS=$?
    [ "$APT_STATUS" = 0 ] || ! grep -Eq 'Could not get lock|Unable to (acquire|lock)' "$out"
  }
  try_for 300 locked_or_done "$@"
  [ "$APT_STATUS" = 0 ] || { tail -n 5 "$out" >&2 && return "$APT_STATUS"; }
}

# Installs packages by the names that the system has for them: DNF-NAMES APT-NAMES, each a list separated by spaces.
packages() {
  local tool
  log "installing packages: $1 / $2"
  for tool in dnf yum; do
    command -v $tool >/dev/null || continue
    # shellcheck disable=SC2086
    timeout 600 $tool -y -q install $1 >&2
    return
  done
  command -v apt-get >/dev/null || return
  [ -e "$RUN/apt-updated" ] || apt update || true
  touch "$RUN/apt-updated"
  # shellcheck disable=SC2086
  apt install --no-install-recommends $2
}

# The major version of a Java, into MAJOR: HOME
java_major() {
  [[ $(<"$1/release") =~ JAVA_VERSION=\"?([0-9._]+) || $("$1/bin/java" -version 2>&1) =~ version\ \"([0-9._]+) ]] 2>/dev/null
  MAJOR=${BASH_REMATCH[1]:-}
  MAJOR=${MAJOR#1.}
  MAJOR=${MAJOR%%[._]*}
}

java_fits() {
  if [ -n "$JAVA_ASKED" ]; then [ "$1" = "$JAVA_ASKED" ]; else [ "$1" -ge "$JAVA_MIN" ] && [ "$1" -le "$JAVA_MAX" ]; fi
}

# The home of a Java that fits, into JAVA; the one on the path first.
find_java() {
  local home
  for home in "$(readlink -f "$(type -p java)" 2>/dev/null)" /usr/lib/jvm/* /opt/java* /usr/local/java*; do
    home=${home%/bin/java}
    [ -x "$home/bin/java" ] || continue
    # A runtime inside a development kit of old: the kit is found as well.
    JAVA=$(readlink -f "$home")
    java_major "$JAVA"
    [[ $MAJOR =~ ^[0-9]+$ ]] && java_fits "$MAJOR" && return
  done
  JAVA=
  return 1
}

install_java() {
  local major
  # Versions with long support, the one that most people have first.
  find_java || for major in $JAVA_ASKED 17 21 11 8 25; do
    java_fits "$major" || continue
    packages "java-${major/#8/1.8.0}-amazon-corretto-headless" "openjdk-$major-jre-headless" ||
      packages "java-${major/#8/1.8.0}-openjdk-headless" "openjdk-$major-jre-headless"
    find_java && break
  done
  [ -n "$JAVA" ] || die "Java ${JAVA_ASKED:-$JAVA_MIN to $JAVA_MAX} was not found and could not be installed"
  echo "$JAVA" >"$STATE/java"
  log "Java $MAJOR: $JAVA"
}

# The path of a Python that PySpark supports, into PYTHON: of 3.N, N within the range. Mostly the name of the file says N.
find_python() {
  local minor program
  for program in python3 "$@"; do
    PYTHON=$(type -p "$program") || continue
    minor=$(readlink -f "$PYTHON")
    minor=${minor##*/python3.}
    [[ $minor =~ ^[0-9]+$ ]] || minor=$("$PYTHON" -c 'import sys; print(sys.version_info[1])' 2>/dev/null) || continue
    [ "$minor" -ge "${PYTHON_MIN#3.}" ] && [ "$minor" -le "${PYTHON_MAX#3.}" ] && return
  done
  PYTHON=
  return 1
}

# Jobs in Scala and Java do without: no reason to fail, unless a version was asked for.
install_python() {
  local minor names=()
  for minor in 11 12 13 10 9 14 8; do
    [ "$minor" -ge "${PYTHON_MIN#3.}" ] && [ "$minor" -le "${PYTHON_MAX#3.}" ] && names+=("python3.$minor")
  done
  find_python "${names[@]}" || {
    command -v python3 >/dev/null || packages python3 python3
    for minor in "${names[@]}"; do
      find_python "${names[@]}" && break
      packages "$minor" "$minor"
    done
    [ -n "$PYTHON" ] || find_python "${names[@]}" ||
      $([ "$PYTHON_ASKED" ] && echo die || echo warn) "Python ${PYTHON_ASKED:-$PYTHON_MIN to $PYTHON_MAX} was not found and could not be installed"
  }
  printf '%s' "$PYTHON" >"$STATE/python"
}

# --- Archives --------------------------------------------------------------------------------------------------------------------

size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }

# Prints the SHA-512 in a checksum file on stdin. Apache writes "hash  file" or, over several lines, "FILE: ABCD 0123 ...".
checksum_in() {
  local text
  text=$(tr 'A-F\r\n\t' 'a-f   ' | tr -s ' ')
  if [[ ! $text =~ (^|[^0-9a-f])([0-9a-f]{128})([^0-9a-f]|$) ]]; then
    text=${text#*: }
    text=${text// /}
    [[ $text =~ ^()([0-9a-f]{128})$ ]] || return 1
  fi
  echo "${BASH_REMATCH[2]}"
}

# The bytes of URL from OFFSET on, to stdout; gives up on a source slower than RATE bytes/s for WINDOW s. What a program complains of
# goes to PART.why: URL OFFSET RATE WINDOW PART
fetch() {
  # Who was asked by https never sends on to anything else.
  local scheme=${1%%:*}
  local options=(-fsSL --proto-redir "=${scheme/s3/https},https" --max-redirs 10 --connect-timeout 5 --speed-limit "$3" --speed-time "$4")
  [ "$2" = 0 ] || options+=(-C "$2")
  case $1 in
    s3://*)
      # It may hold a token.
      (umask 077 && python3 "$LIB/s3-request.py" "$1" "$S3_ENDPOINT" >"$5.s3" 2>"$5.why") || return
      # The signature is for S3 only.
      exec curl "${options[@]}" --max-redirs 0 -K "$5.s3" 2>"$5.why"
      ;;
    passed-on) exec python3 "$5.py" take "$MASTER" "$BEACON_PORT" "$ADDRESS" "$FILE" "$5" 2>"$5.why" ;;
    "http://$MASTER:$BEACON_PORT/"*) options+=(--noproxy '*' -H "${SIGNED[0]}" -H "${SIGNED[1]}") ;;&
    *) exec curl "${options[@]}" "$1" 2>"$5.why" ;;
  esac
}

# All of URL to stdout, whatever breaks off on the way, and into PART, where a later try goes on: URL PART RATE WINDOW
stream() {
  local before status=0 pause
  if [ -s "$2" ]; then cat "$2"; fi
  for pause in 1 2 4 0; do
    before=$(size_of "$2")
    fetch "$1" "$before" "$3" "$4" "$2" | tee -a "$2"
    status=${PIPESTATUS[0]}
    [ $pause != 0 ] || break
    case $status in
      # Busy.
      22) grep -Eq 'error: (429|5..)' "$2.why" || break ;;
      # Ended early, reset, HTTP/2 trouble (curl's numbers): this source goes on as long as it gets on.
      18 | 52 | 55 | 56 | 92) [ "$(size_of "$2")" -gt "$before" ] || break ;;
      *) break ;;
    esac
    log "$1: $(fetch_reason "$status" "$2"); again in $pause s"
    nap $pause
  done
  return "$status"
}

# Words for what curl means by its exit code: CODE PART
fetch_reason() {
  case $1 in
    5 | 6) echo 'the host name could not be resolved' ;;
    7) echo 'connection refused' ;;
    18 | 52 | 56) echo "the file is truncated: the connection was closed after $(size_of "$2") bytes" ;;
    22) echo "the server responded with HTTP $(sed -n 's/.*error: \([0-9]*\).*/\1/p' "$2.why")" ;;
    28) echo 'the download timed out' ;;
    35 | 60) echo 'the certificate was rejected' ;;
    47) echo 'it redirects in a loop' ;;
    *) echo "exit code $1: $(tail -n 1 "$2.why")" ;;
  esac
}

# Sets SIGNED to what a request to the beacon needs: PATH
sign() {
  request - - SIGN "$1" ''
  IFS=$'\t' read -ra SIGNED <<<"$REPLY"
}

# Gets the program by which workers pass on what the master has (src/node/beacon/share.py). It is known by its sum: FILE
passing_on() {
  sign /v1/share
  [[ $(fetch "http://$MASTER:$BEACON_PORT/v1/share" 0 1 10 "$1" | tee "$1" | sha512sum) == "$SHARE_SUM"* ]]
}

# Waits until the master has the file, and sets SUM to its checksum: FILE
await_masters_copy() {
  start_requests
  settled() { know_master && ask GET "/v1/checksums/$1" && [ "$STATUS" != 503 ]; }
  try_for 1800 settled "$1" || { WHY='the master did not have the file after 30 minutes' && return 1; }
  [ "$STATUS" = 200 ] || { WHY='the master does not have the file' && return 1; }
  SUM=${REPLY%% *}
}

# Fetches, checks and unpacks from one source; sets WHY on failure: URL PART HOME ROUND
try_source() {
  local url=$1 part=$2 new=$3.new rate=1000000 window=10 status sum
  SUM=$SHA512
  # A slow source is better than none, once all have had their chance.
  [ "$4" = 1 ] || { rate=10000 && window=60; }
  if [ "$url" = master ]; then
    await_masters_copy "$FILE" || return
    url=passed-on rate=10000 window=60
    # The client brings the program to the master, if it is still there. The second time, from the master itself.
    if [ "$4" != 1 ] || ! try_for 10 passing_on "$part.py"; then
      url=http://$MASTER:$BEACON_PORT/v1/files/$FILE
      sign "/v1/files/$FILE"
    fi
  elif [ -z "$SUM" ]; then
    # Of Apache's releases by Apache's own site, whichever host serves them. One that can't be had, or is none, is no leave to do without.
    rm -f "$part.note"
    sum=$(stream "${url/\/dlcdn./\/downloads.}.sha512" "$part.note" 1 10)
    status=$?
    if [ $status = 0 ]; then
      WHY='no checksum was found'
      SUM=$(checksum_in <<<"$sum") || return
    elif ! grep -q '[ (]404' "$part.note.why"; then
      WHY="its checksum: $(fetch_reason $status "$part.note")"
      return 1
    fi
  fi
  log "fetching $url"
  rm -rf "$new" "$part.pipe"
  mkdir -p "$new"
  mkfifo "$part.pipe"
  # Unpacked and summed up while it comes; it gets its name only if the sum is right.
  sha512sum <"$part.pipe" >"$part.sum" &
  sum=$!
  stream "$url" "$part" "$rate" "$window" | tee "$part.pipe" | tar -xzo --strip-components=1 --no-same-perm -C "$new" 2>"$part.tar"
  status=("${PIPESTATUS[@]}")
  wait "$sum"
  read -r sum _ <"$part.sum"
  rm -f "$part.pipe" "$part.sum"
  # 23, 141: it could not get rid of what it fetched, because tar had ended.
  if [ "${status[0]}" != 0 ] && { [ "${status[2]}" = 0 ] || [[ ${status[0]} != @(23|141) ]]; }; then
    WHY=$(fetch_reason "${status[0]}" "$part")
    # Too slow: the second round goes on from here.
    [ "${status[0]}" = 28 ] || rm -f "$part"
  elif [ "${status[2]}" != 0 ]; then
    WHY="the archive is incomplete: its $(size_of "$part") bytes can't be unpacked"
    tail -n 3 "$part.tar" >&2
    [ "$(df --output=avail -k /opt | tail -n 1)" -gt 50000 ] || WHY='the disk is full'
    rm -f "$part"
  elif [ -n "$SUM" ] && [ "$sum" != "$SUM" ]; then
    WHY="expected SHA-512 ${SUM:0:16}..., got ${sum:0:16}..."
    rm -f "$part"
  elif [ ! -e "$new/$MUST_HAVE" ]; then
    WHY="the archive does not contain $MUST_HAVE"
    rm -f "$part"
  else
    SUM=$sum
    WHY=''
  fi
  [ -z "$WHY" ]
}

# Installs an archive as /opt/NAME-VERSION with the link /opt/NAME: NAME VERSION SHA512 A-PATH-IN-IT SOURCE...
# A source is "direct URL" (every node fetches it) or "via-master URL" (the master alone does; workers take its copy).
install_archive() {
  local name=$1 home=/opt/$1-$2 part source round number sources=() masters=no first=
  FILE=$1-$2.tgz SHA512=$3 MUST_HAVE=$4
  shift 4
  if [ -e "$home/.flintrock-complete" ] && [[ -z $SHA512 || $(<"$home/.flintrock-complete") == "$SHA512" ]]; then
    log "$home is here already"
    ln -sfn "$home" "/opt/$name"
    echo 'on the image' >"$STATE/$name.from"
    return
  fi
  for source in "$@"; do
    if [ "$ROLE" = master ] || [[ $source == direct\ * ]]; then
      sources+=("${source#* }")
    elif [ $masters = no ]; then
      sources+=(master)
      masters=yes
    fi
  done
  # What the master has got can be had.
  [ "$ROLE" = master ] || [ $masters = yes ] || sources+=(master)
  rm -rf "$STATE/downloads/$FILE".*
  mkdir -p "$STATE/downloads" "$STATE/files" /opt
  for round in 1 2; do
    number=0
    for source in "${sources[@]}"; do
      number=$((number + 1))
      part=$STATE/downloads/$FILE.$number
      WHY=''
      if try_source "$source" "$part" "$home" "$round"; then
        echo "$SUM" >"$home.new/.flintrock-complete"
        rm -rf "$home"
        mv "$home.new" "$home"
        ln -sfn "$home" "/opt/$name"
        if [ "$ROLE" = master ]; then
          mv "$part" "$STATE/files/$FILE"
          # Last: by it the beacon knows that the file is whole.
          echo "$SUM" >"$STATE/files/.sum"
          mv "$STATE/files/.sum" "$STATE/files/$FILE.sha512"
        fi
        rm -f "$STATE/downloads/$FILE".*
        source=${source#*://}
        echo "from ${source%%/*}" >"$STATE/$name.from"
        return
      fi
      first=${first:-$source: $WHY}
      warn "$name from $source: $WHY"
    done
  done
  rm -rf "$home.new" "$STATE/downloads/$FILE".*
  # The first cause at the source that is meant: what the last one has is mostly a consequence.
  die "$name could not be downloaded from $first"
}

# --- Disks -----------------------------------------------------------------------------------------------------------------------

# Prints the instance-store disks, one path a line.
instance_store() {
  local block name
  for block in "$SYS_BLOCK"/nvme*n*; do
    [[ -e $block && $(cat "$block/device/model" 2>/dev/null) == 'Amazon EC2 NVMe Instance Storage'* ]] || continue
    echo "/dev/${block##*/}"
  done
  compgen -G "$SYS_BLOCK/nvme*" >/dev/null && return
  # Xen types: metadata maps them to names of old, which the kernel knows as xvd.
  know_node
  for name in $DISKS; do
    [ ! -b "/dev/${name/#sd/xvd}" ] || echo "/dev/${name/#sd/xvd}"
  done
}

# Formats what is blank and mounts it; the store is blank after every stop. Never by fstab, which would keep a machine from booting.
disks() {
  local disk target number=0 found
  mkdir -p "$MEDIA/root/spark"
  chmod 1777 "$MEDIA/root/spark"
  while IFS= read -r disk; do
    target=$MEDIA/ephemeral$number
    number=$((number + 1))
    if findmnt -n -S "$disk" >/dev/null || compgen -G "${disk}p[0-9]*" >/dev/null; then
      log "$disk is in use: left alone"
      findmnt -n "$target" >/dev/null || continue
    else
      found=$(blkid -p -s TYPE -s LABEL -o value "$disk" | tr '\n' ' ')
      if [ -z "$found" ] && [ -z "$(wipefs -n "$disk" 2>&1)" ]; then
        log "$disk is blank: formatting"
        if command -v mkfs.xfs >/dev/null; then mkfs.xfs -q -K -L flintrock "$disk"; else mkfs.ext4 -q -E nodiscard -L flintrock "$disk"; fi || continue
      elif [[ $found != *flintrock* ]]; then
        log "$disk holds something ($found): left alone"
        continue
      fi
      mkdir -p "$target"
      mount -o noatime "$disk" "$target" || continue
    fi
    mkdir -p "$target/spark"
    chmod 1777 "$target/spark"
  done < <(
    instance_store
    # shellcheck source=/dev/null
    [ -z "${VOLUMES:-}" ] || . "$LIB/volumes.sh"
  )
  [ -z "$HDFS_VERSION" ] || hdfs_folders
}

# --- Configuration ---------------------------------------------------------------------------------------------------------------

# Writes a text to a file, at once or not at all: MODE OWNER PATH TEXT
write() {
  : >"$3.new"
  chmod "$1" "$3.new"
  [ "$2" = root:root ] || chown "$2" "$3.new"
  printf '%s\n' "$4" >"$3.new"
  mv -f "$3.new" "$3"
}

# A text of $LIB with what only the node knows, into REPLY.
fill() {
  local text
  text=$(<"$LIB/$1")
  text=${text//@ADDRESS@/$ADDRESS}
  text=${text//@MASTER@/$MASTER}
  text=${text//@EXECUTOR_CORES@/$EXECUTOR_CORES}
  text=${text//@EXECUTOR_MEMORY@/$EXECUTOR_MEMORY}
  REPLY=${text//@SECRET@/$(<"$LIB/secret")}
}

measure() {
  local total
  CORES=$(nproc)
  # Its first line is the total, in kB.
  read -r _ total _ </proc/meminfo
  total=$((total / 1024))
  # For the system and the worker itself; and for what else runs beside it.
  MEMORY=$((total - (total > 10240 ? total / 10 : 1024) - EXTRA_MEMORY_MIB))
  MEMORY=$((MEMORY > 512 ? MEMORY : 512))
  # By default as `defaultExecutors` has it.
  ((EXECUTORS_PER_WORKER)) || EXECUTORS_PER_WORKER=$(((CORES + MOST_CORES - 1) / MOST_CORES))
  EXECUTOR_CORES=$((CORES > EXECUTORS_PER_WORKER ? CORES / EXECUTORS_PER_WORKER : 1))
  EXECUTOR_MEMORY=$((MEMORY / EXECUTORS_PER_WORKER))m
}

local_folders() {
  local folder found=
  for folder in "$MEDIA"/ephemeral*; do
    if mountpoint -q "$folder"; then found+=${found:+,}$folder/spark; fi
  done
  echo "${found:-$MEDIA/root/spark}"
}

configure_spark() {
  local program options name python programs=()
  user spark /var/lib/spark >/dev/null 2>&1
  mkdir -p "$CONF" /var/lib/spark/work /var/lib/spark/events
  chown -R spark:spark /var/lib/spark
  chmod 1777 /var/lib/spark/events
  fill spark-defaults.conf
  write 640 root:spark "$CONF/spark-defaults.conf" "$REPLY"
  fill log4j2.properties
  write 644 root:root "$CONF/log4j2.properties" "$REPLY"
  write 644 root:root "$CONF/log4j2-job.properties" "${REPLY/rootLogger.level = info/rootLogger.level = warn}"
  python=$(<"$STATE/python")
  # One file for Spark's own scripts, for the units and for our programs: NAME=value.
  write 644 root:root "$CONF/spark-env.sh" "JAVA_HOME=$JAVA
SPARK_HOME=/opt/spark
SPARK_CONF_DIR=$CONF
SPARK_LOCAL_IP=$ADDRESS
SPARK_PUBLIC_DNS=$ADDRESS
SPARK_LOCAL_DIRS=$(local_folders)
SPARK_SCALA_VERSION=$SCALA_VERSION${python:+
PYSPARK_PYTHON=$python}${SPARK_ENV:+
$SPARK_ENV}"
  for program in /opt/spark/bin/*; do
    name=${program##*/}
    case $name in *.cmd | *.sh | find-spark-home | find_spark_home.py) continue ;; esac
    programs+=("/usr/local/bin/$name")
  done
  # Spark's programs on everybody's path, also in a command over SSH, which reads no profile. Not links: each would take a process.
  rm -f "${programs[@]}"
  tee "${programs[@]}" >/dev/null <<END
#!/bin/bash
# The user's own choice wins, and Spark's scripts don't read the file once more.
python=\${PYSPARK_PYTHON:-}
set -a
. $CONF/spark-env.sh
[ -z "\$python" ] || PYSPARK_PYTHON=\$python
${PYTHON_PATH:-}
SPARK_ENV_LOADED=1
: "\${SPARK_SUBMIT_OPTS=-Dlog4j2.configurationFile=$CONF/log4j2-job.properties}"
exec "/opt/spark/bin/\${0##*/}" "\$@"
END
  chmod 755 "${programs[@]}"
  options=$SPARK_DAEMON_OPTIONS
  java_major "$JAVA"
  [ "$MAJOR" -lt 17 ] || options+=" $SPARK_MODULE_OPTIONS"
  options+=" -Dlog4j2.configurationFile=$CONF/log4j2.properties -Dspark.port.maxRetries=0 -cp $CONF:/opt/spark/jars/*"
  if [ "$ROLE" = master ]; then
    spark_daemon master "$options $SPARK_MASTER_CLASS --host $ADDRESS --port $SPARK_MASTER_PORT --webui-port $SPARK_MASTER_UI_PORT"
  else
    spark_daemon worker "$options $SPARK_WORKER_CLASS --host $ADDRESS --port $SPARK_WORKER_PORT --webui-port $SPARK_WORKER_UI_PORT --cores $CORES --memory ${MEMORY}m --work-dir /var/lib/spark/work spark://$MASTER:$SPARK_MASTER_PORT"
  fi
}

# A user for daemons: NAME HOME
user() {
  # The group may be there already.
  id "$1" || useradd -rMU -d "$2" -s /usr/sbin/nologin "$1" || useradd -rM -g "$1" -d "$2" -s /usr/sbin/nologin "$1"
}

# What makes a daemon wait until its master listens, into REPLY: one that comes first tries again only seconds later. HOST PORT
wait_for_port() {
  REPLY="exec 9<> <(:)
until true 3<>/dev/tcp/$1/$2; do read -rt 0.2 -u 9 _; done 2>/dev/null
exec 9>&-
"
}

# A daemon: NAME DESCRIPTION USER ENVIRONMENT-FILE, and the script that it runs.
service() {
  write 755 root:root "$LIB/$1" "#!/bin/bash
$5"
  unit "$1" "$2" "$LIB/$1" "After=network.target flintrock-disks.service
Wants=flintrock-disks.service" "User=$3
EnvironmentFile=$4
Restart=always
RestartSec=1
TimeoutStopSec=30
SuccessExitStatus=143
OOMPolicy=continue
LimitNOFILE=1048576
TasksMax=infinity
RuntimeDirectory=flintrock-$1
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=restart"
}

# The JVM itself is the service: Spark's scripts would start another one only to print its command line. ROLE ARGUMENTS
spark_daemon() {
  REPLY=
  [ "$1" = master ] || wait_for_port "$MASTER" "$SPARK_MASTER_PORT"
  # The class path's * is for the JVM.
  service "spark-$1" "Spark $1" spark "$CONF/spark-env.sh" "${REPLY}set -f
cd /var/lib/spark
exec $JAVA/bin/java $2"
}

start_beacon() {
  unit beacon 'Beacon of the cluster' "$LIB/node.sh beacon" "$EARLY" "Restart=always
RestartSec=1
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ReadWritePaths=$STATE $RUN
ProtectHome=yes"
  systemctl start --no-block flintrock-beacon.service
}

# Where its programs are too long for the user data the client brings them, beacon.py last.
beacon() {
  until [ -s "$LIB/beacon.py" ] && know_node; do nap 0.3; done
  exec python3 "$LIB/beacon.py" --address "$ADDRESS" --port "$BEACON_PORT" serve
}

# --- The build -------------------------------------------------------------------------------------------------------------------

# The user's own user data may install what the daemons need: it goes first. Only where cloud-init runs at all.
await_cloud_init() {
  local errors
  [ -d /run/cloud-init ] && [ ! -e /run/cloud-init/disabled ] && command -v cloud-init >/dev/null || return 0
  cloud_init_done() { [ -e /run/cloud-init/result.json ]; }
  cloud_init_done || log 'waiting for cloud-init'
  try_for 1800 cloud_init_done || die 'your user data did not finish within 30 minutes' /var/log/cloud-init-output.log
  errors=$(</run/cloud-init/result.json)
  [[ ! ${errors//$'\n'/} =~ \"errors\":\ *\[\ *([^]]*[^]\ ])\ *\] ]] || warn "your user data failed: ${BASH_REMATCH[1]}"
}

# On a machine that is set up over SSH the client brought it, and nobody else runs it: once, as cloud-init would.
run_own_user_data() {
  [ -e "$LIB/own-user-data" ] && [ ! -e "$STATE/own-user-data.ran" ] || return 0
  touch "$STATE/own-user-data.ran"
  log 'running your own user data'
  timeout 1800 "$LIB/own-user-data" </dev/null || warn "your user data failed: exit code $?"
}

# A web page answers with a pattern: PORT PATH PATTERN
page_has() {
  local line='' page=
  { exec {WEB}<>"/dev/tcp/$ADDRESS/$1"; } 2>/dev/null || return 1
  printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$2" "$ADDRESS" >&"$WEB"
  while IFS= read -rt 2 -u "$WEB" line; do page+=$line; done 2>/dev/null
  exec {WEB}>&-
  [[ $page$line =~ $3 ]]
}

# The master's page says it is alive; a worker knows its master from the moment that this has taken it in.
spark_alive() {
  if [ "$ROLE" = master ]; then
    page_has "$SPARK_MASTER_UI_PORT" /json/ '"status" *: *"ALIVE"'
  else
    page_has "$SPARK_WORKER_UI_PORT" /json/ '"masterurl" *: *"spark://'
  fi
}

# Starts a service and waits until it is there: NAME CHECK
start_service() {
  local look=4 there=no
  # Until an old one has ended: it would answer for the new one.
  timeout 300 systemctl restart "flintrock-$1.service"
  # systemd is asked less and less often.
  there_or_broken() {
    $2 && there=yes && return
    [ "$SECONDS" -ge "$look" ] || return
    look=$((SECONDS * 2))
    [ "$(systemctl show -p NRestarts --value "flintrock-$1.service")" -ge 5 ] 2>/dev/null
  }
  SECONDS=0
  try_for 300 there_or_broken "$@"
  [ $there = no ] || return 0
  journalctl -q -u "flintrock-$1.service" -n 20 -o cat >"$RUN/last-words" 2>&1
  die "$1 did not start within 300 s, or exits repeatedly" "$RUN/last-words"
}

# A worker shows a host key of its own: that in the user data, which every node can read, is for the master. Made once and kept, so that
# it is the same after whatever else makes keys, as cloud-init does where it takes a machine for a new one; its fingerprint goes to the
# master, which vouches for it.
own_host_key() {
  local key=/etc/ssh/ssh_host_ed25519_key kept=$STATE/host_key
  if [ "$ROLE$GIVEN_HOST_KEY" = worker1 ]; then
    # Whole or not at all: the private half comes last.
    [ -s "$kept" ] || {
      rm -f "$kept".*
      ssh-keygen -q -t ed25519 -N '' -f "$kept.new" && mv "$kept.new.pub" "$kept.pub" && mv "$kept.new" "$kept"
    } || die 'the host key could not be created'
    cmp -s "$kept" "$key" || {
      cp -p "$kept" "$key"
      cp -p "$kept.pub" "$key.pub"
      # Not a restart: after five within 10 seconds, whoever asked for them, systemd leaves the server down.
      systemctl try-reload-or-restart ssh.service sshd.service
    }
  fi
  [ -e "$STATE/built" ] || tell hostkey "$PHASE" '' "$(ssh-keygen -lf "$key.pub" | cut -d' ' -f2)" ''
}

own_files() {
  # The user who logs in may run jobs, for which the secret is needed, and may add jars and settings. By ownership, not by a group:
  # membership would count only in sessions that begin later.
  chown "$LOGIN_USER:spark" "$CONF/spark-defaults.conf"
  chown "$LOGIN_USER" "$CONF" /opt/spark/jars/
}

# Where the Python tool has Spark and Hadoop, and scripts look for them. What the user has there already stays.
home_links() {
  local home name
  IFS=: read -r _ _ _ _ _ home _ < <(getent passwd "$LOGIN_USER")
  [ -d "$home" ] || return 0
  for name in spark hadoop; do
    [ ! -e "/opt/$name" ] || [ -e "$home/$name" ] || ln -sfn "/opt/$name" "$home/$name"
  done
}

# For shells and for commands over SSH, which read no profile: PAM gives both what stands in /etc/environment.
set_environment() {
  local line name there profile=
  there=$(</etc/environment)
  for line in "JAVA_HOME=$JAVA" ${SPARK_VERSION:+SPARK_HOME=/opt/spark} ${HDFS_VERSION:+HADOOP_HOME=/opt/hadoop} ${PROXY:-}; do
    name=${line%%=*}
    [[ $'\n'$there == *$'\n'"$name="* ]] || echo "$line" >>/etc/environment
    profile+="[ -n \"\${$name:-}\" ] || export $line
"
  done
  write 644 root:root /etc/profile.d/flintrock.sh "$profile"
}

build() {
  local jobs=() job failed=no
  trap ': >"$RUN/settled" && wake' EXIT
  [ ! -e "$STATE/built" ] || {
    # cloud-init, where it takes the machine for a new one, makes keys anew.
    if [ -s "$STATE/host_key" ] && know_node; then await_cloud_init && own_host_key; fi
    exit 0
  }
  keep_log
  # Somebody repaired what had failed, and starts this again.
  rm -f "$RUN/settled" "$STATE/fetched"
  PHASE=booting
  phase booting
  command -v python3 >/dev/null || packages python3 python3 || die 'Python was not found and could not be installed'
  systemctl start --no-block flintrock-agent.service
  command -v curl >/dev/null || packages curl 'curl ca-certificates' || die 'curl was not found and could not be installed'
  identify
  [ "$ROLE" != master ] || start_beacon
  systemctl start --no-block flintrock-disks.service
  phase_done "$TYPE"

  phase downloading
  # Packages one after the other, as they share a lock. Python's own are a function of the settings, where there are any.
  (install_java && install_python && ${PYTHON_PACKAGES:-:}) &
  jobs+=($!)
  [ -z "$SPARK_VERSION" ] || {
    install_archive spark "$SPARK_VERSION" "$SPARK_SHA512" jars "${SPARK_SOURCES[@]}" &
    jobs+=($!)
  }
  [ -z "$HDFS_VERSION" ] || {
    install_archive hadoop "$HDFS_VERSION" "$HDFS_SHA512" bin/hdfs "${HDFS_SOURCES[@]}" &
    jobs+=($!)
  }
  find_master
  for job in "${jobs[@]}"; do wait "$job" || failed=yes; done
  # From now on the beacon answers "no" to who asks for a file that isn't there.
  : >"$STATE/fetched"
  # The job that failed has said why.
  [ $failed = no ] || exit 1
  phase_done "${SPARK_VERSION:+Spark $SPARK_VERSION $(cat "$STATE/spark.from" 2>/dev/null)}"

  phase configuring
  JAVA=$(<"$STATE/java")
  systemctl start flintrock-disks.service || warn 'the disks could not be set up'
  measure
  [ -z "$SPARK_VERSION" ] || configure_spark
  [ -z "$HDFS_VERSION" ] || configure_hdfs
  phase_done "$CORES cores, $MEMORY MiB"

  phase starting
  await_cloud_init
  own_host_key
  run_own_user_data
  set_environment
  ! id "$LOGIN_USER" >/dev/null 2>&1 || {
    [ -z "$SPARK_VERSION" ] || own_files
    home_links
  }
  [ -z "$HDFS_VERSION" ] || start_hdfs
  [ -z "$SPARK_VERSION" ] || start_service "spark-$ROLE" spark_alive
  phase_done
  # A machine that starts again before goes through all of it again.
  enable_units
  PHASE=alive
  phase_done
  : >"$STATE/built"
}

# --- Setting up ------------------------------------------------------------------------------------------------------------------

install() {
  # State of another launch: the image was made of a node. Its software is welcome, its past is not.
  if [ "$(cat "$STATE/launch" 2>/dev/null)" != "$LAUNCH_ID" ]; then
    rm -rf "$STATE"
    mkdir -p "$STATE/files"
    echo "$LAUNCH_ID" >"$STATE/launch"
  fi
  [ ! -e "$STATE/built" ] || [ ! -e "$STATE/ready" ] || exit 0
  unit deadman 'Switches off a node whose launch is never finished' "$LIB/node.sh deadman" "$EARLY" $'Restart=on-failure\nRestartSec=1'
  unit node 'Makes this machine a node of a cluster' "$LIB/node.sh build" "$EARLY" ''
  unit agent 'Asks and tells for this node' "$LIB/node.sh agent" "$EARLY" $'Restart=on-failure\nRestartSec=1'
  unit disks 'Instance store' "$LIB/node.sh disks" "$EARLY" $'Type=oneshot\nRemainAfterExit=yes'
  mkdir -p "$UNITS/multi-user.target.wants"
  enable_units
  systemctl start --no-block flintrock-{deadman,node}.service
}

umask 022
[ -d "$RUN" ] || mkdir -p "$RUN"
[ -p "$RUN/wake" ] || mkfifo -m 600 "$RUN/wake" 2>/dev/null
case $1 in disks | deadman | agent) keep_log ;; esac
"$1"
