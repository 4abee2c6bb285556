import { hdfsPorts } from './services/hdfs.ts';
import { sparkPorts } from './services/spark.ts';
import { yarnPorts } from './services/yarn/yarn.ts';

/**
 * Where things are on a node and how they are called: what a client that looks after nodes from outside needs to know.
 * `bootstrap.sh`, `agent.sh` and `beacon.py` have the same names.
 */
export const nodeLayout = {
  /** What the bootstrap consists of. */
  libraryFolder: '/usr/local/lib/flintrock',
  /** What a node remembers over reboots. */
  stateFolder: '/var/lib/flintrock',
  /** What happened on the way, with times. */
  log: '/var/log/flintrock/node.log',
  /** Exists once the launch is finished: the dead-man stays off from then on. */
  readyFile: '/var/lib/flintrock/ready',
  /** Exists once the node is built. */
  builtFile: '/var/lib/flintrock/built',
  sparkHome: '/opt/spark',
  sparkConfiguration: '/opt/spark/conf',
  /** What jobs leave to the history server; any user's jobs may. */
  sparkEvents: '/var/lib/spark/events',
  /** The token of the Connect server, for systemd and who may use sudo: gone with a reboot, as the server is. */
  connectToken: '/run/flintrock-spark-connect.env',
  /** Usable as they are in a command over SSH: they know the cluster. */
  sparkSubmit: '/usr/local/bin/spark-submit',
  hadoopHome: '/opt/hadoop',
} as const;

/** Names of systemd's units on nodes. */
export const nodeUnits = {
  build: 'flintrock-node.service',
  agent: 'flintrock-agent.service',
  deadMan: 'flintrock-deadman.service',
  disks: 'flintrock-disks.service',
  beacon: 'flintrock-beacon.service',
  sparkMaster: 'flintrock-spark-master.service',
  sparkWorker: 'flintrock-spark-worker.service',
  /** Made by the client that asks for it first; a reboot ends it. */
  sparkHistory: 'flintrock-spark-history.service',
  /** Likewise. */
  sparkConnect: 'flintrock-spark-connect.service',
  hdfsNameNode: 'flintrock-hdfs-namenode.service',
  hdfsDataNode: 'flintrock-hdfs-datanode.service',
} as const;

/** Name of systemd's unit of a job: made by the client that submits it. */
export function jobUnit(id: string): string {
  return `flintrock-${id}.service`;
}

/** Ports on the nodes' private addresses. */
export const nodePorts = { ...sparkPorts, ...hdfsPorts, ...yarnPorts, beacon: 7070 } as const;

/**
 * Ports of the web UIs of a cluster's daemons and jobs, as ranges: for whoever must open them past SSH. YARN's aren't among them: who
 * reaches one may run programs by it.
 */
export const webUiPorts: readonly (readonly [from: number, to: number])[] = [
  [nodePorts.masterUi, nodePorts.workerUi],
  // Each application of the same machine takes the next one (Spark's `spark.ui.port`, `spark.port.maxRetries`).
  [4040, 4056],
  [nodePorts.history, nodePorts.history],
  [nodePorts.nameNodeUi, nodePorts.nameNodeUi],
  [nodePorts.dataNodeUi, nodePorts.dataNodeUi],
];

const program = `${nodeLayout.libraryFolder}/beacon.py`;
const beacon = `sudo -n python3 ${program}`;

/** An amount of dollars as nodes count it: in millionths. */
export function microDollars(dollars: number): number {
  return Math.round(dollars * 1e6);
}

/** Commands for the master's shell, by which a client speaks with the beacon; `docs/beacon.md` has what they print. */
export const beaconCommands = {
  /** Prints events as JSON lines until its stdin ends; each line that it hears is a sign of life. */
  follow: `${beacon} follow`,
  /** The launch is finished: disarms the dead-man of every node. */
  finish: `${beacon} finish`,
  /** The whole cluster powers off: those of its nodes whose dead-man is armed, or that have a lifetime. */
  shutdown: `${beacon} shutdown`,
  /** Prints one JSON object. */
  status: `${beacon} status`,
  /** Lets the cluster live so many seconds longer, as {@link status} prints then; 0: as long as if it had just been started. */
  extend: (seconds: number): string => `${beacon} --by ${Math.round(seconds)} extend`,
  /** Lets the cluster cost so much more, in dollars. */
  allowCost: (more: number): string => `${beacon} --more ${microDollars(more)} extend`,
  /** Says what the cluster costs from now on, in dollars an hour. */
  setPrice: (perHour: number): string => `${beacon} --rate ${microDollars(perHour)} extend`,
} as const;

/**
 * The command that comes first: it takes one of the beacon's programs ({@link beaconPrograms}) on stdin, and keeps it if it isn't
 * there. They aren't in the user data if the user's own part needs the room.
 */
export function provideCommand(file: string): string {
  const path = `${nodeLayout.libraryFolder}/${file}`;
  return `sudo -n sh -c 'if test -s ${path}; then cat >/dev/null; else cat >${path}.new && mv ${path}.new ${path}; fi'`;
}

/** What a machine without cloud-init was made a node by: for its owner's eyes only, as it holds the cluster's secret. */
const keptBootstrap = `${nodeLayout.libraryFolder}/bootstrap`;

/**
 * The command that makes a machine without cloud-init a node: it takes the text of {@link bootstrapScript} on stdin, as any user
 * that may use sudo.
 *
 * The text is kept, as there is no user data to read it from: a client that adds workers, or finishes the launch, needs it. Of a text that
 * broke off nothing is run.
 */
export const bootstrapCommand = `sudo -n sh -c 'umask 077 && mkdir -p ${nodeLayout.libraryFolder} && cat >${keptBootstrap}.new && tail -n 1 ${keptBootstrap}.new | grep -q "install$" && mv -f ${keptBootstrap}.new ${keptBootstrap} && exec bash ${keptBootstrap} </dev/null'`;

/** The command that prints what {@link bootstrapCommand} kept. */
export const readBootstrapCommand = `sudo -n cat ${keptBootstrap}`;
