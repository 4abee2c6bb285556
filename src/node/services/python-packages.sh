#!/bin/bash
# Installs packages for the Python that Spark uses on this node, as root: python-packages.sh INDEX REQUIREMENT...
#
# They have a folder of their own, which Spark's processes get by PYTHONPATH: what the image has stays as it is, for the programs of the
# image. What was installed before stays, but for what DROP matches. With STAGE all is made ready beside it, as /opt/python-packages.staged,
# for the same command on other nodes to succeed first. INDEX is the URL of a package index; empty: pip's own choice. On failure the last line says why.
set -uo pipefail
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
umask 022
HOME_FOLDER=/opt/python-packages
# Where `python -m` looks for modules first.
cd / || exit
# The proxy of this node, and its Spark's version.
# shellcheck source=/dev/null
. /usr/local/lib/flintrock/settings.sh
python=$(</var/lib/flintrock/python)
index=$1
shift
[ -n "$python" ] || { echo 'the node has no Python that Spark supports' >&2 && exit 1; }

# Whether packages are there, of the image or installed before, in versions that do; of ranges, and nothing else: pip knows the rest.
fits() {
  PYTHONPATH=$HOME_FOLDER "$python" - "$@" 2>/dev/null <<'END'
import re, sys
from importlib.metadata import version

def numbers(text):
    return [int(part) for part in re.findall(r"\d+", text)[:3]]

for requirement in sys.argv[1:]:
    name, ranges = re.fullmatch(r"([\w.-]+)((?:,?(?:>=|<)[\d.]+)*)", requirement).groups()
    found = numbers(version(name))
    for least in re.findall(r">=([\d.]+)", ranges):
        assert found >= numbers(least)
    for end in re.findall(r"<([\d.]+)", ranges):
        assert found < numbers(end)
END
}

has_pip() { "$python" -m pip --version >/dev/null 2>&1; }

# By the names that distributions have for pip, that of this very Python first.
install_pip() {
  local name
  for name in "${python##*/}-pip" python3-pip; do
    if command -v dnf; then
      timeout 300 dnf -y -q install "$name"
    elif command -v yum; then
      timeout 300 yum -y -q install "$name"
    elif command -v apt-get; then
      apt-get -y -q update
      DEBIAN_FRONTEND=noninteractive apt-get -y -q -oDPkg::Lock::Timeout=300 install --no-install-recommends "$name"
    fi >/dev/null 2>&1
    has_pip && return
  done
  echo "pip of $python was not found and could not be installed" >&2
  return 1
}

main() {
  local before known requirements options new
  exec {LOCK}>/run/flintrock/python-packages.lock
  flock "$LOCK"
  fits "$@" && exit 0
  has_pip || install_pip || exit
  before=$(readlink "$HOME_FOLDER")
  known=$HOME_FOLDER/.requirements
  mapfile -t requirements < <({ [ ! -e "$known" ] || grep -viE "${DROP:-^$}" "$known"; printf '%s\n' "$@"; })
  mapfile -t requirements < <(printf '%s\n' "${requirements[@]}" | sort -u)
  [ ! -e "$known" ] || [ "$(<"$known")" != "$(printf '%s\n' "${requirements[@]}")" ] || exit 0
  options=(--quiet --no-input --no-compile --disable-pip-version-check --no-cache-dir --retries 2 --timeout 15)
  [ -z "$index" ] || options+=(--index-url "$index")
  # pip takes plain HTTP only from a host that it is told to trust: the user did, by writing it.
  [[ ! $index =~ ^http://([^/:]+) ]] || options+=(--trusted-host "${BASH_REMATCH[1]}")
  new=$(mktemp -d "$HOME_FOLDER.XXXXXX") && chmod 755 "$new" || exit
  printf 'pyspark==%s\n' "$SPARK_VERSION" >"$new/.constraints"
  # What was there is written once more beside it, so that all fits together; Python finds one or the other, never half of it.
  "$python" -m pip install "${options[@]}" --target "$new" --constraint "$new/.constraints" "${requirements[@]}" 2>"$new/.why" || {
    # The first error that names a package, else the last words.
    if grep -q 'connection broken by' "$new/.why"; then
      echo "the package index did not respond${index:+: $index}"
    else
      { grep -m 1 '^ERROR: No matching' "$new/.why" || tail -n 1 "$new/.why"; } | sed 's/^ERROR: //'
    fi >&2
    rm -rf "$new"
    exit 1
  }
  printf '%s\n' "${requirements[@]}" >"$new/.requirements"
  [ -z "${STAGE:-}" ] || {
    echo "$before" >"$new/.before"
    exec ln -sfn "$new" "$HOME_FOLDER.staged"
  }
  ln -sfn "$new" "$HOME_FOLDER.link" && mv -T "$HOME_FOLDER.link" "$HOME_FOLDER" || exit
  [ -z "$before" ] || rm -rf "$before"
  # Four fifths of the time, if pip did it, and nobody needs to wait for it.
  systemd-run --quiet --collect -p Nice=19 -p CPUSchedulingPolicy=idle -- "$python" -m compileall -q "$new" >/dev/null 2>&1 || true
}

# It may be read from stdin itself, of which no program may take anything.
main "$@" </dev/null
