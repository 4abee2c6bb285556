import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, type Person } from '../helpers/ec2/account.ts';
import { pythonEc2Config, pythonSparkConfig } from '../helpers/ec2/python-config.ts';
import { peer } from '../lab/prepare.mjs';

// The same shell lines, run by both tools, one tool after the other in an empty account: what a script sees of them is the same, but
// for the differences that docs/moving-over.md lists.

const root = new URL('../../', import.meta.url);

/** A line of a script; what is compared beside its exit code. */
interface ScriptLine {
  readonly line: string;
  /** `stdout`, all of it; `stderr`, its first line. */
  readonly sees: readonly ('stdout' | 'stderr')[];
  /** The documented difference, by its name in the documentation: then it must be there. */
  readonly differs?: string;
}

const both = (line: string): ScriptLine => ({ line, sees: ['stdout', 'stderr'] });
const output = (line: string): ScriptLine => ({ line, sees: ['stdout'] });
const failure = (line: string): ScriptLine => ({ line, sees: ['stderr'] });
const code = (line: string): ScriptLine => ({ line, sees: [] });
const differs = (differs: string, line: ScriptLine): ScriptLine => ({ ...line, differs });

/** Lines that follow each other, beside others that they have nothing to do with. */
type Strand = readonly ScriptLine[];

