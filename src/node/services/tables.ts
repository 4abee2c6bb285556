import type { TableFormat } from '../../model/software/packages/table-formats.ts';

/** Name of the catalog that has Iceberg’s tables. */
const icebergCatalog = 'iceberg';

const extensions: Readonly<Record<TableFormat, string>> = {
  delta: 'io.delta.sql.DeltaSparkSessionExtension',
  iceberg: 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
};

/**
 * Spark’s properties for table formats.
 *
 * Spark has one session catalog: Delta’s if there is Delta, so that Iceberg’s tables have a catalog of their own in any case.
 *
 * @param warehouse URI of the folder of Iceberg’s tables; `undefined` if the user is to set it
 */
export function tableProperties(
  tables: readonly TableFormat[],
  warehouse: string | undefined,
): [string, string][] {
  if (tables.length === 0) return [];
  const properties: [string, string][] = [
    ['spark.sql.extensions', tables.map((format) => extensions[format]).join(',')],
  ];
  const session = 'spark.sql.catalog.spark_catalog';
  if (tables.includes('delta'))
    properties.push([session, 'org.apache.spark.sql.delta.catalog.DeltaCatalog']);
  if (tables.includes('iceberg')) {
    const catalogs = [
      [`spark.sql.catalog.${icebergCatalog}`, 'org.apache.iceberg.spark.SparkCatalog'],
      ...(tables.includes('delta')
        ? []
        : [[session, 'org.apache.iceberg.spark.SparkSessionCatalog'] as const]),
    ] as const;
    for (const [name, implementation] of catalogs) {
      properties.push([name, implementation], [`${name}.type`, 'hadoop']);
      if (warehouse !== undefined) properties.push([`${name}.warehouse`, warehouse]);
    }
  }
  return properties;
}
