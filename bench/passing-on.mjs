// How long it takes until what only the master may fetch is on all workers, in the lab, where each node sends a limited number of bytes a
// second. The master fetches it so slowly that all nodes have booted by then, and what is counted begins when it has it.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFolder } from '../test/lab/control.mjs';
import { sparkVersion } from '../test/lab/prepare.mjs';
import { cli, image, inLab, inside, lab } from './nodes.mjs';

/** What is fetched, what a node sends in a second, and what the master gets in a second, in bytes. */
const size = 24_000_000;
const nodeRate = 1_500_000;
const sourceRate = 200_000;
const mirror = 'http://127.20.255.254:8000';
/** As the lab gives them: the first host after a reset is the master. */
const master = '127.20.0.1';

/** @typedef {import('./run.mjs').Row} Row */

/**
 * For each number of workers: until the last one has it, and how often the master has sent it.
 *
 * @param {number[]} sizes the first is what the others are measured by
 * @returns {Promise<Row[]>}
 */
export async function passingOn(sizes) {
  return inLab(() => {
    const seen = sizes.map((workers) => ({ workers, ...measure(workers) }));
    const [first] = seen;
    return seen.flatMap(({ workers, milliseconds, times }, at) => [
      {
        what: `passed on to ${workers} workers`,
        ours: [milliseconds],
        theirs: at === 0 || first === undefined ? [] : [first.milliseconds],
        against: at === 0 ? '' : `${first?.workers} workers`,
        limit: at === 0 ? '' : 'at most 1.5',
      },
      {
        what: '  times from the master',
        ours: [times],
        theirs: [],
        against: '',
        limit: 'at most 3',
      },
    ]);
  });
}

/** @param {number} workers */
function measure(workers) {
  const home = mkdtempSync(join(tmpdir(), 'flintrock-bench-passing-on-'));
  try {
    post('reset', {});
    serve(home);
    post('settings', {
      pendingSeconds: 0.3,
      bootSeconds: 0.1,
      stoppingSeconds: 0.3,
      downloadBytesPerSecond: sourceRate,
      hostBytesPerSecond: nodeRate,
    });
    const path = 'own/spark\\.tgz$';
    post('downloads/faults', [
      { path, client: master, times: null },
      { path, times: null, status: 403 },
    ]);
    const options = ['--provider', 'ec2', '--num-workers', String(workers), '--ec2-ami', image];
    const source = ['--spark-download-source', `${mirror}/own/spark.tgz`];
    inside(['node', cli, 'launch', 'bench', ...options, ...source, '--assume-yes'], {
      HOME: home,
      FLINTROCK_STATE: join(home, 'state'),
      FLINTROCK_APACHE_MIRRORS: `${mirror}/nothing`,
    });
    const hosts = Object.entries(JSON.parse(inside(['curl', '-sf', `${api}/hosts`])));
    const ended = hosts.map(([id, { privateAddress }]) => ({
      isMaster: privateAddress === master,
      at: Date.parse(
        /^(\S+) == downloading: done/m.exec(on(id, 'cat /var/log/flintrock/node.log'))?.[1] ?? '',
      ),
      sent: Number(on(id, "awk '/eth0:/ {print $10}' /proc/net/dev")),
    }));
    const from = ended.find(({ isMaster }) => isMaster);
    const last = Math.max(...ended.map(({ at }) => at));
    const result = { milliseconds: last - (from?.at ?? NaN), times: (from?.sent ?? NaN) / size };
    console.error(
      `${workers} workers: ${result.milliseconds} ms, ${result.times.toFixed(2)} times from the master`,
    );
    return result;
  } finally {
    post('reset', {});
    rmSync(home, { recursive: true, force: true });
  }
}

/** Serves the light Spark with something in it that can't be compressed. @param {string} folder */
function serve(folder) {
  const path = `spark/spark-${sparkVersion}/spark-${sparkVersion}-bin-hadoop3.tgz`;
  const tar = (/** @type {string[]} */ ...words) => execFileSync('tar', words, { cwd: folder });
  inside(['curl', '-sf', '-o', join(folder, 'light.tgz'), `${mirror}/light/${path}`]);
  mkdirSync(join(folder, 'spark'));
  tar('-xzf', 'light.tgz', '--strip-components=1', '-C', 'spark');
  writeFileSync(join(folder, 'spark', 'filler'), randomBytes(size));
  tar('-czf', 'spark.tgz', 'spark');
  const own = join(runFolder(lab), 'files', 'own');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'spark.tgz'), readFileSync(join(folder, 'spark.tgz')));
}

const api = 'http://127.0.0.1:5000/lab';

/**
 * @param {string} path
 * @param {unknown} body
 */
function post(path, body) {
  return inside(['curl', '-sf', '-d', JSON.stringify(body), `${api}/${path}`]);
}

/**
 * What a command prints on a host.
 *
 * @param {string} id
 * @param {string} command
 * @returns {string}
 */
function on(id, command) {
  return JSON.parse(post('exec', { id, command, seconds: 60 })).stdout;
}