/** The script: one step after the other, the strands of a step side by side. */
const steps: readonly (readonly Strand[])[] = [
  // Without a cluster.
  [
    [both('flintrock describe')],
    [both('flintrock describe --ec2-region us-east-1')],
    [both('flintrock --provider ec2 --no-debug describe')],
    [failure('flintrock launch nosuch --ec2-ami ami-aaaaaaaa')],
  ],
  // A launch, and where its master is; meanwhile, what is about no cluster.
  [
    [output(`flintrock launch demo 2>/dev/null | grep -E '^(Cluster master|Login with)'`)],
    [output("flintrock --version | sed 's/[0-9.]*$//'")],
    [code('flintrock')],
    [both('flintrock describe nosuch')],
    [both('flintrock destroy nosuch')],
    [both('flintrock stop nosuch')],
    [failure('flintrock start nosuch')],
    [failure('flintrock login nosuch')],
    [failure('flintrock run-command nosuch ls')],
    [failure('echo data > data.txt; flintrock copy-file nosuch data.txt /tmp/')],
    [failure('flintrock add-slaves nosuch --num-slaves 1')],
    [failure('flintrock remove-slaves nosuch --num-slaves 1 --assume-yes')],
    [both('flintrock describe nosuch --master-hostname-only')],
    // Wrong usage.
    [code('flintrock nosuch')],
    [code('flintrock launch')],
    [code('flintrock launch demo --num-slaves 0')],
    [code('flintrock launch demo --num-slaves many')],
    [code('flintrock launch demo --nosuch')],
    [code('flintrock add-slaves demo')],
    [code('flintrock describe one two')],
    [code('flintrock --provider nosuch describe')],
    [code('flintrock launch demo --ec2-identity-file nothing.pem')],
    [code('flintrock --help >/dev/null')],
    [code('flintrock launch --help >/dev/null')],
  ],
  [
    [failure('flintrock launch demo')],
    [both('flintrock describe demo')],
    [both('flintrock describe')],
    [output("flintrock describe demo | grep master | awk '{print $NF}'")],
    [output("flintrock describe demo | grep -oP '(?<=master: )\\S*'")],
    [output('flintrock describe demo | grep state: | cut -d: -f2')],
    [output('M=$(flintrock describe demo --master-hostname-only) && echo "spark://$M:7077"')],
    [output('flintrock describe | grep -c node-count')],
    [both('flintrock describe demo --master-hostname-only')],
    [both('flintrock describe --master-hostname-only')],
    [both('flintrock start demo')],
    // Commands on the nodes.
    [
      code("flintrock run-command demo -- echo hi '>' /tmp/joined"),
      code("flintrock run-command demo 'grep -q hi /tmp/joined'"),
    ],
    [
      code('flintrock run-command demo -- touch /tmp/g1.x /tmp/g2.x'),
      code("flintrock run-command demo -- rm '/tmp/g*.x'"),
      code("flintrock run-command demo 'test ! -e /tmp/g1.x'"),
    ],
    [code("flintrock run-command demo -- test -d '$HOME'")],
    [code("flintrock run-command demo 'true && cat' /etc/hostname")],
    [
      code("flintrock run-command demo 'touch /tmp/only' --master-only"),
      code("flintrock run-command demo 'test -e /tmp/only'"),
      code("flintrock run-command demo --master-only 'test -e /tmp/only'"),
      code('flintrock run-command demo rm -- -f /tmp/only'),
    ],
    [code('flintrock run-command demo true --ec2-user nobody-there --ec2-user ec2-user')],
    [code("flintrock run-command demo 'exit 3'")],
    [differs('Unknown options of the command', code('flintrock run-command demo df -h'))],
    [
      differs(
        'Output of `run-command`',
        output("flintrock run-command demo --master-only 'echo seen' | grep -c seen"),
      ),
    ],
    // Files.
    [
      code('echo data > data.txt; flintrock copy-file demo data.txt /tmp/'),
      code("flintrock run-command demo 'grep -q data /tmp/data.txt'"),
    ],
    [code('flintrock copy-file demo nothing.txt /tmp/')],
    [code('flintrock copy-file nosuch nothing.txt /tmp/')],
    [code('flintrock run-command demo true --ec2-identity-file nothing.pem')],
    [code('flintrock login demo --ec2-identity-file nothing.pem')],
    [output("echo 'echo in-login' | flintrock login demo | grep in-login")],
    [differs('Exit code of `login`', code("echo 'exit 4' | flintrock login demo"))],
    [
      differs(
        'Remote folders of `copy-file`',
        code('echo data > other.txt; flintrock copy-file demo other.txt /tmp/no/such/folder/'),
      ),
    ],
    [
      differs(
        'Large files in `copy-file`',
        code('truncate -s 2M large.bin; flintrock copy-file demo large.bin /tmp/ </dev/null'),
      ),
    ],
    // Questions.
    [code('echo n | flintrock stop demo')],
    [code('flintrock stop demo </dev/null')],
    [
      code('flintrock remove-slaves demo --num-slaves 1 </dev/null'),
      code('echo no | flintrock remove-slaves demo --num-slaves 1'),
    ],
    [code('flintrock destroy demo </dev/null')],
    [differs('Text of questions', output('echo n | flintrock destroy demo'))],
  ],
  [[both('flintrock describe demo')]],
  // Fewer workers, and more.
  [[code('flintrock remove-slaves demo --num-slaves 9 --assume-yes')]],
  [[code('flintrock add-slaves demo --num-slaves 1 --assume-yes')]],
  [[output('sleep 5; flintrock describe demo')]],
  // A stopped cluster.
  [[differs('Progress messages', output('yes | flintrock stop demo'))]],
  [
    [both('flintrock stop demo')],
    [both('flintrock describe demo')],
    [
      differs(
        'Host name of a stopped master',
        output('flintrock describe demo --master-hostname-only'),
      ),
    ],
    [code('flintrock describe --master-hostname-only')],
    [failure('flintrock run-command demo ls')],
    [failure('flintrock copy-file demo data.txt /tmp/')],
    [failure('flintrock add-slaves demo --num-slaves 1')],
  ],
  [[code('flintrock start demo')]],
  [[output('flintrock describe demo')]],
  [[code('yes | flintrock destroy demo')]],
  [[both('flintrock describe')]],
];

/** All lines, in order. */
const script: readonly ScriptLine[] = steps.flat(2);

/** How many lines run at once. */
const lanes = 4;

/** What a line did. */
interface Outcome {
  readonly code: number;
  readonly stdout: string;
  /** The first line. */
  readonly stderr: string;
}

let account: Account;
let person: Person;
const outcomes = {
  python: new Map<ScriptLine, Outcome>(),
  ours: new Map<ScriptLine, Outcome>(),
};

