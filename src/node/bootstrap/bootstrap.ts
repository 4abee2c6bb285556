import { shellWord } from '../../base/shell-word.ts';
import { secondsPaidFor } from '../../model/cluster/lifetime.ts';
import type { Properties } from '../../model/software/properties.ts';
import agentScript from '../agent/agent.sh';
import lifetimeScript from '../agent/lifetime.sh';
import requestProgram from '../agent/request.py';
import beaconProgram from '../beacon/beacon.py';
import lifetimeProgram from '../beacon/lifetime.py';
import { shareProgram, shareSum } from '../beacon/share-program.ts';
import { microDollars, nodeLayout } from '../layout.ts';
import { executorCoresLimit, sharesOfServices, yarnRoomMiB } from '../services/executors.ts';
import hdfsScript from '../services/hdfs.sh';
import { hdfsClasses, hdfsPorts, hdfsTemplates } from '../services/hdfs.ts';
import { pythonPackagesFolder, pythonPackagesProgram } from '../services/python-packages.ts';
import { s3DownloadSettings, s3RequestProgram } from '../services/s3/s3-download.ts';
import {
  sparkClasses,
  sparkDaemonOptions,
  sparkDefaultsTemplate,
  sparkLogFile,
  sparkModuleOptions,
  sparkPorts,
  sparkScalaVersion,
} from '../services/spark.ts';
import yarnScript from '../services/yarn/yarn.sh';
import { yarnClasses, yarnPorts, yarnTemplates } from '../services/yarn/yarn.ts';
import type { NodeSettings, Software } from '../settings.ts';
import nodeScript from './bootstrap.sh';
import { compactPython, compactShell } from './compact.ts';
import { configurationLine, recordLine } from './launch-record.ts';
import volumesScript from './volumes.sh';

/** Text of a file and its mode. */
interface NodeFile {
  readonly name: string;
  readonly mode: '600' | '755';
  readonly text: string;
}

/** The programs of the master's beacon by the names of their files, for {@link provideCommand}: the one that is started comes last. */
export const beaconPrograms: readonly (readonly [file: string, text: string])[] = [
  ['share.py', shareProgram],
  ['lifetime.py', compactPython(lifetimeProgram)],
  ['beacon.py', compactPython(beaconProgram)],
];

/**
 * The script that makes a machine a node: it writes what a node consists of into one folder, starts it and returns at once.
 *
 * Runs as root, by cloud-init at every boot, or from a shell's stdin ({@link bootstrapCommand}) on an image without cloud-init. It
 * holds the cluster's secret.
 *
 * @param withBeacon whether the beacon's programs are in it; if not, the master's beacon starts as soon as the client provides them
 * @param givesHostKey whether cloud-init is given the master's host key beside it, on workers too
 * @param ownScript the user's own user data where cloud-init doesn't run it: {@link ownScript}
 */
export function bootstrapScript(
  settings: NodeSettings,
  {
    withBeacon = true,
    ownScript = null,
    givesHostKey = false,
  }: { withBeacon?: boolean; ownScript?: string | null; givesHostKey?: boolean } = {},
): string {
  // In an order that compresses well: what is alike stands together.
  const files: NodeFile[] = [
    { name: 'secret', mode: '600', text: `${settings.secret}\n` },
    ...templates(settings).map(([name, text]) => ({
      name,
      mode: '600' as const,
      text: text.replace(/^# .*\n/gm, ''),
    })),
    { name: 'settings.sh', mode: '600', text: shellSettings(settings, givesHostKey) },
    { name: 'agent.sh', mode: '755', text: compactShell(agentScript) },
    ...(hasLifetime(settings)
      ? [{ name: 'lifetime.sh', mode: '755' as const, text: compactShell(lifetimeScript) }]
      : []),
    ...(settings.hdfs === null
      ? []
      : [{ name: 'hdfs.sh', mode: '755' as const, text: compactShell(hdfsScript) }]),
    ...(settings.hdfs?.yarn === true
      ? [{ name: 'yarn.sh', mode: '755' as const, text: compactShell(yarnScript) }]
      : []),
    ...(settings.python.packages.length > 0
      ? [
          {
            name: 'python-packages.sh',
            mode: '755' as const,
            text: compactShell(pythonPackagesProgram),
          },
        ]
      : []),
    ...(s3DownloadSettings(settings) === undefined
      ? []
      : [{ name: 's3-request.py', mode: '755' as const, text: compactPython(s3RequestProgram) }]),
    ...(settings.extraVolumes > 0
      ? [{ name: 'volumes.sh', mode: '755' as const, text: compactShell(volumesScript) }]
      : []),
    { name: 'node.sh', mode: '755', text: compactShell(nodeScript) },
    ...(withBeacon ? beaconPrograms : [])
      .filter(([name]) => name !== 'share.py' && (name !== 'lifetime.py' || hasLifetime(settings)))
      .map(([name, text]) => ({ name, mode: '755' as const, text })),
    { name: 'request.py', mode: '755', text: compactPython(requestProgram) },
    ...(ownScript === null
      ? []
      : [{ name: 'own-user-data', mode: '755' as const, text: ownScript }]),
  ];
  return `#!/bin/bash
# Makes this machine a node of the Spark cluster ${printable(settings.cluster)}
${recordLine(settings.record)}${configurationLine(settings.configuration)}set -eu
umask 077
folder=${nodeLayout.libraryFolder}
mkdir -p "$folder" "$folder.new"
put() {
  cat >"$folder.new/$1"
  [ "$2" = 600 ] || programs+=("$folder.new/$1")
}
${files.map(putFile).join('')}chmod 755 "$folder" "\${programs[@]}"
mv -f "$folder.new"/* "$folder"
exec /bin/bash "$folder/node.sh" install
`;
}

function putFile({ name, mode, text }: NodeFile): string {
  let end = 'END_OF_FILE';
  while (text.includes(end)) end += '_';
  return `put ${name} ${mode} <<'${end}'\n${text.replace(/\n?$/, '\n')}${end}\n`;
}

function printable(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]/g, '?');
}

