import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { sparkClient } from '../helpers/spark-client.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { packageExtension, packageProbe } from './server.mjs';
import { inWindows } from './steps.ts';
import { Workbench } from './workbench.ts';

const count = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("counted", spark.range(41).count())
`;

const rdd = `
from pyspark.sql import SparkSession
SparkSession.builder.getOrCreate().sparkContext
`;

// What a program sees of a connection.
const environment = `
import json, os
names = ("SPARK_REMOTE", "SPARK_CONNECT_AUTHENTICATE_TOKEN")
with open("env.part", "w") as file:
    json.dump({name: os.environ.get(name) for name in names}, file)
os.rename("env.part", "env.json")
`;

const sql = `
-- Not a statement; really.
CREATE TEMPORARY VIEW fruits AS SELECT * FROM VALUES ('apple; green', 3), ('pear', 4) AS t(name, number);
SELECT name, number * 10 AS more FROM fruits ORDER BY name
`;

// Twenty tasks of half a second each.
const slow = `
SELECT count(*) FROM range(0, 20, 1, 20) WHERE reflect('java.lang.Thread', 'sleep', 500L) = 'never'
`;

const notebook = `
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name=sys.argv[1])
try:
    client.execute_interactive("""
from pyspark.sql import SparkSession
print("in a notebook:", SparkSession.builder.getOrCreate().range(43).count())
""", timeout=120)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`;

/** A folder whose Python uses a cluster, from attaching to detaching: real Spark, its own client. Each step goes on from the one before. */
describe('a folder that is attached to a cluster, in VS Code', () => {
  const lab = new LocalLab();
  const kernels = join(lab.home, 'jupyter', 'kernels');
  const env = { ...lab.env, HOME: lab.home, JUPYTER_DATA_DIR: join(lab.home, 'jupyter') };
  let client: string;
  let code: Workbench;
  let remote: string;
  inWindows('attach', () => code);

  beforeAll(async () => {
    client = sparkClient();
    await lab.open().flintrock.launch('demo', { values: { provider: 'local', numWorkers: 1 } });
    code = await Workbench.open(packageExtension(temporaryFolder('vsix')), {
      helpers: [packageProbe(temporaryFolder('probe'))],
      env,
      files: {
        'count.py': count,
        'rdd.py': rdd,
        'env.py': environment,
        'fruits.sql': sql,
        'slow.sql': slow,
      },
    });
    symlinkSync(client, join(code.folder, '.venv'));
    mkdirSync(join(code.folder, '.git'));
  });
  afterAll(async () => {
    await code.close();
    await lab.close();
  });

  /** A new terminal, with a line typed into it. */
  async function inNewTerminal(line: string): Promise<void> {
    await code.run('Terminal: Create New Terminal');
    await code.terminalSays(/[$#]\s*$/);
    await code.typeInTerminal(line);
  }

  it('shows nothing before it is attached', async () => {
    await code.openView();
    await code.rowSays('demo', /Running/);
    expect(await code.attachedItem(/./).isVisible()).toBe(false);
    await inNewTerminal('echo "remote is [$SPARK_REMOTE]"');
    await code.terminalSays(/remote is \[\]/);
  });

  it('is attached from the cluster’s menu, and says where it is used from now on', async () => {
    await code.menu('demo', 'Attach to This Workspace');
    await code.attachedItem('demo').waitFor();
    const uses =
      'New terminals, debugging and the notebook kernel "Spark (work)" use the Spark cluster "demo".';
    await code.message(uses).waitFor();
    await code.idle();
    await code.pictures('attached');
    await code.press(uses, 'Add to .env');
    await code.message('The connection was added to .env').waitFor();
    await code.clearMessages();
  });

  it('gives new terminals the connection, over which Python counts on the cluster', async () => {
    await inNewTerminal(
      'echo "remote is [$SPARK_REMOTE], token ${#SPARK_CONNECT_AUTHENTICATE_TOKEN}"; .venv/bin/python count.py',
    );
    await code.terminalSays(/remote is \[sc:\/\/localhost:\d+\], token 64/);
    await code.terminalSays(/counted 41/);
    [remote = ''] = /sc:\/\/localhost:\d+/.exec(await code.terminal()) ?? [];
  });

  it('has it in .env, for its owner only and ignored by git', () => {
    const text = code.read('.env');
    expect(text).toContain(`SPARK_REMOTE=${remote}\n`);
    expect(text).toMatch(/^SPARK_CONNECT_AUTHENTICATE_TOKEN=[0-9a-f]{64}$/m);
    expect(statSync(join(code.folder, '.env')).mode & 0o777).toBe(0o600);
    expect(code.read('.gitignore')).toContain('\n/.env\n');
  });

  it('has a notebook kernel that uses the cluster', () => {
    const [kernel = ''] = readdirSync(kernels);
    expect(kernel).toMatch(/^flintrock-work-/);
    expect(statSync(join(kernels, kernel, 'kernel.json')).mode & 0o777).toBe(0o600);
    const said = execFileSync(join(client, 'bin', 'python'), ['-c', notebook, kernel], {
      env,
      encoding: 'utf8',
    });
    expect(said).toContain('in a notebook: 43');
  });

  it('is used by programs that are debugged, with the folder’s Python and no secret that is typed', async () => {
    const configuration = await code.probe<Record<string, unknown>>('debug');
    expect(configuration).toMatchObject({
      python: join(code.folder, '.venv', 'bin', 'python'),
      env: { SPARK_REMOTE: remote },
    });
    expect(JSON.stringify(configuration)).not.toMatch(/[0-9a-f]{64}/);
    await code.until('what the program saw', () =>
      Promise.resolve(existsSync(join(code.folder, 'env.json')) || undefined),
    );
    expect(JSON.parse(code.read('env.json'))).toEqual({
      SPARK_REMOTE: remote,
      SPARK_CONNECT_AUTHENTICATE_TOKEN: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    await code.run('Debug: Stop');
  });

  it('runs the file of the editor here, connected, and says what to do about RDDs', async () => {
    await code.openFile('count.py');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.page.locator('.quick-input-list', { hasText: 'On the Cluster' }).waitFor();
    await code.picture('attached-run');
    await code.pick('Here, Connected');
    await code.terminalSays(/counted 41/);
    await code.openFile('rdd.py');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.pick('Here, Connected');
    await code.terminalSays(
      /JVM_ATTRIBUTE_NOT_SUPPORTED[\s\S]*not available through Spark Connect/,
    );
  });

  it('runs SQL, statement by statement, and shows the rows', async () => {
    await code.openFile('fruits.sql');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.terminalSays(/\|apple; green\| *30\|[\s\S]*\| *pear\| *40\|/);
    await code.picture('attached-sql');
  });

  it('shows how far a query is', async () => {
    await code.openFile('slow.sql');
    await code.run('Flintrock: Run Current File on Cluster');
    const progress = code.page.locator('.statusbar-item', { hasText: /of \d+ tasks completed/ });
    await progress.first().waitFor();
    await code.picture('attached-progress');
    await code.terminalSays(/count\(1\)/);
    await progress.first().waitFor({ state: 'detached' });
  });

  it('says so when another server has taken the place of the one before', async () => {
    const [server] = lab.processes().filter((one) => one.includes('SparkConnectServer'));
    process.kill(Number.parseInt(server ?? '', 10), 'SIGKILL');
    await inNewTerminal('.venv/bin/python count.py');
    await code.message('Connected to a new Spark Connect server of "demo".').waitFor();
    await code.terminalSays(/counted 41/);
    await code.clearMessages();
  });

  it('runs selected lines in a Python prompt', async () => {
    await code.openFile('count.py');
    await code.page.locator('.editor-instance .view-lines').first().click();
    await code.page.keyboard.press('Control+a');
    await code.run('Flintrock: Run Selection in Attached Python');
    await code.terminalSays(/>>>[\s\S]*counted 41/);
  });

  it('finds it again after the window was loaded anew, at the same address', async () => {
    await code.reload();
    await code.attachedItem('demo').waitFor();
    await inNewTerminal('echo "still $SPARK_REMOTE"; .venv/bin/python count.py');
    await code.terminalSays(/counted 41/);
    expect(await code.terminal()).toContain(`still ${remote}`);
  });

  it('switches to this machine, launched after a question, and the address stays', async () => {
    await code.clearMessages();
    await code.attachedItem('demo').click();
    await code.page.locator('.quick-input-list', { hasText: 'Local cluster "work"' }).waitFor();
    await code.pictures('attached-switch');
    await code.pick('This machine');
    await code.answer('Launch');
    await code.attachedItem('This machine').waitFor();
    await code.message('Connected to a new Spark Connect server of "work".').waitFor();
    await inNewTerminal('echo "still $SPARK_REMOTE"; .venv/bin/python count.py');
    await code.terminalSays(/counted 41/);
    expect(await code.terminal()).toContain(`still ${remote}`);
  });

  it('is detached from the status bar', async () => {
    await code.attachedItem('This machine').click();
    await code.pick('Detach');
    await code.attachedItem(/./).waitFor({ state: 'detached' });
  });

  it('is detached then: nothing is left of it in terminals and files', async () => {
    await inNewTerminal('echo "remote is [$SPARK_REMOTE$SPARK_CONNECT_AUTHENTICATE_TOKEN]"');
    await code.terminalSays(/remote is \[\]/);
    await code.until('the end of its files', () =>
      Promise.resolve(readdirSync(kernels).length === 0 || undefined),
    );
    expect(readdirSync(code.folder).filter((name) => /^\.(env|gitignore)$/.test(name))).toEqual([]);
  });
});
