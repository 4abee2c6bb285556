import pMap from 'p-map';
import { shellWord } from '../../../../base/shell-word.ts';
import { stampedId } from '../../../../base/stamped-id.ts';
import { timeLimit } from '../../../../base/time-limit.ts';
import type {
  InstalledPackages,
  PackageAdditions,
  WheelFile,
  WorkContext,
} from '../../../../engine/provider.ts';
import { type Cluster, type ClusterNode, nodesOf } from '../../../../model/cluster/cluster.ts';
import { ClusterError, type ErrorCode, isClusterError } from '../../../../model/errors.ts';
import type { StepSubject } from '../../../../model/events.ts';
import { advice, callVerb, type Remedy, setOption } from '../../../../model/remedy.ts';
import { packageNames, withPackages } from '../../../../model/software/packages/package-set.ts';
import {
  requirementText,
  withRequirements,
} from '../../../../model/software/packages/python-requirements.ts';
import { nodeUnits } from '../../../../node/layout.ts';
import {
  isPythonStaged,
  pythonPackagesProgram,
  stagePythonPackages,
  switchPythonPackagesProgram,
  unstagePythonPackages,
  wheelsFolder,
  wheelsKind,
} from '../../../../node/services/python-packages.ts';
import {
  installPackagesProgram,
  sparkPackagesProgram,
  unfetchedRemedies,
} from '../../../../node/services/spark-packages.ts';
import type { SshConnection } from '../../../../ssh/connection.ts';
import { upload } from '../../../../ssh/transfer.ts';
import { formatStep } from '../../../../text/engine/steps.ts';
import { transferOptions } from '../../access/transfer-options.ts';
import type { LaunchRecord, RecordedPackages } from '../../inventory/launch-record.ts';
import { isServiceActive } from '../master-service.ts';
import { readPythonVersion } from '../python-version.ts';
import {
  type AddedPackages,
  allPackages,
  nothingAdded,
  readAddedPackages,
  writeAddedPackages,
} from './added-packages.ts';
import type { OnNode } from './python-packages.ts';
import {
  beginTaking,
  concurrency,
  fetchCommand,
  installCommand,
  packageLines,
  packagesLimitMs,
  packagesName,
} from './spark-packages.ts';

/** How long the change itself may take on a node, in milliseconds: links are replaced. */
const switchLimitMs = 60_000;

/** How the nodes of a cluster are reached. */
interface Nodes {
  readonly cluster: Cluster;
  readonly onNode: OnNode;
  readonly context: WorkContext;
}

/** What nodes are to have. */
interface Wanted {
  /** Of Spark’s: all that it is to have; `undefined` if its jars stay as they are. */
  readonly jars: RecordedPackages | undefined;
  /** What its jars were before. */
  readonly before: RecordedPackages | undefined;
  /** Of Python’s: what comes, or comes in another version. */
  readonly requirements: readonly string[];
  readonly index: string | undefined;
  /** What can be done if a node can’t put it in place. */
  readonly remedies: readonly Remedy[];
}

/** What came of an installation, for who records it where people see it. */
export interface InstalledOnNodes extends InstalledPackages {
  /** Names of all packages for Spark. */
  readonly packages: readonly string[];
  /** Those for Python that were added after the launch. */
  readonly pythonPackages: readonly string[];
}

/**
 * See `Provider.install`. The master fetches jars and is given wheels, and the workers take them from it; pip asks its index on each node.
 * Only when all nodes have all of it, it is recorded on the master, and then given to Spark.
 *
 * @param record what the launch recorded
 */
