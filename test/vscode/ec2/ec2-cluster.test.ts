import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, launchIdAt, type Person, tag, until } from '../../helpers/ec2/account.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { seriousProblems } from '../axe.ts';
import { policyOf, strictPolicy } from '../policy.ts';
import { packageExtension, packageStandIn } from '../server.mjs';
import { inWindows } from '../steps.ts';
import { Workbench } from '../workbench.ts';

/** What a colleague wrote on a cluster: it would run a command if anybody made a link of it. */
const hostile = '[x](command:workbench.action.terminal.new)';

/** A user's way with clusters on EC2: the packaged extension, a real window, machines that boot and answer SSH. */
describe('clusters on EC2, in VS Code', () => {
  let account: Account;
  let person: Person;
  let code: Workbench;
  let vsix: string;
  inWindows('ec2', () => code);

  beforeAll(async () => {
    account = await Account.open();
    await account.reset();
    // A node gives up on a source after a minute, and tests hold downloads for longer than that on a busy machine.
    const mirrors = Array.from({ length: 4 }, () => account.lab.downloads.light).join(' ');
    person = account.person({ FLINTROCK_APACHE_MIRRORS: mirrors });
    // Stands for AWS's own program, which would open a browser.
    // VS Code has the PATH of a login shell.
    writeFileSync(join(person.home, '.profile'), 'PATH="$HOME/bin:$PATH"\n');
    const programs = join(person.home, 'bin');
    mkdirSync(programs);
    writeFileSync(join(programs, 'aws'), '#!/bin/sh\necho "$@" > "$HOME/signed-in"\n', {
      mode: 0o700,
    });
    vsix = packageExtension(temporaryFolder('vsix'));
    code = await Workbench.open(vsix, {
      helpers: [packageStandIn(temporaryFolder('remote-ssh'), 'ms-vscode-remote', 'remote-ssh')],
      env: { ...definedOnly(person.env), HOME: person.home },
      files: {
        'flintrock.yaml': `# Of the team.
provider: ec2
launch:
  num-slaves: 1
  max-lifetime: 5 h
providers:
  ec2:
    identity-file: ${account.lab.keyPair.privateKeyFile}
    tags:
      - team,search
`,
      },
    });
  });
  afterAll(async () => {
    await code.close();
    await account.reset();
  });

  it('fills the form with what the account has', async () => {
    await code.openView();
    await code.page.getByText('No Spark clusters.').waitFor();
    await code.run('Flintrock: Edit Configuration');
    const form = await code.webview('.fields');
    await form.locator('.price', { hasText: '$' }).waitFor();
    await form.getByRole('button', { name: 'Browse: Key pair' }).click();
    await code.pick('lab');
    await form.getByRole('button', { name: 'Browse: Instance type' }).click();
    await code.search('m5.xlarge', '4 cores, 16 GiB · x86_64 · $0.19/h');
    await code.picture('pick-type');
    await code.pick('m5.xlarge');
    await form.locator('dd', { hasText: '1 × m5.xlarge' }).first().waitFor();
    for (const [field, text, says] of [
      ['Subnets', 'us-east-1a', 'default · public'],
      ['Availability Zones', 'us-east-1a', 'default · 1 subnet'],
      ['VPC', 'vpc-', 'default · '],
      ['AMI', 'Amazon Linux 2023', 'arm64'],
      ['AWS Region', 'eu-west-1', ''],
    ] as const) {
      await form.getByRole('button', { name: `Browse: ${field}`, exact: true }).click();
      await code.search(text, says);
      await code.page.keyboard.press('Escape');
    }
    await form.getByRole('button', { name: 'Browse: Availability Zones', exact: true }).click();
    await code.pick('us-east-1b');
    expect(code.read('flintrock.yaml')).not.toContain('instance-type');
    await code.page.keyboard.press('Control+s');
    await code.fileSays('flintrock.yaml', 'instance-type: m5.xlarge');
    await code.fileSays('flintrock.yaml', 'us-east-1b');
    expect(await policyOf(form)).toEqual(strictPolicy);
    expect(await seriousProblems(form)).toEqual([]);
    await code.pictures('form-ec2');
  });

  it('does not launch while a value stands there that was refused', async () => {
    const form = await code.webview('.fields');
    const launch = form.getByRole('button', { name: 'Launch Cluster…' });
    const workers = form.getByRole('textbox', { name: /^Workers:/ });
    await launch.and(form.locator(':not([disabled])')).waitFor();
    await workers.fill('many');
    await workers.press('Tab');
    await form.getByText('Fix the highlighted fields to launch.').waitFor();
    const problem = form.locator('.problems', { hasText: '"many" is not a whole number' });
    await problem.waitFor();
    await launch.and(form.locator('[disabled]')).waitFor();
    await workers.fill('1');
    await workers.press('Tab');
    await launch.and(form.locator(':not([disabled])')).waitFor();
    await problem.waitFor({ state: 'detached' });
  });

  it('asks before a launch whose price nobody knows, and launches nothing after Esc', async () => {
    await account.lab.faults([
      { action: 'GetProducts', code: 'AccessDeniedException', times: null },
    ]);
    const form = await code.webview('.fields');
    await form.getByRole('button', { name: 'Launch Cluster…' }).click();
    await code.type('Cluster name', 'priceless');
    await code.page
      .locator('.monaco-dialog-box', { hasText: 'Launch "priceless"? Price unavailable' })
      .waitFor();
    await code.picture('launch-without-price');
    await code.escape('Launch "priceless"?');
    await account.lab.clearFaults();
    await code.idle();
    expect(await account.instances()).toEqual([]);
  });

  it('launches from the form, says the price first, and shows the way to running', async () => {
    const form = await code.webview('.fields');
    await form.getByRole('button', { name: 'Launch Cluster…' }).click();
    await code.type('Cluster name', 'first');
    await code.page
      .locator('.monaco-dialog-box', { hasText: 'Launch "first"? Estimated cost: $0.40/h' })
      .filter({ hasText: 'after 5 h: at most $2.00' })
      .filter({ hasText: 'AWS profile: default credential chain' })
      .waitFor();
    await code.picture('launch-question');
    await code.answer('Launch');
    await code.rowSays('first', /Launching/);
    const log = await code.webview('.lanes');
    await log.getByRole('button', { name: 'Open Terminal on Master' }).waitFor();
    expect(await log.locator('.dot.alive').count()).toBe(2);
    expect(await policyOf(log)).toEqual(strictPolicy);
    expect(await seriousProblems(log)).toEqual([]);
    await code.rowSays('first', /Running · 1 \+ 1 × m5\.xlarge · (\d+ (s|min) )+· ~\$0\.\d+/);
    await code.pictures('log-ec2');
  });

  it('opens a terminal on the master in one click', async () => {
    await code.clearMessages();
    await code.expand('first');
    await code.expand('Workers');
    await code.expand('Web UIs');
    await code.row('first').hover();
    await code.row('first').getByRole('button', { name: 'Open Terminal on Master' }).click();
    await code.terminalSays(/\$/);
    await code.typeInTerminal('clear; echo "this is $(hostname)"');
    await code.terminalSays(/this is ip-\d+-\d+-\d+-\d+/);
    await code.pictures('ssh-ec2');
  });

  it('opens the page of Spark’s master through SSH', async () => {
    const page = await code.opened(() => code.row('Spark master').click());
    await page.waitForURL(/proxy/);
    expect(await page.title()).toMatch(/^Spark Master at spark:\/\//);
    await page.close();
    await code.row('Running applications').click();
    await code.message('No application is running on "first".').waitFor();
  });

  it('runs a command on all nodes, and describes them', async () => {
    await code.menu('first', 'Run Command…');
    await code.type('Run a command', 'echo here-$((40 + 2))');
    await code.terminalSays(/here-42[\s\S]*here-42[\s\S]*Completed on 2 nodes/);
    await code.menu('first', 'Show Cluster Details');
    await code.editorSays(/"instanceType": "m5\.xlarge"/);
  });

  it('lets it live longer', async () => {
    await code.menu('first', 'Extend Lifetime…');
    await code.page.getByPlaceholder(/Terminates in 4 h \d+ min/).waitFor();
    await code.picture('extend');
    await code.pick('4 hours');
    await code.message(/"first" will terminate in 8 h \d+ min/).waitFor();
    await code.rowSays('first', /terminates in 8 h/);
    await code.menu('first', 'Extend Lifetime…');
    await code.pick('Other…');
    await code.type('Extend "first" by', '90 min');
    await code.message(/"first" will terminate in 10 h \d+ min/).waitFor();
  });

  it('grows it, replaces a worker that died, and shrinks it', async () => {
    await code.clearMessages();
    await code.menu('first', 'Add Workers…');
    await code.type('Add workers', '1');
    await code.page
      .locator('.monaco-dialog-box', {
        hasText: /Add 1 worker to "first"\? Estimated cost: \$0\.\d\d\/h/,
      })
      .filter({ hasText: /The cluster terminates in \d+ h/ })
      .waitFor();
    await code.picture('grow-question');
    await code.escape('Add 1 worker to "first"?');
    expect(await account.instances('first')).toHaveLength(2);
    await code.menu('first', 'Add Workers…');
    await code.type('Add workers', '1');
    await code.answer('Add Workers');
    await code.rowSays('first', /Running · 1 \+ 2/);
    await code.idle();
    const workers = (await account.instances('first')).filter(
      (one) => tag(one, 'flintrock-role') === 'slave',
    );
    const id = workers[0]?.InstanceId ?? '';
    await account.lab.exec(id, 'systemd-run --no-block systemctl poweroff --force');
    await account.waitForState(id, 'terminated');
    await code.run('Flintrock: Refresh Clusters');
    await code.rowSays('first', /Degraded/);
    await code.pictures('degraded-ec2');
    await code.menu('first', 'Replace Failed Workers');
    await code.message(/Replaced worker-\d in "first"\./).waitFor();
    await code.rowSays('first', /Running · 1 \+ 2/);
    await code.menu('first', 'Remove Workers…');
    await code.type('Remove workers', '1');
    await code.answer('Remove Workers');
    await code.rowSays('first', /Running · 1 \+ 1/);
    await code.idle();
    expect(await account.instances('first')).toHaveLength(2);
  });

  it('lets this machine in again after its address has changed', async () => {
    const { rules } = await account.sshRules('first');
    const [[network, owner] = ['', '']] = rules;
    await account.outdate('first', [network, owner]);
    await code.menu('first', 'Allow SSH from My IP');
    await code.message(`SSH from ${network} is now allowed.`).waitFor();
    expect((await account.sshRules('first')).rules).toEqual(rules);
    // Whatever connects does it by itself.
    await account.outdate('first', [network, owner]);
    await code.menu('first', 'Run Command…');
    await code.type('Run a command', 'echo back-$((40 + 2))');
    await code.terminalSays(/back-42[\s\S]*Completed on 2 nodes/);
    expect((await account.sshRules('first')).rules).toEqual(rules);
  });

  it('opens VS Code on the master, by an entry for ssh that knows its key', async () => {
    await code.menu('first', 'Open VS Code on Master');
    const config = join(person.home, '.ssh', 'config');
    await code.page.locator('.monaco-dialog-box', { hasText: config }).waitFor();
    const window = await code.opened(() => code.answer('Add'));
    await window.close();
    const login = ['-F', config, '-o', 'BatchMode=yes', 'flintrock-first', 'hostname'];
    const { stdout } = await promisify(execFile)('ssh', login);
    expect(stdout).toMatch(/^ip-/);
  });

  it('opens a terminal without the program ssh, too', async () => {
    const bare = await Workbench.open(vsix, {
      env: { ...definedOnly(person.env), HOME: person.home, PATH: '' },
      files: { 'flintrock.yaml': code.read('flintrock.yaml') },
    });
    try {
      await bare.openView();
      await bare.rowSays('first', /Running/);
      await bare.run('Flintrock: Open Terminal on Master');
      await bare.pick('first');
      await bare.terminalSays(/\$/);
      await bare.typeInTerminal('clear; echo "$TERM here"; stty size');
      await bare.terminalSays(/xterm-256color here\n\d+ \d{2,}/);
      await bare.typeInTerminal('sleep 1000');
      // A robot's first may come before the shell has given the terminal to its command.
      await bare.until('a prompt after Ctrl-C', async () => {
        await bare.page.keyboard.press('Control+c');
        await bare.page.waitForTimeout(500);
        return (await bare.terminal()).endsWith('$') || undefined;
      });
      await bare.typeInTerminal('echo "still $((40 + 2))"');
      await bare.terminalSays(/still 42/);
      await bare.picture('pseudoterminal');
      await bare.typeInTerminal('exit');
    } finally {
      await bare.close();
    }
  });

  it('goes on by itself with a launch whose window was closed, and asks once in another folder’s', async () => {
    // So slow that it is still going on, whatever the windows do meanwhile.
    await account.lab.settings({ downloadBytesPerSecond: 100 });
    const file = code.read('flintrock.yaml').replace('    tags:', '    spot: workers\n    tags:');
    code.write('flintrock.yaml', file);
    await launchFromFile(code, 'halfway');
    await code.webview('.lanes .downloading');
    const other = await code.openWindow('elsewhere');
    await other.openView();
    await other.menu('halfway', 'Show Launch Log');
    const followed = await other.webview('.lanes .downloading');
    // It is another window's: there is nothing to do about it here.
    expect(await followed.getByRole('button').count()).toBe(0);

    await code.leave();
    const question = other.message('"halfway" was interrupted when its window closed.');
    await question.waitFor();
    await followed.getByRole('button', { name: 'Resume Launch' }).waitFor();
    await other.pictures('resume-question');
    await account.lab.resetCalls();
    await other.page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    await other.load();
    await other.openView();
    await other.rowSays('halfway', /Launching/);
    await other.menu('halfway', 'Show Launch Log');
    await (await other.webview('.lanes')).getByRole('button', { name: 'Resume Launch' }).waitFor();
    await other.run('Notifications: Show Notifications');
    await other.page.locator('.notifications-center').waitFor();
    expect(await other.page.getByText('was interrupted when its window closed').count()).toBe(0);
    expect(await account.changes()).toEqual([]);

    await code.load();
    await code.openView();
    await code.statusItem('halfway').waitFor();
    await account.lab.settings({ downloadBytesPerSecond: 0 });
    await code.rowSays('halfway', /^Running · 1 × m5\.xlarge \+ 1 × m5\.xlarge/);
    await code.menu('halfway', 'Show Launch Log');
    for (const window of [code, other]) {
      await window.page.bringToFront();
      const shown = await window.webview('.lanes .dot.alive');
      await shown.getByRole('button', { name: 'Open Terminal on Master' }).waitFor();
      expect(await shown.locator('.dot.alive').count()).toBe(2);
    }
    await other.page.close();
    await code.idle();
    await code.pictures('resumed-ec2');
    expect(await account.instances('halfway')).toHaveLength(2);
  });

  it('says what more workers cost though its nodes are of two kinds', async () => {
    await code.menu('halfway', 'Add Workers…');
    await code.type('Add workers', '1');
    await code.page
      .locator('.monaco-dialog-box', {
        hasText: /Add 1 worker to "halfway"\? Estimated cost: \$0\.\d+\/h/,
      })
      .filter({ hasText: '1 × m5.xlarge (spot) · EC2 us-east-1' })
      .waitFor();
    await code.picture('grow-mixed');
    await code.escape('Add 1 worker to "halfway"?');
    await code.idle();
    expect(await account.instances('halfway')).toHaveLength(2);
  });

  it('follows a launch of another client, which it had not seen', async () => {
    await account.lab.settings({ downloadBytesPerSecond: 100 });
    const theirs = account.person();
    const launching = theirs.open().launch('theirs', { values: theirs.values() });
    // Waited for below; where this test fails before that, it may fail as it likes.
    launching.catch(() => undefined);
    await until(
      'its nodes are there',
      async () => (await account.instances('theirs')).length === 2,
    );
    await code.run('Flintrock: Refresh Clusters');
    await code.rowSays('theirs', /Launching/);
    await code.menu('theirs', 'Show Launch Log');
    const log = await code.webview('.lanes .configuring');
    expect(await log.getByRole('button').count()).toBe(0);
    await account.lab.settings({ downloadBytesPerSecond: 0 });
    await launching;
    await code.rowSays('theirs', /Running · 1 \+ 1/);
    await log.getByRole('button', { name: 'Open Terminal on Master' }).waitFor();
    expect(await log.locator('.dot.alive').count()).toBe(2);
    await code.picture('followed');
  });

  it('cancels a launch from tree and status bar, and from its log, after a question', async () => {
    await account.lab.settings({ hosts: false });
    const isCancelled = async (): Promise<void> => {
      await code.answer('Cancel Launch');
      await code.row('unwanted').waitFor({ state: 'detached' });
      await code.idle();
      expect(await account.belongings('unwanted')).toEqual([]);
    };
    await launchFromFile(code, 'unwanted');
    await code.rowSays('unwanted', /Launching/);
    await code.menu('unwanted', 'Cancel Launch…');
    await code.picture('cancel-question');
    await code.escape('Cancel the launch of "unwanted"?');
    await code.rowSays('unwanted', /Launching/);
    await code.row('unwanted').hover();
    await code.row('unwanted').getByRole('button', { name: 'Cancel Launch…' }).click();
    await isCancelled();

    await launchFromFile(code, 'unwanted');
    await code.rowSays('unwanted', /Launching/);
    const log = await code.webview('[data-action=cancel]');
    await log.getByRole('button', { name: 'Cancel Launch…' }).click();
    await code.escape('Cancel the launch of "unwanted"?');
    await code.statusItem('unwanted').click();
    await code.pick('Cancel Launch…');
    await code.escape('Cancel the launch of "unwanted"?');
    expect(await account.instances('unwanted')).toHaveLength(2);
    await code.statusItem('unwanted').click();
    await code.pick('Cancel Launch…');
    await isCancelled();
    await log.locator('.activity', { hasText: 'Canceled' }).waitFor();
  });

  it('says what became of launches whose nodes’ own time is over, and resumes none by itself', async () => {
    await account.makeCluster('late', { state: 'launching', launchId: launchIdAt(20) });
    await account.lab.resetCalls();
    for (const name of ['ended', 'late']) leaveOldLaunch(code.launchLogs, 'halfway', name);
    await code.load();
    await code.openView();
    await code.message('The launch of "ended" was interrupted. Its nodes terminated').waitFor();
    const unfinished = code.message('"late" was interrupted more than 15 minutes ago');
    await unfinished.getByRole('button', { name: 'Resume Launch' }).waitFor();
    await code.picture('old-launches');
    await code.page.keyboard.press('Escape');
    await unfinished.waitFor({ state: 'detached' });
    await code.rowSays('late', /Launch incomplete/);
    expect(await account.changes()).toEqual([]);
    // They are said once.
    await code.load();
    await code.openView();
    await code.rowSays('late', /Launch incomplete/);
    await code.run('Notifications: Show Notifications');
    await code.page.locator('.notifications-center').waitFor();
    expect(await code.page.getByText('was interrupted').count()).toBe(0);
    await code.clearMessages();
  });

  it('deletes what diagnostics found only after it was named, and nothing else', async () => {
    const group = await account.makeGroup('flintrock-left', {
      'flintrock-name': 'left',
      'flintrock-launch': launchIdAt(20),
    });
    const late = await account.instances('late');
    await account.lab.resetCalls();
    const question = code.page.locator('.monaco-dialog-box', { hasText: 'This will be deleted: ' });
    await code.run('Flintrock: Run Diagnostics');
    await code.pick('Fix All Fixable Problems…');
    await question
      .filter({ hasText: 'cluster "late"' })
      .filter({ hasText: `security group flintrock-left (${group})` })
      .waitFor();
    for (const { InstanceId = '' } of late)
      await question.filter({ hasText: InstanceId }).waitFor();
    await code.picture('fix-question');
    await code.escape('This will be deleted: ');
    await code.idle();
    expect(await account.changes()).toEqual([]);

    await code.run('Flintrock: Run Diagnostics');
    await code.pick('Only the security group');
    await question.waitFor();
    expect(await question.innerText()).not.toContain('late');
    await code.answer('Delete');
    await code.message('Fixed: left.').waitFor();
    const changes = await account.changes();
    expect(changes.map(({ action }) => action)).toEqual(['DeleteSecurityGroup']);
    expect(await account.groupId('flintrock-left')).toBeUndefined();
    expect(await account.instances('late')).toHaveLength(late.length);

    await code.run('Flintrock: Run Diagnostics');
    await code.pick('is not completely launched');
    await code.answer('Delete');
    await code.message('Fixed: late.').waitFor();
    await code.row('late').waitFor({ state: 'detached' });
    expect(await account.belongings('late')).toEqual([]);
  });

  it('groups by a tag, filters by one, and looks into other regions', async () => {
    await account.lab.settings({ hosts: false });
    const { master, workers } = await account.makeCluster('second', { workers: 2 });
    await account.tag([master, ...workers], { team: 'ads', note: hostile });
    await account.makeCluster('cheap', { spotWorkers: 1 });
    const half = await account.makeCluster('half', { state: 'launching' });
    await account.tag([half.master, ...half.workers], { team: 'ads' });
    await code.run('Flintrock: Refresh Clusters');
    await code.row('second').waitFor();
    await code.run('Flintrock: Group Clusters by Tag…');
    await code.pick('team');
    await code.row('team: ads').waitFor();
    await code.row('team: search').waitFor();
    await code.pictures('groups');
    const hover = code.page.locator('.monaco-hover', { hasText: hostile });
    // A view that is drawn anew takes a hover away before it is there.
    await code.until('what is known of "second"', async () => {
      await code.row('first').hover();
      await code.row('second').locator('.label-name').hover();
      const shown = hover.first().waitFor({ timeout: 2_000 });
      return shown.then(
        () => true,
        () => undefined,
      );
    });
    await code.picture('hostile-tag');
    expect(await hover.locator('a').count()).toBe(0);
    await code.run('Flintrock: Filter Clusters by Tag…');
    await code.pick('team: ads');
    await code.row('first').waitFor({ state: 'detached' });
    await code.run('Flintrock: Filter Clusters by Tag…');
    await code.pick('All clusters');
    await code.run('Flintrock: Group Clusters by Tag…');
    await code.pick('None');
    await code.run('Flintrock: Select AWS Regions');
    await code.check('eu-west-1');
    await code.row('first').waitFor({ state: 'detached' });
    await code.run('Flintrock: Select AWS Regions');
    await code.check('eu-west-1');
    await code.row('first').waitFor();
  });

  it('makes no link of what others write, in a message either', async () => {
    const fault = { code: 'Refused', message: `No. ${hostile}`, status: 400, times: null };
    await account.lab.faults([{ action: 'StopInstances', ...fault }]);
    await code.clearMessages();
    await code.menu('second', 'Stop Cluster');
    await code.answer('Stop');
    const message = code.message('Refused: No. [x] (command:workbench.action.terminal.new)');
    await message.waitFor();
    await code.picture('hostile-message');
    expect(await message.locator('.notification-list-item-message a').count()).toBe(0);
    await account.lab.clearFaults();
    await code.idle();
    await code.clearMessages();
  });

  it('keeps what it knew where it can’t look, and looks again after a sign-in', async () => {
    await account.lab.faults([
      { action: '*', code: 'RequestExpired', message: 'Request has expired.', times: null },
    ]);
    await code.run('Flintrock: Refresh Clusters');
    await code.rowSays('EC2 us-east-1', /The AWS credentials have expired/);
    await code.rowSays('first', /Last seen: Running · 1 \+ 1/);
    await code.picture('failed-listing');
    await code.row('EC2 us-east-1').click();
    const message = code.message('The AWS credentials have expired');
    await message.getByRole('button', { name: 'Sign In to AWS…' }).waitFor();
    await code.picture('sign-in');
    await account.lab.clearFaults();
    await message.getByRole('button', { name: 'Sign In to AWS…' }).click();
    await code.row('EC2 us-east-1').waitFor({ state: 'detached' });
    await code.rowSays('first', /^Running · 1 \+ 1/);
    const told = join(person.home, 'signed-in');
    expect(existsSync(told) && readFileSync(told, 'utf8')).toBe('sso login\n');
  });

  it('asks for nothing while nobody looks', async () => {
    const { master } = await account.makeCluster('moving', { state: 'launching' });
    expect(master).not.toBe('');
    await code.run('Flintrock: Refresh Clusters');
    await code.rowSays('moving', /Launching/);
    await code.page.keyboard.press('Control+Shift+E');
    await code.page.locator('.explorer-folders-view').waitFor();
    // A look that was under way ends.
    await code.page.waitForTimeout(3_000);
    await account.lab.resetCalls();
    await code.page.waitForTimeout(6_000);
    expect(await account.calls()).toEqual([]);
    await code.openView();
    await code.until('another look', async () => (await account.calls()).length > 0 || undefined);
  });

  it('stops several at once, and starts one', async () => {
    await account.lab.settings({ hosts: true });
    await code.row('first').click();
    await code.row('second').click({ modifiers: ['Control'] });
    await code.menu('second', 'Stop Cluster');
    await code.answer('Stop');
    await code.rowSays('first', /Stopped · 1 \+ 1/);
    await code.rowSays('second', /Stopped · 1 \+ 2/);
    await code.row('first').click();
    await code.row('first').hover();
    await code.row('first').getByRole('button', { name: 'Start Cluster' }).click();
    await code.rowSays('first', /Running · 1 \+ 1/);
  });

  it('asks before spot workers are lost, which can’t be stopped', async () => {
    const question = code.page.locator('.monaco-dialog-box', {
      hasText: 'One worker of "cheap" is a one-time Spot Instance',
    });
    await code.menu('cheap', 'Stop Cluster');
    await code.answer('Stop');
    await question.waitFor();
    await code.answer('Cancel');
    await code.rowSays('cheap', /Running · .*spot/);
    await code.idle();
    expect(await code.message('one-time Spot Instance').count()).toBe(0);
    await code.menu('cheap', 'Stop Cluster');
    await code.answer('Stop');
    await question.waitFor();
    await code.picture('stop-spot');
    await code.answer('Stop and Remove Spot Workers');
    await code.rowSays('cheap', /Stopped · 1 \+ 1/);
  });

  it('asks before HDFS’s data is lost, on disks that are blank after a stop', async () => {
    await account.lab.settings({ hosts: false });
    const { master } = await account.makeCluster('stored', { type: 'm5d.large' });
    await account.tag([master], { 'flintrock-software': 'spark=4.1.4 hdfs=3.4.2' });
    await code.run('Flintrock: Refresh Clusters');
    await code.rowSays('stored', /Running · /);
    await code.menu('stored', 'Stop Cluster');
    await code.answer('Stop');
    await code.page
      .locator('.monaco-dialog-box', {
        hasText: 'HDFS on "stored" keeps its data on instance store volumes',
      })
      .waitFor();
    await code.picture('stop-hdfs');
    await code.answer('Stop and Lose HDFS Data');
    await code.rowSays('stored', /Stopped · 1 \+ 1/);
  });

  it('destroys several, after one question with names, counts and price', async () => {
    await code.row('first').click();
    for (const name of ['halfway', 'theirs', 'second', 'cheap', 'stored', 'half', 'moving'])
      await code.row(name).click({ modifiers: ['Control'] });
    await code.menu('second', 'Destroy Cluster…');
    await code.page
      .locator('.monaco-dialog-box', { hasText: /first: 2 nodes on EC2 us-east-1, \$0\.40\/h/ })
      .waitFor();
    await code.picture('destroy-ec2');
    await code.answer('Destroy');
    await code.page.getByText('No Spark clusters.').waitFor();
    expect(await account.instances()).toEqual([]);
  });

  it('says so when the credentials have expired', async () => {
    await account.lab.faults([
      { action: '*', code: 'RequestExpired', message: 'Request has expired.', times: null },
    ]);
    await code.run('Flintrock: Refresh Clusters');
    await code.rowSays('EC2 us-east-1', /The AWS credentials have expired/);
    await code.pictures('expired');
    await account.lab.clearFaults();
    await code.run('Flintrock: Refresh Clusters');
    await code.page.getByText('No Spark clusters.').waitFor();
  });
});

/** Launches as the folder's file says, after the question, and waits for the launch's log. */
async function launchFromFile(code: Workbench, name: string): Promise<void> {
  await code.run('Flintrock: Launch from Configuration File…');
  await code.type('Launch from flintrock.yaml', name);
  await code.answer('Launch');
  // Its page takes the focus, and so closes a list that was opened before.
  await code.webview('[data-action=cancel]');
}

/**
 * Leaves the log of a launch as a window that was closed twenty minutes ago would have left it.
 *
 * @param folder of the logs
 * @param from the cluster of a launch that this was made of
 */
function leaveOldLaunch(folder: string, from: string, cluster: string): void {
  const [lines = []] = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean))
    .filter(([header = '']) => header.includes(`"cluster":"${from}"`));
  const [first = '', ...events] = lines;
  const startedAt = new Date(Date.now() - 20 * 60_000).toISOString();
  const id = launchIdAt(20);
  const { header, window } = JSON.parse(first) as { header: object; window: string };
  const text = [
    // No process has such an id.
    JSON.stringify({ header: { ...header, id, cluster, startedAt }, pid: 2 ** 22 + 1, window }),
    ...events.filter((line) => line.startsWith('{"event":')),
  ];
  writeFileSync(join(folder, `${id}.jsonl`), `${text.join('\n')}\n`);
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
