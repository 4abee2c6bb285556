import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findJavas } from '../../src/providers/local/software/find-java.mjs';

/**
 * The folder of this machine's own Java, which compiles nothing for a speed that would come after minutes: tests have many JVMs, each
 * for seconds. `undefined` where there is no Java; the product says what is missing then.
 *
 * A wrapper, since options from the environment would be told on stderr. It stays where it is, since the archives
 * of classes that clusters keep go by its path.
 */
export function quickJava(): string | undefined {
  const [java] = findJavas(process.env, homedir());
  if (java === undefined) return undefined;
  const cache = join(homedir(), '.cache', 'flintrock-test');
  const script = `#!/bin/sh\nexec '${java.home}/bin/java' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "$@"\n`;
  const release = join(java.home, 'release');
  // Another Java, or other options, is another one.
  const key = createHash('sha256').update(script).update(readFileSync(release)).digest('hex');
  const folder = join(cache, `quick-java-${key.slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(`${folder}-`);
  mkdirSync(join(draft, 'bin'));
  cpSync(release, join(draft, 'release'));
  writeFileSync(join(draft, 'bin', 'java'), script, { mode: 0o755 });
  try {
    renameSync(draft, folder);
  } catch {
    // Another test was quicker.
    rmSync(draft, { recursive: true });
  }
  return folder;
}
