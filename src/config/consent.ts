import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Verb } from '../model/events.ts';
import { maxFileBytes } from './find.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { type OptionName, optionNames, options, type PartialValues } from './options/options.ts';
import { pathsIn } from './options/paths.ts';
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
 * The options of a file that a verb would heed and that another user must not decide: what runs, who is let in and as whom, and on
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
    if (!option.verbs.includes(verb)) return false;
    // Properties are added to those of the file, which stay.
    if (given[name] !== undefined && option.type !== 'properties') return false;
    if (option.provider !== undefined && given.provider !== undefined)
      if (option.provider !== given.provider) return false;
    if (option.trust === 'money') return provider === 'ec2' && !freeVerbs.has(verb);
    return option.trust !== 'none';
  });
}

/**
 * What stands for a file and what it has run: it changes with the file's place, its content, the content of the scripts that it
 * names, and the files of the folder whose Spark it names.
 */
export function configDigest(config: LoadedConfig): string {
  const hash = createHash('sha256');
  const add = (text: string | Buffer): void => void hash.update(`${text.length}:`).update(text);
  add(config.file);
  add(readFileSync(config.file));
  for (const name of optionNames) {
    if (options[name].trust !== 'code') continue;
    for (const path of pathsIn(options[name], config.values[name])) {
      add(path);
      add(contentOf(resolve(dirname(config.file), path)));
    }
  }
  return hash.digest('hex');
}

/** What a path leads to: a file's content, or how large it is and when it changed; or which files a folder has and when they changed. */
function contentOf(path: string): string | Buffer {
  try {
    const found = statSync(path);
    if (found.isFile())
      return found.size <= maxFileBytes ? readFileSync(path) : `${found.size} ${found.ctimeMs}`;
    if (!found.isDirectory()) return '';
  } catch {
    // Not there, or not to be read.
    return '';
  }
  try {
    return listingOf(path);
  } catch {
    // What can't be looked through never counts as known.
    return randomUUID();
  }
}

/** Spark has about two thousand files: more than this aren't looked through. */
const maxListedFiles = 20_000;

/** What Spark and Python write there themselves as they run. */
const ownFolders: ReadonlySet<string> = new Set(['__pycache__', 'logs', 'work']);

/**
 * The files of a folder whose programs are run, with their sizes and the times at which they changed: reading them all would take
 * seconds. By `ctime`, which unlike `mtime` an archive that is unpacked over them can't set.
 *
 * @throws Error for a folder that has too many, or that can't be read
 */
function listingOf(folder: string): string {
  const lines: string[] = [];
  const walk = (inner: string): void => {
    for (const name of readdirSync(join(folder, inner)).sort()) {
      if (ownFolders.has(name)) continue;
      const path = join(inner, name);
      // Throws at links that lead in a circle, too.
      const found = statSync(join(folder, path), { throwIfNoEntry: false });
      const isFolder = found?.isDirectory() === true;
      lines.push(JSON.stringify(isFolder ? [path] : [path, found?.size, found?.ctimeMs]));
      if (lines.length > maxListedFiles) throw new Error(`${folder} has too many files`);
      if (isFolder) walk(path);
    }
  };
  walk('');
  return lines.join('\n');
}
