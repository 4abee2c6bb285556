#!/bin/bash
# Gives this node's Spark the jars of packages, as root: install-packages.sh NAME MASTER PORT PROPERTIES [STEP [BEFORE [KIND]]]
#
# NAME is the folder in /opt/spark-packages. On the master, where MASTER is empty, it is there, and is offered to the workers; they fetch it
# from the beacon of the master at PORT. PROPERTIES are lines for spark-defaults.conf; what the user set there wins. STEP take
# only brings the folder here; link only gives it to Spark, in place of the jars of the set BEFORE, and leaves running executors alone.
# KIND is the folder's own in /opt, for what is no jar. On failure the last line says why. SHARE, if it is set, is the program by which
# workers pass the folder on to each other (src/node/beacon/share.py).
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
LIB=/usr/local/lib/flintrock STATE=/var/lib/flintrock
name=$1 master=$2 port=$3 properties=$4 step=${5:-} before=${6:-} kind=${7:-spark-packages}
folder=/opt/$kind/$name file=$kind-$name.tar
conf=/opt/spark/conf/spark-defaults.conf

fail() {
  echo "$1" >&2
  exit 1
}

# Workers take its copy. The checksum is written last: by it the beacon knows that the file is whole.
offer() {
  local copy=$STATE/files/$file
  [ ! -e "$copy.sha512" ] || return 0
  mkdir -p "$STATE/files"
  {
    tar -cf "$copy" -C "$folder" . && sha512sum <"$copy" | cut -d ' ' -f 1 >"$STATE/files/.packages-sum" &&
      mv "$STATE/files/.packages-sum" "$copy.sha512"
  } || fail 'the disk of the master is full'
}

# An answer of the master's beacon, or the headers of a request: METHOD PATH
request() { printf '%s\037%s\037%s\037%s\037\n' "$master" "$port" "$1" "$2" | python3 "$LIB/request.py"; }

# The master's copy, from another worker if the master says so: PART
fetch_shared() {
  local address program=$1.py
  [ -n "${SHARE:-}" ] || return
  # shellcheck disable=SC1091,SC2153 # What the bootstrap wrote.
  address=$(. "$STATE/node" && echo "$ADDRESS") || return
  printf '%s' "$SHARE" >"$program"
  # It appends, and serves to others what is there already.
  # shellcheck disable=SC2094
  python3 "$program" take "$master" "$port" "$address" "$file" "$1" >>"$1"
}

# From the master itself: PART
fetch_from_master() {
  local headers
  IFS=$'\t' read -ra headers < <(request SIGN "/v1/files/$file" | cut -d ' ' -f 2-)
  curl -fsS --noproxy '*' --connect-timeout 5 --speed-limit 10000 --speed-time 60 -H "${headers[0]}" -H "${headers[1]}" -o "$1" \
    "http://$master:$port/v1/files/$file"
}

take() {
  local try sum part=$STATE/downloads/$file why='the master did not respond'
  mkdir -p "${folder%/*}" "$STATE/downloads"
  for try in 1 2 3; do
    [ "$try" = 1 ] || sleep 2
    sum=$(request GET "/v1/checksums/$file")
    case $sum in 200\ *) ;; 404\ *) fail 'the master does not have them' ;; *) continue ;; esac
    sum=${sum#* }
    rm -f "$part"
    { [ "$try" = 1 ] && fetch_shared "$part"; } || { rm -f "$part" && fetch_from_master "$part"; } || continue
    why='the copy of the master arrived damaged'
    [ "$(sha512sum <"$part" | cut -d ' ' -f 1)" = "${sum%% *}" ] || continue
    rm -rf "$folder.new"
    { mkdir "$folder.new" && tar -xf "$part" -C "$folder.new" --no-same-owner && mv "$folder.new" "$folder"; } || fail 'the disk is full'
    rm -f "$part" "$part.py"
    return
  done
  fail "$why"
}

main() {
  local jar new=no
  exec {LOCK}>/run/lock/flintrock-spark-packages
  flock "$LOCK"
  [ -d "$folder" ] || take
  [ -n "$master" ] || offer
  [ "$step" != take ] || exit 0
  # Another version of a library takes the place of the one before.
  [ -z "$before" ] || for jar in /opt/spark/jars/*.jar; do
    [ ! -L "$jar" ] || [ "$(readlink "$jar")" != "/opt/spark-packages/$before/${jar##*/}" ] || [ -e "$folder/${jar##*/}" ] || rm -f "$jar"
  done
  [ -n "$master" ] || [ -z "$before" ] || [ "$before" = "$name" ] || rm -f "$STATE/files/spark-packages-$before.tar" "$STATE/files/spark-packages-$before.tar.sha512"
  for jar in "$folder"/*.jar; do
    [ ! -e "/opt/spark/jars/${jar##*/}" ] || continue
    ln -sfn "$jar" "/opt/spark/jars/${jar##*/}"
    new=yes
  done
  grep -qxF "# Packages $name" "$conf" || {
    # Of two lines of one property the last one counts.
    properties=$(printf '# Packages %s\n%s\n' "$name" "$properties" && cat "$conf") && printf '%s\n' "$properties" >"$conf"
  }
  # Executors that began before, for a job that runs, will never see the jars; the worker starts new ones.
  [ $new = no ] || [ "$step" = link ] || pkill -u spark -f CoarseGrainedExecutorBackend || true
}

# It may be read from stdin itself, of which no program may take anything.
main </dev/null
