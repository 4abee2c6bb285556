import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { seriousProblems } from './axe.ts';
import { policyOf, strictPolicy } from './policy.ts';
import { packageExtension } from './server.mjs';
import { inSteps } from './steps.ts';
import { Workbench } from './workbench.ts';

const configuration = `# Ours.
provider: local
launch:
  num-slaves: 1   # few
  stray: kept
providers:
  local:
    worker-cores: 1
    worker-memory: 512m
    tags:
      - team,search
`;

const job = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("counted", spark.sparkContext.parallelize(range(41)).count())
spark.stop()
`;

/** A person's way with clusters on this machine: the packaged extension, real Spark, a real window. Each step goes on from the one before. */
describe('clusters on this machine, in VS Code', () => {
  const lab = new LocalLab({ AWS_EC2_METADATA_DISABLED: 'true' });
  let code: Workbench;
  inSteps('local', () => code);

  beforeAll(async () => {
    const vsix = packageExtension(temporaryFolder('vsix'));
    code = await Workbench.open(vsix, {
      env: { ...lab.env, HOME: lab.home },
      files: { 'flintrock.yaml': configuration, 'count.py': job },
    });
  });
  afterAll(async () => {
    await code.close();
    await lab.close();
  });

  it('says how to begin where there is none', async () => {
    await code.openView();
    await code.page.getByText('There is no Spark cluster yet').waitFor();
    await code.picture('welcome');
  });

  it('launches one from the palette, and shows it in the log and the tree', async () => {
    await code.run('Flintrock: Launch Cluster…');
    await code.pick('This machine');
    await code.type('Name of the cluster', 'demo');
    await code.type('How many workers', '2');
    const log = await code.webview('.lanes');
    await code.rowSays('demo', /launching/);
    await log.getByRole('button', { name: 'SSH' }).waitFor();
    expect(await log.locator('.dot.alive').count()).toBe(3);
    expect(await seriousProblems(log)).toEqual([]);
    expect(await policyOf(log)).toEqual(strictPolicy);
    await code.rowSays('demo', /running · 1\+2 · \d+ cores/);
    await code.expand('demo');
    await code.expand('workers');
    await code.row('worker-2').waitFor();
    await code.picture('log');
  });

  it('shows both again after the window was loaded anew', async () => {
    await code.load();
    await code.openView();
    await code.rowSays('demo', /running/);
    const log = await code.webview('.lanes');
    await log.getByRole('button', { name: 'SSH' }).waitFor();
    expect(await log.locator('.dot.alive').count()).toBe(3);
  });

  it('opens a terminal on the master in one click, which finds the cluster', async () => {
    await code.row('demo').hover();
    await code.row('demo').getByRole('button', { name: 'SSH to Master' }).click();
    await code.terminalSays(/[$#]/);
    await code.typeInTerminal('echo "master is $MASTER"; command -v spark-submit pyspark');
    await code.terminalSays(/master is spark:\/\/127\.0\.0\.1:\d+\n.*spark-submit\n.*pyspark/);
    await code.picture('terminal');
  });

  it('runs the file of the editor on it', async () => {
    await code.openFile('count.py');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.pick('demo');
    await code.terminalSays(/counted 41/);
    await code.terminalSays(/Done after/);
    await code.picture('job');
  });

  it('grows it', async () => {
    await code.menu('demo', 'Add Workers…');
    await code.type('Add workers', '1');
    await code.rowSays('demo', /running · 1\+3/);
  });

  it('edits a configuration as a form, and leaves everything else in it as it is', async () => {
    await code.run('Flintrock: Edit Configuration');
    const form = await code.webview('.fields');
    await form.locator('.price', { hasText: 'Free' }).waitFor();
    expect(await policyOf(form)).toEqual(strictPolicy);
    expect(await seriousProblems(form)).toEqual([]);
    const workers = form.getByRole('textbox', { name: /^Workers:/ });
    await workers.fill('0');
    await workers.press('Tab');
    await form.locator('.problems .error', { hasText: '0 is too small' }).waitFor();
    await code.picture('form-problem');
    await workers.fill('3');
    await workers.press('Tab');
    await form.locator('dd', { hasText: '3 processes' }).waitFor();
    await code.page.keyboard.press('Control+s');
    await code.until('the change in the file', async () =>
      Promise.resolve(
        code.read('flintrock.yaml') === configuration.replace('1   #', '3   #') || undefined,
      ),
    );
    await code.picture('form');
  });

  it('groups them by a tag', async () => {
    await code.run('Flintrock: Group by Tag…');
    await code.pick('Place');
    await code.row('this machine').waitFor();
    await code.run('Flintrock: Group by Tag…');
    await code.pick('No groups');
    await code.row('this machine').waitFor({ state: 'detached' });
  });

  it('stops it and starts it', async () => {
    await code.menu('demo', 'Stop');
    await code.rowSays('demo', /stopped · 1\+3/);
    await code.row('demo').hover();
    await code.row('demo').getByRole('button', { name: 'Start' }).click();
    await code.rowSays('demo', /running · 1\+3/);
  });

  it('removes what a cancelled launch made', async () => {
    await code.run('Flintrock: Launch Cluster…');
    await code.pick('This machine');
    await code.type('Name of the cluster', 'unwanted');
    await code.type('How many workers', '1');
    await code.rowSays('unwanted', /launching/);
    const log = await code.webview('.lanes li .starting');
    await log.getByRole('button', { name: 'Cancel…' }).click();
    await code.answer('Cancel Launch');
    await log.locator('.activity', { hasText: 'cancelled' }).waitFor();
    await code.row('unwanted').waitFor({ state: 'detached' });
  });

  it('destroys it, after a question', async () => {
    await code.menu('demo', 'Destroy…');
    await code.page.locator('.monaco-dialog-box', { hasText: '4 nodes on this machine' }).waitFor();
    await code.picture('destroy');
    await code.answer('Destroy');
    await code.page.getByText('There is no Spark cluster yet').waitFor();
    expect(lab.processes()).toEqual([]);
  });
});
