// How long Python waits for Spark over `flintrock connect`, beside a server and a client that are started by hand.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installSparkClient, sparkClientFolder } from '../scripts/prepare.mjs';

const firstRow = `
from pyspark.sql import SparkSession
print(SparkSession.builder.getOrCreate().sql('select 1').collect())
`;

/**
 * Rows of the table. A local cluster `bench` runs meanwhile.
 *
 * @param {{ folder: string, cli: string, env: NodeJS.ProcessEnv, flintrock: (...args: string[]) => void }} place
 */
export async function connections({ folder, cli, env, flintrock }) {
  installSparkClient();
  const python = join(sparkClientFolder(), 'bin', 'python');
  const program = join(folder, 'first-row.py');
  writeFileSync(program, firstRow);
  flintrock(
    'launch',
    'bench',
    '--provider',
    'local',
    '--num-workers',
    '1',
    '--worker-memory',
    '1g',
  );
  const cluster = join(folder, 'state', 'local', 'bench');
  const record = JSON.parse(readFileSync(join(cluster, 'cluster.json'), 'utf8'));
  try {
    const cold = { ours: /** @type {number[]} */ ([]), theirs: /** @type {number[]} */ ([]) };
    const warm = { ours: /** @type {number[]} */ ([]), theirs: /** @type {number[]} */ ([]) };
    const idle = /** @type {number[]} */ ([]);
    for (let round = 0; round < 3; round += 1) {
      const port = 25_900 + round;
      const byHand = spawnServer(record, cluster, port);
      const began = performance.now();
      await listening(port);
      cold.theirs.push(performance.now() - began);
      const bare = { ...env, SPARK_REMOTE: `sc://localhost:${port}` };
      time(python, [program], bare);
      for (let again = 0; again < 3; again += 1) warm.theirs.push(time(python, [program], bare));
      byHand.kill();
      flintrock('stop', 'bench', '--assume-yes');
      flintrock('start', 'bench');
      const started = performance.now();
      const held = spawn(process.execPath, [cli, 'connect', 'bench'], {
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      await new Promise((resolve) => held.stdout.once('data', resolve));
      cold.ours.push(performance.now() - started);
      const before = cpuOf(held.pid ?? 0);
      await sleep(10_000);
      idle.push(cpuOf(held.pid ?? 0) - before);
      held.kill('SIGINT');
      await new Promise((resolve) => held.once('exit', resolve));
      const through = [cli, 'connect', 'bench', '--', python, program];
      time(process.execPath, through, env);
      for (let again = 0; again < 3; again += 1)
        warm.ours.push(time(process.execPath, through, env));
    }
    return [
      {
        what: 'first row by `flintrock connect bench -- python`, running server',
        ...warm,
        against: '`python` with a bare server',
        limit: 'at most 2 s, and 1.3',
      },
      {
        what: 'flintrock connect, cold server',
        ...cold,
        against: 'SparkConnectServer until it listens',
        limit: 'at most 1.2',
      },
      {
        what: 'processor time of an idle connection in 10 s',
        ours: idle,
        theirs: [],
        against: '',
        limit: 'under 20 ms',
      },
    ];
  } finally {
    flintrock('destroy', 'bench', '--assume-yes');
  }
}

/**
 * Spark's own script, on the same cluster.
 *
 * @param {{ spark: { home: string }, java: { home: string } }} record
 * @param {string} cluster
 * @param {number} port
 */
function spawnServer(record, cluster, port) {
  const scratch = join(cluster, 'by-hand');
  mkdirSync(scratch, { recursive: true });
  return spawn(
    join(record.spark.home, 'bin', 'spark-submit'),
    [
      '--class',
      'org.apache.spark.sql.connect.service.SparkConnectServer',
      '--conf',
      `spark.connect.grpc.binding.port=${port}`,
      'spark-internal',
    ],
    {
      env: {
        ...process.env,
        JAVA_HOME: record.java.home,
        SPARK_HOME: record.spark.home,
        SPARK_CONF_DIR: join(cluster, 'conf'),
        SPARK_LOCAL_IP: '127.0.0.1',
        SPARK_LOCAL_DIRS: scratch,
      },
      stdio: 'ignore',
    },
  );
}

/** @param {number} port */
async function listening(port) {
  for (;;) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    await sleep(50);
  }
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {number} milliseconds
 */
function time(program, args, env) {
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

/**
 * Processor time that a process has used, in milliseconds (`proc_pid_stat(5)`, in hundredths of a second).
 *
 * @param {number} pid
 */
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