// The names that bootstrap.sh knows.
function shellSettings(settings: NodeSettings, givesHostKey: boolean): string {
  const { spark, hdfs, java, python } = settings;
  const values: Record<string, string | number | null | readonly string[]> = {
    CLUSTER: settings.cluster,
    LAUNCH_ID: settings.launchId,
    FIXED_ROLE: settings.role,
    FIXED_MASTER: settings.masterAddress,
    LOGIN_USER: settings.loginUser,
    GIVEN_HOST_KEY: givesHostKey ? 1 : 0,
    BEACON_PORT: settings.beaconPort,
    // Workers have it from the master, and run it as root.
    SHARE_SUM: shareSum,
    ...(settings.extraVolumes > 0 && { VOLUMES: settings.extraVolumes }),
    ...(settings.httpProxy !== null && { PROXY: proxyVariables(settings.httpProxy) }),
    DEADMAN_SECONDS: settings.deadManSeconds,
    ...(hasLifetime(settings) && {
      IDLE_SECONDS: settings.lifetime.idleSeconds ?? 0,
      LONGEST_SECONDS: settings.lifetime.longestSeconds ?? 0,
      ...costSettings(settings.lifetime),
    }),
    LIFETIME_POLL: lifetimePoll(settings.lifetime),
    JAVA_MIN: java.min,
    JAVA_MAX: java.max,
    JAVA_ASKED: java.asked,
    PYTHON_MIN: python.asked ?? python.min,
    PYTHON_MAX: python.asked ?? python.max,
    PYTHON_ASKED: python.asked,
    // What Hadoop's daemons take of a worker's memory.
    EXTRA_MEMORY_MIB: sharesOfServices({ hdfs: hdfs !== null, yarn: hdfs?.yarn === true }),
    EXECUTORS_PER_WORKER: spark?.executorsPerWorker ?? 0,
    MOST_CORES: executorCoresLimit(settings.configuration['spark-defaults'] ?? {}),
    ...software('SPARK', spark),
    ...environmentSetting(settings.configuration['spark-env']),
    ...s3DownloadSettings(settings),
    SCALA_VERSION: sparkScalaVersion(spark?.version ?? ''),
    SPARK_DAEMON_OPTIONS: [...sparkDaemonOptions(8), mark(settings)].join(' '),
    SPARK_MODULE_OPTIONS: sparkModuleOptions(17).join(' '),
    SPARK_MASTER_CLASS: sparkClasses.master,
    SPARK_WORKER_CLASS: sparkClasses.worker,
    SPARK_MASTER_PORT: sparkPorts.master,
    SPARK_MASTER_UI_PORT: sparkPorts.masterUi,
    SPARK_WORKER_PORT: sparkPorts.worker,
    SPARK_WORKER_UI_PORT: sparkPorts.workerUi,
    HDFS_VERSION: null,
    ...(hdfs !== null && {
      ...software('HDFS', hdfs),
      HDFS_NAMENODE_CLASS: hdfsClasses.nameNode,
      HDFS_DATANODE_CLASS: hdfsClasses.dataNode,
      HDFS_OPTIONS: mark(settings),
      HDFS_PORT: hdfsPorts.nameNode,
      HDFS_UI_PORT: hdfsPorts.nameNodeUi,
      HDFS_DATANODE_UI_PORT: hdfsPorts.dataNodeUi,
    }),
    ...(hdfs?.yarn === true && {
      YARN_MASTER_CLASS: yarnClasses.resourceManager,
      YARN_WORKER_CLASS: yarnClasses.nodeManager,
      YARN_LOGS_CLASS: yarnClasses.logs,
      YARN_PORT: yarnPorts.resourceTracker,
      YARN_UI_PORT: yarnPorts.resourceManagerUi,
      YARN_WORKER_UI_PORT: yarnPorts.nodeManagerUi,
      YARN_ROOM_MIB: yarnRoomMiB,
    }),
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${assigned(value)}\n`);
  if (python.packages.length > 0) lines.push(packageSettings(python));
  // What the node starts for itself downloads by it, too.
  if (settings.httpProxy !== null) lines.push('export $PROXY\n');
  return lines.join('');
}

/**
 * Lines of `spark-env.sh`, which shells and systemd read: in double quotes both take the same four characters for special
 * (`systemd.exec(5)`, `EnvironmentFile`).
 */
function environmentSetting(variables: Properties = {}): Record<string, string> {
  const lines = Object.entries(variables).map(
    ([name, value]) => `${name}="${value.replaceAll(/[\\"$`]/g, '\\$&')}"`,
  );
  return lines.length === 0 ? {} : { SPARK_ENV: lines.join('\n') };
}

