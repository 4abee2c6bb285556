import type { Properties } from '../../model/software/properties.ts';
import { entries, list, object, quantity, text } from '../beacon/untrusted.ts';

/** Ports of HDFS's daemons: those of Hadoop 3's `hdfs-default.xml`, but for the NameNode's, which is the Python tool's: jobs have its URL. */
export const hdfsPorts = {
  nameNode: 9000,
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

/** Where HDFS's daemons work, and the NameNode keeps its metadata: on the root disk, which outlives a stop. */
export const hdfsFolder = '/var/lib/hadoop';

/** HDFS's configuration on a node, with a property a line. */
export const hdfsConfiguration = '/opt/hadoop/etc/hadoop/hdfs-site.xml';

/** On the master: addresses of DataNodes that get no data any more, one a line. The NameNode doesn't start without it. */
export const hdfsExcludeFile = `${hdfsFolder}/excluded`;

/**
 * Hadoop's configuration, by file name, for machines that fill in what stands between `@`.
 *
 * @param replication how many DataNodes keep each block
 * @param own the user's own properties, which win over ours
 */
export function hdfsTemplates(
  replication: number,
  own: { readonly coreSite?: Properties | undefined; readonly hdfsSite?: Properties | undefined },
): [string, string][] {
  return [
    [
      'core-site.xml',
      siteFile({
        'fs.defaultFS': `hdfs://@MASTER@:${hdfsPorts.nameNode}`,
        ...xmlTexts(own.coreSite),
      }),
    ],
    [
      'hdfs-site.xml',
      siteFile({
        'dfs.replication': String(replication),
        'dfs.namenode.rpc-address': `@MASTER@:${hdfsPorts.nameNode}`,
        'dfs.namenode.http-address': `@MASTER@:${hdfsPorts.nameNodeUi}`,
        'dfs.namenode.name.dir': `file://${hdfsFolder}/name`,
        'dfs.hosts.exclude': hdfsExcludeFile,
        // A user who shrinks a cluster waits for it; Hadoop's own half a minute is for thousands of machines.
        'dfs.namenode.decommission.interval': '3',
        // Hadoop's own 2 copies at a time from each machine are for networks of old.
        'dfs.namenode.replication.max-streams': '20',
        'dfs.namenode.replication.max-streams-hard-limit': '40',
        'dfs.namenode.replication.work.multiplier.per.iteration': '10',
        // After a start it can be written to once all blocks are there, and not half a minute later.
        'dfs.namenode.safemode.extension': '1000',
        // A machine that was removed counts as alive for a minute, not for ten: as long it may be asked for copies, in vain.
        'dfs.namenode.heartbeat.recheck-interval': '15000',
        'dfs.namenode.reconstruction.pending.timeout-sec': '120',
        'dfs.datanode.data.dir': '@FOLDERS@',
        'dfs.datanode.hostname': '@ADDRESS@',
        'dfs.datanode.address': `@ADDRESS@:${hdfsPorts.dataNode}`,
        'dfs.datanode.ipc.address': `@ADDRESS@:${hdfsPorts.dataNodeIpc}`,
        'dfs.datanode.http.address': `@ADDRESS@:${hdfsPorts.dataNodeUi}`,
        // A VPC may have no names for its addresses.
        'dfs.namenode.datanode.registration.ip-hostname-check': 'false',
        // Who gets in is one user's cluster's own; names aren't verified anyway.
        'dfs.permissions.enabled': 'false',
        ...xmlTexts(own.hdfsSite),
      }),
    ],
  ];
}

/** Values as XML, in which nothing is a mark that a node replaces, and all is ASCII. */
function xmlTexts(properties: Properties = {}): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      value.replaceAll(/[^ -~]|[&<>@]/gu, (char) => `&#${char.codePointAt(0) ?? 0};`),
    ]),
  );
}

