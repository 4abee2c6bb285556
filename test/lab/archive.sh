#!/usr/bin/env bash
# archive.sh ROOT LAYERS SPARK TARGET: the layer with the archive of Spark's classes for the lab's hosts, see image/java. SPARK is
# Apache's archive. Half a minute.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$1 layers=$2 spark=$3 target=$4

record() { # HOST: a folder with the file system of a host
  local host=$1 count
  mkdir -p "$host/opt/spark" "$host/usr/lib/lab-archives"
  tar -xzf "$spark" -C "$host/opt/spark" --strip-components=1
  cp "$here/load_classes.py" "$host/tmp/"
  mount -t proc proc "$host/proc"
  mount --bind /dev "$host/dev"
  env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 SPARK_LOCAL_IP=127.0.0.1 PYTHONDONTWRITEBYTECODE=1 \
    RECORD_ARCHIVE=/usr/lib/lab-archives/draft chroot "$host" /opt/spark/bin/spark-submit --master 'local[2]' --conf spark.ui.port=0 \
    /tmp/load_classes.py
  count=("$host"/opt/spark/jars/*.jar)
  mkdir -p "$target/usr/lib/lab-archives"
  mv "$host/usr/lib/lab-archives/draft" "$target/usr/lib/lab-archives/$(basename "$host"/opt/spark/jars/spark-core_*.jar .jar)-${#count[@]}.jsa"
}

if [ "${LAB_ARCHIVE_SPACE:-}" != own ]; then
  # Mounts and processes of its own, which end with it.
  LAB_ARCHIVE_SPACE=own exec unshare --mount --pid --fork --kill-child "${BASH_SOURCE[0]}" "$@"
fi
mkdir -p "$target"
work=$(mktemp -d "$target.work-XXXXXX")
trap 'umount -R "$work/host" 2> /dev/null || true; rm -rf --one-file-system "$work"' EXIT
mkdir "$work"/{upper,work,host}
mount -t overlay lab-archive "$work/host" \
  -o "lowerdir=$layers/debian-java:$layers/common:$root,upperdir=$work/upper,workdir=$work/work"
record "$work/host" >&2
