import { isFingerprint } from '../../model/ssh/key.ts';
import { entries, object, parseObject, text } from './untrusted.ts';

/** What the beacon's `status` and `extend` print, as far as it matters here. */
export interface BeaconStatus {
  /** Whether the cluster ends right now. */
  readonly shutdown: boolean;
  /** Why it does; empty if it doesn't. */
  readonly reason: string;
  /** `null` if the cluster lives until somebody removes it. */
  readonly lifetime: {
    /** How long it has been without work, in seconds; `null` if that doesn't matter. */
    readonly idleSeconds: number | null;
    /** When it ends at the latest, in seconds since the epoch; `null` if it doesn't. */
    readonly endsAt: number | null;
    /** What it may cost and what it has cost since its start, in US dollars; `null` if that doesn't matter. */
    readonly cost: { readonly limit: number; readonly spent: number } | null;
  } | null;
  /** What EC2 announced to nodes, by instance id: that it takes them back. */
  readonly notices: ReadonlyMap<string, string>;
  /** Fingerprints of the host keys that nodes show, by instance id. */
  readonly hostKeys: ReadonlyMap<string, string>;
}

/** Reads one line of what the beacon prints; `undefined` for anything else. */
export function parseBeaconStatus(line: string): BeaconStatus | undefined {
  const status = parseObject(line);
  if (status?.['kind'] !== 'status') return undefined;
  const lifetime = status['lifetime'] == null ? null : object(status['lifetime']);
  return {
    shutdown: status['shutdown'] === true,
    reason: text(status['reason']),
    lifetime:
      lifetime === null
        ? null
        : {
            idleSeconds: number(lifetime['idleSeconds']),
            endsAt: number(lifetime['endsAt']),
            cost: readCost(lifetime['cost']),
          },
    notices: new Map(
      entries(status['nodes']).flatMap(([id, node]) => {
        const { notice } = object(node);
        return typeof notice === 'string' ? [[id, text(notice)] as const] : [];
      }),
    ),
    hostKeys: new Map(
      entries(status['nodes']).flatMap(([id, node]) => {
        const { hostKey } = object(node);
        return typeof hostKey === 'string' && isFingerprint(hostKey)
          ? [[id, hostKey] as const]
          : [];
      }),
    ),
  };
}

/** From millionths of a dollar. */
function readCost(value: unknown): NonNullable<BeaconStatus['lifetime']>['cost'] {
  const [limit, spent] = (Array.isArray(value) ? value : []).map(number);
  if (limit == null || spent == null) return null;
  return { limit: limit / 1e6, spent: spent / 1e6 };
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