export async function installOnNodes(
  nodes: Nodes,
  additions: PackageAdditions,
  { packages: recorded, pythonPackageIndex }: Pick<LaunchRecord, 'packages' | 'pythonPackageIndex'>,
): Promise<InstalledOnNodes> {
  const { cluster, context } = nodes;
  const { values, signal } = context;
  const master = requireMaster(cluster);
  let added = nothingAdded;
  await nodes.onNode(master, async (ssh) => {
    added = await readAddedPackages(ssh, signal);
  });
  const before = allPackages(recorded, added);
  const lines = [
    ...additions.requirements,
    ...additions.wheels.map(({ key, name }) => `${wheelsFolder}/${key}/${name}`),
  ];
  const now: AddedPackages = {
    packages: withPackages({ tables: [], packages: added.packages }, additions.packages).packages,
    repository: values.sparkMavenRepository ?? added.repository,
    requirements: withRequirements(added.requirements, lines),
    index: values.pythonPackageIndex ?? added.index ?? pythonPackageIndex ?? null,
  };
  const jars = allPackages(recorded, now);
  const hasJars = additions.packages.every((one) => before?.packages.includes(one) === true);
  const wanted: Wanted = {
    jars: hasJars ? undefined : jars,
    before,
    requirements: lines,
    index: now.index ?? undefined,
    remedies: [
      callVerb('Install them again; what is done stays.', 'install', cluster, {
        packages: additions.given,
      }),
    ],
  };
  const all = nodesOf(cluster);
  const isStaged = await stage(nodes, all, wanted, additions.wheels);
  const isRecorded =
    hasJars && lines.every((line) => added.requirements.includes(line)) && !isStaged;
  if (!isRecorded) {
    // From here on it is the cluster’s: whatever becomes of this client, another attempt finds the same, and goes on.
    signal.throwIfAborted();
    await nodes.onNode(master, (ssh) => writeAddedPackages(ssh, now, timeLimit(switchLimitMs)));
    await switchNodes(nodes, all, wanted);
  }
  return {
    changed: !isRecorded,
    packages: jars === undefined ? [] : packageNames(jars, sparkVersion(cluster)),
    pythonPackages: now.requirements.map(requirementText),
    endConnect: hasJars ? undefined : await connectEnd(nodes, master),
  };
}

/** Gives new workers what was added to their cluster after its launch, for Python. */
export async function installAddedPython(
  nodes: Nodes,
  workers: readonly ClusterNode[],
  { requirements, index }: AddedPackages,
): Promise<void> {
  if (requirements.length === 0 || workers.length === 0) return;
  const wanted: Wanted = {
    jars: undefined,
    before: undefined,
    requirements,
    index: index ?? undefined,
    remedies: [],
  };
  await stage(nodes, workers, wanted, []);
  await switchNodes(nodes, workers, wanted);
}

/**
 * Makes all ready on nodes that can fail; what they have stays as it is.
 *
 * @returns whether Python has anything new on any of them
 */