// With what it is for: most clusters have none, and user data has a limit.
function packageSettings({ packages, packageIndex }: NodeSettings['python']): string {
  const words = [packageIndex ?? '', ...packages].map(shellWord).join(' ');
  return `PYTHON_PATH='PYTHONPATH=${pythonPackagesFolder}\${PYTHONPATH:+:$PYTHONPATH}'
PYTHON_PACKAGES=python_packages
python_packages() { WHY=$(bash "$LIB/python-packages.sh" ${words} 2>&1) || die "Python packages: $WHY"; }
`;
}

/** A node's proxy as programs know it. What is asked without it: metadata, which it must not see, and names inside the VPC. */
function proxyVariables(proxy: string): string {
  const without = ['localhost', '127.0.0.1', '169.254.169.254', '.internal'];
  return `http_proxy=${proxy} https_proxy=${proxy} no_proxy=${without.join(',')}`;
}

function hasLifetime({ lifetime }: NodeSettings): boolean {
  return lifetimePoll(lifetime) > 0;
}

function costSettings({ cost }: NodeSettings['lifetime']): Record<string, number> {
  if (cost === null) return {};
  return { COST_LIMIT: microDollars(cost.limit), COST_PER_HOUR: microDollars(cost.perHour) };
}

/** How often nodes look whether the cluster's lifetime is over, in seconds: within a tenth of it, and twice a minute. 0: never. */
function lifetimePoll({ idleSeconds, longestSeconds, cost }: NodeSettings['lifetime']): number {
  const paidSeconds = cost === null ? Infinity : secondsPaidFor(cost.limit, cost.perHour);
  const shortest = Math.min(idleSeconds ?? Infinity, longestSeconds ?? Infinity, paidSeconds);
  return shortest === Infinity ? 0 : Math.min(30, Math.max(2, Math.floor(shortest / 10)));
}

function software(
  prefix: string,
  release: Software | null,
): Record<string, string | null | string[]> {
  return {
    [`${prefix}_VERSION`]: release?.version ?? null,
    [`${prefix}_SHA512`]: release?.sha512?.toLowerCase() ?? null,
    [`${prefix}_SOURCES`]: (release?.sources ?? []).map(({ url, fetch }) => `${fetch} ${url}`),
  };
}

function assigned(value: string | number | null | readonly string[]): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return shellWord(String(value));
  return `(${value.map(shellWord).join(' ')})`;
}

/** The word on the command line of every JVM of a launch. */
function mark(settings: NodeSettings): string {
  return `-Dflintrock.launch=${settings.launchId}`;
}

// Texts in which the node fills in its sizes, addresses and the secret.
function templates(settings: NodeSettings): [string, string][] {
  const { spark, hdfs, configuration } = settings;
  const texts: [string, string][] = [];
  if (spark !== null)
    texts.push(
      [
        'spark-defaults.conf',
        sparkDefaultsTemplate(
          {
            executorOptions: mark(settings),
            mavenRepository: spark.mavenRepository ?? undefined,
            eventsFolder: spark.eventLogFolder ?? nodeLayout.sparkEvents,
            own: configuration['spark-defaults'] ?? {},
            yarn: hdfs?.yarn === true,
          },
          settings.python.packages.length === 0 ? undefined : pythonPackagesFolder,
        ),
      ],
      ['log4j2.properties', sparkLogFile('info')],
    );
  if (hdfs !== null)
    texts.push(
      ...hdfsTemplates(hdfs.replication, {
        coreSite: configuration['core-site'],
        hdfsSite: configuration['hdfs-site'],
      }),
    );
  if (hdfs?.yarn === true) texts.push(...yarnTemplates());
  return texts;
}
