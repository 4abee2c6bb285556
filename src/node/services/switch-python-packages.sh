#!/bin/bash
# Gives this node's Spark the Python packages that python-packages.sh made ready, in place of those before, as root. Programs that run find
# one or the other, never half of it. On failure the last line says why.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME_FOLDER=/opt/python-packages
conf=/opt/spark/conf/spark-defaults.conf

# A launch without Python packages has told nobody of the folder.
tell() {
  local program
  if ! grep -q '^spark.executorEnv.PYTHONPATH ' "$conf"; then
    echo "spark.executorEnv.PYTHONPATH $HOME_FOLDER" >>"$conf"
  elif ! grep -q "^spark.executorEnv.PYTHONPATH .*$HOME_FOLDER" "$conf"; then
    sed -i "s|^spark.executorEnv.PYTHONPATH |&$HOME_FOLDER:|" "$conf"
  fi
  for program in /usr/local/bin/*; do
    if grep -q '^SPARK_ENV_LOADED=1$' "$program" && ! grep -q "$HOME_FOLDER" "$program"; then
      sed -i "s|^SPARK_ENV_LOADED=1\$|PYTHONPATH=$HOME_FOLDER\${PYTHONPATH:+:\$PYTHONPATH}\n&|" "$program"
    fi
  done
}

main() {
  local before new
  new=$(readlink "$HOME_FOLDER.staged") || exit 0
  exec {LOCK}>/run/flintrock/python-packages.lock
  flock "$LOCK"
  before=$(readlink "$HOME_FOLDER")
  [ "$before" = "$(<"$new/.before")" ] || {
    echo 'other Python packages were installed at the same time' >&2
    exit 1
  }
  tell && mv -T "$HOME_FOLDER.staged" "$HOME_FOLDER" || exit
  [ -z "$before" ] || rm -rf "$before"
  systemd-run --quiet --collect -p Nice=19 -p CPUSchedulingPolicy=idle -- "$(</var/lib/flintrock/python)" -m compileall -q "$new" >/dev/null 2>&1 || true
}

# It is read from stdin itself, of which no program may take anything.
main </dev/null
