#!/bin/bash
# Fetches jars for Spark, with what they need: spark-packages.sh FOLDER SPARK_JARS JAVA_HOME REPOSITORY PACKAGE...
#
# PACKAGE is GROUP:ARTIFACT:VERSION, fetched with its dependencies; GROUP:ARTIFACT:VERSION=SHA256, fetched alone and checked, if there
# is a SHA256; or the URL of a jar. REPOSITORY comes before Maven Central; empty: that alone. What Spark has in SPARK_JARS, and what must
# not be there twice, is left out. FOLDER is there when all of it is. By Ivy, which every Spark has, as spark-submit does it. On failure the last line says why.
# Also run by the bash of macOS.
set -uo pipefail
export LC_ALL=C
umask 022
folder=$1 spark_jars=$2 java=$3/bin/java repository=$4
shift 4

xml() { sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/"/\&quot;/g' <<<"$1"; }

fail() {
  echo "$1" >&2
  exit 1
}

# Java asks the environment for no proxy: VARIABLE SCHEME
proxy_options() {
  local address=${!1:-} skipped=${no_proxy:-${NO_PROXY:-}}
  [[ $address =~ ^[a-z]+://([^/@]*@)?([^/@:]+)(:([0-9]+))?/?$ ]] || return
  echo "-D$2.proxyHost=${BASH_REMATCH[2]}"
  echo "-D$2.proxyPort=${BASH_REMATCH[4]:-80}"
  [ -z "$skipped" ] || sed -e 's/[, ][, ]*/|/g' -e 's/\(^\||\)\./\1*./g' -e 's/^/-Dhttp.nonProxyHosts=/' <<<"$skipped"
}

# Ivy's list of what to fetch: PACKAGE...
dependencies() {
  local one coordinates group artifact version transitive jar name
  echo '<ivy-module version="2.0"><info organisation="flintrock" module="packages"/><configurations><conf name="default"/></configurations><dependencies>'
  for one; do
    coordinates=${one%%=*}
    IFS=: read -r group artifact version <<<"$coordinates"
    transitive=true
    [ "$coordinates" = "$one" ] || transitive=false
    echo "<dependency org=\"$group\" name=\"$artifact\" rev=\"$version\" transitive=\"$transitive\" force=\"true\" conf=\"default->default\"/>"
  done
  for jar in "$spark_jars"/*.jar; do
    name=${jar##*/}
    [[ $name =~ ^(.+)-[0-9]+(\.[0-9A-Za-z]+)*([.-][0-9A-Za-z]+)*\.jar$ ]] || continue
    echo "<exclude org=\"*\" module=\"${BASH_REMATCH[1]}\"/>"
  done
  # Spark has these under other names, or shaded, and can't have them twice.
  for name in hadoop-annotations hadoop-auth hadoop-common hadoop-client hadoop-hdfs hadoop-hdfs-client hadoop-mapreduce-client-core \
    hadoop-yarn-api hadoop-yarn-client hadoop-yarn-common slf4j-api slf4j-reload4j slf4j-log4j12 log4j log4j-slf4j-impl log4j-slf4j2-impl \
    logback-classic logback-core commons-logging scala-library scala-reflect scala-compiler; do
    echo "<exclude org=\"*\" module=\"$name\"/>"
  done
  echo '</dependencies></ivy-module>'
}

settings() {
  local central=
  echo '<ivysettings><settings defaultResolver="all"/><resolvers><chain name="all" returnFirst="true">'
  [ -z "$repository" ] || echo "<ibiblio name=\"own\" m2compatible=\"true\" root=\"$(xml "${repository%/}/")\"/>"
  [ -z "${DEFAULT_ARTIFACT_REPOSITORY:-}" ] || central=" root=\"$(xml "$DEFAULT_ARTIFACT_REPOSITORY")\""
  echo "<ibiblio name=\"central\" m2compatible=\"true\"$central/></chain></resolvers></ivysettings>"
}

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1; }

# Packages by Ivy: PACKAGE...
by_ivy() {
  local one ivy=("$spark_jars"/ivy-*.jar) options=() line missing coordinates file
  [ -e "${ivy[0]}" ] || fail "Spark’s ivy-….jar is missing in $spark_jars"
  dependencies "$@" >"$draft/ivy.xml"
  settings >"$draft/ivysettings.xml"
  while read -r line; do options+=("$line"); done < <(
    proxy_options https_proxy https
    proxy_options http_proxy http
  )
  "$java" ${options[0]+"${options[@]}"} -jar "${ivy[0]}" -settings "$draft/ivysettings.xml" -ivy "$draft/ivy.xml" -cache "$draft/cache" \
    -retrieve "$draft/jars/[organisation]_[artifact]-[revision](-[classifier]).[ext]" >"$draft/log" 2>&1 </dev/null || {
    missing=$(sed -n 's/.*:: \([^ #]*\)#\([^ ;]*\);\([^ :]*\): not found.*/\1:\2:\3/p' "$draft/log" | sort -u | paste -s -d , - | sed 's/,/, /g')
    [ -z "$missing" ] || {
      grep -qi 'timed out\|timeout\|unknownhost\|connection refused\|unreachable' "$draft/log" &&
        fail "$missing could not be fetched: the Maven repository did not respond"
      fail "$missing was not found in the Maven repository"
    }
    fail "$* could not be fetched: $(grep -i 'fail\|error\|exception' "$draft/log" | tail -n 1 | sed 's/^[: \t]*//')"
  }
  for one; do
    coordinates=${one%%=*}
    IFS=: read -r group artifact version <<<"$coordinates"
    # Of those that Spark has there is no jar.
    file=$draft/jars/${group}_$artifact-$version.jar
    [ "$coordinates" = "$one" ] || [ "$coordinates=" = "$one" ] || [ "$(sha256 "$file")" = "${one#*=}" ] || fail "$coordinates has a wrong checksum; it is not used"
  done
}

# A jar by its URL
by_url() {
  local name=${1%%[?#]*}
  name=${name##*/}
  [ -n "$name" ] || name=package.jar
  command -v curl >/dev/null || fail "$1 could not be fetched: curl was not found"
  curl -fsSL --proto-redir "=${1%%:*},https" --max-redirs 10 --connect-timeout 10 --retry 2 --speed-limit 1000 --speed-time 60 \
    -o "$draft/jars/$name" "$1" 2>"$draft/log" || fail "$1 could not be fetched: $(tail -n 1 "$draft/log")"
  # A page of a portal is none.
  [ "$(head -c 2 "$draft/jars/$name")" = PK ] || fail "$1 is not a jar"
}

main() {
  local one maven=()
  [ ! -e "$folder" ] || exit 0
  { mkdir -p "${folder%/*}" && draft=$(mktemp -d "${folder%/*}/.packages.XXXXXX"); } || fail "${folder%/*} can’t be written"
  trap 'rm -rf "$draft"' EXIT
  mkdir "$draft/jars"
  for one; do
    case $one in *://*) by_url "$one" ;; *) maven+=("$one") ;; esac
  done
  [ ${#maven[@]} = 0 ] || by_ivy "${maven[@]}"
  chmod -R go+rX "$draft/jars"
  mv "$draft/jars" "$folder" 2>/dev/null || [ -e "$folder" ] || fail "$folder can’t be written"
}

# It may be read from stdin itself, of which no program may take anything.
main "$@" </dev/null