beforeAll(async () => {
  account = await Account.open();
  await account.reset();
  person = account.person();
  mkdirSync(join(person.home, '.config', 'flintrock'), { recursive: true });
  writeFileSync(
    join(person.home, '.config', 'flintrock', 'config.yaml'),
    `${pythonSparkConfig(account.lab)}${pythonEc2Config(account.lab)}    authorize-access-from:
      - ${account.lab.clientAddress}/32
launch:
  num-slaves: 1
  install-hdfs: False
  install-spark: True
  java-version: 17
`,
  );
  await runAll('python', `#!/bin/sh\nexec '${peer}' "$@"\n`);
  await account.reset();
  const cli = new URL('dist/cli.js', root).pathname;
  await runAll('ours', `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`);
}, 1_200_000);
afterAll(() => account.reset());

/** Runs all lines with a `flintrock` of its own. */
async function runAll(tool: keyof typeof outcomes, program: string): Promise<void> {
  const bin = join(person.home, `bin-${tool}`);
  const cwd = join(person.home, `work-${tool}`);
  for (const folder of [bin, cwd]) mkdirSync(folder);
  writeFileSync(join(bin, 'flintrock'), program);
  chmodSync(join(bin, 'flintrock'), 0o755);
  const env = {
    ...person.env,
    PATH: `${bin}${delimiter}${person.env['PATH'] ?? ''}`,
    HOME: person.home,
    LC_ALL: 'C.UTF-8',
    PYTHONWARNINGS: 'ignore',
  };
  const run = async (strand: Strand): Promise<void> => {
    for (const line of strand) outcomes[tool].set(line, await shell(line.line, cwd, env));
  };
  for (const strands of steps) {
    const left = [...strands];
    const lane = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await run(next);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }
  rmSync(cwd, { recursive: true });
}

/** Runs a line as a script does: nothing is a terminal. */
function shell(line: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      'bash',
      ['-c', `set -o pipefail; ${line}`],
      { cwd, env, timeout: 400_000 },
      (error, stdout, stderr) => {
        const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({
          // A `yes` that nobody reads any more ends by SIGPIPE.
          code: exit === 141 ? 0 : exit,
          stdout: normalised(stdout),
          stderr: normalised(stderr.split('\n')[0] ?? ''),
        });
      },
    );
    child.stdin?.end();
  });
}

/** Without what is another one each time. */
function normalised(text: string): string {
  return text
    .replaceAll(/\bec2-[\d-]+(\.[\w-]+)?\.amazonaws\.com/g, 'HOST')
    .replaceAll(/\bvpc-[0-9a-f]+/g, 'VPC');
}

/** What a script sees of an outcome. */
function seen({ sees }: ScriptLine, outcome: Outcome | undefined): object {
  return {
    code: outcome?.code,
    ...(sees.includes('stdout') && { stdout: outcome?.stdout }),
    ...(sees.includes('stderr') && { stderr: outcome?.stderr }),
  };
}

describe('a script for the Python tool', () => {
  it.each(script.map((line, index) => [index + 1, line.line, line] as const))(
    '%i: %s',
    (_number, _text, line) => {
      const python = seen(line, outcomes.python.get(line));
      const ours = seen(line, outcomes.ours.get(line));
      if (line.differs === undefined) expect(ours).toEqual(python);
      else expect(ours).not.toEqual(python);
    },
  );

  it('differs in what is documented, and in nothing else', () => {
    const page = readFileSync(new URL('docs/moving-over.md', root), 'utf8');
    const section = page.split('\n## ').find((text) => text.startsWith('Scripts\n')) ?? '';
    const documented = [...section.matchAll(/^\| (.+?) +\|/gm)]
      .map(([, cell = '']) => cell)
      .filter((cell) => !/^-+$|^What$/.test(cell));
    const found = script.flatMap(({ differs: name }) => name ?? []);
    expect([...found].sort()).toEqual([...documented].sort());
  });
});
