"""Counts the words of a text file on a Spark cluster, and says on which workers it ran."""

import json
import os
import sys
import time

from pyspark.sql import SparkSession

path, answer = sys.argv[1:]
spark = SparkSession.builder.appName("flintrock-demo").getOrCreate()

# A job begins as soon as one executor is there; this one is to show all of them at work.
for _ in range(300):
    if len(spark.sparkContext._jsc.sc().statusTracker().getExecutorInfos()) > 2:
        break
    time.sleep(0.1)
lines = spark.sparkContext.textFile(path, 16)


def count(part):
    """Words of one part of the file, with the worker that counted them."""
    words = {}
    for line in part:
        for word in line.split():
            words[word] = words.get(word, 0) + 1
    # An executor works in a folder of its worker's, below .../nodes/worker-1
    folders = os.getcwd().split(os.sep)
    worker = folders[folders.index("work") - 1] if "work" in folders else "?"
    yield worker, words


parts = lines.mapPartitions(count).cache()
workers = sorted(set(parts.map(lambda part: part[0]).collect()))
words = dict(parts.flatMap(lambda part: part[1].items()).reduceByKey(lambda a, b: a + b).collect())
with open(answer, "w", encoding="utf-8") as file:
    json.dump({"words": words, "workers": workers}, file)
print(f"{sum(words.values())} words, {len(words)} different, counted on {', '.join(workers)}")
spark.stop()
