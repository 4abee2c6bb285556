import { ClusterError } from '../errors.ts';
import { advice } from '../remedy.ts';

// What stands in options, configurations and lists of host keys of `ssh`. Each of them ends at a line's end, and takes `*`, quotes or
// a comma for something else: text that others can write must fit exactly.

const hostAliasForm = /^[A-Za-z0-9][A-Za-z0-9.-]*$/;
const hostForm = /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:]+(?:%[A-Za-z0-9]+)?)$/;
const userForm = /^[A-Za-z_][A-Za-z0-9_.-]*\$?$/;
const keyTypeForm = /^[a-z0-9][a-z0-9@.-]*$/;
const keyForm = /^[A-Za-z0-9+/]+={0,3}$/;

/**
 * A name of a host in a configuration of `ssh`, as it was given.
 *
 * @throws ClusterError `SSH_UNREACHABLE` if it could mean anything else, such as all hosts
 */
export function requireHostAlias(alias: string): string {
  return requireForm(alias, hostAliasForm, 'a host name in the SSH configuration');
}

/**
 * `user@host`, as `ssh` takes it.
 *
 * @throws ClusterError `SSH_UNREACHABLE` if one of them could mean anything else, such as an option
 */
export function sshDestination(user: string, host: string): string {
  return `${requireForm(user, userForm, 'a user name')}@${requireForm(host, hostForm, 'an address')}`;
}

/**
 * A line of a `known_hosts` file.
 *
 * @param alias the one host that it is for
 * @param publicKey type and key, as in `authorized_keys`
 * @throws ClusterError `SSH_UNREACHABLE` if the line could mean anything else, such as a key for all hosts
 */
export function knownHostsLine(alias: string, publicKey: string): string {
  const [type = '', key = ''] = publicKey.split(' ');
  requireHostAlias(alias);
  requireForm(type, keyTypeForm, 'a host key type');
  requireForm(key, keyForm, 'a host key');
  return `${alias} ${type} ${key}\n`;
}

/**
 * A path as `ssh` reads it where it knows `%` and `${…}`: in the options `IdentityFile` and `UserKnownHostsFile`, and behind `-i`.
 *
 * @throws ClusterError `ARGUMENT_INVALID` if it can't be written so that `ssh` reads this very path
 */
export function sshPath(path: string, platform: string): string {
  const plain = platform === 'win32' ? path.replaceAll('\\', '/') : path;
  const fault = hasControlCharacters(plain)
    ? 'control characters'
    : /["\\]/.test(plain)
      ? 'quotes or backslashes'
      : plain.includes('${')
        ? '"${"'
        : undefined;
  if (fault !== undefined)
    throw new ClusterError(
      'ARGUMENT_INVALID',
      `The path ${JSON.stringify(path)} can’t be passed to ssh because it contains ${fault}.`,
      { remedies: advice('Move the file or folder to a path without these characters.') },
    );
  return plain.replaceAll('%', '%%');
}

/** A path of {@link sshPath} as a word of a configuration, or of an option that is given with `-o`: `ssh` splits at spaces. */
export function sshWord(path: string): string {
  return /[\s'#]/.test(path) ? `"${path}"` : path;
}

/** Whether a text has characters that end a line, or that a terminal takes for commands. */
export function hasControlCharacters(text: string): boolean {
  return /[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(text);
}

function requireForm(text: string, form: RegExp, what: string): string {
  if (form.test(text)) return text;
  throw new ClusterError(
    'SSH_UNREACHABLE',
    `${JSON.stringify(text.slice(0, 100))} can’t be used as ${what}.`,
  );
}
