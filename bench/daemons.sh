#!/usr/bin/env bash
# Starts a master and two workers, waits until both are ALIVE, prints the milliseconds that took, ends them.
#
#   daemons.sh spark-class           by Spark's own bin/spark-class, as its start scripts do
#   daemons.sh direct ARCHIVES       the JVM itself with the class archives in that folder (master.jsa, worker.jsa): nothing that
#                                    could be left out is left in, and no check is made that could be left out
#
# SPARK_HOME and JAVA_HOME say what is started.
set -euo pipefail
how=$1 archives=${2:-}
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
ui=$((port + 1))
export SPARK_LOCAL_IP=127.0.0.1 SPARK_SCALA_VERSION=2.13 SPARK_CONF_DIR=$work
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$work"' EXIT

daemon() { # KIND CLASS ARGUMENT...
  local kind=$1
  shift
  if [ "$how" = spark-class ]; then
    SPARK_DAEMON_MEMORY=512m "$SPARK_HOME/bin/spark-class" "$@" >>"$work/$kind.log" 2>&1 &
  else
    "$JAVA_HOME/bin/java" -Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData \
      -XX:+IgnoreUnrecognizedVMOptions --add-opens=java.base/java.lang=ALL-UNNAMED \
      --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/sun.nio.ch=ALL-UNNAMED \
      -XX:SharedArchiveFile="$archives/$kind.jsa" -cp "$classpath" "$@" >>"$work/$kind.log" 2>&1 &
  fi
  pids+=($!)
}
get() { # the master's JSON page, without starting a program for it
  exec 3<>"/dev/tcp/127.0.0.1/$ui" || return 1
  printf 'GET /json/ HTTP/1.0\r\n\r\n' >&3
  cat <&3
  exec 3>&-
}

printf -v classpath '%s:' "$SPARK_HOME"/jars/*.jar
classpath=${classpath%:}
start=$(date +%s%N)
daemon master org.apache.spark.deploy.master.Master --host 127.0.0.1 --port "$port" --webui-port "$ui"
if [ "$how" = spark-class ]; then
  # As start-all.sh does: a worker that asks before the master listens asks again only 5 to 15 seconds later.
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.02; done
else
  # Just ahead enough to listen first, usually; a run in which it wasn't is an outlier, which the median leaves out.
  sleep 0.15
fi
for i in 1 2; do
  daemon worker org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --webui-port 0 --cores 1 --memory 1g \
    --work-dir "$work/worker-$i" "spark://127.0.0.1:$port"
done
until get 2>/dev/null | grep -q '"aliveworkers" : 2'; do sleep 0.05; done
echo $((($(date +%s%N) - start) / 1000000))
