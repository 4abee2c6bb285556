import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import pMap from 'p-map';
import { type ArchiveFile, tarGz } from '../../base/archive.ts';
import { withFullStop } from '../../base/sentence.ts';
import { type Cluster, type ForeignInstance, nodesOf } from '../../model/cluster/cluster.ts';
import { isAcceptedName } from '../../model/cluster/cluster-name.ts';
import { ClusterError, toClusterError } from '../../model/errors.ts';
import { readableComponent } from '../../model/path-component.ts';
import { advice, callVerb, type Remedy } from '../../model/remedy.ts';
import { type Engine, signalOf, type VerbOptions, workContext } from '../support/context.ts';
import { at, type FoundCluster, requireCluster, searchTargets } from '../support/find-cluster.ts';
import { nodesText } from '../support/foreign.ts';
import { remediesFor } from '../support/guards.ts';
import { withServices } from './describe.ts';
import { readNodeLogs, withoutSecrets } from './read-logs.ts';
import { start } from './start.ts';

/** How many clusters are looked at side by side. */
const examinedAtOnce = 16;

/** What {@link doctor} takes. */
export interface DoctorOptions extends VerbOptions {
  /**
   * Fix what can be fixed without harm: remove launches that were never finished, removals that were interrupted, and security groups
   * and keys that no cluster needs; start daemons of this machine that died. The host is asked before anything is deleted
   * (`doctor.fix`), and without its agreement nothing is. Nothing is launched that costs money.
   *
   * A function chooses among what can be fixed.
   * @default false
   */
  readonly fix?: boolean | ((trouble: FixableTrouble) => boolean) | undefined;
  /** Where to write one archive of logs and events, for those who are to help; secrets are taken out. */
  readonly collect?: string | undefined;
}

/** Something that is wrong. */
export interface Finding {
  /** The cluster, or the provider, that it is about. */
  readonly subject: string;
  /** What kind of trouble it is. */
  readonly kind:
    | 'provider'
    | 'half-launched'
    | 'destroying'
    | 'malformed'
    | 'not-running'
    | 'unwell'
    | 'leftover';
  readonly message: string;
  /** What can be done about it: one way each, the best first; empty if nobody knows. */
  readonly remedies: readonly Remedy[];
  /** Whether `fix` mends it. */
  readonly fixable: boolean;
  /** Whether it has been mended just now. */
  readonly fixed: boolean;
}

/** What {@link doctor} found. */
export interface DoctorResult {
  /** Whether nothing is wrong, any more. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** How many clusters were looked at. */
  readonly clusters: number;
  /** Names of those whose services weren't asked, as this machine never used them: name one to have it asked. */
  readonly unchecked: readonly string[];
  /** The archive that was written, or `null`. */
  readonly archive: string | null;
}

/** Something that can be fixed, before it is. */
export type FixableTrouble = Pick<Finding, 'subject' | 'kind' | 'message'>;

type Trouble = Omit<Finding, 'fixable' | 'fixed'> & {
  readonly fix?: (() => Promise<void>) | undefined;
  /** What fixing deletes, by name; absent if it deletes nothing. */
  readonly deletes?: string | undefined;
};

/**
 * Finds out what is wrong with a cluster or, without a name, with all clusters and with the account that they are in.
 *
 * What is wrong is a result and not an error.
 */
