// What the lab is made of, made once and kept in its cache: Debian packages, Moto, the hosts' root file system, archives of Spark and Hadoop.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDebianPackages, installPrograms } from '../../scripts/prepare.mjs';

/** The folder of the lab's scripts. */
export const here = dirname(fileURLToPath(import.meta.url));

/** Where everything is kept that takes time to make. */
export const cache =
  process.env['FLINTROCK_LAB_CACHE'] ?? join(homedir(), '.cache', 'flintrock-lab');

const venv = join(cache, 'venv');

/** The Python that runs the lab's server. */
export const python = join(venv, 'bin', 'python');

/** The Python tool of the same name. */
export const peer = join(cache, 'peer', 'bin', 'flintrock');

/** What the download server serves. */
export const downloads = join(cache, 'downloads');

// Program → Debian package.
const programs = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  ip: 'iproute2',
  nft: 'nftables',
  ssh: 'openssh-client',
  curl: 'curl',
  pgrep: 'procps',
  javac: 'openjdk-17-jdk-headless',
};

/** @type {{ default: string }} */
const versions = JSON.parse(
  readFileSync(join(here, '..', '..', 'src', 'model', 'software', 'spark-versions.json'), 'utf8'),
);

/** The version of Spark that the lab serves, as real and as light one. */
export const sparkVersion = versions.default;

// Of older lines there is the light one only.
const lightVersions = [sparkVersion, '3.5.9'];

/** The version of Hadoop that the lab serves, real. */
export const hadoopVersion =
  /<hadoop.version>(.*)<\/hadoop.version>/.exec(
    readFileSync(join(here, 'hadoop', 'pom.xml'), 'utf8'),
  )?.[1] ?? '';

/** A package for Spark that the lab serves. */
const labPackage = 'org.postgresql:postgresql:42.7.4';

/** The hosts' root file system. */
export const rootFileSystem = () =>
  join(cache, 'images', `root-${keyOf('root.sh', 'image/platform-data.py')}`);

/** The folder of the images' layers, which stand over {@link rootFileSystem}. */
export const layers = () =>
  join(
    cache,
    'images',
    `layers-${keyOf('layers.sh', 'addresses.sh', 'root.sh', ...readdirSync(join(here, 'image')).map((name) => `image/${name}`))}`,
  );

/** The layer with the archive of Spark's classes, which stands over {@link rootFileSystem} too. */
export const classArchive = () =>
  join(
    cache,
    'images',
    `classes-${sparkVersion}-${keyOf('archive.sh', 'load_classes.py', 'image/java', 'pack_spark.py', 'root.sh')}`,
  );

/**
 * Makes sure that the lab can be started here: installs and makes what is missing, with a line on stderr for each thing.
 *
 * @returns {{ ok: true } | { ok: false, reason: string, failed: boolean }} why there is no lab: this machine can't have one, or, if
 *   `failed`, making it went wrong
 */
export function prepareLab() {
  const reason = whyNot();
  if (reason !== undefined) return { ok: false, reason, failed: false };
  try {
    mkdirSync(join(cache, 'images'), { recursive: true });
    installSystem();
    const isolation = whyNoIsolation();
    if (isolation !== undefined) return { ok: false, reason: isolation, failed: false };
    makeVenv();
    makePeer();
    makeRootFileSystem();
    makeLayers();
    makeLightSpark();
    makeFullSpark();
    makeClassArchive();
    makeHadoop();
    makeWheels();
    makeMavenRepository();
    return { ok: true };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, reason, failed: true };
  }
}

function whyNot() {
  if (process.platform !== 'linux') return 'the lab needs Linux';
  if (process.arch !== 'x64') return 'the lab needs an x86-64 machine';
  if (process.getuid?.() !== 0) return 'the lab needs root';
  if (!existsSync('/sys/fs/cgroup')) return 'there are no cgroups here';
  return undefined;
}

