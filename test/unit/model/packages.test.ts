import { describe, expect, it } from 'vitest';
import { parseCoordinates } from '../../../src/model/software/packages/maven-coordinates.ts';
import { packageProblems } from '../../../src/model/software/packages/package-fit.ts';
import {
  packageNames,
  packageSet,
  packagesToFetch,
} from '../../../src/model/software/packages/package-set.ts';
import { tableFormats, tableRelease } from '../../../src/model/software/packages/table-formats.ts';
import { sparkLine } from '../../../src/model/software/spark-versions.ts';
import { tableProperties } from '../../../src/node/services/tables.ts';

const releases = ['3.5.9', '4.0.5', '4.1.4', '4.2.1', '4.3.0'];

/** Severity, what is wrong, and what to use instead. */
function problemsOf(coordinates: string, spark: string): string[] {
  return packageProblems([coordinates], spark).map(
    ({ severity, message, use }) => `${severity}: ${message} ${use ?? '-'}`,
  );
}

describe('parseCoordinates', () => {
  it('reads a group, an artifact and a version, and nothing else', () => {
    expect(parseCoordinates(' io.delta:delta-spark_4.1_2.13:4.4.0 ')).toEqual({
      group: 'io.delta',
      artifact: 'delta-spark_4.1_2.13',
      version: '4.4.0',
    });
    for (const text of ['a:b', 'a:b:c:d', 'a:b:', 'https://a:80/b', 'a b:c:1', '-a:b:$(c)', ''])
      expect(parseCoordinates(text)).toBeUndefined();
  });
});