export async function doctor(
  engine: Engine,
  name: string | undefined,
  options: DoctorOptions,
): Promise<DoctorResult> {
  const found: FoundCluster[] = [];
  const troubles: Trouble[] = [];
  if (name === undefined) await lookEverywhere(engine, options, found, troubles);
  else found.push(await requireCluster(engine, name, options));
  const unchecked: string[] = [];
  // Side by side: each whose nodes don't answer takes its time.
  const examined = await pMap(
    found,
    async (one) => {
      // A user who looks at everything may not know whose all these clusters are: what this machine never used is not logged in to.
      const isKnown =
        name !== undefined ||
        (await one.provider.isKnownHere?.(one.cluster, one.context)) !== false;
      const { name: of, state } = one.cluster;
      if (!isKnown && (state === 'running' || state === 'degraded')) unchecked.push(of);
      return examine(engine, one, isKnown, options);
    },
    { concurrency: examinedAtOnce },
  );
  troubles.push(...examined.flat());
  unchecked.sort();
  // Before anything is mended: the logs of what is removed are gone.
  const archive =
    options.collect === undefined ? null : await collect(engine, found, troubles, options.collect);
  const chosen = new Set(troubles.filter((trouble) => isChosen(trouble, options)));
  const mayDelete = await askToDelete(engine, name, [...chosen]);
  const findings: Finding[] = [];
  for (const one of troubles) {
    const { fix, deletes, ...trouble } = one;
    let fixed = false;
    let { message } = trouble;
    if (chosen.has(one) && fix !== undefined && (deletes === undefined || mayDelete))
      try {
        await fix();
        fixed = true;
      } catch (error) {
        if (signalOf(options).aborted) throw error;
        message = `${message} It could not be fixed: ${toClusterError(error).message}`;
      }
    findings.push({ ...trouble, message, fixable: fix !== undefined, fixed });
  }
  const ok = findings.every(({ fixed }) => fixed);
  return { ok, findings, clusters: found.length, unchecked, archive };
}

/** Whether something that can be fixed is to be. */
function isChosen({ subject, kind, message, fix }: Trouble, options: DoctorOptions): boolean {
  const choice = options.fix ?? false;
  if (fix === undefined) return false;
  return typeof choice === 'function' ? choice({ subject, kind, message }) : choice;
}

/** Asks once about all that fixing deletes. */
async function askToDelete(
  engine: Engine,
  name: string | undefined,
  troubles: readonly Trouble[],
): Promise<boolean> {
  const all = troubles.flatMap(({ deletes }) => deletes ?? []);
  if (all.length === 0) return true;
  return engine.host.ask({
    code: 'doctor.fix',
    cluster: name ?? '',
    message: `This will be deleted: ${all.join('; ')}. Delete it?`,
    default: false,
  });
}

async function lookEverywhere(
  engine: Engine,
  options: DoctorOptions,
  found: FoundCluster[],
  troubles: Trouble[],
): Promise<void> {
  const signal = signalOf(options);
  for (const { provider, values } of await searchTargets(engine, options)) {
    const all = workContext(engine, '', provider.kind, values, signal);
    try {
      for (const cluster of await provider.list(all)) {
        const place = at(cluster, values);
        const context = workContext(engine, cluster.name, provider.kind, place, signal);
        found.push({ provider, cluster, context });
      }
      for (const { cluster, message, remove, deletes } of (await provider.leftovers?.(all)) ?? [])
        troubles.push({
          subject: cluster,
          kind: 'leftover',
          message,
          remedies:
            remove === undefined ? [] : [callVerb('Delete it.', 'doctor', null, { fix: true })],
          fix: remove,
          deletes,
        });
    } catch (error) {
      if (signal.aborted) throw error;
      const { message, remedies } = toClusterError(error);
      troubles.push({ subject: provider.kind, kind: 'provider', message, remedies });
    }
  }
}

