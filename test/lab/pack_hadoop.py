#!/usr/bin/env python3
"""Makes an archive of Hadoop as Apache lays it out, for the lab's download server.

  pack_hadoop.py VERSION JARS OUT     JARS is a folder of what Maven fetched for hadoop/pom.xml

It has HDFS and YARN, with the programs that people use; their text is the lab's own, in effect what Apache's do.
"""

import io
import os
import re
import sys
import tarfile

# Of other systems, and what neither the daemons nor the programs load.
LEFT_OUT = re.compile(r"macos|osx|kqueue|riscv|aarch|netty-codec-(haproxy|memcache|mqtt|redis|smtp|stomp)|netty-transport-(rxtx|sctp|udt)|jsch|mssql|HikariCP")

_HEAD = """#!/usr/bin/env bash
: "${HADOOP_HOME:=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)}"
: "${HADOOP_CONF_DIR:=$HADOOP_HOME/etc/hadoop}" "${HADOOP_LOG_DIR:=$HADOOP_HOME/logs}"
export HADOOP_HOME HADOOP_CONF_DIR
share=$HADOOP_HOME/share/hadoop
"""
_TAIL = """exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Dproc_$name $HADOOP_OPTS $HADOOP_CLIENT_OPTS -Dhadoop.log.dir="$HADOOP_LOG_DIR" \\
  -Dhadoop.home.dir="$HADOOP_HOME" -Dhadoop.root.logger="${HADOOP_ROOT_LOGGER:-INFO,console}" \\
  -cp "$HADOOP_CONF_DIR:$share/common/lib/*:$share/common/*:$share/hdfs:$share/hdfs/lib/*:$share/hdfs/*:$share/mapreduce/*:$share/yarn:$share/yarn/lib/*:$share/yarn/*" "$class" "$@"
"""


def _program(classes):
    # What stands behind a class is its first argument.
    cases = "".join(f"  {name}) set -- {main.partition(' ')[2]} \"$@\"; class={main.split()[0]} ;;\n" for name, main in classes.items())
    return f"""{_HEAD}name=$1
shift
case $name in
{cases}  *) class=$name name=class ;;
esac
{_TAIL}"""


_HDFS = "org.apache.hadoop.hdfs"
_YARN = "org.apache.hadoop.yarn"
_SHELL = "org.apache.hadoop.fs.FsShell"
PROGRAMS = {
    "bin/hdfs": _program(
        {
            "dfs": _SHELL,
            "dfsadmin": f"{_HDFS}.tools.DFSAdmin",
            "fsck": f"{_HDFS}.tools.DFSck",
            "getconf": f"{_HDFS}.tools.GetConf",
            "balancer": f"{_HDFS}.server.balancer.Balancer",
            "namenode": f"{_HDFS}.server.namenode.NameNode",
            "datanode": f"{_HDFS}.server.datanode.DataNode",
        }
    ),
    "bin/hadoop": _program({"fs": _SHELL, "version": "org.apache.hadoop.util.VersionInfo"}),
    "bin/yarn": _program(
        {
            "application": f"{_YARN}.client.cli.ApplicationCLI application",
            "logs": f"{_YARN}.client.cli.LogsCLI",
            "node": f"{_YARN}.client.cli.NodeCLI",
            "rmadmin": f"{_YARN}.client.cli.RMAdminCLI",
            "resourcemanager": f"{_YARN}.server.resourcemanager.ResourceManager",
            "nodemanager": f"{_YARN}.server.nodemanager.NodeManager",
            "version": "org.apache.hadoop.util.VersionInfo",
        }
    ),
}
LOG = """hadoop.root.logger=INFO,console
log4j.rootLogger=${hadoop.root.logger}
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
"""


def pack(version, jars, out):
    with tarfile.open(out, "w:gz", compresslevel=0) as archive:

        def add(name, content, mode=0o644):
            entry = tarfile.TarInfo(f"hadoop-{version}/{name}")
            entry.size, entry.mode, entry.mtime = len(content), mode, 1700000000
            archive.addfile(entry, io.BytesIO(content))

        for name, text in PROGRAMS.items():
            add(name, text.encode(), 0o755)
        add("etc/hadoop/log4j.properties", LOG.encode())
        # Maven's artifacts come without the daemons' web pages, and don't start without a place for them.
        for page in ("hdfs", "datanode", "static"):
            add(f"share/hadoop/hdfs/webapps/{page}/WEB-INF/web.xml", b"<web-app/>\n")
        for jar in sorted(os.listdir(jars)):
            if LEFT_OUT.search(jar):
                continue
            own = re.match(rf"hadoop-(hdfs|common|yarn|mapreduce)(-[a-z-]+)?-{re.escape(version)}\.jar", jar)
            place = "yarn/timelineservice" if "timelineservice" in jar else own[1] if own else "common/lib"
            with open(os.path.join(jars, jar), "rb") as content:
                add(f"share/hadoop/{place}/{jar}", content.read())


if __name__ == "__main__":
    version, jars, out = sys.argv[1:]
    draft = f"{out}.draft"
    os.makedirs(os.path.dirname(out), exist_ok=True)
    pack(version, jars, draft)
    os.rename(draft, out)
