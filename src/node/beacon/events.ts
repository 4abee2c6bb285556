import { type NodePhase, nodePhases } from '../../model/events.ts';
import { list, parseObject, text } from './untrusted.ts';

/** What a node told its beacon. */
interface NodeReport {
  /** The node's instance id. */
  readonly node: string;
  /** Its private address. */
  readonly address: string;
  readonly role: 'master' | 'worker';
  /** Number of the event in its node's own count, from 1. */
  readonly seq: number;
  /** When, by the node's clock: ISO 8601 in UTC. */
  readonly time: string;
}

/** One line of what the beacon's `follow` prints. */
export type BeaconEvent =
  /** The first line. */
  | {
      readonly kind: 'hello';
      readonly protocol: number;
      readonly finished: boolean;
      readonly shutdown: boolean;
    }
  /** The cluster's state changed. */
  | { readonly kind: 'state'; readonly finished: boolean; readonly shutdown: boolean }
  /** A node begins a phase, or has done with it. */
  | (NodeReport & {
      readonly kind: 'phase';
      readonly phase: NodePhase;
      readonly state: 'started' | 'done';
      /** Says more, such as where the software came from; may be empty. */
      readonly detail: string;
    })
  /** A node can't go on. */
  | (NodeReport & {
      readonly kind: 'trouble';
      readonly phase: NodePhase;
      readonly reason: string;
      /** The last lines of the log that tells more. */
      readonly log: readonly string[];
    })
  /** EC2 takes a spot instance back, and has said when. */
  | (NodeReport & { readonly kind: 'notice'; readonly phase: NodePhase; readonly reason: string })
  /** What a node's host key is, by its fingerprint: the client reads it from the beacon's `status`. */
  | (NodeReport & {
      readonly kind: 'hostkey';
      readonly phase: NodePhase;
      readonly fingerprint: string;
    })
  /** Worth knowing: a source that didn't serve, user data that failed. The node goes on. */
  | (NodeReport & {
      readonly kind: 'warning';
      readonly phase: NodePhase;
      readonly reason: string;
    });

/** The version of the protocol that this client speaks; `docs/beacon.md` describes it. */
export const beaconProtocol = 1;

/**
 * Reads one line of what the beacon's `follow` prints.
 *
 * @returns `undefined` for what this version doesn't know: another kind, a phase of the future, no JSON at all
 */
export function parseBeaconLine(line: string): BeaconEvent | undefined {
  const value = parseObject(line);
  if (value === undefined) return undefined;
  const { kind } = value;
  if (kind === 'hello' || kind === 'state') {
    const state = { finished: value['finished'] === true, shutdown: value['shutdown'] === true };
    return kind === 'state'
      ? { kind, ...state }
      : { kind, protocol: Number(value['protocol']), ...state };
  }
  const { phase, state } = value;
  const { node, address, role, seq, time } = value;
  if (!isId(node) || !isId(address) || typeof seq !== 'number' || !isId(time) || !isPhase(phase))
    return undefined;
  const report = {
    node,
    address,
    role: role === 'master' ? 'master' : 'worker',
    seq,
    time,
    phase,
  } as const;
  if (kind === 'phase' && (state === 'started' || state === 'done'))
    return { kind, ...report, state, detail: text(value['detail']) };
  if (kind === 'trouble')
    return {
      kind,
      ...report,
      reason: text(value['reason']),
      log: list(value['log']).slice(0, maxLogLines).map(text),
    };
  if (kind === 'hostkey') return { kind, ...report, fingerprint: text(value['detail']) };
  if (kind === 'warning' || kind === 'notice')
    return { kind, ...report, reason: text(value['reason']) };
  return undefined;
}

function isPhase(value: unknown): value is NodePhase {
  return nodePhases.some((phase) => phase === value);
}

/** How many lines of a log are taken. */
const maxLogLines = 200;
/** Ids, addresses and times are shorter. */
const maxIdLength = 100;

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxIdLength;
}
