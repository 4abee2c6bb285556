import type { NodeRole } from '../../../model/cluster/cluster.ts';
import {
  conditionalRequirement,
  wheelName,
} from '../../../model/software/packages/package-forms.ts';
import { isS3Folder } from '../../../node/services/s3/event-logs.ts';

/**
 * The tags by which clusters are found. Others can write them: {@link readClusterTags} reads them, and `membership.ts` says which
 * instances are nodes. The first two are the Python tool's too.
 */
export const tagKeys = {
  /** The cluster's name. */
  name: 'flintrock-name',
  /** `master` or `slave`: the wire's word for a worker, which both tools read. */
  role: 'flintrock-role',
  /** Id of the launch that made the node: `<UTC start>-<random>`. */
  launch: 'flintrock-launch',
  /** `launching`, `ready` or `destroying`; of a worker that leaves `draining`, of one that is gone and not missed `removed`. */
  state: 'flintrock-state',
  /** Fingerprint of the master's SSH host key, for people to see: this program reads it from the user data. */
  hostKey: 'flintrock-host-key',
  /** The master's private address. */
  master: 'flintrock-master',
  /** What a node's launch index is added to for its number: `0` for a request whose first node is the master. */
  first: 'flintrock-first',
  /** Versions of what was installed, as in `spark=4.1.4 hdfs=3.3.6`. */
  software: 'flintrock-software',
  /** Packages for Spark, for people to see: this program reads them from the user data. */
  packages: 'flintrock-packages',
  /** Folder of event logs on S3, for people to see: this program reads it from the master. */
  eventLogs: 'flintrock-event-logs',
  /** Python packages, for people to see: see {@link pythonPackagesTag}. */
  pythonPackages: 'flintrock-python-packages',
  /** Id of the growth that made a node, so that what failed can be told from the rest. */
  growth: 'flintrock-growth',
  /** How long the cluster may be without work, as in `30 min`. */
  idleTimeout: 'flintrock-idle-timeout',
  /** How long it may live, as in `8 h`. */
  maxLifetime: 'flintrock-max-lifetime',
  /** What it may cost, and what it costs an hour at its launch, in US dollars, as in `5 at 0.42 an hour`. */
  maxCost: 'flintrock-max-cost',
  /** What an on-demand node does when the cluster ends by itself: `terminate` or `stop`. */
  shutdown: 'flintrock-shutdown',
  /** On the master: what its end was moved to, and of which start that holds: `<end> since <start>`, ISO 8601 in UTC. */
  ends: 'flintrock-ends',
  /** On a master: how many spot workers were removed when its cluster was stopped, as they could not be. */
  dropped: 'flintrock-dropped',
  /** On a master: how many workers its cluster is to have, see `cluster-size.ts`. */
  size: 'flintrock-size',
  /** On a cluster's group: the number that its next worker gets. */
  next: 'flintrock-next',
  /** On a resize lock: until when it holds, for what, and whose it is. */
  lock: 'flintrock-lock',
} as const;

/** A node's role as the tag has it. */
export const roleTags = { master: 'master', worker: 'slave' } as const;

/** A tag as AWS has it. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Tags as a record, for reading. */
export function readTags(
  tags:
    | readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]
    | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** What the tags of a node, a security group or a lock say of its cluster. */
export interface ClusterTags {
  readonly role: NodeRole;
  readonly state: (typeof nodeStates)[number] | undefined;
  /** The master's private address. */
  readonly master: string | null;
  readonly first: number | undefined;
  readonly software: readonly { readonly name: string; readonly version: string }[];
  readonly packages: readonly string[];
  readonly eventLogs: string | undefined;
  readonly pythonPackages: readonly string[];
  readonly dropped: number;
  readonly next: number;
  /** How many workers the cluster is to have, with the code that proves it: see `cluster-size.ts`. */
  readonly size: string | null;
}

const nodeStates = ['launching', 'ready', 'destroying', 'draining', 'removed'] as const;