// Tried, not guessed: containers have root too.
function whyNoIsolation() {
  const name = `flintrock-lab-try-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  spawnSync('ip', ['netns', 'del', name]);
  if (made.status !== 0) return `there can be no network namespace here: ${made.stderr.trim()}`;
  const pid = spawnSync('unshare', ['--mount', '--pid', '--fork', '--mount-proc', 'true'], {
    encoding: 'utf8',
  });
  if (pid.status !== 0) return `there can be no process namespace here: ${pid.stderr.trim()}`;
  return undefined;
}

function installSystem() {
  const missing = installPrograms(programs);
  if (missing.length > 0) throw new Error(`${missing.join(', ')} can’t be installed here`);
  if (!existsSync(python) && spawnSync('python3', ['-c', 'import venv, ensurepip']).status !== 0)
    installDebianPackages(['python3-venv']);
}

/** Makes sure that there is Moto, for tests that need nothing else of the lab. */
export function prepareMoto() {
  mkdirSync(cache, { recursive: true });
  makeVenv();
}

function makeVenv() {
  const requirements = join(here, 'requirements.txt');
  const stamp = join(venv, `.installed-${keyOf('requirements.txt')}`);
  if (existsSync(stamp)) return;
  say('Installing Moto');
  rmSync(venv, { recursive: true, force: true });
  run('python3', ['-m', 'venv', venv]);
  run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    requirements,
  ]);
  writeFileSync(stamp, '');
}

// The unmodified Python tool, beside which ours must live.
function makePeer() {
  if (existsSync(peer)) return;
  say('Installing the Python Flintrock');
  const folder = dirname(dirname(peer));
  rmSync(folder, { recursive: true, force: true });
  run('python3', ['-m', 'venv', folder]);
  const pip = [join(folder, 'bin', 'python'), '-m', 'pip', 'install', '--quiet'];
  run(pip[0] ?? '', [...pip.slice(1), '--disable-pip-version-check', 'flintrock==2.1.0']);
}

function makeRootFileSystem() {
  make(rootFileSystem(), "Making the hosts' root file system (a minute or two)", (draft) => {
    run(join(here, 'root.sh'), [draft], { input: debianSources() });
  });
}

// This machine's own mirrors, if it is a Debian of the same release; else nothing, and mmdebstrap takes Debian's own.
function debianSources() {
  const { stdout } = spawnSync(
    'apt-get',
    ['indextargets', '--format', 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)', 'Created-By: Packages'],
    { encoding: 'utf8' },
  );
  const lines = stdout.split('\n').filter((line) => / bookworm\S* main$/.test(line));
  return [...new Set(lines)].join('\n');
}

function makeLayers() {
  make(layers(), "Making the images' layers", (draft) => {
    run(join(here, 'layers.sh'), [rootFileSystem(), draft]);
  });
}

function makeLightSpark() {
  const sources = readdirSync(join(here, 'light'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.java'))
    .map((name) => `light/${name}`)
    .sort();
  const stamp = join(downloads, `.light-${keyOf('pack_spark.py', ...sources)}`);
  if (existsSync(stamp)) return;
  say('Making the light Spark');
  const classes = mkdtempSync(join(tmpdir(), 'flintrock-lab-classes-'));
  try {
    const files = sources.map((name) => join(here, name));
    run('javac', ['--release', '17', '-d', classes, ...files]);
    for (const version of lightVersions) pack('light', version, classes);
  } finally {
    rmSync(classes, { recursive: true, force: true });
  }
  writeFileSync(stamp, '');
}

function makeFullSpark() {
  const stamp = join(downloads, `.full-${sparkVersion}-${keyOf('pack_spark.py')}`);
  if (existsSync(stamp)) return;
  // What the product itself fetched for a local cluster is the same, and half a gigabyte needn't be fetched twice.
  const known = join(homedir(), '.cache', 'flintrock', 'spark', `spark-${sparkVersion}`);
  if (existsSync(join(known, 'jars'))) {
    say(`Packing Spark ${sparkVersion}`);
    pack('full', sparkVersion, known);
  } else {
    say(`Fetching and packing Spark ${sparkVersion} (half a gigabyte)`);
    const folder = mkdtempSync(join(cache, 'sdist-'));
    try {
      const options = ['download', '--quiet', '--no-deps', '--no-binary', ':all:'];
      run(python, ['-m', 'pip', ...options, '-d', folder, `pyspark==${sparkVersion}`]);
      pack('full', sparkVersion, join(folder, readdirSync(folder)[0] ?? ''));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  writeFileSync(stamp, '');
}

// Spark's JVMs are most of what the lab's processors are busy with.
function makeClassArchive() {
  make(classArchive(), "Making the archive of Spark's classes", (draft) => {
    run(join(here, 'archive.sh'), [rootFileSystem(), layers(), sparkArchive('full'), draft]);
  });
}

// From the same place as everybody's Java libraries, by the same program: it knows this machine's own mirror, if there is one.
function makeHadoop() {
  const stamp = join(downloads, `.hadoop-${keyOf('pack_hadoop.py', 'hadoop/pom.xml')}`);
  if (existsSync(stamp)) return;
  say(`Fetching and packing Hadoop ${hadoopVersion}`);
  if (installPrograms({ mvn: 'maven' }).length > 0)
    throw new Error('maven can’t be installed here');
  const folder = mkdtempSync(join(tmpdir(), 'flintrock-lab-hadoop-'));
  try {
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime'];
    run('mvn', [
      '--batch-mode',
      '--quiet',
      `--file=${join(here, 'hadoop', 'pom.xml')}`,
      ...copy,
      `-DoutputDirectory=${folder}`,
    ]);
    const name = `hadoop-${hadoopVersion}`;
    const target = join(downloads, 'full', 'hadoop', 'common', name, `${name}.tar.gz`);
    run(python, [join(here, 'pack_hadoop.py'), hadoopVersion, folder, target]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  writeFileSync(stamp, '');
}

// For the Python of the hosts, whatever this machine has.
function makeWheels() {
  const { packages } = JSON.parse(
    readFileSync(join(here, '../../src/model/software/connect-requirements.json'), 'utf8'),
  )[sparkVersion.split('.', 2).join('.')];
  const requirements = [`pandas${packages.pandas}`, `pyarrow${packages.pyarrow}`];
  const key = createHash('sha256').update(requirements.join(' ')).digest('hex').slice(0, 12);
  const stamp = join(downloads, `.wheels-${key}`);
  if (existsSync(stamp)) return;
  say('Fetching pandas and pyarrow');
  const platforms = ['manylinux_2_28', 'manylinux_2_17', 'manylinux2014'];
  run(python, [
    ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check'],
    ...['--only-binary', ':all:', '--python-version', '3.11', '-d', join(downloads, 'wheels')],
    ...platforms.flatMap((name) => ['--platform', `${name}_x86_64`]),
    ...requirements,
  ]);
  writeFileSync(stamp, '');
}

// Table formats and S3's libraries for the Spark that the lab serves, and a package with a dependency, as Maven itself keeps them.
function makeMavenRepository() {
  const folder = join(here, '../../src/model/software/packages');
  const line = sparkVersion.split('.', 2).join('.');
  const { delta, iceberg } = JSON.parse(readFileSync(join(folder, 'table-formats.json'), 'utf8'));
  const s3 = JSON.parse(readFileSync(join(folder, 's3-libraries.json'), 'utf8'));
  const jars = Object.keys({ ...delta[line].jars, ...iceberg[line].jars, ...s3[line].jars });
  const key = createHash('sha256').update(jars.join(' ')).digest('hex').slice(0, 12);
  const stamp = join(downloads, `.maven-${key}`);
  if (existsSync(stamp)) return;
  say('Fetching Delta Lake, Apache Iceberg and S3’s libraries (700 MB)');
  if (installPrograms({ mvn: 'maven' }).length > 0)
    throw new Error('maven can’t be installed here');
  const get = ['--batch-mode', '--quiet', 'dependency:get'];
  const into = `-Dmaven.repo.local=${join(downloads, 'maven')}`;
  for (const one of jars) run('mvn', [...get, into, '-Dtransitive=false', `-Dartifact=${one}`]);
  run('mvn', [...get, into, `-Dartifact=${labPackage}`]);
  writeFileSync(stamp, '');
}

/**
 * @param {'full' | 'light'} kind
 * @param {string} version
 * @param {string} source
 */
function pack(kind, version, source) {
  run(python, [join(here, 'pack_spark.py'), kind, version, source, sparkArchive(kind, version)]);
}

/**
 * @param {'full' | 'light'} kind
 * @param {string} [version]
 */
function sparkArchive(kind, version = sparkVersion) {
  return join(downloads, kind, 'spark', `spark-${version}`, `spark-${version}-bin-hadoop3.tgz`);
}

/**
 * Makes a folder under another name and moves it into place: a half-made one is never used.
 *
 * @param {string} folder
 * @param {string} what
 * @param {(draft: string) => void} work
 */
function make(folder, what, work) {
  if (existsSync(folder)) return;
  say(what);
  const draft = `${folder}.draft-${process.pid}`;
  try {
    work(draft);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/**
 * @param {string[]} names files of this folder
 * @returns {string} changes when one of them does
 */
function keyOf(...names) {
  const hash = createHash('sha256');
  for (const name of names) hash.update(name).update(readFileSync(join(here, name)));
  return hash.digest('hex').slice(0, 12);
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, input?: string }} [options]
 */
function run(program, args, options) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...options,
  });
  if (status === 0) return;
  const last = `${stdout}${stderr}`.trim().split('\n').slice(-5).join('\n');
  throw new Error(`${program} failed: ${error?.message ?? last}`);
}

/** @param {string} what */
function say(what) {
  process.stderr.write(`lab: ${what} …\n`);
}
