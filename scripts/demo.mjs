// npm run demo: from a fresh clone to a real Spark cluster on this machine, a job on it, and nothing left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findJavas, javaFits, javaHint } from '../src/providers/local/software/find-java.mjs';
import { buildProject, installPackages, requireNode, root } from './prepare.mjs';

const keep = process.argv.includes('--keep');
const name = 'demo';

requireNode();
requireJava();
installPackages();
buildProject();

const folder = mkdtempSync(join(tmpdir(), 'flintrock-demo-'));
let launched = false;
let code = 1;
try {
  code = await demo();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = code;

async function demo() {
  const text = join(folder, 'words.txt');
  await writeText(text);
  say(`Generated ${(statSync(text).size / 1e6).toFixed(1)} MB of text for the job.`);
  // What the file or an old cluster of that name says is the command line's to tell.
  if ((await flintrock('launch', name, '--provider', 'local', '--num-workers', '2')) !== 0)
    return 1;
  launched = true;
  try {
    const answer = join(folder, 'answer.json');
    say('\nA job counts its words on the cluster:');
    const status = await flintrock(
      'submit',
      name,
      join(root, 'scripts', 'demo-job.py'),
      text,
      answer,
    );
    if (status !== 0) return status;
    const { words, workers } = JSON.parse(readFileSync(answer, 'utf8'));
    const same = sameCounts(new Map(Object.entries(words)), await countWords(text));
    say(same ? 'Node counts the same.' : 'Node counts something else!');
    if (workers.length !== 2) say(`It ran on ${workers.length} of 2 workers only!`);
    say('\nThe cluster:');
    await flintrock('describe', name);
    return same && workers.length === 2 ? 0 : 1;
  } finally {
    await finish();
  }
}

async function finish() {
  if (!launched) return;
  if (keep) say(`\nThe cluster keeps running. To destroy it: node dist/cli.js destroy ${name}`);
  else await flintrock('destroy', name, '--assume-yes');
}

function requireJava() {
  const table = JSON.parse(
    readFileSync(join(root, 'src', 'model', 'software', 'spark-versions.json'), 'utf8'),
  );
  const version = table.default;
  const range = table.lines[version.split('.').slice(0, 2).join('.')].java;
  if (findJavas(process.env, homedir()).some((java) => javaFits(java, range))) return;
  console.error(
    `Spark ${version} needs Java ${range.min} to ${range.max}, and there is none on this machine.`,
  );
  console.error(javaHint(process.platform, range));
  process.exit(1);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/**
 * Runs the command line as a person would; Ctrl-C reaches it too, and it cleans up by itself.
 *
 * @param {string[]} args
 * @returns {Promise<number>}
 */
async function flintrock(...args) {
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    const child = spawn(process.execPath, [join(root, 'dist', 'cli.js'), ...args], {
      stdio: 'inherit',
    });
    const [status] = await once(child, 'exit');
    return status ?? 130;
  } finally {
    process.off('SIGINT', ignore);
  }
}

/**
 * Writes some megabytes of words, the same each time.
 *
 * @param {string} path
 */
async function writeText(path) {
  const file = createWriteStream(path);
  let seed = 42;
  const random = () => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  for (let block = 0; block < 400; block += 1) {
    const lines = Array.from({ length: 200 }, () =>
      // Small numbers come often, large ones seldom, as words in a language do.
      Array.from({ length: 12 }, () => `word${Math.floor(5000 * random() ** 4)}`).join(' '),
    );
    if (!file.write(`${lines.join('\n')}\n`)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

/**
 * @param {string} path
 * @returns {Promise<Map<string, number>>}
 */
async function countWords(path) {
  const counts = new Map();
  for await (const line of createInterface({ input: createReadStream(path) }))
    for (const word of line.split(/\s+/).filter(Boolean))
      counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/**
 * @param {Map<string, number>} a
 * @param {Map<string, number>} b
 */
function sameCounts(a, b) {
  return a.size === b.size && [...a].every(([word, count]) => b.get(word) === count);
}
