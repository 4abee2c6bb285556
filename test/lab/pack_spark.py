#!/usr/bin/env python3
"""Makes archives of Spark as Apache lays them out, for the lab's download server.

  pack_spark.py full VERSION SOURCE OUT     real Spark; SOURCE is an unpacked Spark or the source archive of the package pyspark
  pack_spark.py light VERSION CLASSES OUT   stand-ins of the daemons (see light/), a few kilobytes; CLASSES is javac's output

The full one leaves out what a standalone cluster doesn't load (Kubernetes, Hive, RocksDB), and has the scripts that pyspark lacks and
the Python Flintrock calls; their text is the lab's own.
"""

import io
import os
import re
import sys
import tarfile
import zipfile

LEFT_OUT = re.compile(
    r"kubernetes|mesos|hive|datanucleus|derby|jdo|rocksdb|okhttp|okio|libthrift|libfb303|HikariCP|bonecp|scala-compiler|"
    r"netty-transport-native-(kqueue|epoll.*(aarch|riscv)|io_uring.*(aarch|riscv))|netty-tcnative.*(osx|windows|aarch)|"
    r"netty-codec-native-quic|zjsonpatch|super-csv|stax|connect-repl|vertx"
)

_HEAD = """#!/usr/bin/env bash
[ -n "$SPARK_HOME" ] || export SPARK_HOME="$(cd "$(dirname "$0")/.." && pwd)"
. "$SPARK_HOME/sbin/spark-config.sh"
. "$SPARK_HOME/bin/load-spark-env.sh"
: "${SPARK_MASTER_HOST:=$(hostname -f)}" "${SPARK_MASTER_PORT:=7077}" "${SPARK_MASTER_WEBUI_PORT:=8080}"
"""
_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"
_SCRIPTS = {
    "start-master": f'exec "$SPARK_HOME/sbin/spark-daemon.sh" start {_MASTER} 1 --host "$SPARK_MASTER_HOST" '
    '--port "$SPARK_MASTER_PORT" --webui-port "$SPARK_MASTER_WEBUI_PORT" "$@"\n',
    "stop-master": f'exec "$SPARK_HOME/sbin/spark-daemon.sh" stop {_MASTER} 1\n',
    "start-worker": f"""master=${{1:?usage: start-worker.sh MASTER_URL}}; shift
for ((i = 1; i <= ${{SPARK_WORKER_INSTANCES:-1}}; i++)); do
  "$SPARK_HOME/sbin/spark-daemon.sh" start {_WORKER} $i --webui-port $((${{SPARK_WORKER_WEBUI_PORT:-8081}} + i - 1)) "$master" "$@"
done
""",
    "stop-worker": f"""for ((i = 1; i <= ${{SPARK_WORKER_INSTANCES:-1}}; i++)); do
  "$SPARK_HOME/sbin/spark-daemon.sh" stop {_WORKER} $i
done
""",
    "workers": """f=${SPARK_WORKERS:-}
[ -n "$f" ] || { f="$SPARK_CONF_DIR/workers"; [ -f "$f" ] || f="$SPARK_CONF_DIR/slaves"; }
if [ -f "$f" ]; then list=$(sed 's/#.*//;/^[[:space:]]*$/d' "$f"); else list=localhost; fi
printf -v cmd '%q ' "$@"
for w in $list; do
  ssh ${SPARK_SSH_OPTS:--o StrictHostKeyChecking=no} "$w" "$cmd" 2>&1 | sed "s/^/$w: /" &
done
wait
""",
    "start-workers": 'exec "$SPARK_HOME/sbin/workers.sh" "$SPARK_HOME/sbin/start-worker.sh" '
    '"spark://$SPARK_MASTER_HOST:$SPARK_MASTER_PORT"\n',
    "stop-workers": 'exec "$SPARK_HOME/sbin/workers.sh" "$SPARK_HOME/sbin/stop-worker.sh"\n',
    "start-all": '"$SPARK_HOME/sbin/start-master.sh"\n"$SPARK_HOME/sbin/start-workers.sh"\n',
    "stop-all": '"$SPARK_HOME/sbin/stop-workers.sh"\n"$SPARK_HOME/sbin/stop-master.sh"\n',
}
for _name in ("start-worker", "stop-worker", "start-workers", "stop-workers", "workers"):
    _SCRIPTS[_name.replace("worker", "slave")] = f'exec "$SPARK_HOME/sbin/{_name}.sh" "$@"\n'

