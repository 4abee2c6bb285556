import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { parseCommand } from '../../src/cli/parsing/parse.ts';
import { findCommand } from '../../src/cli/registry.ts';
import { remedyLine } from '../../src/cli/rendering/remedies.ts';
import { optionNames, options } from '../../src/config/options/options.ts';
import type { RemoveWorkersOptions } from '../../src/engine/verbs/remove-workers.ts';
import type { RunCommandOptions } from '../../src/engine/verbs/run-command.ts';
import type { StopOptions } from '../../src/engine/verbs/stop.ts';
import { remedyCommand } from '../../src/extension/ui/remedy-commands.ts';
import { Flintrock } from '../../src/index.ts';
import {
  callVerb,
  type ClusterRef,
  type Remedy,
  type RemedyVerb,
  type RemedyVerbs,
  type VerbAction,
} from '../../src/model/remedy.ts';
import { RecordingHost } from '../helpers/recording-host.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const rooms = ['engine', 'providers', 'node', 'ssh', 'config', 'model'];

/** The sources of the rooms that know no host. */
const sources = rooms.flatMap((room) =>
  readdirSync(join(root, 'src', room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => {
      const path = join(room, file);
      const text = readFileSync(join(root, 'src', path), 'utf8');
      return { path, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
    }),
);

function walk(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => {
    walk(child, see);
  });
}

/** The calls of a function in the sources. */
function callsOf(name: string): { readonly path: string; readonly call: ts.CallExpression }[] {
  const calls: { readonly path: string; readonly call: ts.CallExpression }[] = [];
  for (const { path, tree } of sources)
    walk(tree, (node) => {
      if (ts.isCallExpression(node) && node.expression.getText() === name)
        calls.push({ path, call: node });
    });
  return calls;
}

/** Files whose texts are programs for nodes and arguments of programs, or the command line's own reference. */
const programs = [
  'config/flags.ts',
  'config/generated/reference.ts',
  'config/generated/template.ts',
  'node/layout.ts',
  'node/services/spark.ts',
  'providers/ec2/nodes/ec2-jobs.ts',
  'providers/ec2/nodes/node-commands.ts',
  'providers/ec2/nodes/renew-hdfs.ts',
  'providers/local/software/spark-install.ts',
];

const one = { name: 'demo', provider: 'ec2', region: 'us-east-1', vpcId: 'vpc-1' } as const;

/** Every remedy that calls a verb, with what the engine can ask for: the next test holds it against the sources. */
const remedies: { readonly [V in RemedyVerb]: readonly (readonly [RemedyVerbs[V], string])[] } = {
  addWorkers: [
    [{ count: 2 }, 'add-workers demo --num-workers 2'],
    [{ count: 2, takeOver: true }, 'add-workers demo --num-workers 2 --take-over'],
  ],
  authorize: [[{}, 'authorize demo']],
  describe: [[{}, 'describe demo']],
  destroy: [[{}, 'destroy demo']],
  doctor: [
    [{}, 'doctor demo'],
    [{ fix: true }, 'doctor demo --fix'],
  ],
  install: [
    [{ packages: ['pytz>=2020', 'org.example:a:1'] }, "install demo 'pytz>=2020' org.example:a:1"],
    [{ packages: ['pytz'], takeOver: true }, 'install demo pytz --take-over'],
  ],
  pythonEnv: [[{}, 'python-env demo']],
  removeWorkers: [
    [{ count: 2, drainSeconds: 3600 }, 'remove-workers demo --num-workers 2 --drain-seconds 3600'],
    [
      { count: 2, drainSeconds: 300, takeOver: true },
      'remove-workers demo --num-workers 2 --drain-seconds 300 --take-over',
    ],
  ],
  repair: [
    [{}, 'repair demo'],
    [{ takeOver: true }, 'repair demo --take-over'],
  ],
  resume: [[{}, 'resume demo']],
  runCommand: [
    [
      { command: 'hdfs dfs -setrep 1 /', masterOnly: true },
      'run-command demo --master-only "hdfs dfs -setrep 1 /"',
    ],
    [{ command: "restart 'a-*'", masterOnly: false }, `run-command demo "restart 'a-*'"`],
    [{ command: 'echo "$HOME"', masterOnly: false }, `run-command demo 'echo "$HOME"'`],
  ],
  start: [[{}, 'start demo']],
  stop: [
    [{ dropSpotWorkers: true }, 'stop demo --drop-spot-workers'],
    [{ discardHdfsData: true }, 'stop demo --discard-hdfs-data'],
    [{ takeOver: true }, 'stop demo --take-over'],
  ],
};
const all = Object.entries(remedies).flatMap(([verb, cases]) =>
  cases.map(
    ([given, line]) => [line, callVerb('Do it.', verb as RemedyVerb, one, given as never)] as const,
  ),
);

function actionOf({ action }: Remedy): VerbAction {
  if (action === undefined || !('verb' in action)) throw new Error('calls no verb');
  return action;
}

describe('no text of the rooms that know no host', () => {
  it('names a command or a flag', () => {
    const found: string[] = [];
    for (const { path, tree } of sources)
      if (!programs.includes(path))
        walk(tree, (node) => {
          const isText =
            ts.isStringLiteralLike(node) ||
            ts.isTemplateHead(node) ||
            ts.isTemplateMiddle(node) ||
            ts.isTemplateTail(node);
          // What is a flag and nothing else is an argument, or the table's.
          if (
            isText &&
            (/\bflintrock [a-z]/.test(node.text) ||
              /\S\s.*--[a-z]|--[a-z-]+[,.;:]? [a-z]/.test(node.text))
          )
            found.push(`${path}: ${node.text}`);
        });
    expect(found).toEqual([]);
  });
});

describe('every remedy of the engine that', () => {
  it('calls a verb is among those that are tried here', () => {
    const made = callsOf('callVerb')
      .filter(({ path }) => path !== 'model/remedy.ts')
      .map(({ call: { arguments: args } }) => {
        const [, verb, , given] = args;
        if (!verb || !given || !ts.isStringLiteral(verb) || !ts.isObjectLiteralExpression(given))
          throw new Error(`can't be read: ${args.map((arg) => arg.getText()).join(', ')}`);
        const keys = given.properties.map((property) => property.name?.getText() ?? '').sort();
        return `${verb.text}(${keys.join(', ')})`;
      });
    const tried = Object.entries(remedies).flatMap(([verb, cases]) =>
      cases.map(([given]) => `${verb}(${Object.keys(given).sort().join(', ')})`),
    );
    expect(made.length).toBeGreaterThan(25);
    expect([...new Set(made)].filter((call) => !tried.includes(call))).toEqual([]);
    // None is kept that the engine can't make.
    expect(tried.filter((call) => !made.includes(call))).toEqual([]);
  });

  it('sets an option names one of the table', () => {
    const keys = callsOf('setOption').flatMap(({ call }) => {
      const key = call.arguments[1];
      return key !== undefined && ts.isStringLiteral(key) ? key.text : [];
    });
    expect(keys.length).toBeGreaterThan(15);
    const known = new Set(optionNames.map((name) => options[name].key));
    expect(keys.filter((key) => !known.has(key))).toEqual([]);
  });
});

describe('on the command line', () => {
  it.each(all)('flintrock %s', async (line, remedy) => {
    expect(remedyLine(remedy, [])).toBe(`Do it: flintrock ${line}`);
    const { verb, options: given } = actionOf(remedy);
    const [name = '', ...args] = splitShell(line);
    const entry = findCommand(name);
    if (entry === undefined) throw new Error(`there is no command ${name}`);
    const parsed = parseCommand(await entry.load(), entry, args);
    expect(parsed.args[0]).toBe('demo');
    const seen: Record<string, unknown> = {};
    if (verb === 'install') seen['packages'] = parsed.args.slice(1);
    else if (parsed.args.length > 1) seen['command'] = parsed.args.slice(1).join(' ');
    if (verb === 'runCommand') seen['masterOnly'] = parsed.flags.has('master-only');
    for (const [flag, key] of [
      ['drop-spot-workers', 'dropSpotWorkers'],
      ['discard-hdfs-data', 'discardHdfsData'],
      ['fix', 'fix'],
      ['take-over', 'takeOver'],
    ] as const)
      if (parsed.flags.has(flag)) seen[key] = true;
    for (const [flag, key] of [
      ['num-workers', 'count'],
      ['drain-seconds', 'drainSeconds'],
    ] as const) {
      const text = parsed.flags.text(flag) ?? parsed.given.get('numWorkers')?.text;
      if (key in given && typeof text === 'string') seen[key] = Number(text);
    }
    expect(seen).toEqual(given);
  });

  const where = [
    '--config',
    'my files/a.yaml',
    '--ec2-region',
    'eu-west-1',
    '--ec2-vpc-id',
    'vpc-1',
    '--ec2-profile',
    "o'brien",
    '--ec2-regions',
    'us-east-1',
    '--ec2-regions',
    'us-east-2',
    '--no-ec2-private-addresses',
  ];

  it.each(all)('repeats what said which cluster is meant: %s', async (line, remedy) => {
    const describeEntry = findCommand('describe');
    const [name = ''] = line.split(' ');
    const entry = findCommand(name);
    if (entry === undefined || describeEntry === undefined) throw new Error('no such command');
    const told = parseCommand(await describeEntry.load(), describeEntry, [
      'demo',
      ...where,
      '--debug',
      '--json',
    ]);
    const ref = { ...one, region: 'eu-west-1' };
    const action = { ...actionOf(remedy), cluster: ref } as VerbAction;
    const pasted = remedyLine({ text: 'Do it.', action }, told.clusterFlags);
    const [, , ...args] = splitShell(pasted.replace('Do it: ', ''));
    const again = parseCommand(await entry.load(), entry, args);
    expect(again.clusterFlags).toEqual(told.clusterFlags);
    expect(again.args[0]).toBe('demo');
    expect([again.flags.has('json'), again.given.has('debug')]).toEqual([false, false]);
    const plain = parseCommand(await entry.load(), entry, splitShell(line).slice(1));
    expect(again.args).toEqual(plain.args);
  });

  it('names the place where the cluster is, not another one that was looked at', () => {
    const given = [
      { option: 'provider', provider: null, spelling: '--provider', value: 'ec2' },
      { option: 'ec2Region', provider: 'ec2', spelling: '--ec2-region', value: 'eu-west-1' },
    ] as const;
    const line = (cluster: ClusterRef | null): string =>
      remedyLine(callVerb('Do it.', 'describe', cluster, {}), given);
    expect(line(one)).toBe('Do it: flintrock describe demo --provider ec2 --ec2-region us-east-1');
    expect(line({ name: 'demo', provider: 'local' })).toBe(
      'Do it: flintrock describe demo --provider local',
    );
    expect(line(null)).toBe('Do it: flintrock describe --provider ec2 --ec2-region eu-west-1');
  });

  it('an option is a flag, a program is what is typed, and a defect is reported', () => {
    const lines = (
      [
        { text: 'Specify an AMI.', action: { option: 'providers.ec2.ami' } },
        { text: 'Say so.', action: { option: 'providers.ec2.cloud-init', value: false } },
        { text: 'Use EC2.', action: { option: 'provider', value: 'ec2' } },
        { text: 'Add it.', action: { program: ['ssh-add', '/a b/key'] } },
        { text: 'This is a defect in Flintrock.', action: { report: true } },
        { text: 'Wait.' },
      ] satisfies Remedy[]
    ).map((remedy) => remedyLine(remedy, []));
    expect(lines).toEqual([
      'Specify an AMI: --ec2-ami',
      'Say so: --no-ec2-cloud-init',
      'Use EC2: --provider ec2',
      "Add it: ssh-add '/a b/key'",
      'This is a defect in Flintrock. Please report it with the output of the same command under --debug.',
      'Wait.',
    ]);
  });
});

describe('in the editor', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    contributes: { commands: { command: string }[] };
  };
  const declared = manifest.contributes.commands.map(({ command }) => command);

  it.each(all)('%s is a button of its own', (_, remedy) => {
    const [command, title] = remedyCommand(actionOf(remedy), (text) => text);
    expect(declared).toContain(command);
    expect(title).toMatch(/^[A-Z]/);
  });

  it('what is asked for beside the verb is asked for by its command', () => {
    const folder = join(root, 'src/extension/commands');
    const commands = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const withOptions = all
      .map(([, remedy]) => actionOf(remedy))
      .filter(({ options: given }) => Object.keys(given).length > 0);
    for (const { verb } of withOptions) expect(commands).toContain(`remedyOf(argument, '${verb}')`);
  });
});

describe('in a program', () => {
  it('is a call of the library', () => {
    const flintrock = new Flintrock({ host: new RecordingHost() });
    for (const [, remedy] of all) expect(actionOf(remedy).verb in flintrock).toBe(true);
    expectTypeOf<RemedyVerbs['stop']>().toExtend<StopOptions>();
    expectTypeOf<Omit<RemedyVerbs['removeWorkers'], 'count'>>().toExtend<RemoveWorkersOptions>();
    expectTypeOf<Omit<RemedyVerbs['runCommand'], 'command'>>().toExtend<RunCommandOptions>();
  });
});

/** The words of a command line as a POSIX shell reads them, without expansion. */
function splitShell(line: string): string[] {
  return [...line.matchAll(/(?:"[^"]*"|'[^']*'|\\.|[^\s"'\\])+/g)].map(([word]) =>
    word.replaceAll(
      /"([^"]*)"|'([^']*)'|\\(.)/g,
      (_, double?: string, single?: string, plain?: string) => double ?? single ?? plain ?? '',
    ),
  );
}
