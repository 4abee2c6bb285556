import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../base/json-file.ts';
import { isPortFree } from '../base/machine/port-free.ts';
import { stateFolder, type Surroundings } from '../base/surroundings.ts';

/**
 * Where this machine offers a connection, and what opens it: the same each time, so that what was written into notebooks, kernels and
 * `.env` files stays right.
 */
export interface Endpoint {
  readonly port: number;
  /** What clients have to show. It opens nothing but our end, and only as long as that is there. */
  readonly token: string;
}

/** Ports are chosen here: below those that systems give to outgoing connections (32768 on Linux, 49152 elsewhere). */
const range = { first: 20_000, count: 10_000 } as const;

/**
 * The endpoint of a cluster, or of a workspace; made, and kept for its owner only, when it is asked for first.
 *
 * @param purpose what tells it apart from others of this user, such as `cluster ec2/us-east-1/demo`
 */
export async function endpointOf(
  purpose: string,
  surroundings: Pick<Surroundings, 'env' | 'home' | 'platform'>,
): Promise<Endpoint> {
  const folder = join(stateFolder(surroundings), 'connect');
  const file = join(
    folder,
    `${createHash('sha256').update(purpose).digest('hex').slice(0, 24)}.json`,
  );
  const kept = readEndpoint(await readJsonFile(file).catch(() => undefined));
  if (kept !== undefined) return kept;
  const made = { port: await freePortFor(purpose), token: newToken() };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await writeJsonFile(file, { format: 1, purpose, ...made });
  return made;
}

/** One that nobody keeps: any port that is free, and a token of its own. */
export function temporaryEndpoint(): Endpoint {
  return { port: 0, token: newToken() };
}

function newToken(): string {
  return randomBytes(32).toString('hex');
}

/** The port at which a page of an endpoint's cluster is served, if it is free: the same each time, too. */
export function preferredPort(purpose: string): number {
  return range.first + (createHash('sha256').update(purpose).digest().readUInt32BE() % range.count);
}

function readEndpoint(record: unknown): Endpoint | undefined {
  const { port, token } = (record ?? {}) as Partial<Endpoint>;
  const isRight =
    typeof port === 'number' &&
    Number.isInteger(port) &&
    port > 0 &&
    port < 65_536 &&
    /^[0-9a-f]{64}$/.test(token ?? '');
  return isRight ? { port, token: token as string } : undefined;
}

async function freePortFor(purpose: string): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const port = preferredPort(`${purpose} ${attempt}`);
    if (await isPortFree(port)) return port;
  }
  return preferredPort(purpose);
}