_LIGHT_CLASS = """#!/usr/bin/env bash
home=$(cd "$(dirname "$0")/.." && pwd)
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx64m -cp "$home/jars/*" "$@"
"""
_LIGHT_SUBMIT = """#!/usr/bin/env bash
echo "This is the lab's light Spark: it has daemons that answer, and runs nothing." >&2
exit 1
"""


class Archive:
    def __init__(self, out, version):
        self.root = f"spark-{version}-bin-hadoop3"
        self.file = tarfile.open(out, "w:gz", compresslevel=0)
        self.names = set()

    def add(self, name, content, mode=0o644):
        entry = tarfile.TarInfo(f"{self.root}/{name}")
        entry.size, entry.mode, entry.mtime = len(content), mode, 1700000000
        self.file.addfile(entry, io.BytesIO(content))
        self.names.add(name)


def members(source):
    """(path in Spark's folder, function that reads it) of every file of an unpacked Spark or of pyspark's source archive."""
    if os.path.isdir(source):
        for folder, _, files in os.walk(source):
            for file in files:
                path = os.path.join(folder, file)
                name = os.path.relpath(path, source)
                if name.startswith("examples/") and not name.startswith("examples/src/"):
                    name = f"examples/src/main/python/{name.removeprefix('examples/')}"
                yield name, lambda path=path: open(path, "rb").read()
        return
    places = {
        "deps/bin/": "bin/", "deps/sbin/": "sbin/", "deps/jars/": "jars/", "deps/data/": "data/",
        "deps/examples/": "examples/src/main/python/", "lib/": "python/lib/", "pyspark/": "python/pyspark/",
    }
    archive = tarfile.open(source)
    for entry in archive:
        path = entry.name.partition("/")[2]
        place = next((place for place in places if path.startswith(place)), None)
        if entry.isfile() and place:
            yield places[place] + path[len(place):], lambda entry=entry: archive.extractfile(entry).read()


def pack_full(version, source, out):
    archive = Archive(out, version)
    for name, read in members(source):
        if name.endswith((".cmd", ".pyc")) or (name.startswith("jars/") and LEFT_OUT.search(name)):
            continue
        archive.add(name, read(), 0o755 if name.startswith(("bin/", "sbin/")) else 0o644)
    for name, text in _SCRIPTS.items():
        if f"sbin/{name}.sh" not in archive.names:
            archive.add(f"sbin/{name}.sh", (_HEAD + text).encode(), 0o755)
    if "RELEASE" not in archive.names:
        archive.add("RELEASE", f"Spark {version}, repacked for the lab\n".encode())
    archive.file.close()


def pack_light(version, classes, out):
    jar = io.BytesIO()
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as package:
        for folder, _, files in os.walk(classes):
            for file in sorted(files):
                path = os.path.join(folder, file)
                package.write(path, os.path.relpath(path, classes))
    archive = Archive(out, version)
    archive.add(f"jars/spark-core_2.13-{version}.jar", jar.getvalue())
    archive.add("bin/spark-class", _LIGHT_CLASS.encode(), 0o755)
    archive.add("bin/spark-submit", _LIGHT_SUBMIT.encode(), 0o755)
    archive.add("RELEASE", f"Spark {version}, the lab's light stand-in\n".encode())
    archive.file.close()


if __name__ == "__main__":
    kind, version, source, out = sys.argv[1:]
    draft = f"{out}.draft"
    os.makedirs(os.path.dirname(out), exist_ok=True)
    (pack_full if kind == "full" else pack_light)(version, source, draft)
    os.rename(draft, out)
