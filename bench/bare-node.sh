#!/bin/bash
# What a node needs at least, as user data: finds out who it is, fetches and unpacks Spark, starts its daemon. It reports nothing, checks
# nothing, survives nothing. The address of the archive is filled in.
metadata=http://169.254.169.254/latest
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 600' "$metadata/api/token")
ask() { curl -sf -H "X-aws-ec2-metadata-token: $token" "$metadata/meta-data/$1"; }
address=$(ask local-ipv4)
mkdir -p /opt/spark
curl -sf '@SPARK@' | tar -xz -C /opt/spark --strip-components=1
until master=$(ask tags/instance/bare-master); do sleep 1; done
if [ "$(ask ami-launch-index)" = 0 ]; then
  daemon="master.Master --port 7077 --webui-port 8080"
else
  # A worker that comes first tries again only seconds later.
  until (exec 3<>"/dev/tcp/$master/7077") 2>/dev/null; do sleep 1; done
  daemon="worker.Worker --port 7078 --webui-port 8081 --cores 2 --memory 4g --work-dir /tmp spark://$master:7077"
fi
systemd-run --quiet --unit=bare-spark --setenv=SPARK_LOCAL_IP="$address" /bin/bash -c \
  "set -f; exec java -cp /opt/spark/jars/* org.apache.spark.deploy.${daemon/ / --host $address }"
