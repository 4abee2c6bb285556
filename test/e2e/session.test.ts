import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { TerminalSession } from '../helpers/terminal-session.ts';

const job = `
import sys, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("sum", spark.sparkContext.parallelize(range(100), 4).sum(), *sys.argv[2:])
spark.stop()
sys.exit(int(sys.argv[1]))
`;

describe('a session at the command line', () => {
  const lab = new LocalLab();
  beforeAll(() => {
    writeFileSync(join(lab.home, 'sum.py'), job);
    writeFileSync(join(lab.home, 'data.txt'), 'some data\n');
    writeFileSync(
      join(lab.home, 'bad.yaml'),
      'launch:\n  num-slaves: two\nproviders:\n  local:\n    worker-core: 1\n',
    );
  });
  afterAll(() => lab.close());

  it('reads as it should, from launch to destroy', async () => {
    const session = new TerminalSession(lab);
    await session.run('describe');
    await session.run(
      'launch',
      'demo',
      '--num-slaves',
      '2',
      '--worker-memory',
      '1g',
      '--worker-cores',
      '1',
      '--local-tag',
      'team,search',
    );
    await session.run('describe');
    await session.run('describe', 'demo');
    await session.run('describe', '--output', 'table');
    await session.run('describe', 'demo', '--output', 'table');
    await session.run('describe', 'demo', '--master-hostname-only');
    await session.run('describe', 'demo', '--json');
    await session.run('submit', 'demo', 'sum.py', '0', '--not=ours');
    await session.run('submit', 'demo', 'sum.py', '3');
    // One after the other, as which node is faster is nobody's to say.
    const line = 'n=${FLINTROCK_NODE_FOLDER##*/}; sleep ${n#worker-} 2>/dev/null; echo $n';
    await session.run('run-command', 'demo', line);
    await session.run(
      'run-command',
      'demo',
      '--master-only',
      '--quote',
      '--',
      'sh',
      '-c',
      'echo "a  b"; exit 4',
    );
    await session.run(
      'run-command',
      'demo',
      'echo',
      'a  b',
      '>',
      'x',
      '&&',
      'cat',
      'x',
      '--master-only',
    );
    await session.run('copy-file', 'demo', 'data.txt', 'in/');
    await session.run('copy-file', 'demo', 'nothing.txt', 'in/');
    await session.run('copy-file', 'demo', ':in/data.txt', 'back');
    await session.run('add-workers', 'demo', '--num-workers', '1');
    await session.run('remove-slaves', 'demo', '--num-slaves', '1', '--assume-yes');
    await session.run('remove-slaves', 'demo', '--num-slaves', '1');
    await session.run('stop', 'demo');
    await session.type('no', 'stop', 'demo');
    await session.type('y', 'stop', 'demo');
    await session.run('stop', 'demo');
    await session.run('describe', 'demo');
    await session.run('describe', 'demo', '--output', 'table');
    await session.run('describe', '--master-hostname-only');
    await session.run('run-command', 'demo', 'ls');
    await session.run('submit', 'demo', 'sum.py', '0');
    await session.run('start', 'demo');
    await session.run('start', 'demo');
    await session.run('start', 'demo', '--json');
    await session.run('destroy', 'demo');
    await session.run('destroy', 'demo', '--assume-yes');
    await session.run('destroy', 'demo');
    await session.run('describe', 'demo');
    await session.run('--version');
    await expect(session.text()).toMatchFileSnapshot('golden/life.txt');
    expect(lab.processes()).toEqual([]);
  });

  it('says what is wrong, and makes nothing', async () => {
    const session = new TerminalSession(lab);
    await session.run('launch', '../x');
    await session.run('launch', 'x', '--num-slaves', '0', '--master-port', '80');
    await session.run('launch', 'x', '--config', 'bad.yaml');
    await session.run('launch', 'x', '--config', 'nowhere.yaml');
    await session.run(
      'launch',
      'x',
      '--provider',
      'ec2',
      '--ec2-key-name',
      'k',
      '--ec2-identity-file',
      'data.txt',
      '--num-slaves',
      '1',
    );
    await session.run('launch', 'x', '--provider', 'local', '--ec2-region', 'us-east-1');
    await session.run('launch', 'x', '--worker-memory', '1000g', '--json');
    await session.run('launch', 'x', '--spark-version', '2.4.8');
    await session.run('lanch', 'x');
    await session.run('describe', '--al');
    await session.run('describe', 'x', '--json');
    await session.run('submit', 'x', 'sum.py');
    await session.run('add-workers', 'x', '--num-workers', 'many');
    await session.run('configure', '--check', '--config', 'bad.yaml');
    await expect(session.text()).toMatchFileSnapshot('golden/mistakes.txt');
    expect((await lab.open().flintrock.describe()).clusters).toEqual([]);
  });
});
