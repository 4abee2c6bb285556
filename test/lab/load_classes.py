"""Has the JVM of this driver load the classes of Spark's daemons, drivers and executors, for the archive that it writes at its end."""

import tempfile

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

session = SparkSession.builder.config("spark.plugins", "org.apache.spark.sql.connect.SparkConnectPlugin").getOrCreate()
jvm = session.sparkContext._jvm
for name in ("executor.CoarseGrainedExecutorBackend$", "deploy.history.HistoryServer$", "deploy.worker.CommandUtils$"):
    jvm.java.lang.Class.forName(f"org.apache.spark.{name}")


def use(session):
    """What a first job does: it shuffles, writes and reads files, and calls Python."""
    folder = f"{tempfile.mkdtemp()}/table"
    rows = session.range(1000).selectExpr("id % 7 AS k", "id").groupBy("k").sum("id")
    rows.write.parquet(folder)
    table = session.read.parquet(folder).withColumn("twice", udf(lambda x: x * 2, "long")("k"))
    table.createOrReplaceTempView("t")
    session.sql("SELECT k, count(*) AS n FROM t JOIN t AS u USING (k) GROUP BY k ORDER BY n").collect()
    session.sparkContext.parallelize(range(10), 2).map(str).collect()
    session.createDataFrame([(1, "a")], "i int, s string").show()


# In this JVM, as an executor.
use(session)
session.stop()

# As the driver of a cluster, whose daemons are this JVM as well.
conf = jvm.org.apache.spark.SparkConf()
none = jvm.scala.Option.empty()
master = jvm.org.apache.spark.deploy.master.Master.startRpcEnvAndEndpoint("127.0.0.1", 0, 0, conf)
url = f"spark://{master._1().address().hostPort()}"
urls = session.sparkContext._gateway.new_array(jvm.java.lang.String, 1)
urls[0] = url
worker = jvm.org.apache.spark.deploy.worker.Worker
worker.startRpcEnvAndEndpoint("127.0.0.1", 0, 0, 1, 1024, urls, tempfile.mkdtemp(), none, conf, none)
session = SparkSession.builder.master(url).config("spark.executor.memory", "512m").getOrCreate()
use(session)
session.stop()