describe('packageProblems', () => {
  it.each([
    ['io.delta:delta-spark_2.12:3.3.3', '3.5.9'],
    ['io.delta:delta-spark_2.13:4.0.1', '4.0.5'],
    ['io.delta:delta-spark_4.0_2.13:4.4.0', '4.0.5'],
    ['io.delta:delta-spark_4.1_2.13:4.4.0', '4.1.4'],
    ['io.delta:delta-spark_4.1_2.13:4.1.0', '4.1.1'],
    ['io.delta:delta-spark_2.13:4.4.0', '4.2.1'],
    ['io.delta:delta-storage:4.4.0', '4.1.4'],
    ['org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0', '4.1.4'],
    ['org.apache.iceberg:iceberg-aws-bundle:1.12.0', '4.1.4'],
    ['org.apache.hadoop:hadoop-aws:3.3.4', '3.5.9'],
    ['org.apache.hadoop:hadoop-aws:3.4.2', '4.1.4'],
    ['org.apache.spark:spark-avro_2.13:4.1.4', '4.1.4'],
    ['org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.9', '3.5.9'],
    ['org.apache.spark:spark-streaming-kafka-0-10_2.13:4.1.4', '4.1.4'],
    ['org.postgresql:postgresql:42.7.4', '4.1.4'],
    ['graphframes:graphframes:0.8.4-spark3.5-s_2.12', '3.5.9'],
    ['org.apache.hudi:hudi-spark3.5-bundle_2.12:1.0.2', '3.5.9'],
    ['org.mongodb.spark:mongo-spark-connector_2.13:10.5.0', '4.1.4'],
    ['org.apache.sedona:sedona-spark-shaded-4.0_2.13:1.8.0', '4.0.5'],
    ['https://example.com/spark-avro_2.12-3.0.0.jar', '4.1.4'],
  ])('finds none in %s with Spark %s', (coordinates, spark) => {
    expect(problemsOf(coordinates, spark)).toEqual([]);
  });

  it.each([
    [
      'io.delta:delta-spark_2.13:4.4.0',
      '4.1.4',
      'error: delta-spark_2.13:4.4.0 is for Spark 4.2, and the cluster has Spark 4.1.4. io.delta:delta-spark_4.1_2.13:4.4.0',
    ],
    [
      'io.delta:delta-spark_4.1_2.13:4.1.0',
      '4.1.4',
      'error: delta-spark_4.1_2.13:4.1.0 fails with Spark 4.1.2 and newer (ALTER TABLE, TRUNCATE TABLE), and the cluster has Spark 4.1.4. io.delta:delta-spark_4.1_2.13:4.4.0',
    ],
    [
      'io.delta:delta-core_2.12:2.4.0',
      '3.5.9',
      'error: delta-core_2.12:2.4.0 is for Spark 3.4, and the cluster has Spark 3.5.9. io.delta:delta-spark_2.12:3.3.3',
    ],
    [
      'io.delta:delta-spark_2.12:3.3.3',
      '4.1.4',
      'error: delta-spark_2.12:3.3.3 is for Spark 3.5, and the cluster has Spark 4.1.4. io.delta:delta-spark_4.1_2.13:4.4.0',
    ],
    [
      'io.delta:delta-spark_2.13:3.3.3',
      '3.5.9',
      'warning: delta-spark_2.13:3.3.3 is for Scala 2.13, and Spark 3.5.9 is built for Scala 2.12, except for a separate download. io.delta:delta-spark_2.12:3.3.3',
    ],
    [
      'io.delta:delta-spark_4.2_2.13:4.4.0',
      '4.3.0',
      'error: delta-spark_4.2_2.13:4.4.0 is for Spark 4.2, and the cluster has Spark 4.3.0. -',
    ],
    [
      'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.12.0',
      '4.1.4',
      'error: iceberg-spark-runtime-3.5_2.12:1.12.0 is for Spark 3.5, and the cluster has Spark 4.1.4. org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0',
    ],
    [
      'org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0',
      '4.2.1',
      'error: iceberg-spark-runtime-4.1_2.13:1.12.0 is for Spark 4.1, and the cluster has Spark 4.2.1. -',
    ],
    [
      'org.apache.hadoop:hadoop-aws:3.3.4',
      '4.1.4',
      'error: hadoop-aws:3.3.4 is for Hadoop 3.3.4, and Spark 4.1.4 contains Hadoop 3.4.2. org.apache.hadoop:hadoop-aws:3.4.2',
    ],
    [
      'org.apache.spark:spark-avro_2.12:3.5.9',
      '4.1.4',
      'error: spark-avro_2.12:3.5.9 is for Spark 3.5.9, and the cluster has Spark 4.1.4. org.apache.spark:spark-avro_2.13:4.1.4',
    ],
    [
      'org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.3',
      '4.1.4',
      'warning: spark-sql-kafka-0-10_2.13:4.1.3 is for Spark 4.1.3, and the cluster has Spark 4.1.4. org.apache.spark:spark-sql-kafka-0-10_2.13:4.1.4',
    ],
    [
      'org.apache.spark:spark-hadoop-cloud_2.12:4.1.4',
      '4.1.4',
      'error: spark-hadoop-cloud_2.12:4.1.4 is for Scala 2.12, and Spark 4.1.4 is built for Scala 2.13. org.apache.spark:spark-hadoop-cloud_2.13:4.1.4',
    ],
    [
      'org.mongodb.spark:mongo-spark-connector_2.12:10.5.0',
      '4.1.4',
      'error: mongo-spark-connector_2.12:10.5.0 is for Scala 2.12, and Spark 4.1.4 is built for Scala 2.13. org.mongodb.spark:mongo-spark-connector_2.13:10.5.0',
    ],
    [
      'graphframes:graphframes:0.8.4-spark3.5-s_2.12',
      '4.1.4',
      'error: graphframes:0.8.4-spark3.5-s_2.12 is for Spark 3.5, and the cluster has Spark 4.1.4. -',
    ],
    [
      'org.apache.sedona:sedona-spark-shaded-4.0_2.13:1.8.0',
      '4.1.4',
      'warning: sedona-spark-shaded-4.0_2.13:1.8.0 is for Spark 4.0, and the cluster has Spark 4.1.4. -',
    ],
  ])('finds what is wrong with %s and Spark %s', (coordinates, spark, problem) => {
    expect(problemsOf(coordinates, spark)).toEqual([problem]);
  });

  it('finds nothing wrong with what it recommends', () => {
    for (const spark of releases)
      for (const format of tableFormats) {
        const coordinates = tableRelease(format, spark)?.package;
        if (coordinates !== undefined) expect(problemsOf(coordinates, spark)).toEqual([]);
      }
  });

  it('passes over a Spark that it doesn’t know', () => {
    for (const spark of ['2.4.8', '4.9.0'])
      expect(problemsOf('org.apache.hadoop:hadoop-aws:3.3.4', spark)).toEqual([]);
  });
});

