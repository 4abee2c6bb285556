import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { Surroundings } from '../../../base/surroundings.ts';
import type { WorkContext } from '../../../engine/provider.ts';
import { ClusterError } from '../../../model/errors.ts';
import { advice, runProgram } from '../../../model/remedy.ts';
import type * as sdkModule from './sdk.ts';
import { sharedFiles } from './shared-config.ts';

/** How often a code of an MFA device is asked for. */
const maxCodes = 3;

type Ask = WorkContext['ask'];
type Provider = ReturnType<(typeof sdkModule)['fromNodeProviderChain']>;
/** As whom AWS is asked. */
export type Credentials = NonNullable<EC2ClientConfig['credentials']>;

/**
 * The credentials of one profile, for all regions: what was found, or entered, is used until it expires. A code of an MFA device is
 * good once.
 */
export class CredentialSource {
  readonly #profile: string | undefined;
  readonly #surroundings: Pick<Surroundings, 'env' | 'home'>;
  #ask: Ask;
  #provider: Provider | undefined;

  /** @param profile of the shared configuration, or `undefined` for the SDK's own order */
  constructor(
    profile: string | undefined,
    surroundings: Pick<Surroundings, 'env' | 'home'>,
    ask: Ask,
  ) {
    this.#profile = profile;
    this.#surroundings = surroundings;
    this.#ask = ask;
  }

  /** From now on, asks the user of another piece of work. */
  set ask(ask: Ask) {
    this.#ask = ask;
  }

  /** Forgets what was found: a user who logged in again meanwhile has new ones. */
  forget(): void {
    this.#provider = undefined;
  }

  /** Credentials as the SDK's clients take them. */
  find(sdk: typeof sdkModule, clientConfig: object): Credentials {
    const { env } = this.#surroundings;
    const [accessKeyId, secretAccessKey, sessionToken] = [
      env['AWS_ACCESS_KEY_ID'],
      env['AWS_SECRET_ACCESS_KEY'],
      env['AWS_SESSION_TOKEN'],
    ];
    // The engine's environment may be another than the process's. The rest of the chain the SDK reads by itself.
    if (this.#profile === undefined && accessKeyId && secretAccessKey) {
      const given = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
      requirePlain(given, true);
      return given;
    }
    this.#provider ??= this.#makeProvider(sdk, clientConfig);
    return this.#provider;
  }

  #makeProvider(sdk: typeof sdkModule, clientConfig: object): Provider {
    const named = this.#profile ?? this.#surroundings.env['AWS_PROFILE'];
    let wrong = 0;
    const provider = sdk.fromNodeProviderChain({
      ...sharedFiles(this.#surroundings),
      ...(named && { profile: named }),
      clientConfig,
      ignoreCache: true,
      mfaCodeProvider: (serial) => this.#code(serial, wrong, named),
    });
    const find = async (properties: Parameters<Provider>[0]): ReturnType<Provider> => {
      for (wrong = 0; ; wrong += 1) {
        try {
          const found = await provider(properties);
          requirePlain(found, false);
          return found;
        } catch (error) {
          if (!isWrongCode(error)) throw named ? withProfile(error as Error, named) : error;
          if (wrong + 1 >= maxCodes) throw codeRejected(error);
        }
      }
    };
    // Several regions that are asked at once ask for one code.
    let pending: ReturnType<Provider> | undefined;
    return (properties) =>
      (pending ??= find(properties).finally(() => {
        pending = undefined;
      }));
  }

  async #code(serial: string, wrong: number, profile: string | undefined): Promise<string> {
    const answer = await this.#ask<'aws.mfaCode'>({
      code: 'aws.mfaCode',
      message: `${wrong === 0 ? 'MFA code' : 'The MFA code was rejected. New MFA code'} of ${serial}:`,
      default: null,
    });
    if (answer !== null) return answer.replace(/\s/g, '');
    const name = profile ?? 'default';
    throw new ClusterError(
      'AWS_MFA_REQUIRED',
      `The AWS profile "${name}" requires an MFA code of ${serial}, which was not entered.`,
      {
        details: { profile: name, serial },
        remedies: [
          ...advice('Run this where the code can be entered, such as on a terminal.'),
          runProgram(
            'Or create temporary credentials, and set them as environment variables.',
            ...['aws', 'configure', 'export-credentials', '--profile', name, '--format', 'env'],
          ),
        ],
      },
    );
  }
}

/** The SDK's error that nothing gave credentials, with the profile that was to give them: it may be misspelled. */
function withProfile(error: Error, profile: string): Error {
  if (!/from any providers/.test(error.message)) return error;
  const { name, stack } = error;
  const message = `the AWS profile "${profile}" doesn’t exist, or has no credentials.`;
  return Object.assign(new Error(message, { cause: error }), { name, stack });
}

/** Whether STS didn't take the code: it was mistyped, or is too old, or was used before. */
function isWrongCode(error: unknown): boolean {
  return /MultiFactorAuthentication failed/i.test((error as Error).message);
}

function codeRejected(cause: unknown): ClusterError {
  return new ClusterError('AWS_CREDENTIALS_INVALID', 'AWS rejected the MFA code.', {
    cause,
    remedies: advice(
      'Check that it is the code of this device, and that the device’s clock is right. Each code can be used only once.',
    ),
  });
}

/** What credentials consist of, with the variables that they may come from. */
const parts = [
  ['accessKeyId', 'access key ID', 'AWS_ACCESS_KEY_ID'],
  ['secretAccessKey', 'secret access key', 'AWS_SECRET_ACCESS_KEY'],
  ['sessionToken', 'session token', 'AWS_SESSION_TOKEN'],
] as const;

/**
 * Refuses credentials with white space in them, as out of a file with the line ends of Windows: AWS would see another key, or the
 * request could not be written at all.
 *
 * @throws ClusterError `AWS_CREDENTIALS_INVALID`
 */
function requirePlain(
  given: Readonly<Partial<Record<(typeof parts)[number][0], string>>>,
  isFromVariables: boolean,
): void {
  for (const [part, words, variable] of parts) {
    const odd = /[\s\p{Cc}]/u.exec(given[part] ?? '');
    if (odd === null) continue;
    const what = isFromVariables ? `The environment variable ${variable}` : `The AWS ${words}`;
    throw new ClusterError(
      'AWS_CREDENTIALS_INVALID',
      `${what} contains ${characterName(odd[0])} (at character ${odd.index + 1}).`,
      {
        remedies: advice(
          'Remove it. It often comes from a file with Windows line endings, or from copying.',
        ),
      },
    );
  }
}

function characterName(character: string): string {
  const names: Readonly<Record<string, string>> = {
    '\r': 'a carriage return',
    '\n': 'a line feed',
    '\t': 'a tab',
    ' ': 'a space',
  };
  return names[character] ?? 'a control character or space';
}