/** Text of a file of Hadoop's configuration. */
export function siteFile(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>\n`,
  );
  return `<configuration>\n${lines.join('')}</configuration>\n`;
}

/** What the NameNode knows of a DataNode that reports to it. */
export interface DataNode {
  readonly address: string;
  /** `leaving`: its blocks are being copied to others; `empty`: all of them are elsewhere too. */
  readonly state: 'in service' | 'leaving' | 'empty';
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly blocks: number;
  /** Blocks of one that is leaving that aren't on enough others yet; 0 also as long as nobody has counted them. */
  readonly blocksToMove: number;
  /** How long ago the NameNode last heard from it, in seconds: each 3 s, if it lives. */
  readonly silentSeconds: number;
}

/** What the NameNode says of itself and its DataNodes. */
export interface HdfsStatus {
  /** Why nothing can be written, in the NameNode's words; `null` if it can. */
  readonly safeMode: string | null;
  readonly dataNodes: readonly DataNode[];
  /** Blocks of files in all. */
  readonly blocks: number;
  /** Blocks that are on no DataNode that reports. */
  readonly missingBlocks: number;
  /** Blocks that are on fewer DataNodes than they are to be. */
  readonly underReplicatedBlocks: number;
}

/**
 * Path of the page that {@link parseHdfsStatus} reads of a NameNode: a pattern that fits `NameNodeInfo` and `FSNamesystemState` (and a few
 * small ones) with one request.
 */
export const hdfsStatusPath = '/jmx?qry=Hadoop:service=NameNode,name=*N*e*';

/**
 * Reads the NameNode's `NameNodeInfo` (`NameNodeMXBean` in Hadoop's sources), some of whose fields are JSON within JSON, and a number
 * of its `FSNamesystemState`, which isn’t cached as its metrics are.
 *
 * @returns `undefined` if it isn't there yet: the page has no such bean while the NameNode starts
 */
export function parseHdfsStatus(json: string): HdfsStatus | undefined {
  const beans = list(object(JSON.parse(json))['beans']).map(object);
  const bean = (name: string): Record<string, unknown> =>
    beans.find((one) => text(one['name']).endsWith(`,name=${name}`)) ?? {};
  const info = bean('NameNodeInfo');
  if (typeof info['LiveNodes'] !== 'string') return undefined;
  const leaving = object(
    JSON.parse(typeof info['DecomNodes'] === 'string' ? info['DecomNodes'] : '{}'),
  );
  const safeMode = text(info['Safemode']).trim();
  return {
    safeMode: safeMode === '' ? null : safeMode,
    dataNodes: entries(JSON.parse(info['LiveNodes'])).map(([name, entry]) => {
      const node = object(entry);
      return {
        address: text(node['xferaddr']).replace(/:\d+$/, ''),
        state: dataNodeState(text(node['adminState'])),
        usedBytes: quantity(node['used']),
        freeBytes: quantity(node['remaining']),
        blocks: quantity(node['numBlocks']),
        blocksToMove: quantity(object(leaving[name])['underReplicatedBlocks']),
        silentSeconds: quantity(node['lastContact']),
      };
    }),
    blocks: quantity(info['TotalBlocks']),
    missingBlocks: quantity(info['NumberOfMissingBlocks']),
    underReplicatedBlocks: quantity(bean('FSNamesystemState')['UnderReplicatedBlocks']),
  };
}

// Of `DatanodeInfo.AdminStates`; maintenance, which nobody here asks for, keeps blocks as well.
function dataNodeState(adminState: string): DataNode['state'] {
  if (adminState === 'Decommissioned') return 'empty';
  return adminState === 'Decommission In Progress' ? 'leaving' : 'in service';
}

/** Path of the page that {@link parseConfiguredReplication} reads of a NameNode. */
export const hdfsReplicationPath = '/conf?name=dfs.replication';

/** On how many DataNodes the NameNode wants each block to be when it lets a DataNode go. */
export function parseConfiguredReplication(text: string): number | undefined {
  const [, value] = /<value>(\d+)<\/value>/.exec(text) ?? [];
  return value === undefined ? undefined : Number(value);
}

/** Path of the page that {@link parseHighestReplication} reads of a NameNode: its report of all files. */
export const hdfsFilesPath = '/fsck?ugi=hdfs&path=/&files=1';

/** On how many DataNodes the blocks of any file are to be: the highest number; 0 if no file has one. */
export function parseHighestReplication(text: string): number {
  const files = text.matchAll(/ bytes, replicated: replication=(\d+), ([1-9]\d*) block/g);
  return [...files].reduce((highest, [, number]) => Math.max(highest, Number(number)), 0);
}