async function stage(
  nodes: Nodes,
  targets: readonly ClusterNode[],
  { jars, requirements, index }: Wanted,
  wheels: readonly WheelFile[],
): Promise<boolean> {
  const { cluster, onNode, context } = nodes;
  const signal = timeLimit(packagesLimitMs, context.signal);
  const address = requireMaster(cluster).address ?? '';
  const keys = requirements.flatMap(
    (line) => new RegExp(`^${wheelsFolder}/([0-9a-f]{16})/`).exec(line)?.slice(1) ?? [],
  );
  let isStaged = false;
  let python: string | undefined;
  const prepare = async (node: ClusterNode, ssh: SshConnection): Promise<void> => {
    const isMaster = node.role === 'master';
    const from = isMaster ? '' : address;
    const run = runner(node, ssh, signal);
    if (jars !== undefined) {
      if (isMaster) await run(fetchCommand(cluster, jars), sparkPackagesProgram);
      const take = installCommand(packagesName(cluster, jars), from, '', 'take');
      await run(take, installPackagesProgram);
    }
    if (isMaster) for (const wheel of wheels) await bringWheel(node, ssh, wheel, context, run);
    for (const key of keys)
      await run(installCommand(key, from, '', 'take', '', wheelsKind), installPackagesProgram);
    if (requirements.length === 0) return;
    const version = await readPythonVersion(ssh, signal);
    const minor = version?.split('.').slice(0, 2).join('.');
    if (isMaster) python = minor;
    else if (python !== undefined && minor !== python)
      throw failed(
        'PYTHON_MISMATCH',
        node,
        `it has Python ${minor ?? 'none'}, the master ${python}`,
      );
    await run(unstagePythonPackages, '');
    await run(stagePythonPackages(index, requirements), pythonPackagesProgram, pythonFailure);
    const { stdout } = await ssh.exec(isPythonStaged, signal);
    isStaged ||= stdout.trim() !== '';
  };
  const subjects = subjectsOf(jars, requirements, cluster);
  try {
    await steps(subjects, context, async () => {
      const master = targets.find(({ role }) => role === 'master');
      // First: what can’t be had at all is told once, and the workers take the rest from it.
      if (master !== undefined)
        await onNode(master, (ssh) => prepare(master, ssh)).catch(named(master));
      const workers = targets.filter(({ role }) => role === 'worker');
      const takes = [
        ...(jars === undefined
          ? []
          : [installCommand(packagesName(cluster, jars), address, '', 'take')]),
        ...keys.map((key) => installCommand(key, address, '', 'take', '', wheelsKind)),
      ];
      await beginTaking(workers, takes, onNode, signal);
      // All of them end before anything is taken back: what one of them finished after that would stay.
      await pMap(workers, (node) => onNode(node, (ssh) => prepare(node, ssh)).catch(named(node)), {
        concurrency,
        stopOnError: false,
      }).catch(firstError);
    });
  } catch (error) {
    if (requirements.length > 0)
      await pMap(
        targets,
        (node) =>
          onNode(node, async (ssh) => {
            await ssh.exec(unstagePythonPackages, timeLimit(switchLimitMs));
          }).catch(() => undefined),
        { concurrency },
      );
    throw error;
  }
  return isStaged;
}

/** Gives nodes what was made ready on all of them. It goes on where it fails on one: another attempt does the rest. */
async function switchNodes(
  { cluster, onNode }: Nodes,
  targets: readonly ClusterNode[],
  { jars, before, requirements, remedies }: Wanted,
): Promise<void> {
  const signal = timeLimit(switchLimitMs);
  const properties = jars === undefined ? '' : packageLines(cluster, jars);
  const failures: { readonly node: string; readonly why: string }[] = [];
  await pMap(
    targets,
    async (node) => {
      try {
        await onNode(node, async (ssh) => {
          const run = runner(node, ssh, signal);
          if (jars !== undefined)
            await run(
              installCommand(
                packagesName(cluster, jars),
                node.role === 'master' ? '' : (requireMaster(cluster).address ?? ''),
                properties,
                'link',
                before === undefined ? '' : packagesName(cluster, before),
              ),
              installPackagesProgram,
            );
          if (requirements.length > 0)
            await run('sudo -n bash -s', switchPythonPackagesProgram, pythonFailure);
        });
      } catch (error) {
        failures.push({ node: node.name, why: (error as Error).message });
      }
    },
    { concurrency },
  );
  const [first] = failures.sort((a, b) => a.node.localeCompare(b.node));
  if (first === undefined) return;
  const names = failures.map(({ node }) => node).join(', ');
  throw new ClusterError(
    'NODE_FAILED',
    `The packages were fetched by all nodes of "${cluster.name}", but ${names} could not put them in place: ${first.why}`,
    { details: { nodes: failures.map(({ node }) => node) }, remedies },
  );
}

/** Puts a wheel of this machine where the master offers it to the workers. */
async function bringWheel(
  node: ClusterNode,
  ssh: SshConnection,
  { path, name, key }: WheelFile,
  context: WorkContext,
  run: Run,
): Promise<void> {
  const folder = `${wheelsFolder}/${key}`;
  const { code } = await ssh.exec(`test -e ${folder}/${shellWord(name)}`, context.signal);
  if (code === 0) return;
  const draft = `.flintrock/wheel-${stampedId(context.clock.now(), 4)}`;
  await upload(ssh, path, `${draft}/${name}`, transferOptions(node, context));
  const move = `umask 022; mkdir -p ${folder} && cp ${draft}/${shellWord(name)} ${folder}/.new && mv ${folder}/.new ${folder}/${shellWord(name)}`;
  await run(`sudo -n sh -c ${shellWord(move)}; code=$?; rm -rf ${draft}; exit $code`, '');
}

