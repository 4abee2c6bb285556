import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registry } from '../../../src/cli/registry.ts';
import { MemoryProvider } from '../../helpers/memory-provider.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('help', () => {
  it('lists all commands', async () => {
    const { code, stdout, stderr } = await runCli('--help');
    expect([code, stderr]).toEqual([0, '']);
    for (const { name, summary } of registry)
      expect(stdout).toContain(`  ${name.padEnd(16)}${summary}`);
    for (const line of lines(stdout)) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(80);
    expect((await runCli('help')).stdout).toBe(stdout);
  });

  it.each(registry.flatMap(({ name, aliases }) => [name, ...aliases]))(
    'of %s has an example, and lines that fit',
    async (name) => {
      const { code, stdout, stderr } = await runCli(`${name} --help`);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/\nExamples\n {2}flintrock [a-z-]+/);
      expect(stdout).toContain('--json');
      for (const line of lines(stdout)) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(80);
      expect((await runCli(`help ${name}`)).stdout).toBe(stdout);
    },
  );

  it('looks like this', async () => {
    expect((await runCli('submit --help')).stdout).toMatchInlineSnapshot(`
      "Usage: flintrock submit [OPTIONS] NAME FILE [ARGS...]

      Runs a job on a cluster, passes its output on as it comes, and exits with the
      job’s own code; 125 means that it could not be run. Ctrl-C asks whether to
      cancel the job or to leave it running; where nobody can be asked, it cancels.

      Options stand before the file: what follows it belongs to the job.

      Arguments
        NAME                        Name of the cluster
        FILE                        The job: a .py or .jar file
        ARGS                        The job’s own arguments

      Options
        --class NAME                Main class of a .jar
        --conf KEY=VALUE            Spark property for this job; may be given
                                    several times
        --config PATH               Configuration file to use
        --json                      Print the result as one JSON object
        --events                    Print every event on stderr, as one JSON object
                                    a line
        -q, --quiet                 Print nothing but the result, warnings and
                                    errors
        --provider local|ec2        Where the cluster’s machines are (default: \`ec2\`
                                    if the file has an EC2 section, otherwise
                                    \`local\`)
        --debug                     Say more about what is done, and show where
                                    errors come from (default: no)
        -h, --help                  Show this help

      Instances
        --ec2-profile TEXT          AWS profile whose credentials are used (default:
                                    AWS’s own order: environment, then the default
                                    profile)
        --ec2-region TEXT           AWS region (default: AWS_REGION, then the
                                    profile’s, then us-east-1)
        --ec2-regions TEXT          Another region to look for clusters in; may be
                                    given several times
        --ec2-user TEXT             The image’s user to log in as (default:
                                    ec2-user)
        --ec2-identity-file PATH    Private key of that pair (default: the key made
                                    for the cluster, or the agent’s)

      Network
        --ec2-vpc-id TEXT           VPC of the cluster; needs a subnet too (default:
                                    the default VPC)
        --ec2-ssh-proxy TEXT        Host to reach the nodes through, as \`ssh -J\`
                                    takes it: a bastion
        --[no-]ec2-private-addresses
                                    Reach nodes at their private addresses: from
                                    inside the network, or through a VPN (default:
                                    no)

      Examples
        flintrock submit demo count.py words.txt
            A Python job with an argument
        flintrock submit demo --class org.example.Count count.jar
            A class of a .jar
        flintrock submit demo --conf spark.executor.memory=1g count.py
            With a Spark property
      "
    `);
  });

  it('names every flag of launch once, with both spellings', async () => {
    const { stdout } = await runCli('launch --help');
    expect(stdout).toContain('--num-workers, --num-slaves N');
    expect(stdout).toContain('--[no-]install-hdfs');
    expect(stdout.match(/^ {2}--ec2-ami /gm)).toHaveLength(1);
  });

  it('comes on standard error, with 2, where there is no command', async () => {
    const { code, stdout, stderr } = await runCli('');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: flintrock COMMAND');
  });

  it('knows the version', async () => {
    expect(await runCli('--version')).toMatchObject({ code: 0, stdout: 'flintrock 1.2.3\n' });
  });
});

