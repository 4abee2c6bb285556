import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalLab } from '../helpers/local-lab.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { seriousProblems } from './axe.ts';
import { policyOf, strictPolicy } from './policy.ts';
import { packageExtension, packageProbe } from './server.mjs';
import { inWindows } from './steps.ts';
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

const waiting = `
import os, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("patience").getOrCreate()
print("waiting", flush=True)
enough = os.path.join(os.path.dirname(os.path.abspath(__file__)), "enough.txt")
for _ in range(600):
    if os.path.exists(enough):
        break
    time.sleep(1)
`;

const words = `
import sys
print("words:", ", ".join(sys.argv[1:]))
`;

const fail = `
from pyspark.sql import SparkSession
from parts.shares import share
spark = SparkSession.builder.getOrCreate()
print("share", spark.sparkContext.parallelize([2], 1).map(share).first())
`;

const frame = `
from pyspark.sql import SparkSession
from parts.shares import share
spark = SparkSession.builder.getOrCreate()
try:
    spark.sparkContext.parallelize([2], 1).map(share).first()
except Exception as error:
    print([line for line in str(error).splitlines() if "shares.py" in line][-1])
`;

const shares = `
def share(whole):
    # Runs on a worker.
    parts = 1
    return whole / 0
`;

const tasks = JSON.stringify({
  version: '2.0.0',
  tasks: [
    {
      label: 'Words of the day',
      type: 'flintrock',
      file: '${workspaceFolder}/conf.py',
      args: ['of', 'the day'],
      cluster: 'demo',
      conf: { 'spark.sql.shuffle.partitions': 7 },
    },
  ],
});

const conf = `
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("words:", ", ".join([*sys.argv[1:], spark.conf.get("spark.sql.shuffle.partitions")]))
`;

