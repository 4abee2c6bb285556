# shellcheck shell=bash disable=SC2154
# YARN on a node: what hdfs.sh reads too where YARN is asked for. The ResourceManager and the server of logs are on the master, a
# NodeManager on each worker.

# An executor has to fit into a container with what Spark asks for beside its memory, and an application master next to it.
size_yarn_executors() {
  local container=$(((MEMORY - YARN_ROOM_MIB) / EXECUTORS_PER_WORKER)) overhead
  overhead=$(((container + 10) / 11))
  EXECUTOR_MEMORY=$((container - (overhead > 384 ? overhead : 384)))m
}

# OPTIONS of the daemons' JVM
configure_yarn() {
  local folders options="$1 -Dhadoop.log.dir=/var/lib/yarn -Dyarn.log.dir=/var/lib/yarn"
  [ -z "$SPARK_VERSION" ] || {
    size_yarn_executors
    fill spark-defaults.conf
    write 640 root:spark "$CONF/spark-defaults.conf" "$REPLY"
  }
  user yarn /var/lib/yarn >/dev/null 2>&1
  mkdir -p /var/lib/yarn
  chown yarn:yarn /var/lib/yarn
  # Those that get no containers any more: src/node/services/yarn/yarn.ts.
  touch /var/lib/hadoop/yarn-excluded
  folders=$(daemon_folders yarn 755)
  folders=${folders//$'\n'/,}
  fill capacity-scheduler.xml
  write 644 root:root "$HADOOP_CONF/capacity-scheduler.xml" "$REPLY"
  fill yarn-site.xml
  REPLY=${REPLY//@YARN_FOLDERS@/${folders//,//local,}/local}
  REPLY=${REPLY//@YARN_LOG_FOLDERS@/${folders//,//logs,}/logs}
  REPLY=${REPLY//@YARN_MEMORY@/$MEMORY}
  # One more than there are: an application master mostly waits.
  write 644 root:root "$HADOOP_CONF/yarn-site.xml" "${REPLY//@YARN_CORES@/$((CORES + 1))}"
  # By it nodes are called by their addresses, as in HDFS, whether there are names for them or not.
  write 644 root:root "$HADOOP_CONF/hosts" "127.0.0.1 localhost
127.0.1.1 $(hostname)"
  options="-Djdk.net.hosts.file=$HADOOP_CONF/hosts $options"
  if [ "$ROLE" = master ]; then
    service yarn-resourcemanager 'YARN ResourceManager' yarn "$HADOOP_CONF/flintrock.env" "set -f
cd /var/lib/yarn
exec $JAVA/bin/java -Xmx1g $options $YARN_MASTER_CLASS"
    # It needs a file system that can be written to.
    service yarn-logs 'YARN application logs' yarn "$HADOOP_CONF/flintrock.env" "set -f
cd /var/lib/yarn
exec $JAVA/bin/java -Xmx512m $options $YARN_LOGS_CLASS"
  else
    wait_for_port "$MASTER" "$YARN_PORT"
    service yarn-nodemanager 'YARN NodeManager' yarn "$HADOOP_CONF/flintrock.env" "${REPLY}set -f
export SPARK_LOCAL_IP=$ADDRESS
cd /var/lib/yarn
exec $JAVA/bin/java -Xmx512m $options $YARN_WORKER_CLASS"
  fi
}

yarn_alive() {
  if [ "$ROLE" = master ]; then
    page_has "$YARN_UI_PORT" /ws/v1/cluster/info '"state" *: *"STARTED"'
  else
    page_has "$YARN_WORKER_UI_PORT" /ws/v1/node/info '"nodeHealthy" *: *true'
  fi
}

start_yarn() {
  if [ "$ROLE" = master ]; then
    systemctl restart --no-block flintrock-yarn-logs.service
    start_service yarn-resourcemanager yarn_alive
  else
    start_service yarn-nodemanager yarn_alive
  fi
}
