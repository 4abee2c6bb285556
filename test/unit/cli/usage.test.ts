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

      Runs a Spark job on a cluster, prints its output, and exits with its exit
      code, or with 125 if the job could not be started. Ctrl-C asks whether to
      cancel the job or keep it running; without a terminal it cancels the job. The
      job’s standard input is empty.

      The job belongs to the cluster: it keeps running if the connection is lost,
      and its output is shown again as soon as the cluster can be reached.

      Modules and packages beside a script that it imports are sent along. Options
      must precede the file; what follows it are the job’s arguments.

      Arguments
        NAME                        Name of the cluster
        FILE                        A .py, .jar, .sql, .ipynb or .R file, or its URL
        ARGS                        Arguments of the job

      Options
        -d, --detach                Return as soon as the job runs, and print its ID
        --class NAME                Main class of a .jar
        --py-files FILES            Python modules, separated by commas: .py, .zip,
                                    .egg, .whl, or folders
        --packages NAMES            Maven packages, separated by commas:
                                    GROUP:ARTIFACT:VERSION
        --jars FILES                Jars for driver and executors, separated by
                                    commas
        --files FILES               Files for each executor’s working folder,
                                    separated by commas
        --archives FILES            Archives that are unpacked there, separated by
                                    commas; FILE#NAME names the folder
        --driver-memory SIZE        Memory of the driver, such as 2g
        --executor-memory SIZE      Memory of each executor, such as 4g
        --executor-cores COUNT      Cores of each executor
        --total-executor-cores COUNT
                                    Cores of all executors together
        --name NAME                 Name of the application
        -c, --conf KEY=VALUE        Spark property for this job; repeatable
        --properties-file FILE      File of Spark properties
        --master yarn               Run the job on YARN, if the cluster has it
                                    (default: on Spark’s own workers)
        --deploy-mode MODE          On YARN: whether the driver runs on the master
                                    (client, the default) or on a worker (cluster)
        --config PATH               Path of the configuration file
        --output FORMAT             How to print the result: table, yaml (as the
                                    Python tool does) or json (default:
                                    FLINTROCK_OUTPUT, then table on a terminal and
                                    yaml elsewhere)
        --json                      Same as --output json
        --events                    Print events to stderr, one JSON object per line
        -q, --quiet                 Print only the result, warnings and errors
        --provider local|ec2        Where the cluster runs: on this machine or on
                                    Amazon EC2 (default: \`ec2\` if the file has an
                                    EC2 section, otherwise \`local\`)
        --debug                     Show more details of the progress, and stack
                                    traces of errors (default: no)
        -h, --help                  Show this help

      Instances
        --ec2-profile TEXT          AWS profile to use for credentials and Region
                                    (default: default credential chain: environment,
                                    then the default profile)
        --ec2-region TEXT           AWS Region to launch in and to look for clusters
                                    in (default: AWS_REGION, then the profile’s,
                                    then us-east-1)
        --ec2-regions TEXT          Additional AWS Region to look for clusters in;
                                    repeatable
        --ec2-user TEXT             User of the AMI to log in as over SSH (default:
                                    ec2-user)
        --ec2-identity-file PATH    Path of the private key of the key pair
                                    (default: the key created for the cluster, or
                                    the keys of the SSH agent)

      Network
        --ec2-vpc-id TEXT           VPC to launch the cluster in; requires a subnet
                                    (default: the default VPC)
        --ec2-ssh-proxy TEXT        SSH jump host (bastion) to connect through, as
                                    in \`ssh -J\`
        --ec2-ssh-proxy-command TEXT
                                    Command that connects its input and output to
                                    the SSH server of a node, as \`ProxyCommand\` of
                                    \`ssh\`
        --[no-]accept-host-keys     Accept SSH host keys that this machine has never
                                    seen and that can’t be verified, without asking
                                    (default: no)
        --[no-]ec2-private-addresses
                                    Connect to nodes at their private IP addresses,
                                    from inside the network or through a VPN
                                    (default: no)

      Examples
        flintrock submit demo count.py words.txt
            Run a Python job with an argument
        flintrock submit demo --class org.example.Count count.jar
            Run a class of a .jar
        flintrock submit demo --executor-memory 1g count.py
            Set the size of its executors
        flintrock submit demo --detach count.py
            Start a job and return
      "
    `);
  });

  it('is shown whatever else is wrong, but not for the program of run-command', async () => {
    const asked = await runCli('launch --unknown one two -qh');
    expect([asked.code, asked.stderr]).toEqual([0, '']);
    expect(asked.stdout).toContain('Usage: flintrock launch');
    const run = await runCli('run-command demo df -h', {
      provider: new MemoryProvider().add('demo'),
    });
    expect(run.stdout).not.toContain('Usage');
  });

  it('names every flag of launch once, with both spellings', async () => {
    const { stdout } = await runCli('launch --help');
    expect(stdout).toContain('--num-workers, --num-slaves N');
    expect(stdout).toContain('--[no-]install-hdfs');
    expect(stdout.match(/^ {2}--ec2-ami /gm)).toHaveLength(1);
  });

  it('is what is printed where there is no command', async () => {
    const { code, stdout, stderr } = await runCli('');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: flintrock COMMAND');
  });

  it('knows the version', async () => {
    expect(await runCli('--version')).toMatchObject({
      code: 0,
      stdout: 'flintrock, version 1.2.3\n',
    });
  });
});

