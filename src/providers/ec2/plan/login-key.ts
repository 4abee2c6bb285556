import { access } from 'node:fs/promises';
import type { WorkContext } from '../../../engine/provider.ts';
import { isClusterError } from '../../../model/errors.ts';
import { advice, runProgram, setOption } from '../../../model/remedy.ts';
import { fingerprint, publicKeyBlob } from '../../../model/ssh-key.ts';
import type { Report } from '../../../node/services/spark-release.ts';
import { type Identity, type IdentitySources, loadIdentity } from '../../../ssh/identity.ts';
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

/** Settles which key a launch uses, and reports what is wrong with it. */
export async function planLoginKey(
  session: Ec2Session,
  passphrases: Passphrases,
  report: Report,
): Promise<LoginKey> {
  const { ec2KeyName: name, ec2IdentityFile: file } = session.values;
  const agent = session.env['SSH_AUTH_SOCK'] || null;
  const [identity, pair] = await Promise.all([
    file === undefined ? undefined : readIdentity(file, agent, session, passphrases, report),
    name === undefined ? undefined : findKeyPair(name, report, session),
  ]);
  const publicKey = identity?.publicKey ?? null;
  if (pair !== undefined && pair !== '' && publicKey !== null && !sameKey(pair, publicKey))
    report(
      'error',
      'IDENTITY_INVALID',
      `${file ?? ''} (${fingerprint(publicKeyBlob(publicKey))}) is not the private key of the key pair "${name ?? ''}".`,
      advice('Specify the private key of this key pair, or the name of the other key pair.'),
      'providers.ec2.identity-file',
    );
  if (name !== undefined && file === undefined && agent === null)
    report(
      'error',
      'IDENTITY_INVALID',
      `The private key of "${name}" is not specified, and no SSH agent is running.`,
      [
        setOption('Specify the private key file.', 'providers.ec2.identity-file'),
        runProgram('Or start an SSH agent, and add the key.', 'ssh-add'),
      ],
      'providers.ec2.identity-file',
    );
  if (name !== undefined) return { keyName: name, authorizedKey: null, make: false };
  if (publicKey !== null) return { keyName: null, authorizedKey: publicKey, make: false };
  return { keyName: null, authorizedKey: null, make: true };
}

/** What to log in to a cluster with: the file that was named, else the key that was made for it here, else the agent's keys. */
export async function clusterIdentity(
  cluster: KeptCluster,
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
  return loadIdentity({
    file: context.values.ec2IdentityFile ?? (hasMade ? made : null),
    agent: context.env['SSH_AUTH_SOCK'] || null,
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
  file: string,
  agent: string | null,
  context: WorkContext,
  passphrases: Passphrases,
  report: Report,
): Promise<Identity | undefined> {
  try {
    return await loadIdentity({ file, agent, ...passphrases.from(context) });
  } catch (error) {
    if (!isClusterError(error)) throw error;
    report('error', error.code, error.message, error.remedies, 'providers.ec2.identity-file');
    return undefined;
  }
}

/** The public half of a key pair, empty if AWS doesn't tell it; `undefined`, and reported, if there is no such pair. */
async function findKeyPair(
  name: string,
  report: Report,
  { aws, signal }: Ec2Session,
): Promise<string | undefined> {
  const { KeyPairs } = await aws.ec2(
    'DescribeKeyPairs',
    { ...filtersOf({ 'key-name': [name] }), IncludePublicKey: true },
    signal,
  );
  const pair = KeyPairs?.[0];
  if (pair === undefined)
    report(
      'error',
      'AWS_RESOURCE_NOT_FOUND',
      `Key pair "${name}" was not found in ${aws.region}.`,
      advice(
        'Specify a key pair that exists in the Region, or remove the option to create a key for the cluster.',
      ),
      'providers.ec2.key-name',
    );
  return pair === undefined ? undefined : (pair.PublicKey ?? '');
}

function sameKey(a: string, b: string): boolean {
  const body = (line: string): string => line.trim().split(/\s+/)[1] ?? '';
  return body(a) === body(b);
}
