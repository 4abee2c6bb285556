#!/bin/bash
# Runs a command of Hadoop's file system shell with a cluster's settings:
# s3-shell.sh JAVA_HOME CLASS_PATH SPARK_DEFAULTS SETTINGS COMMAND...
#
# The settings of S3 stand in spark-defaults.conf, and in SETTINGS, of which each line is NAME=VALUE. The former may hold keys: they go by a
# file that only the user of this program can read, never by arguments. Also run by the bash of macOS.
set -uo pipefail
export LC_ALL=C TZ=UTC
umask 077
java=$1/bin/java class_path=$2 defaults=$3 settings=$4
shift 4

main() {
  draft=$(mktemp -d) || exit 1
  trap 'rm -rf "$draft"' EXIT
  # Of two lines of one property the last one counts, here and there. What is wrong is to be told soon: nothing is tried again for minutes.
  {
    echo '<configuration>'
    sed -n -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/\\\\/\\/g' -e 's/\\\([:=#!]\)/\1/g' \
      -e 's|^spark\.hadoop\.\(fs\.s3a\.[^ ]*\)  *\(.*\)$|<property><name>\1</name><value>\2</value></property>|p' "$defaults"
    while read -r one; do
      [ -z "$one" ] || echo "<property><name>${one%%=*}</name><value>${one#*=}</value></property>"
    done <<<"fs.s3a.attempts.maximum=1
fs.s3a.retry.limit=1
fs.s3a.connection.establish.timeout=10000
$settings"
    echo '</configuration>'
  } >"$draft/core-site.xml"
  "$java" -Xmx256m -XX:TieredStopAtLevel=1 -cp "$draft:$class_path" org.apache.hadoop.fs.FsShell "$@"
}

# It may be read from stdin itself, of which no program may take anything.
main "$@" </dev/null
