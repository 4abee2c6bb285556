import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFolder } from '../base/surroundings.ts';
import { configDigest, sensitiveOptions } from '../config/consent.ts';
import { loadConfig } from '../config/load.ts';
import {
  type OptionName,
  options,
  type OptionValue,
  type PartialValues,
} from '../config/options/options.ts';
import { redact } from '../config/redact.ts';
import { shownValue } from '../config/values/written-value.ts';
import { ClusterError } from '../model/errors.ts';
import type { Verb } from '../model/events.ts';
import { advice } from '../model/remedy.ts';
import { isYes } from './host.ts';
import { type Session, shorten } from './session.ts';

/**
 * Asks, once for each content, whether a configuration that merely lies in the current folder may decide what runs, who is let in and
 * what is paid: the folder may be anybody's work. Where nobody can be asked, it may not.
 *
 * @throws ClusterError `CONFIG_UNTRUSTED`
 */
export async function requireConsent(
  session: Session,
  file: string,
  verb: Verb,
  given: PartialValues,
): Promise<void> {
  const config = loadConfig(file);
  const sensitive = sensitiveOptions(config, verb, given);
  if (sensitive.length === 0) return;
  const { io } = session;
  const shown = shorten(file, io);
  const folder = join(stateFolder(io), 'trusted-configurations');
  const mark = join(folder, configDigest(config));
  if (await isThere(mark)) return;
  const refused = (hint: string): ClusterError =>
    new ClusterError(
      'CONFIG_UNTRUSTED',
      `${shown} was found in this folder and sets ${keysOf(sensitive)}. Flintrock uses it only if you allow it.`,
      { remedies: advice(hint), details: { file, options: sensitive } },
    );
  if (!session.canAsk) throw refused(`If you trust the file, specify it: --config ${shown}`);
  session.say([[`${shown} was found in this folder. It sets:`]]);
  for (const name of sensitive)
    session.say([[`  ${options[name].key}: ${valueText(name, config.values[name])}`]]);
  session.asking = true;
  try {
    const answer = await io.question('Use this file until it changes? [y/N] ');
    if (!isYes(answer)) throw refused('Nothing was done.');
  } finally {
    session.asking = false;
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await writeFile(mark, `${file}\n`, { mode: 0o600 });
}

function keysOf(names: readonly OptionName[]): string {
  const keys = names.map((name) => options[name].key);
  return keys.length <= 4
    ? keys.join(', ')
    : `${keys.slice(0, 3).join(', ')} and ${keys.length - 3} more`;
}

function valueText(name: OptionName, value: OptionValue | undefined): string {
  const written = value === undefined ? 'an invalid value' : shownValue(options[name], value);
  const text = redact(typeof written === 'string' ? written : JSON.stringify(written));
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
