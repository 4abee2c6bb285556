import { access } from 'node:fs/promises';
import type { KeyPairInfo } from '@aws-sdk/client-ec2';
import type { WorkContext } from '../../../engine/provider.ts';
import { isClusterError } from '../../../model/errors.ts';
import { advice, runProgram } from '../../../model/remedy.ts';
import { fingerprint, publicKeyBlob } from '../../../model/ssh/key.ts';
import type { Report } from '../../../node/services/spark-release.ts';
import type { Identity, IdentitySources } from '../../../ssh/identity.ts';
import { filtersOf } from '../api/filters.ts';
import { clusterKeyPath, type KeptCluster } from '../api/local-state.ts';
import type { Ec2Session } from '../api/session.ts';

/** How somebody gets into the nodes of a launch. */
export interface LoginKey {
  /** EC2's key pair to launch with, or `null`. */
  readonly keyName: string | null;
  /** A public key to hand over in user data, or `null` if the key pair does it. */
  readonly authorizedKey: string | null;
  /** Whether a key is to be made for the cluster. */
  readonly make: boolean;
}

/** For which host a configuration of `ssh` is asked before there is one: no `Host` block is likely to name it. */
const anyHost = 'node.ec2.internal';

/** Settles which key a launch uses, and reports what is wrong with it. */
export async function planLoginKey(
  session: Ec2Session,
  passphrases: Passphrases,
  report: Report,
): Promise<LoginKey> {
  const { ec2KeyName: name, ec2IdentityFile: file } = session.values;
  const pair = name === undefined ? undefined : await findKeyPair(name, session);
  if (name !== undefined && pair === undefined) reportNoPair(name, session, report);
  const fitting = pair?.PublicKey || null;
  // A key is made for the cluster if none is named.
  const identity =
    file === undefined && pair === undefined
      ? undefined
      : await readIdentity(file, fitting, session, passphrases, report);
  const publicKey = identity?.publicKey ?? null;
  if (file !== undefined && fitting !== null && publicKey !== null && !sameKey(fitting, publicKey))
    report(
      'error',
      'IDENTITY_INVALID',
      `${file} (${fingerprint(publicKeyBlob(publicKey))}) is not the private key of the key pair "${name ?? ''}".`,
      advice('Specify the private key of this key pair, or the name of the other key pair.'),
      'providers.ec2.identity-file',
    );
  const { path, exposed = null } = identity?.key ?? {};
  if (path !== undefined && exposed !== null)
    report(
      'warning',
      'IDENTITY_INVALID',
      `The key ${path} can be read or changed by other users of this machine (mode ${exposed}). OpenSSH does not accept such a key.`,
      [runProgram('Restrict its permissions.', 'chmod', '600', path)],
      'providers.ec2.identity-file',
    );
  if (name !== undefined) return { keyName: name, authorizedKey: null, make: false };
  if (publicKey !== null) return { keyName: null, authorizedKey: publicKey, make: false };
  return { keyName: null, authorizedKey: null, make: true };
}

/** Where a cluster is entered, and which key pair it was launched with. */
interface ClusterDoor {
  /** Address of its master; `null` if it has none. */
  readonly host: string | null;
  /** Public half of the key pair; `null` if there is none. */
  readonly keyPair: () => Promise<string | null>;
}

/** What to log in to a cluster with: the file that was named, else the key that was made for it here, else the agent's key that fits. */
export async function clusterIdentity(
  cluster: KeptCluster,
  { host, keyPair }: ClusterDoor,
  context: WorkContext,
  passphrases: Passphrases,
): Promise<Identity> {
  const made = cluster.launchId === null ? null : clusterKeyPath(cluster, context);
  const hasMade =
    made !== null &&
    (await access(made).then(
      () => true,
      () => false,
    ));
  const file = context.values.ec2IdentityFile ?? (hasMade ? made : null);
  const fitting = file === null ? await keyPair() : null;
  return load({ file, fitting, host: host ?? anyHost }, context, passphrases);
}

/** Reads a key, or asks the agent for it, by what is loaded only now: who only asks EC2 doesn't wait for it. */
async function load(
  { host, ...wanted }: Pick<IdentitySources, 'file' | 'fitting'> & { readonly host: string },
  context: WorkContext,
  passphrases: Passphrases,
): Promise<Identity> {
  const [{ loadIdentity }, { findAgent }] = await Promise.all([
    import('../../../ssh/identity.ts'),
    import('../../../ssh/agent.ts'),
  ]);
  return loadIdentity({
    ...wanted,
    agent: () => findAgent(context, host),
    ...passphrases.from(context),
  });
}

/** Passphrases of private keys: each is asked for until it is right, and then kept in memory only. */
export class Passphrases {
  readonly #answers = new Map<
    string,
    { readonly wrong: number; readonly answer: Promise<string | null> }
  >();

  /** Asks the user of a piece of work; several nodes that want the same key at once ask once. */
  from({ ask }: WorkContext): Required<Pick<IdentitySources, 'passphrase' | 'forget'>> {
    return {
      passphrase: (path, wrong) => {
        const known = this.#answers.get(path);
        if (known !== undefined && known.wrong >= wrong) return known.answer;
        const answer = ask<'key.passphrase'>({
          code: 'key.passphrase',
          message: `${wrong === 0 ? 'Passphrase' : 'Incorrect passphrase. Passphrase'} of ${path}:`,
          default: null,
        });
        this.#answers.set(path, { wrong, answer });
        return answer;
      },
      forget: (path) => void this.#answers.delete(path),
    };
  }
}

async function readIdentity(
  file: string | undefined,
  fitting: string | null,
  context: WorkContext,
  passphrases: Passphrases,
  report: Report,
): Promise<Identity | undefined> {
  try {
    return await load({ file: file ?? null, fitting, host: anyHost }, context, passphrases);
  } catch (error) {
    if (!isClusterError(error)) throw error;
    report('error', error.code, error.message, error.remedies, 'providers.ec2.identity-file');
    return undefined;
  }
}

/** A key pair of EC2's with its public half, if AWS tells it; `undefined` if there is no such pair. */
export async function findKeyPair(
  name: string,
  { aws, signal }: Ec2Session,
): Promise<KeyPairInfo | undefined> {
  const { KeyPairs } = await aws.ec2(
    'DescribeKeyPairs',
    { ...filtersOf({ 'key-name': [name] }), IncludePublicKey: true },
    signal,
  );
  return KeyPairs?.find(({ KeyName }) => KeyName === name);
}

function reportNoPair(name: string, { aws }: Ec2Session, report: Report): void {
  report(
    'error',
    'AWS_RESOURCE_NOT_FOUND',
    `Key pair "${name}" was not found in ${aws.region}.`,
    advice(
      'Specify a key pair that exists in the Region, or remove the option to create a key for the cluster.',
    ),
    'providers.ec2.key-name',
  );
}

function sameKey(a: string, b: string): boolean {
  const body = (line: string): string => line.trim().split(/\s+/)[1] ?? '';
  return body(a) === body(b);
}