describe('packagesToFetch', () => {
  it('has the jars of table formats with their checksums, each once, and packages as they are', () => {
    const set = packageSet({
      tables: ['iceberg', 'nonsense', 'delta'],
      packages: ['a:b:1', 'a:b:1', 'https://x/y.jar'],
      s3: false,
    });
    const toFetch = packagesToFetch(set ?? { tables: [], packages: [] }, '4.1.4');
    expect(toFetch.slice(-2)).toEqual(['a:b:1', 'https://x/y.jar']);
    expect(toFetch.slice(0, -2)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^org\.apache\.iceberg:iceberg-spark-runtime-4\.1_2\.13:1\.12\.0=[0-9a-f]{64}$/,
        ),
        expect.stringMatching(/^io\.delta:delta-storage:4\.4\.0=[0-9a-f]{64}$/),
      ]),
    );
    // Those that Spark has in another version.
    expect(toFetch.join('\n')).not.toMatch(/hadoop-client|log4j|scala-library/);
    expect(
      packageNames(
        { tables: ['delta'], packages: ['io.delta:delta-spark_4.1_2.13:4.4.0'] },
        '4.1.4',
      ),
    ).toEqual(['io.delta:delta-spark_4.1_2.13:4.4.0']);
    expect(packageSet({ tables: [], packages: [], s3: false })).toBeUndefined();
  });

  it.each(releases)('has what Spark %s needs for S3, of the Hadoop inside it', (spark) => {
    const set = packageSet({ tables: [], packages: [], s3: true }) ?? { tables: [], packages: [] };
    const { hadoop, scala } = sparkLine(spark) ?? {};
    expect(packageNames(set, spark)).toEqual([`org.apache.hadoop:hadoop-aws:${hadoop}`]);
    const toFetch = packagesToFetch(set, spark);
    expect(toFetch.map((one) => one.split(':')[1])).toEqual(
      expect.arrayContaining(['hadoop-aws', `spark-hadoop-cloud_${scala}`, 'wildfly-openssl']),
    );
    // Alone: what their POMs name beyond that is for other clouds.
    for (const one of toFetch) expect(one).toMatch(/^[\w.-]+:[\w.-]+:[\w.-]+=(?:[0-9a-f]{64})?$/);
    expect(packageProblems(packageNames(set, spark), spark)).toEqual([]);
  });

  it('has a jar of one file once for all that share it', () => {
    const sums = new Map<string, string>();
    for (const spark of releases)
      for (const one of packagesToFetch({ tables: tableFormats, packages: [] }, spark)) {
        const [coordinates = '', sum = ''] = one.split('=');
        expect(sums.get(coordinates) ?? sum).toBe(sum);
        sums.set(coordinates, sum);
      }
    expect(sums.size).toBeGreaterThan(10);
  });
});

describe('tableProperties', () => {
  it('let both formats be used side by side, Iceberg’s tables in a catalog of their own', () => {
    const both = Object.fromEntries(tableProperties(['delta', 'iceberg'], '/w'));
    expect(both).toMatchObject({
      'spark.sql.extensions': expect.stringMatching(
        /^io\.delta\..+,org\.apache\.iceberg\./,
      ) as string,
      'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
      'spark.sql.catalog.iceberg.warehouse': '/w',
    });
    const alone = Object.fromEntries(tableProperties(['iceberg'], undefined));
    expect(alone).toMatchObject({
      'spark.sql.catalog.spark_catalog': 'org.apache.iceberg.spark.SparkSessionCatalog',
      'spark.sql.catalog.iceberg.type': 'hadoop',
    });
    expect(Object.keys(alone).join()).not.toContain('warehouse');
    expect(tableProperties([], '/w')).toEqual([]);
  });
});

describe('tableRelease', () => {
  it('has a library for the releases that one was published for', () => {
    const lines = (format: (typeof tableFormats)[number]) =>
      releases.filter((spark) => tableRelease(format, spark) !== undefined);
    expect(lines('delta')).toEqual(['3.5.9', '4.0.5', '4.1.4', '4.2.1']);
    expect(lines('iceberg')).toEqual(['3.5.9', '4.0.5', '4.1.4']);
    expect(tableRelease('delta', '4.9.0')).toBeUndefined();
  });
});