/** A user's way with clusters on this machine: the packaged extension, real Spark, a real window. Each step goes on from the one before. */
describe('clusters on this machine, in VS Code', () => {
  const lab = new LocalLab({ AWS_EC2_METADATA_DISABLED: 'true' });
  let code: Workbench;
  inWindows('local', () => code);

  beforeAll(async () => {
    code = await Workbench.open(packageExtension(temporaryFolder('vsix')), {
      helpers: [packageProbe(temporaryFolder('probe'))],
      env: { ...lab.env, HOME: lab.home },
      files: {
        'flintrock.yaml': configuration,
        'count.py': job,
        'wait.py': waiting,
        'words.py': words,
        'fail.py': fail,
        'frame.py': frame,
        'conf.py': conf,
        'parts/__init__.py': '',
        'parts/shares.py': shares,
        '.vscode/tasks.json': tasks,
        'stay.py': waiting.replace('enough.txt', 'never.txt'),
        'back/.keep': '',
      },
    });
  });
  afterAll(async () => {
    await code.close();
    await lab.close();
  });

  it('begins nothing before it is used, but is there', async () => {
    await expect.poll(() => code.probe('isActive')).toBe(true);
    expect(existsSync(lab.state)).toBe(false);
  });

  it('says how to begin where there is none', async () => {
    await code.openView();
    await code.page.getByText('No Spark clusters.').waitFor();
    await code.pictures('welcome');
  });

  it('has every command that its manifest names, and no other', async () => {
    const { declared, registered } =
      await code.probe<Record<'declared' | 'registered', string[]>>('commands');
    expect(registered).toEqual(declared);
    expect(declared.length).toBeGreaterThan(20);
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(await code.probe('version')).toBe(version);
  });

  it('shows its first steps in a walkthrough', async () => {
    await code.run('Welcome: Open Walkthrough...');
    await code.pick('Get started with Spark clusters');
    await code.page.getByText('Open the Clusters view').first().waitFor();
    await code.pictures('walkthrough');
    await code.page.keyboard.press('Control+F4');
  });

  it('launches one from the palette, and shows it in the log and the tree', async () => {
    await code.run('Flintrock: Launch Cluster…');
    await code.pick('Local machine');
    await code.type('Cluster name', 'demo');
    await code.type('Number of workers', '2');
    // Two seconds may be all that a launch takes: what is seen meanwhile is waited for at the same time.
    const [log] = await Promise.all([
      code.webview('.lanes'),
      code.rowSays('demo', /Launching/),
      code.page.locator('.statusbar-item', { hasText: 'demo' }).first().waitFor(),
    ]);
    await log.getByRole('button', { name: 'Open Terminal on Master' }).waitFor();
    expect(await log.locator('.dot.alive').count()).toBe(3);
    expect(await seriousProblems(log)).toEqual([]);
    expect(await policyOf(log)).toEqual(strictPolicy);
    await code.rowSays('demo', /Running · 1 \+ 2 × \d+ cores?, /);
    await code.expand('demo');
    await code.expand('Workers');
    await code.row('worker-2').waitFor();
    await code.pictures('log');
  });

  it('tells assistants what there is', async () => {
    const tools = await code.probe<
      Record<'list' | 'describe' | 'missing' | 'log', string> & { names: string[] }
    >('tools');
    expect(tools.names).toEqual([
      'flintrock_describe_cluster',
      'flintrock_list_clusters',
      'flintrock_read_launch_log',
    ]);
    // Between the marks of outside text.
    const dataOf = (text: string): unknown => JSON.parse(text.split('\n')[2] ?? '');
    expect(dataOf(tools.list)).toMatchObject({ clusters: [{ name: 'demo' }], problems: [] });
    expect(dataOf(tools.describe)).toMatchObject([
      [{ name: 'demo', services: [{ name: 'spark', healthy: true }] }],
    ]);
    expect(tools.missing).toBe('No cluster named "nowhere" exists. Clusters: demo.');
    expect(dataOf(tools.log)).toMatchObject({
      header: { cluster: 'demo' },
      end: { status: 'ready' },
    });
  });

  it('shows both again after the window was loaded anew', async () => {
    await code.reload();
    await code.openView();
    await code.rowSays('demo', /Running/);
    const log = await code.webview('.lanes');
    await log.getByRole('button', { name: 'Open Terminal on Master' }).waitFor();
    expect(await log.locator('.dot.alive').count()).toBe(3);
  });

  it('opens a terminal on the master in one click, which finds the cluster', async () => {
    await code.row('demo').hover();
    await code.row('demo').getByRole('button', { name: 'Open Terminal on Master' }).click();
    await code.terminalSays(/[$#]/);
    // One program for each `command -v`: a user's shell may be one that looks at the first alone.
    await code.typeInTerminal(
      'echo "master is $MASTER"; command -v spark-submit; command -v pyspark',
    );
    await code.terminalSays(/master is spark:\/\/127\.0\.0\.1:\d+\n.*spark-submit\n.*pyspark/);
    await code.pictures('terminal');
  });

  it('opens one from the drop-down of terminals, too', async () => {
    await code.takeFromMenu('Spark master…', () =>
      code.page
        .getByRole('button', { name: /^Launch Profile/ })
        .first()
        .click(),
    );
    await code.pick('demo');
    await code.terminalSays(/[$#]/);
    await code.typeInTerminal('echo "again $MASTER"');
    await code.terminalSays(/again spark:/);
  });

  it('opens the page of Spark’s master', async () => {
    await code.expand('demo');
    await code.expand('Web UIs');
    const page = await code.opened(() => code.row('Spark master').click());
    await page.waitForURL(/proxy/);
    expect(await page.title()).toMatch(/^Spark Master at spark:\/\/127\.0\.0\.1:/);
    await page.close();
  });

  it('runs the file of the editor on it', async () => {
    await code.openFile('count.py');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.terminalSays(/counted 41/);
    await code.terminalSays(/Completed in/);
    // The only cluster is the one that is meant.
    await code.page.locator('.statusbar-item', { hasText: /^\s*demo\s*$/ }).waitFor();
    await code.pictures('job');
  });

  it('names the line of this folder in which a job failed, as a problem', async () => {
    await code.openFile('fail.py');
    await code.page.locator('.editor-instance .view-line').first().click();
    await code.page.keyboard.press('Control+Alt+Enter');
    await code.terminalSays(/parts\/shares\.py:5: error: ZeroDivisionError: division by zero/);
    await code.terminalSays(/Failed with exit code 1/);
    const file = join(code.folder, 'parts', 'shares.py');
    const problem = { file, line: 5, message: 'ZeroDivisionError: division by zero' };
    await expect.poll(() => code.probe('problems')).toEqual([problem]);
    await code.pictures('failed-job');
  });

  it('shows a page that says why it failed, with its stages, and opens the line', async () => {
    await code.run('Flintrock: Explain Performance…');
    await code.pick('demo');
    const page = await code.webview('.findings');
    const [finding, table] = [page.locator('#finding-1'), page.getByRole('table')];
    await finding.getByText('ZeroDivisionError: division by zero').waitFor();
    await table.getByRole('row', { name: /Stage 0 .* 1 \(4 failed\)/ }).waitFor();
    await page.getByRole('img', { name: /^Cores over time: up to \d+, \d+ % busy$/ }).waitFor();
    expect(await seriousProblems(page)).toEqual([]);
    expect(await policyOf(page)).toEqual(strictPolicy);
    await code.pictures('explanation');
    await finding.getByRole('button', { name: /^shares\.py:5 in share/ }).click();
    await code.page.locator('.tab.active', { hasText: 'shares.py' }).waitFor();
    await expect
      .poll(() => code.probe('cursor'))
      .toMatchObject({ file: 'shares.py', line: '|    return whole / 0' });
  });

  it('runs it again, in the same terminal, and has no problem any more', async () => {
    code.write('parts/shares.py', shares.replace('/ 0', '/ 1'));
    await code.run('Tasks: Rerun Last Task');
    await code.terminalSays(/^(?![^]*ZeroDivisionError)[^]*share 2\.0[^]*Completed in/);
    await expect.poll(() => code.probe('problems')).toEqual([]);
    code.write('parts/shares.py', shares);
  });

  it('opens the line of this folder that a traceback of the cluster names', async () => {
    await code.openFile('frame.py');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.terminalSays(/modules\.zip\/parts\/shares\.py", line 5[^]*Completed in/);
    await code.clickInTerminal('modules.zip/parts/shares.py');
    await code.page.locator('.tab.active', { hasText: 'shares.py' }).waitFor();
    await expect
      .poll(() => code.probe('cursor'))
      .toMatchObject({ file: 'shares.py', line: '|    return whole / 0' });
  });

  it('runs a task of the folder, with arguments and Spark properties', async () => {
    await code.run('Tasks: Run Task');
    await code.pick('Words of the day');
    await code.terminalSays(/words: of, the day, 7[^]*Completed in/);
  });

  it('shows the page of a job that runs, and stops it with Ctrl-C', async () => {
    await code.openFile('wait.py');
    // For a moment the button is still about the editor that was there before.
    await code.page.waitForTimeout(2_000);
    await code.page.getByRole('button', { name: 'Run Current File on Cluster' }).first().click();
    await code.terminalSays(/waiting/);
    const page = await code.opened(() => code.row('Running applications').click());
    await page.waitForURL(/proxy/);
    await code.until('Spark’s page of jobs', async () =>
      /Spark Jobs/.test(await page.title()) ? true : undefined,
    );
    await page.close();
    await code.page.locator('.terminal-wrapper.active .xterm').click();
    await code.page.keyboard.press('Control+c');
    await code.answer('Cancel Job');
    await code.page.getByText('canceled').first().waitFor();
  });

  it('leaves a job running where the question is only closed, and names it before it is lost', async () => {
    await code.openFile('wait.py');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.terminalSays(/waiting\s*$/);
    await code.page.locator('.terminal-wrapper.active .xterm').click();
    await code.page.keyboard.press('Control+c');
    await code.escape('is still running on "demo"');
    await code.terminalSays(/is still running on "demo"/);
    await code.menu('demo', 'Stop Cluster');
    await code.page.locator('.monaco-dialog-box', { hasText: 'Running: patience (app-' }).waitFor();
    await code.picture('stop-question');
    await code.escape('Stop "demo"?');
    await code.menu('demo', 'Destroy Cluster…');
    await code.escape('Running: patience (app-');
    await code.menu('demo', 'Remove Workers…');
    await code.type('Remove workers', '1');
    await code.escape('Remove 1 worker from "demo"?');
    await code.rowSays('demo', /Running · 1 \+ 2/);
    await code.idle();
    code.write('enough.txt', '');
  });

  it('submits a file with arguments', async () => {
    await code.menu('demo', 'Submit File…');
    await code.chooseFile(join(code.folder, 'words.py'));
    await code.type('Submit words.py', 'one "two three"');
    await code.terminalSays(/words: one, two three/);
    await code.terminalSays(/Completed in/);
  });

  it('submits a file of the Explorer', async () => {
    await code.run('File: Focus on Files Explorer');
    await code.menu('words.py', 'Submit to Spark Cluster…');
    await code.type('Submit words.py', 'from-the-explorer');
    await code.terminalSays(/words: from-the-explorer/);
    await code.openView();
  });

  it('has its jobs in the tree, where one is followed and canceled', async () => {
    await code.expand('Jobs');
    await code.rowSays('words.py one two three', /^Succeeded · /);
    await code.row('words.py one two three').click();
    await code.terminalSays(/words: one, two three[^]*Succeeded/);
    await code.openFile('stay.py');
    await code.run('Flintrock: Run Current File on Cluster');
    await code.terminalSays(/waiting\s*$/);
    await code.rowSays('stay.py', /^Running · /);
    await code.pictures('jobs');
    // It is looked at again every three seconds: the menu keeps its row all the same.
    await code.menu('stay.py', 'Cancel Job', 4_000);
    await code.answer('Cancel Job');
    await code.rowSays('stay.py', /^Canceled/);
    await code.terminalSays(/\nCanceled/);
    // Rows below it are to be in sight.
    await code.row('Jobs').locator('.monaco-tl-twistie').click();
  });

  it('shows the jobs that ran', async () => {
    const page = await code.opened(() => code.row('History server').click());
    await page.waitForURL(/proxy/);
    // The rest of the page comes from addresses that code-server’s own proxy doesn’t pass on.
    expect(await page.title()).toBe('History Server');
    await page.close();
  });

  it('finds no problems, and no failed workers to replace', async () => {
    await code.clearMessages();
    await code.menu('demo', 'Run Diagnostics');
    await code.message('No problems found (1 cluster checked).').waitFor();
    await code.clearMessages();
    await code.menu('demo', 'Replace Failed Workers');
    await code.message('All workers of "demo" are healthy.').waitFor();
  });

  it('runs a command on all nodes', async () => {
    await code.menu('demo', 'Run Command…');
    await code.type('Run a command', 'echo "here $((40 + 2))"');
    await code.terminalSays(/here 42[\s\S]*here 42[\s\S]*here 42[\s\S]*Completed on 3 nodes/);
  });

  it('copies files there and back', async () => {
    await code.menu('demo', 'Copy File…');
    await code.pick('To all nodes');
    await code.chooseFile(join(code.folder, 'words.py'));
    await code.type('Remote path', 'copied.py');
    await code.message('Copied to 3 nodes.').waitFor();
    await code.menu('demo', 'Copy File…');
    await code.pick('From the master');
    await code.chooseFile(`${code.folder}/back/`);
    await code.type('Remote path', 'copied.py');
    await code.message(/Copied to .*copied\.py/).waitFor();
    expect(code.read('back/copied.py')).toBe(code.read('words.py'));
  });

  it('copies a file that is dropped on it', async () => {
    await code.openFile('words.py');
    await code.clearMessages();
    await code.drop('words.py', 'demo');
    await code.message('Copied words.py to the home directories of 3 nodes.').waitFor();
  });

  it('installs packages on it, by name and from a file', async () => {
    await code.clearMessages();
    await code.menu('demo', 'Install Packages…');
    await code.pick('Enter names…');
    await code.type('Install packages on "demo"', 'iniconfig==2.0.0');
    await code.message('Packages installed on "demo".').waitFor();
    code.write('requirements.txt', 'iniconfig==2.0.0\n');
    await code.menu('demo', 'Install Packages…');
    await code.pick('Select a file…');
    await code.chooseFile(join(code.folder, 'requirements.txt'));
    await code.message('"demo" has all of these packages already.').waitFor();
  });

  it('shows its details', async () => {
    await code.menu('demo', 'Show Cluster Details');
    await code.editorSays(/"name": "demo"[\s\S]*"state": "running"/);
  });

  it('grows and shrinks it', async () => {
    await code.menu('demo', 'Add Workers…');
    await code.type('Add workers', '1');
    await code.rowSays('demo', /Running · 1 \+ 3/);
    await code.idle();
    await code.rowSays('Workers', /3 running/);
    await code.menu('demo', 'Remove Workers…');
    await code.type('Remove workers', '1');
    await code.answer('Remove Workers');
    await code.rowSays('demo', /Running · 1 \+ 2/);
    await code.idle();
  });

  it('edits a configuration as a form, and leaves everything else in it as it is', async () => {
    await code.run('Flintrock: Edit Configuration');
    const form = await code.webview('.fields');
    await form.locator('.price', { hasText: 'No charge' }).waitFor();
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
    await code.pictures('form');
  });

  it('asks the account of the profile that is selected, and says what is wrong with it', async () => {
    // A page would take the focus back, and so close a list.
    await code.run('View: Close All Editors');
    mkdirSync(join(lab.home, '.aws'));
    writeFileSync(join(lab.home, '.aws', 'config'), '[profile analytics]\nregion = eu-west-1\n');
    await code.run('Flintrock: Select AWS Profile');
    await code.pick('analytics');
    await code.rowSays('EC2', /credentials/);
    // That row is there for any profile; the setting is written meanwhile.
    await code.until('the profile in the settings', async () => {
      const { profile } = await code.probe<{ profile: string }>('settings');
      return profile === 'analytics' || undefined;
    });
    await code.pictures('problem');
    await code.run('Flintrock: Select AWS Profile');
    await code.pick('Default credential chain');
    rmSync(join(lab.home, '.aws'), { recursive: true });
    await code.run('Flintrock: Refresh Clusters');
    await code.row('EC2').waitFor({ state: 'detached' });
  });

  it('groups them by a tag', async () => {
    await code.run('Flintrock: Group Clusters by Tag…');
    await code.pick('Location');
    await code.row('Local machine').waitFor();
    await code.run('Flintrock: Group Clusters by Tag…');
    await code.pick('None');
    await code.row('Local machine').waitFor({ state: 'detached' });
  });

  it('stops it and starts it', async () => {
    await code.menu('demo', 'Stop Cluster');
    await code.answer('Stop');
    await code.rowSays('demo', /Stopped · 1 \+ 2/);
    await code.row('demo').hover();
    await code.row('demo').getByRole('button', { name: 'Start Cluster' }).click();
    await code.rowSays('demo', /Running · 1 \+ 2/);
  });

  it('has a button that does what the remedy of an error says: starts what another client stopped', async () => {
    await code.clearMessages();
    await code.menu('demo', 'Run Command…');
    const title = 'Run a command on all nodes of "demo"';
    await code.page.locator('.quick-input-widget', { hasText: title }).waitFor();
    await lab.open().flintrock.stop('demo');
    await code.type(title, 'true');
    await code.press('Cluster "demo" is stopped', 'Start Cluster');
    await code.rowSays('demo', /Running · 1 \+ 2/);
    await code.idle();
  });

  it('has one that opens the configuration at the option that a remedy names', async () => {
    const tooMuch = configuration.replace('512m', '9000g');
    code.write('flintrock.yaml', tooMuch);
    const refuse = async (): Promise<void> => {
      await code.clearMessages();
      await code.run('Flintrock: Launch from Configuration File…');
      await code.type('Launch from flintrock.yaml', 'huge');
      await code.press(/of this machine’s memory/, 'Edit Configuration');
    };
    await refuse();
    await code.page.locator('.tab.active', { hasText: 'flintrock.yaml' }).waitFor();
    expect(await code.probe('cursor')).toEqual({
      file: 'flintrock.yaml',
      line: '    |worker-memory: 9000g',
    });
    await code.run('Flintrock: Edit Configuration');
    const form = await code.webview('.fields');
    await refuse();
    await form.locator('[data-field=localWorkerMemory]:focus').waitFor();
    code.write('flintrock.yaml', configuration);
    await code.run('View: Close All Editors');
  });

  it('has one that opens the text of the configuration at its first error', async () => {
    code.write('flintrock.yaml', configuration.replace('512m', 'lots'));
    await code.clearMessages();
    await code.run('Flintrock: Launch from Configuration File…');
    await code.type('Launch from flintrock.yaml', 'unread');
    await code.press(/The configuration has a problem/, 'Edit Configuration');
    await code.page.locator('.tab.active', { hasText: 'flintrock.yaml' }).waitFor();
    expect(await code.probe('cursor')).toEqual({
      file: 'flintrock.yaml',
      line: '    worker-memory: |lots',
    });
    code.write('flintrock.yaml', configuration);
    await code.run('View: Close All Editors');
  });

  it('has one that reports a defect', async () => {
    await code.clearMessages();
    await code.probe('defect');
    await code.press('This is a defect in Flintrock.', 'Report Issue…');
    // VS Code's own reporter asks before it opens the page for it.
    const { bugs } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { bugs: { url: string } };
    await code.escape(`${bugs.url}/new?`);
  });

  it('removes what a cancelled launch made', async () => {
    await code.run('Flintrock: Launch Cluster…');
    await code.pick('Local machine');
    await code.type('Cluster name', 'unwanted');
    const daemons = (): string[] => lab.processes().filter((line) => line.includes('unwanted'));
    // One of its workers is held as soon as it is there: however slow a hand is, the launch waits for it.
    const held = code.until('a worker', () => {
      const worker = daemons().find((line) => line.includes('deploy.worker'));
      if (worker !== undefined) process.kill(Number(worker.split(' ')[0]), 'SIGSTOP');
      return Promise.resolve(worker);
    });
    await code.type('Number of workers', '2');
    await held;
    await code.rowSays('unwanted', /Launching/);
    const log = await code.webview('.lanes li .starting');
    await log.getByRole('button', { name: 'Cancel Launch…' }).click();
    await code.answer('Cancel Launch');
    await log.locator('.activity', { hasText: 'Canceled' }).waitFor();
    await code.row('unwanted').waitFor({ state: 'detached' });
    expect(daemons()).toEqual([]);
  });

  it('goes on by itself with a launch in the middle of which the window was loaded anew', async () => {
    await code.run('Flintrock: Launch Cluster…');
    await code.pick('Local machine');
    await code.type('Cluster name', 'halfway');
    await code.type('Number of workers', '1');
    await code.rowSays('halfway', /Launching/);
    await code.load();
    await code.openView();
    await code.rowSays('halfway', /Running · 1 \+ 1/);
    await code.idle();
    await code.menu('halfway', 'Show Launch Log');
    const log = await code.webview('.lanes .dot.alive');
    await log.getByRole('button', { name: 'Open Terminal on Master' }).waitFor();
    expect(await log.locator('.dot.alive').count()).toBe(2);
    await code.pictures('resumed');
    await code.menu('halfway', 'Destroy Cluster…');
    await code.answer('Destroy');
    await code.row('halfway').waitFor({ state: 'detached' });
    // Of a cluster that is gone there is nothing to open.
    await log
      .getByRole('button', { name: 'Open Terminal on Master' })
      .waitFor({ state: 'detached' });
  });

  it('destroys it, after a question', async () => {
    await code.menu('demo', 'Destroy Cluster…');
    await code.page.locator('.monaco-dialog-box', { hasText: '3 nodes on this machine' }).waitFor();
    await code.picture('destroy');
    await code.answer('Destroy');
    await code.page.getByText('No Spark clusters.').waitFor();
    expect(lab.processes()).toEqual([]);
  });

  it('keeps what ran on it, and explains it without any cluster', async () => {
    await code.run('View: Close All Editors');
    await code.page.getByRole('button', { name: 'Saved History Section' }).click();
    await code.rowSays('demo', /^\d+ applications$/);
    await code.expand('demo');
    await code.pictures('saved-history');
    await code.page.locator('.part.sidebar .monaco-list-row', { hasText: /^app-/ }).first().click();
    const page = await code.webview('.findings');
    await page.getByText('Saved', { exact: true }).waitFor();
  });
});