/**
 * Reads tags that anyone with `ec2:CreateTags` may have written. What doesn't have the form that this program writes counts as not
 * said.
 */
export function readClusterTags(tags: Parameters<typeof readTags>[0]): ClusterTags {
  const all = readTags(tags);
  const matching = (key: string, pattern: RegExp): string | null => {
    const value = all[key];
    return value !== undefined && pattern.test(value) ? value : null;
  };
  // No cluster has more nodes than fit into five digits.
  const count = (key: string): number | undefined => {
    const value = matching(key, /^\d{1,5}$/);
    return value === null ? undefined : Number(value);
  };
  return {
    role: all[tagKeys.role] === roleTags.master ? 'master' : 'worker',
    state: nodeStates.find((state) => state === all[tagKeys.state]),
    master: matching(tagKeys.master, /^\d{1,3}(\.\d{1,3}){3}$/),
    first: count(tagKeys.first),
    software: (all[tagKeys.software] ?? '').split(' ').flatMap((entry) => {
      const [, name = '', version = ''] =
        /^([a-z][a-z0-9-]{0,20})=([A-Za-z0-9][A-Za-z0-9._+-]{0,40})$/.exec(entry) ?? [];
      return name === '' ? [] : [{ name, version }];
    }),
    packages: (all[tagKeys.packages] ?? '')
      .split(' ')
      .filter((name) => /^[A-Za-z0-9][\w.:/@=+-]{0,250}$/.test(name)),
    eventLogs: [all[tagKeys.eventLogs]].find((text) => text !== undefined && isS3Folder(text)),
    pythonPackages: (all[tagKeys.pythonPackages] ?? '')
      .split(' ')
      .map((text) =>
        text.replaceAll(/@([0-9A-F]{2})/g, (_, code: string) =>
          String.fromCharCode(Number.parseInt(code, 16)),
        ),
      )
      .filter((text) => conditionalRequirement.test(text) || wheelName.test(text)),
    dropped: count(tagKeys.dropped) ?? 0,
    next: count(tagKeys.next) ?? 1,
    size: matching(tagKeys.size, /^\d{1,5} [0-9a-f]{16}$/),
  };
}

/** Names of packages as a tag's value: AWS takes 256 characters of it, and few signs. */
export function packagesTag(names: readonly string[]): string {
  return names
    .map((name) => name.replaceAll(/[^\w.:/@=+-]/g, '_'))
    .reduce((text, name) => {
      const longer = `${text} ${name}`.trim();
      return longer.length > 256 ? text : longer;
    }, '');
}

/** Requirements and names of wheels as a tag’s value: signs that AWS doesn’t take are written `@3E`. */
export function pythonPackagesTag(texts: readonly string[]): string {
  const code = (char: string): string =>
    `@${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return packagesTag(texts.map((text) => text.replaceAll(/[^\w.:/=+-]/g, code)));
}

/** A record as tags, for writing. */
export function writeTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** The user's own tags: all but ours, AWS's and the one that the console shows as the name. */
export function ownTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => !/^(flintrock-|aws:)/.test(key) && key !== 'Name'),
  );
}

/** Whether instance metadata can hold a tag with this key (EC2 User Guide, "Allowed characters in instance tag keys"). */
export function fitsMetadata(key: string): boolean {
  return /^[A-Za-z0-9+\-=.,_:@]+$/.test(key) && !['.', '..', '_index'].includes(key);
}

/** The form of a launch's id: when it began, in UTC, and eight random hexadecimal digits. */
const launchIdPattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[0-9a-f]{8}$/;

/** Whether a text is the id of a launch. */
export function isLaunchId(text: string): boolean {
  return launchIdPattern.test(text);
}

/** When a launch began, told by its id; `undefined` if it is no id of ours. Milliseconds since the epoch. */
export function launchTime(launchId: string): number | undefined {
  const match = launchIdPattern.exec(launchId);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
