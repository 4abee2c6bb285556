// npm run lab: EC2 in miniature on this machine.
//
//   node test/lab/lab.mjs            starts the lab, stays until Ctrl-C
//   node test/lab/lab.mjs start      starts it and returns
//   node test/lab/lab.mjs stop       ends it, or removes what a crash left
//   node test/lab/lab.mjs status     is it there, and which hosts are
//   node test/lab/lab.mjs prepare    only makes what a start needs
//
// --name NAME: another one beside the usual lab.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { defaultName, insideLab, isRunning, runFolder, startLab, stopLab } from './control.mjs';
import { prepareLab, sparkVersion } from './prepare.mjs';

const args = process.argv.slice(2);
const at = args.indexOf('--name');
const name = at === -1 ? defaultName : (args.splice(at, 2)[1] ?? defaultName);
const verb = args[0] ?? 'run';

try {
  if (verb === 'stop') {
    await stopLab(name);
    console.log(`The lab ${name} is gone.`);
  } else if (verb === 'status') {
    status();
  } else if (verb === 'prepare' || verb === 'start' || verb === 'run') {
    const prepared = prepareLab();
    if (!prepared.ok) throw new Error(`There can be no lab here: ${prepared.reason}.`);
    if (verb !== 'prepare') await startLab({ name, outlives: verb === 'start' });
    if (verb !== 'prepare') explain();
    if (verb === 'run') await untilInterrupted();
  } else {
    throw new Error(`There is no ${verb}. There are: start, stop, status, prepare.`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function untilInterrupted() {
  // The timer keeps the process alive: a handler of a signal doesn't.
  const timer = setInterval(() => undefined, 1 << 30);
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  clearInterval(timer);
  console.log('\nEnding the lab …');
  await stopLab(name);
}

function status() {
  console.log(`The lab ${name} is ${isRunning(name) ? 'running' : 'not running'}.`);
  if (!isRunning(name)) return;
  const [program = '', ...options] = insideLab(name);
  const { stdout } = spawnSync(
    program,
    [...options, 'curl', '-s', '-m', '5', 'http://127.0.0.1:5000/lab/hosts'],
    { encoding: 'utf8' },
  );
  /** @type {Record<string, { state: string, privateAddress: string, publicAddress: string | null }>} */
  const hosts = JSON.parse(stdout || '{}');
  for (const [id, { state, privateAddress, publicAddress }] of Object.entries(hosts))
    console.log(`${id}  ${state}  ${privateAddress}  ${publicAddress ?? '-'}`);
}

function explain() {
  console.log(`
The lab is up: EC2's API, and machines behind it. Nothing outside its network namespace can reach it, so enter it first:

  sudo ${insideLab(name).join(' ')} bash
  export AWS_ENDPOINT_URL=http://127.0.0.1:5000 AWS_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=lab AWS_EC2_METADATA_DISABLED=true
  export FLINTROCK_CLIENT_ADDRESS=127.30.255.254

Then use the CLI as with AWS. Useful values:

  image            ami-0deb1200000000001  Debian 12, no Java yet
                   ami-0deb1200000000002  Debian 12 with Java (any other image boots as this one)
                   ami-0deb1200000000003  Debian 12 with Java, no cloud-init
  user             ec2-user
  key              lab, ${join(runFolder(name), 'key.pem')}
  Spark            http://127.20.255.254:8000/full/spark/spark-${sparkVersion}/spark-${sparkVersion}-bin-hadoop3.tgz
                   http://127.20.255.254:8000/light/spark/…  daemons that only answer, a few kilobytes

  curl http://127.0.0.1:5000/lab/hosts     which hosts there are; /lab/calls: every API call
  curl -d '{"pendingSeconds": 8}' http://127.0.0.1:5000/lab/settings

The server's log: ${join(runFolder(name), 'server.log')}
`);
}
