import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Verb } from '../model/events.ts';
import { maxFileBytes } from './find.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { type OptionName, optionNames, options, type PartialValues } from './options/options.ts';
import { chooseProvider } from './provider-choice.ts';

/** The verbs that only look, and spend nothing. */
const freeVerbs: ReadonlySet<Verb> = new Set<Verb>([
  'plan',
  'describe',
  'doctor',
  'destroy',
  'stop',
]);

/**
 * The options of a file that a verb would heed and that somebody else must not decide: what runs, who is let in and as whom, and on
 * EC2 what it costs. What was given beside the file isn't the file's to say.
 */
export function sensitiveOptions(
  config: LoadedConfig,
  verb: Verb,
  given: PartialValues,
): readonly OptionName[] {
  const { provider } = chooseProvider(given.provider, config);
  return optionNames.filter((name) => {
    if (config.values[name] === undefined && !config.faulty.has(name)) return false;
    const option = options[name];
    if (given[name] !== undefined || !option.verbs.includes(verb)) return false;
    if (option.provider !== undefined && given.provider !== undefined)
      if (option.provider !== given.provider) return false;
    if (option.trust === 'money') return provider === 'ec2' && !freeVerbs.has(verb);
    return option.trust !== 'none';
  });
}

/**
 * What stands for a file and what it has run: it changes with the file's place, its content, and the content of the scripts that it
 * names.
 */
export function configDigest(config: LoadedConfig): string {
  const hash = createHash('sha256');
  const add = (text: string | Buffer): void => void hash.update(`${text.length}:`).update(text);
  add(config.file);
  add(readFileSync(config.file));
  for (const name of optionNames) {
    const value = config.values[name];
    const { type, trust } = options[name];
    if (type !== 'path' || trust !== 'code' || typeof value !== 'string') continue;
    add(value);
    add(contentOf(resolve(dirname(config.file), value)));
  }
  return hash.digest('hex');
}

function contentOf(file: string): Buffer {
  try {
    const found = statSync(file);
    return found.isFile() && found.size <= maxFileBytes ? readFileSync(file) : Buffer.alloc(0);
  } catch {
    // Not there, or a folder.
    return Buffer.alloc(0);
  }
}