describe('wrong usage', () => {
  it.each([
    ['laumch demo', 'Did you mean launch?'],
    ['frobnicate', 'flintrock --help'],
    ['add-slavs demo', 'Did you mean add-slaves?'],
    ['--frobnicate launch', 'Unknown option'],
    ['launch', 'NAME is missing'],
    ['launch demo more', '"more" is one word too many'],
    ['launch demo --num-worker 2', 'Did you mean --num-workers?'],
    ['launch demo --num-workers', 'argument missing'],
    ['launch demo --assume-no', 'Unknown option'],
    ['add-workers demo', '--num-workers is missing'],
    ['add-workers demo --num-workers 0', 'from 1'],
    ['remove-slaves demo --num-slaves x', 'not a whole number'],
    ['remove-workers demo --num-workers 1 --drain-seconds soon', 'no whole number'],
    ['run-command demo', 'COMMAND is missing'],
    ['submit demo', 'FILE is missing'],
    ['submit demo --conf nothing job.py', 'no property'],
    ['copy-file demo one', 'TO is missing'],
    ['launch no/name', 'cluster name'],
    ['describe no|name', 'cluster name'],
    ['launch demo --config nothing.yaml', 'There is no configuration file'],
    ['launch demo --provider gcp', '--provider'],
    ['launch demo --provider ec2 --num-workers 1', 'EC2'],
    ['describe --provider ec2', 'EC2'],
    ['describe --ec2-region eu-west-1', 'EC2'],
    [
      'destroy demo -y --provider local --ec2-region eu-west-1',
      '--ec2-region is for clusters on EC2',
    ],
  ])('%s', async (line, text) => {
    const provider = new MemoryProvider().add('demo');
    const run = await runCli(line, { provider });
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain(text);
    expect(run.stderr).not.toContain('    at ');
    const json = await runCli(`${line} --json`, { provider });
    // What follows the command belongs to it.
    if (
      line !== 'run-command demo' &&
      line !== 'submit demo --conf nothing job.py' &&
      line !== 'launch demo --num-workers'
    ) {
      expect(json.code).toBe(2);
      expect(JSON.parse(json.stdout)).toHaveProperty('error.message');
    }
    expect(provider.clusters.has('demo')).toBe(true);
  });

  it('tells all mistakes at once, of flags, file and name', async () => {
    const cwd = temporaryFolder('cli');
    writeFileSync(join(cwd, 'flintrock.yaml'), 'launch:\n  num-slave: 3\n  java-version: old\n');
    const words = ['launch', 'no name', '--num-workers', 'zero', '--local-worker-memory', '1k'];
    const { code, stderr } = await runCli(words, { cwd });
    expect(code).toBe(2);
    expect(stderr.replaceAll(cwd, '/folder')).toMatchInlineSnapshot(`
      "error: The configuration has 5 mistakes:
        --num-workers: "zero" is not a whole number.
          Write a whole number from 1 to 5000.
        --local-worker-memory: "1k" is not an amount of memory.
          Write a whole number from 512 to 16777216 (MiB), or as in 512m or 2g.
        "no name" can’t be a cluster name: it has other characters in it. A name has 1 to 63 letters, digits, dots, dashes and underscores, and begins with a letter or a digit.
        /folder/flintrock.yaml:2:3: Unknown key "num-slave" in launch.
          Did you mean "num-slaves"?
        /folder/flintrock.yaml:3:17: launch.java-version: "old" is not a whole number.
          Write a whole number from 8 to 99.
        CONFIG_INVALID
      "
    `);
  });
});

describe('the Python tool’s command lines', () => {
  const add = () => new MemoryProvider().add('demo', 3);

  it('launch with its flags, before and after the command', async () => {
    const provider = new MemoryProvider();
    const run = await runCli(
      '--provider local --no-debug launch --num-slaves 3 --java-version 17 --no-install-hdfs --install-spark --spark-executor-instances 2 --no-assume-yes demo',
      { provider },
    );
    expect([run.stderr, run.code]).toEqual([expect.stringContaining('Launching'), 0]);
    expect(provider.request?.values).toMatchObject({
      numWorkers: 3,
      javaVersion: 17,
      installHdfs: false,
      sparkExecutorInstances: 2,
    });
  });

  it('its flags for EC2 are read, and refused for a cluster on this machine', async () => {
    const flags = `--ec2-key-name k --ec2-instance-type m5.large --ec2-region us-east-1
      --ec2-ami ami-1 --ec2-user u --ec2-security-group a --ec2-security-group b --ec2-spot-price 0.05
      --ec2-min-root-ebs-size-gb 30 --ec2-tenancy default --ec2-ebs-optimized --ec2-tag k,v
      --ec2-instance-initiated-shutdown-behavior stop --ec2-authorize-access-from 10.0.0.1`.split(
      /\s+/,
    );
    const { code, stderr } = await runCli(['launch', 'demo', ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain('The configuration has 13 mistakes');
    expect(stderr).not.toContain('Unknown option');
  });

  it.each([
    ['add-slaves demo --num-slaves 1 --assume-yes', 4],
    ['remove-slaves demo --num-slaves 2 --assume-yes', 1],
  ])('%s', async (line, workers) => {
    const provider = add();
    expect((await runCli(line, { provider })).code).toBe(0);
    expect(provider.clusters.get('demo')?.cluster.workers).toHaveLength(workers);
  });

  it.each([
    'describe demo --master-hostname-only',
    'stop demo --assume-yes',
    'start demo',
    'run-command demo --master-only ls',
    'copy-file demo a b --master-only --assume-yes',
    'destroy demo --assume-yes',
  ])('%s', async (line) => {
    const cwd = temporaryFolder('cli');
    writeFileSync(join(cwd, 'a'), '');
    expect(await runCli(line, { provider: add(), cwd })).toMatchObject({ code: 0 });
  });

  it('empty text means "not set"', async () => {
    const { code } = await runCli(['launch', 'demo', '--ec2-vpc-id', '']);
    expect(code).toBe(0);
  });
});