/** What is wrong with one cluster. */
async function examine(
  engine: Engine,
  { provider, cluster, context }: FoundCluster,
  mayAsk: boolean,
  { signal, values }: DoctorOptions,
): Promise<Trouble[]> {
  const { name, state } = cluster;
  const reason = cluster.reason ?? state;
  const remove = async (): Promise<void> => {
    // It was looked at before anybody was asked, and somebody may have gone on with it since.
    const now = await provider.find(name, context);
    if (now === undefined) return;
    if (now.launchId !== cluster.launchId || now.state !== state)
      throw new ClusterError(
        'CLUSTER_STATE_UNFIT',
        `The cluster has changed in the meantime and is now ${now.state}. Nothing was removed.`,
      );
    const left = await provider.destroy(cluster, context);
    if (left.length > 0) throw new ClusterError('CLEANUP_INCOMPLETE', left.join('; '));
  };
  const trouble = (
    kind: Finding['kind'],
    message: string,
    remedies: readonly Remedy[],
    fix?: () => Promise<void>,
    deletes?: string,
  ): Trouble[] => [
    { subject: name, kind, message: withFullStop(`"${name}" ${message}`), remedies, fix, deletes },
  ];
  const whole = `cluster "${name}"${cluster.region === undefined ? '' : ` in ${cluster.vpcId ?? cluster.region}`} (${nodesText(cluster)})`;
  // No cluster can have such a name, so that nothing but diagnostics names these instances. They cost money all the same.
  const misnamed = (instance: ForeignInstance): Trouble => ({
    subject: name,
    kind: 'malformed',
    message: `${instance.id} (${instance.state}) has the tag of a cluster "${name}", which is not a valid cluster name.`,
    remedies: advice('Correct or remove its tag flintrock-name, or terminate the instance.'),
    deletes: `instance ${instance.id} (${instance.state})`,
    fix: async () => {
      const left = await provider.destroy(cluster, context, [instance]);
      if (left.length > 0) throw new ClusterError('CLEANUP_INCOMPLETE', left.join('; '));
    },
  });
  switch (state) {
    case 'half-launched':
      return trouble(
        'half-launched',
        `is not completely launched: ${reason}`,
        remediesFor(cluster),
        remove,
        whole,
      );
    case 'destroying':
      return cluster.reason === null
        ? []
        : trouble(
            'destroying',
            `is not completely destroyed: ${reason}`,
            remediesFor(cluster),
            remove,
            whole,
          );
    case 'malformed':
      if (!isAcceptedName(name)) return (cluster.foreign ?? []).map(misnamed);
      return trouble(
        'malformed',
        `is not a valid cluster: ${reason}`,
        nodesOf(cluster).length === 0 && cluster.foreign !== undefined
          ? advice(
              'Correct the tag flintrock-name of these instances, or terminate the instances yourself.',
            )
          : remediesFor(cluster),
        // Of nothing nothing can be lost.
        nodesOf(cluster).length === 0 && cluster.foreign === undefined ? remove : undefined,
        whole,
      );
    case 'mixed':
      return trouble('not-running', `is partially running: ${reason}`, remediesFor(cluster));
    case 'launching':
    case 'starting':
    case 'stopping':
    case 'stopped':
      return [];
    case 'running':
    case 'degraded':
      break;
  }
  if (!mayAsk) return [];
  let seen: Cluster;
  try {
    seen = await withServices({ provider, cluster, context });
  } catch (error) {
    if (context.signal.aborted) throw error;
    const { message, remedies } = toClusterError(error);
    return trouble('unwell', `could not be checked: ${message}`, remedies);
  }
  if (seen.state === 'running' && seen.reason === null) return [];
  // What `start` heals where it is, costs nothing.
  const heals = provider.deadWorkers === 'restarted';
  return trouble(
    'unwell',
    `is not healthy: ${seen.reason ?? seen.state}`,
    heals
      ? [callVerb('Start the cluster to restart its failed daemons.', 'start', cluster, {})]
      : remediesFor(seen),
    heals
      ? async () => {
          await start(engine, name, { signal, values: { ...values, provider: provider.kind } });
        }
      : undefined,
  );
}

/** Writes one archive of what is known of clusters; gives its path. */
async function collect(
  engine: Engine,
  found: readonly FoundCluster[],
  troubles: readonly Trouble[],
  path: string,
): Promise<string> {
  const { clock, cwd, platform } = engine.surroundings;
  const files: ArchiveFile[] = [
    {
      path: 'doctor.json',
      text: JSON.stringify(
        {
          time: new Date(clock.now()).toISOString(),
          platform,
          findings: troubles.map(({ subject, kind, message, remedies, fix }) => ({
            subject,
            kind,
            message,
            remedies,
            fixable: fix !== undefined,
          })),
          clusters: found.map(({ cluster }) => cluster),
        },
        null,
        2,
      ),
    },
  ];
  for (const one of found)
    for (const { node, files: texts } of await readNodeLogs(one)) {
      const { provider, name: of } = one.cluster;
      const folder = [provider, of, node].map(readableComponent).join('/');
      for (const [name, text] of Object.entries(texts))
        files.push({ path: `${folder}/${name}`, text });
    }
  const clean = files.map(({ path: file, text }) => ({
    path: file,
    text: withoutSecrets(text, engine),
  }));
  const target = resolve(cwd, path);
  await writeFile(target, tarGz(clean, clock.now() / 1000), { mode: 0o600 });
  return target;
}