/** What ends a Spark Connect server that runs without the new jars. */
async function connectEnd(
  { onNode, context }: Nodes,
  master: ClusterNode,
): Promise<InstalledPackages['endConnect']> {
  const unit = nodeUnits.sparkConnect;
  const active: boolean[] = [];
  await onNode(master, async (ssh) => {
    active.push((await ssh.exec(isServiceActive({ unit }), context.signal)).code === 0);
  });
  if (!active.includes(true)) return undefined;
  return () =>
    onNode(master, async (ssh) => {
      await ssh.execOrThrow(
        `sudo -n systemctl stop ${unit}`,
        'Spark Connect could not be stopped',
        context.signal,
      );
    });
}

/** Runs a program on a node, and names both if it fails. */
type Run = (command: string, input: string, failure?: Failure) => Promise<void>;

interface Failure {
  readonly code: ErrorCode;
  readonly remedies: readonly Remedy[];
}

const sparkFailure: Failure = { code: 'PACKAGE_UNAVAILABLE', remedies: unfetchedRemedies };
const pythonFailure: Failure = {
  code: 'PYTHON_INSTALL_FAILED',
  remedies: [
    ...advice('Check the requirement.'),
    setOption(
      'If the nodes can’t reach the usual package index, name one that they can reach.',
      'launch.python-package-index',
    ),
  ],
};

function runner(node: ClusterNode, ssh: SshConnection, signal: AbortSignal): Run {
  return async (command, input, failure = sparkFailure) => {
    const { code, stderr } = await ssh.exec(command, signal, input);
    if (code === 0) return;
    const why = stderr.trim().split('\n').at(-1)?.replace(/\.$/, '');
    throw failed(failure.code, node, why || `exit code ${code}`, failure.remedies);
  };
}

function failed(
  code: ErrorCode,
  { name }: ClusterNode,
  why: string,
  remedies: readonly Remedy[] = [],
): ClusterError {
  return new ClusterError(code, `Packages could not be installed on ${name}: ${why}.`, {
    details: { node: name },
    remedies,
  });
}

/** The error of a node that doesn’t say itself which node it is. */
function named(node: ClusterNode) {
  return (error: unknown): never => {
    if (!isClusterError(error) || error.code === 'ABORTED' || error.message.includes(node.name))
      throw error;
    const { code, message, remedies, details } = error;
    throw new ClusterError(code, `Packages could not be installed on ${node.name}: ${message}`, {
      cause: error,
      details: { ...details, node: node.name },
      remedies,
    });
  };
}

function firstError(error: unknown): never {
  throw error instanceof AggregateError ? error.errors[0] : error;
}

function subjectsOf(
  jars: RecordedPackages | undefined,
  requirements: readonly string[],
  cluster: Cluster,
): StepSubject[] {
  return [
    ...(jars === undefined
      ? []
      : [{ kind: 'spark-packages', packages: packageNames(jars, sparkVersion(cluster)) } as const]),
    ...(requirements.length === 0 ? [] : [{ kind: 'python-packages' } as const]),
  ];
}

/** Tells the host that work begins and ends, which is of several kinds at once. */
async function steps(
  subjects: readonly StepSubject[],
  { clock, emit }: WorkContext,
  work: () => Promise<void>,
): Promise<void> {
  const start = clock.now();
  for (const subject of subjects) emit('step.started', { step: formatStep({ subject }), subject });
  await work();
  for (const subject of subjects)
    emit('step.finished', {
      step: formatStep({ subject }),
      subject,
      seconds: (clock.now() - start) / 1000,
    });
}

function requireMaster({ master, name }: Cluster): ClusterNode {
  if (master !== null) return master;
  throw new ClusterError('CLUSTER_STATE_UNFIT', `The master of "${name}" no longer exists.`);
}

function sparkVersion({ services }: Cluster): string {
  return services.find(({ name }) => name === 'spark')?.version ?? '';
}
