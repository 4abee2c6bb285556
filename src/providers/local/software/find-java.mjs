// JavaScript with types in comments, because two readers share it: the local provider, and the demo, which must look for
// Java before anything of TypeScript's is installed. By hand, as packages that find Java run each candidate, or know JAVA_HOME only.
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { delimiter, dirname, isAbsolute, join } from 'node:path';

/**
 * A Java runtime on this machine.
 * @typedef {object} JavaInstallation
 * @property {string} home absolute path of its folder
 * @property {string} version such as `17.0.15`
 * @property {number} major such as 17
 */

/**
 * Which versions fit: both ends included, `max` a major version with all its updates; `updates` has the first update that fits, by
 * major version, where the earlier ones don't.
 * @typedef {{ readonly min: string, readonly max: string, readonly updates?: Readonly<Record<string, string>> }} JavaRange
 */

/**
 * Every Java on this machine, in the order in which they are preferred: `JAVA_HOME`, `PATH`, then the usual places.
 *
 * No JVM is started to find out: each installation says its version in its file `release`
 * (JEP 223 gives the format of `JAVA_VERSION`).
 *
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {string} home the user's home folder
 * @returns {JavaInstallation[]}
 */
export function findJavas(env, home) {
  /** @type {Map<string, JavaInstallation>} */
  const found = new Map();
  for (const folder of candidates(env, home)) {
    const java = readInstallation(folder);
    if (java !== undefined && !found.has(java.home)) found.set(java.home, java);
  }
  return [...found.values()];
}

/**
 * Whether a Java is within a range.
 *
 * @param {JavaInstallation} java
 * @param {JavaRange} range
 */
export function javaFits(java, range) {
  const least = range.updates?.[java.major] ?? range.min;
  return compare(java.version, least) >= 0 && java.major <= Number(range.max);
}

/**
 * The one command that gets a fitting Java here, as a sentence.
 *
 * @param {string} platform as in `process.platform`
 * @param {JavaRange} range
 */
export function javaHint(platform, range) {
  const major = range.min.startsWith('8') ? '17' : (range.min.split('.')[0] ?? '17');
  if (platform === 'darwin') return `Get it with: brew install --cask temurin@${major}`;
  if (existsSync('/usr/bin/apt-get'))
    return `Get it with: sudo apt-get install -y openjdk-${major}-jre-headless`;
  if (existsSync('/usr/bin/dnf') && existsSync('/etc/amazon-linux-release'))
    return `Get it with: sudo dnf install -y java-${major}-amazon-corretto-headless`;
  if (existsSync('/usr/bin/dnf'))
    return `Get it with: sudo dnf install -y java-${major}-openjdk-headless`;
  if (existsSync('/sbin/apk')) return `Get it with: apk add openjdk${major}-jre-headless`;
  if (existsSync('/usr/bin/pacman'))
    return `Get it with: sudo pacman -S --noconfirm jre${major}-openjdk-headless`;
  return `Install Java ${major}, or set JAVA_HOME to where it is.`;
}

/**
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {string} home
 */
function* candidates(env, home) {
  if (env['JAVA_HOME']) yield env['JAVA_HOME'];
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    // Never the current folder, which may be anybody's.
    if (!isAbsolute(folder)) continue;
    try {
      const program = realpathSync(join(folder, 'java'));
      accessSync(program, constants.X_OK);
      yield dirname(dirname(program));
      // Java 8's `bin/java` of a JDK is a link into its `jre` folder, whose parent has the file `release`.
      yield dirname(dirname(dirname(program)));
    } catch {
      // Not there, or not to be run: look on.
    }
  }
  const parents = [
    '/usr/lib/jvm',
    '/usr/java',
    '/opt/java',
    '/opt',
    '/opt/homebrew/opt',
    '/usr/local/opt',
    '/Library/Java/JavaVirtualMachines',
    join(home, 'Library/Java/JavaVirtualMachines'),
    join(home, '.sdkman/candidates/java'),
    join(home, '.jdks'),
    join(home, '.asdf/installs/java'),
    join(home, '.local/share/mise/installs/java'),
  ];
  for (const parent of parents) {
    /** @type {string[]} */
    let names;
    try {
      names = readdirSync(parent).sort();
    } catch {
      continue;
    }
    for (const name of names) {
      yield join(parent, name);
      yield join(parent, name, 'Contents', 'Home');
      yield join(parent, name, 'libexec', 'openjdk.jdk', 'Contents', 'Home');
    }
  }
}

/**
 * @param {string} folder
 * @returns {JavaInstallation | undefined}
 */
function readInstallation(folder) {
  try {
    const home = realpathSync(folder);
    accessSync(join(home, 'bin', 'java'), constants.X_OK);
    const version = /^JAVA_VERSION="?([^"\n]+)"?/m.exec(
      readFileSync(join(home, 'release'), 'utf8'),
    )?.[1];
    if (version === undefined) return undefined;
    // Java 8 and older call themselves 1.8.0_402.
    const plain = version.replace(/^1\./, '').replace('_', '.');
    return { home, version: plain, major: Number.parseInt(plain, 10) };
  } catch {
    return undefined;
  }
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  const [left, right] = [a, b].map((text) => text.split(/[.+-]/).map(Number));
  for (let i = 0; i < 4; i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