describe('wrong usage', () => {
  it.each([
    ['laumch demo', 'Did you mean launch?'],
    ['frobnicate', 'flintrock --help'],
    ['add-slavs demo', 'Did you mean add-slaves?'],
    ['--frobnicate launch', 'Unknown option'],
    ['launch', 'NAME is missing'],
    ['launch demo more', 'Unexpected argument "more"'],
    ['launch demo --num-worker 2', 'Did you mean --num-workers?'],
    ['launch demo --num-workers', '--num-workers requires a value.'],
    ['launch demo --debug=yes', '--debug takes no value.'],
    ['describe -x', 'Unknown option "-x".'],
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
    ['launch demo --config nothing.yaml', 'The configuration file'],
    ['launch demo --provider gcp', '--provider'],
    ['launch demo --provider ec2 --num-workers 1', 'EC2'],
    ['describe --provider ec2', 'EC2'],
    ['describe --ec2-region eu-west-1', 'EC2'],
    [
      'destroy demo -y --provider local --ec2-region eu-west-1',
      '--ec2-region applies only to clusters on EC2',
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
      "error: The configuration has 5 problems:
        --num-workers: "zero" is not a whole number.
          Use a whole number from 1 to 5000.
        --local-worker-memory: "1k" is not an amount of memory.
          Use a whole number from 512 to 16777216 (MiB), or as in 512m or 2g.
        "no name" is not a valid cluster name: it contains other characters. Use 1 to 63 letters, digits, periods, hyphens and underscores; start with a letter or digit.
        /folder/flintrock.yaml:2:3: Unknown key "num-slave" in launch.
          Did you mean "num-slaves"?
        /folder/flintrock.yaml:3:17: launch.java-version: "old" is not a whole number.
          Use a whole number from 8 to 99.
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
    expect(stderr).toContain('The configuration has 13 problems');
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

  it.each([
    '--install-mesos',
    '--no-install-mesos',
    '--mesos-version',
    '--mesos-download-source=x',
  ])('%s gets the words that the file gets', async (flag) => {
    const { code, stderr } = await runCli(`launch demo ${flag}`);
    const [name = ''] = flag.split('=');
    expect([code, stderr]).toEqual([
      2,
      `error: ${name}: Spark 4.0 removed support for Mesos.\n  Remove it: Flintrock launches Spark standalone clusters.\n  ARGUMENT_INVALID\n`,
    ]);
  });

  it.each([
    [125, '--master yarn', 'Cluster "demo" has no YARN; the job can’t run on it.'],
    [125, '--master yarn --deploy-mode cluster', 'Cluster "demo" has no YARN'],
    [2, '--master local[2]', '--master local[2] is not the cluster'],
    [2, '--master yarn --deploy-mode remote', 'Unknown deploy mode "remote"'],
    [2, '--deploy-mode cluster', '--deploy-mode cluster requires --master yarn'],
  ])('ends with %i for submit with %s, and says why', async (exitCode, flags, message) => {
    const file = join(temporaryFolder('yarn'), 'job.py');
    writeFileSync(file, '');
    const provider = new MemoryProvider().add('demo');
    const { code, stderr } = await runCli(`submit demo ${flags} ${file}`, { provider });
    expect([code, stderr]).toEqual([exitCode, expect.stringContaining(message)]);
  });

  it('empty text means "not set"', async () => {
    const { code } = await runCli(['launch', 'demo', '--ec2-vpc-id', '']);
    expect(code).toBe(0);
  });
});
