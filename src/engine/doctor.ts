import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { nodesOf, type Cluster } from '../model/cluster.ts';
import { ClusterError, toClusterError } from '../model/errors.ts';
import { redact, tarGz, type ArchiveFile } from './archive.ts';
import { withServices } from './describe.ts';
import {
  placesToLook,
  requireCluster,
  signalOf,
  workContext,
  type Engine,
  type FoundCluster,
  type VerbOptions,
} from './engine.ts';
import { onEachNode } from './on-nodes.ts';
import { start } from './start.ts';

/** What {@link doctor} takes. */
export interface DoctorOptions extends VerbOptions {
  /**
   * Mend what can be mended without harm: remove launches that were never finished, removals that were interrupted and groups that
   * no cluster needs; start daemons of this machine that died. Nothing is launched that costs money.
   *
   * A function says so for each of them: what nobody has agreed to is left as it is, even if it came to be a moment ago.
   * @default false
   */
  readonly fix?: boolean | ((trouble: FixableTrouble) => boolean | Promise<boolean>) | undefined;
  /** Where to write one archive of logs and events, for whoever is to help; secrets are taken out. */
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
  /** What to do, as one sentence with a command; `null` if nobody knows. */
  readonly remedy: string | null;
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
  /** The archive that was written, or `null`. */
  readonly archive: string | null;
}

/** Something that can be mended, before it is. */
export type FixableTrouble = Pick<Finding, 'subject' | 'kind' | 'message'>;

type Trouble = Omit<Finding, 'fixable' | 'fixed'> & {
  readonly fix?: (() => Promise<void>) | undefined;
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
  for (const one of found) troubles.push(...(await examine(engine, one, options)));
  // Before anything is mended: the logs of what is removed are gone.
  const archive =
    options.collect === undefined
      ? null
      : await collect(engine, found, troubles, options.collect, options);
  const findings: Finding[] = [];
  for (const { fix, ...trouble } of troubles) {
    let fixed = false;
    let { message } = trouble;
    if (fix !== undefined && (await mayFix(trouble, options)))
      try {
        await fix();
        fixed = true;
      } catch (error) {
        if (signalOf(options).aborted) throw error;
        message = `${message} It could not be mended: ${toClusterError(error).message}`;
      }
    findings.push({ ...trouble, message, fixable: fix !== undefined, fixed });
  }
  const ok = findings.every(({ fixed }) => fixed);
  return { ok, findings, clusters: found.length, archive };
}

/** Whether what can be mended is to be. */
async function mayFix(
  { subject, kind, message }: FixableTrouble,
  { fix = false }: DoctorOptions,
): Promise<boolean> {
  return typeof fix === 'function' ? fix({ subject, kind, message }) : fix;
}

async function lookEverywhere(
  engine: Engine,
  options: DoctorOptions,
  found: FoundCluster[],
  troubles: Trouble[],
): Promise<void> {
  const signal = signalOf(options);
  for (const { provider, values } of await placesToLook(engine, options)) {
    const all = workContext(engine, '', provider.kind, values, signal);
    try {
      for (const cluster of await provider.list(all)) {
        const context = workContext(engine, cluster.name, provider.kind, values, signal);
        found.push({ provider, cluster, context });
      }
      for (const { cluster, message, remove } of (await provider.leftovers?.(all)) ?? [])
        troubles.push({
          subject: cluster,
          kind: 'leftover',
          message,
          remedy: remove === undefined ? null : 'Remove it: flintrock doctor --fix',
          fix: remove,
        });
    } catch (error) {
      if (signal.aborted) throw error;
      const { message, hint } = toClusterError(error);
      troubles.push({ subject: provider.kind, kind: 'provider', message, remedy: hint ?? null });
    }
  }
}

/** What is wrong with one cluster. */
async function examine(
  engine: Engine,
  { provider, cluster, context }: FoundCluster,
  { signal, values }: DoctorOptions,
): Promise<Trouble[]> {
  const { name, state } = cluster;
  const reason = cluster.reason ?? state;
  const remove = async (): Promise<void> => {
    const left = await provider.destroy(cluster, context);
    if (left.length > 0) throw new ClusterError('CLEANUP_INCOMPLETE', left.join('; '));
  };
  const trouble = (
    kind: Finding['kind'],
    message: string,
    remedy: string,
    fix?: () => Promise<void>,
  ): Trouble[] => [{ subject: name, kind, message: `"${name}" ${message}.`, remedy, fix }];
  switch (state) {
    case 'half-launched':
      return trouble(
        'half-launched',
        `is half-launched: ${reason}`,
        `Finish it: flintrock resume ${name}. Or remove it: flintrock destroy ${name}`,
        remove,
      );
    case 'destroying':
      return cluster.reason === null
        ? []
        : trouble('destroying', `is half removed: ${reason}`, `flintrock destroy ${name}`, remove);
    case 'malformed':
      return trouble(
        'malformed',
        `is no whole cluster: ${reason}`,
        `flintrock destroy ${name}`,
        // Of nothing nothing can be lost.
        nodesOf(cluster).length === 0 ? remove : undefined,
      );
    case 'mixed':
      return trouble('not-running', `runs only in part: ${reason}`, `flintrock start ${name}`);
    case 'launching':
    case 'starting':
    case 'stopping':
    case 'stopped':
      return [];
    case 'running':
    case 'degraded':
      break;
  }
  let seen: Cluster;
  try {
    seen = await withServices({ provider, cluster, context });
  } catch (error) {
    if (context.signal.aborted) throw error;
    const { message, hint } = toClusterError(error);
    return trouble('unwell', `can’t be asked how it is: ${message}`, hint ?? '');
  }
  if (seen.state === 'running' && seen.reason === null) return [];
  // What `start` heals where it is, costs nothing.
  const heals = provider.replaceWorkers === undefined;
  return trouble(
    'unwell',
    `is not well: ${seen.reason ?? seen.state}`,
    `flintrock ${heals ? 'start' : 'repair'} ${name}`,
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
  options: DoctorOptions,
): Promise<string> {
  const { clock, cwd, env, platform } = engine.surroundings;
  const signal = signalOf(options);
  const files: ArchiveFile[] = [
    {
      path: 'doctor.json',
      text: JSON.stringify(
        {
          time: new Date(clock.now()).toISOString(),
          platform,
          findings: troubles.map(({ fix, ...trouble }) => ({
            ...trouble,
            fixable: fix !== undefined,
          })),
          clusters: found.map(({ cluster }) => cluster),
        },
        null,
        2,
      ),
    },
  ];
  for (const { provider, cluster, context } of found) {
    const nodes = nodesOf(cluster).filter(({ state }) => state !== 'terminated');
    const logs = await onEachNode(nodes, signal, async (node): Promise<ArchiveFile[]> => {
      const folder = `${cluster.provider}/${cluster.name}/${node.name}`;
      try {
        const texts = await provider.logs(cluster, node, context);
        return Object.entries(texts).map(([name, text]) => ({ path: `${folder}/${name}`, text }));
      } catch (error) {
        if (signal.aborted) throw error;
        return [{ path: `${folder}/error.txt`, text: toClusterError(error).message }];
      }
    });
    files.push(...logs.flat());
  }
  const secrets = [env['AWS_SECRET_ACCESS_KEY'], env['AWS_SESSION_TOKEN']].filter(
    (secret) => secret !== undefined,
  );
  const clean = files.map(({ path: file, text }) => ({ path: file, text: redact(text, secrets) }));
  const target = resolve(cwd, path);
  await writeFile(target, tarGz(clean, clock.now() / 1000), { mode: 0o600 });
  return target;
}
