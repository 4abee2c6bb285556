# shellcheck shell=bash disable=SC2154
# HDFS on a node: what bootstrap.sh reads too where HDFS is asked for. The NameNode is on the master, a DataNode on each worker.

HADOOP_CONF=/opt/hadoop/etc/hadoop
# shellcheck source=/dev/null
[ -z "${YARN_PORT:-}" ] || . "$LIB/yarn.sh"

# Makes the folders of a daemon: USER MODE, the user's name is theirs. On the instance store if there is one, which is blank after a stop.
daemon_folders() {
  local folder folders
  id "$1" >/dev/null 2>&1 || return 0
  folders=$(local_folders)
  for folder in ${folders//,/ }; do
    folder=${folder%/spark}/$1
    mkdir -p "$folder"
    chown "$1:$1" "$folder"
    chmod "$2" "$folder"
    echo "$folder"
  done
}

hdfs_folders() {
  daemon_folders hdfs 700
  daemon_folders yarn 755
}

configure_hdfs() {
  local program options name folders
  user hdfs /var/lib/hadoop >/dev/null 2>&1
  # The NameNode's metadata: on the root disk, which outlives a stop.
  mkdir -p /var/lib/hadoop "$HADOOP_CONF"
  chown hdfs:hdfs /var/lib/hadoop
  chmod 755 /var/lib/hadoop
  # Those that are to lose their data: src/node/services/hdfs.ts.
  touch /var/lib/hadoop/excluded
  folders=$(daemon_folders hdfs 700)
  for name in core-site.xml hdfs-site.xml; do
    fill $name
    write 644 root:root "$HADOOP_CONF/$name" "${REPLY//@FOLDERS@/${folders//$'\n'/,}}"
  done
  write 644 root:root "$HADOOP_CONF/flintrock.env" "JAVA_HOME=$JAVA
HADOOP_HOME=/opt/hadoop
HADOOP_CONF_DIR=$HADOOP_CONF"
  write 755 root:root "$LIB/hadoop-program" "#!/bin/bash
set -a
. $HADOOP_CONF/flintrock.env
exec \"/opt/hadoop/bin/\${0##*/}\" \"\$@\""
  for program in /opt/hadoop/bin/*; do
    case $program in *.cmd) ;; *) ln -sfn "$LIB/hadoop-program" "/usr/local/bin/${program##*/}" ;; esac
  done
  # Spark's jobs and daemons find HDFS by it.
  [ ! -e "$CONF/spark-env.sh" ] || grep -q ^HADOOP_CONF_DIR= "$CONF/spark-env.sh" ||
    echo "HADOOP_CONF_DIR=$HADOOP_CONF" >>"$CONF/spark-env.sh"
  options="-XX:+UseSerialGC $HDFS_OPTIONS -Dhadoop.log.dir=/var/lib/hadoop"
  java_major "$JAVA"
  [ "$MAJOR" -lt 9 ] || options+=' --add-opens=java.base/java.lang=ALL-UNNAMED'
  name=/opt/hadoop/share/hadoop
  options+=" -cp $HADOOP_CONF:$name/common/lib/*:$name/common/*:$name/hdfs:$name/hdfs/lib/*:$name/hdfs/*"
  [ -z "${YARN_PORT:-}" ] || configure_yarn "$options:$name/mapreduce/*:$name/yarn/lib/*:$name/yarn/*:$name/yarn/timelineservice/*"
  if [ "$ROLE" = master ]; then
    service hdfs-namenode 'HDFS NameNode' hdfs "$HADOOP_CONF/flintrock.env" "set -f
cd /var/lib/hadoop
[ -e name/current/VERSION ] || $JAVA/bin/java $options $HDFS_NAMENODE_CLASS -format -nonInteractive || exit
exec $JAVA/bin/java -Xmx1g $options $HDFS_NAMENODE_CLASS"
  else
    wait_for_port "$MASTER" "$HDFS_PORT"
    service hdfs-datanode 'HDFS DataNode' hdfs "$HADOOP_CONF/flintrock.env" "${REPLY}set -f
cd /var/lib/hadoop
exec $JAVA/bin/java -Xmx512m $options $HDFS_DATANODE_CLASS"
  fi
}

hdfs_alive() {
  if [ "$ROLE" = master ]; then
    page_has "$HDFS_UI_PORT" '/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo' '"LiveNodes"'
  else
    page_has "$HDFS_DATANODE_UI_PORT" '/jmx?qry=Hadoop:service=DataNode,name=DataNodeInfo' 'ActorState[^A-Za-z]*RUNNING'
  fi
}

start_hdfs() {
  if [ "$ROLE" = master ]; then start_service hdfs-namenode hdfs_alive; else start_service hdfs-datanode hdfs_alive; fi
  [ -z "${YARN_PORT:-}" ] || start_yarn
}
