/** Ports of HDFS's daemons: those of Hadoop 3's `hdfs-default.xml`. */
export const hdfsPorts = {
  nameNode: 8020,
  nameNodeUi: 9870,
  dataNode: 9866,
  dataNodeIpc: 9867,
  dataNodeUi: 9864,
} as const;

/** Main classes of HDFS's daemons. */
export const hdfsClasses = {
  nameNode: 'org.apache.hadoop.hdfs.server.namenode.NameNode',
  dataNode: 'org.apache.hadoop.hdfs.server.datanode.DataNode',
} as const;

/**
 * Hadoop's configuration, by file name, for machines that fill in what stands between `@`.
 *
 * @param replication how many DataNodes keep each block
 */
export function hdfsTemplates(replication: number): [string, string][] {
  return [
    ['core-site.xml', siteFile({ 'fs.defaultFS': `hdfs://@MASTER@:${hdfsPorts.nameNode}` })],
    [
      'hdfs-site.xml',
      siteFile({
        'dfs.replication': String(replication),
        'dfs.namenode.rpc-address': `@MASTER@:${hdfsPorts.nameNode}`,
        'dfs.namenode.http-address': `@MASTER@:${hdfsPorts.nameNodeUi}`,
        'dfs.namenode.name.dir': 'file:///var/lib/hadoop/name',
        'dfs.datanode.data.dir': '@FOLDERS@',
        'dfs.datanode.hostname': '@ADDRESS@',
        'dfs.datanode.address': `@ADDRESS@:${hdfsPorts.dataNode}`,
        'dfs.datanode.ipc.address': `@ADDRESS@:${hdfsPorts.dataNodeIpc}`,
        'dfs.datanode.http.address': `@ADDRESS@:${hdfsPorts.dataNodeUi}`,
        // A VPC may have no names for its addresses.
        'dfs.namenode.datanode.registration.ip-hostname-check': 'false',
        // Who gets in is one person's cluster's own; names aren't verified anyway.
        'dfs.permissions.enabled': 'false',
      }),
    ],
  ];
}

function siteFile(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>\n`,
  );
  return `<configuration>\n${lines.join('')}</configuration>\n`;
}

/** What the NameNode says of itself and its DataNodes. */
export interface HdfsStatus {
  /** Why nothing can be written, in the NameNode's words; `null` if it can. */
  readonly safeMode: string | null;
  /** Addresses of the DataNodes that report to it. */
  readonly liveNodes: readonly string[];
  readonly deadNodes: number;
  /** Bytes on all DataNodes. */
  readonly totalBytes: number;
  readonly usedBytes: number;
}

/** Path of the page that {@link parseHdfsStatus} reads of a NameNode. */
export const hdfsStatusPath = '/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo';

/**
 * Reads the NameNode's `NameNodeInfo` (`NameNodeMXBean` in Hadoop's sources), some of whose fields are JSON within JSON.
 *
 * @returns `undefined` if it isn't there yet: the page has no such bean while the NameNode starts
 */
export function parseHdfsStatus(text: string): HdfsStatus | undefined {
  const page = JSON.parse(text) as {
    beans?: {
      Safemode?: string;
      Total?: number;
      Used?: number;
      LiveNodes?: string;
      DeadNodes?: string;
    }[];
  };
  const [info] = page.beans ?? [];
  if (info?.LiveNodes === undefined) return undefined;
  const live = JSON.parse(info.LiveNodes) as Record<string, { xferaddr?: string }>;
  const safeMode = (info.Safemode ?? '').trim();
  return {
    safeMode: safeMode === '' ? null : safeMode,
    liveNodes: Object.values(live).map(({ xferaddr = '' }) => xferaddr.replace(/:\d+$/, '')),
    deadNodes: Object.keys(JSON.parse(info.DeadNodes ?? '{}') as object).length,
    totalBytes: info.Total ?? 0,
    usedBytes: info.Used ?? 0,
  };
}
