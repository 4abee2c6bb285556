import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { packageExtension } from './server.mjs';
import { inWindows } from './steps.ts';
import { Workbench } from './workbench.ts';

const query = `from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

spark = SparkSession.builder.getOrCreate()
double = udf(lambda number: 2 * number, "long")

spark.range(5).select("id", double("id").alias("twice")).show()
`;

const notebook = `
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name=sys.argv[1])
try:
    client.execute_interactive(${JSON.stringify(query)}, timeout=120)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
`;

const made = /The environment \.venv has Python 3\.\d+/;

/** From an empty folder to rows of a cluster, as the README films it: nothing is installed by hand. */
describe('an empty folder, in VS Code', () => {
  const lab = new LocalLab();
  const data = join(lab.home, 'jupyter');
  const env = { ...lab.env, HOME: lab.home, JUPYTER_DATA_DIR: data };
  let code: Workbench;
  inWindows('first-query', () => code);

  beforeAll(async () => {
    code = await Workbench.open(packageExtension(temporaryFolder('vsix')), {
      env,
      // Only a remote window has them, and tells of each.
      settings: { 'remote.autoForwardPorts': false },
    });
    await code.openView();
    await code.page.locator('.part.sidebar').getByText('Launch Cluster').waitFor();
  });
  afterAll(async () => {
    await code.close();
    await lab.close();
  });

  it('gets a cluster', async () => {
    await code.film('launch', async () => {
      await code.page.locator('.part.sidebar').getByText('Launch Cluster').click();
      await code.pick('Local machine');
      await code.type('Cluster name', 'demo');
      await code.type('Number of workers', '2');
      await code.rowSays('demo', /Running · 1 \+ 2/);
    });
    await code.idle();
  });

  it('gets a Python environment that fits the cluster', async () => {
    await code.film('environment', () =>
      code.menu('demo', 'Create Python Environment for Cluster…'),
    );
    await code.message(made).waitFor({ timeout: 240_000 });
    expect(existsSync(join(code.folder, '.venv', 'bin', 'python'))).toBe(true);
  });

  it('is attached, and its selected lines run on the cluster', async () => {
    code.write('first.py', query);
    await code.film('attach', async () => {
      await code.page.waitForTimeout(1_000);
      await code.picture('environment-made');
      await code.press(made, 'Attach to This Workspace');
      await code.attachedItem('demo').waitFor();
      await code.message(/the notebook kernel "Spark \(work\)" use the Spark cluster/).waitFor();
    });
    await code.clearMessages();
    await code.openFile('first.py');
    await code.film('query', async () => {
      await code.page.locator('.editor-instance .view-lines').first().click();
      await code.page.keyboard.press('Control+a');
      await code.run('Flintrock: Run Selection in Attached Python');
      await code.terminalSays(/\| *4\| *8\|/);
    });
    await code.picture('first-query');
  });

  it('has a notebook kernel, whose cells run on the cluster', async () => {
    const [kernel = ''] = readdirSync(join(data, 'kernels'));
    const { stdout } = await promisify(execFile)(
      join(code.folder, '.venv', 'bin', 'python'),
      ['-c', notebook, kernel],
      { env },
    );
    expect(stdout).toMatch(/\| *4\| *8\|/);
  });
});
