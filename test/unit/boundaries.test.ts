import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = resolve(dirname(fileURLToPath(import.meta.url)), '../../src');

/** Which rooms a room may import from, beside itself. The rooms' table in CONTRIBUTING.md says why. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  base: [],
  model: ['base'],
  text: ['model', 'base'],
  config: ['model', 'node/services', 'base'],
  node: ['model', 'base'],
  ssh: ['model', 'base'],
  python: ['model', 'base'],
  connect: ['model', 'base'],
  protocol: ['model', 'base'],
  history: ['model', 'node/beacon', 'base'],
  engine: ['config', 'connect', 'history', 'node', 'python', 'ssh', 'text', 'model', 'base'],
  'providers/local': [
    'engine/provider',
    'history',
    'node',
    'python',
    'ssh',
    'text',
    'model',
    'base',
  ],
  'providers/ec2': ['engine/provider', 'node', 'ssh', 'text', 'model', 'base'],
  cli: ['engine', 'config', 'text', 'model', 'base'],
  extension: ['engine', 'config', 'protocol', 'text', 'model', 'base'],
  // The edges build what the rooms need; providers are loaded on first use only.
  'index.ts': ['engine', 'config', 'model', 'base', 'providers/local', 'providers/ec2'],
  'cli.ts': ['index.ts', 'cli', 'engine', 'config', 'model', 'base'],
  'extension.ts': ['index.ts', 'extension', 'engine', 'config', 'model', 'base'],
};

/** Packages that one room only may import. */
const packages: Readonly<Record<string, RegExp>> = {
  vscode: /^extension(\.ts|\/)/,
  ssh2: /^ssh\//,
  fzstd: /^history\//,
  '@aws-sdk': /^providers\/ec2\//,
  'get-east-asian-width': /^cli\//,
  yaml: /^config\//,
  '@modelcontextprotocol': /^cli\/(mcp\/|commands\/mcp\.ts$)/,
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly dynamic: boolean;
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(ts|mjs)$/.test(name),
);
const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(source, file), 'utf8');
  const found = [...text.matchAll(/(?:\bfrom\s+|\bimport\s*(\()?\s*)'([^']+)'/g)];
  return found.map(([, call, name = '']) => ({
    file,
    target: name.startsWith('.') ? relative(source, resolve(source, dirname(file), name)) : name,
    dynamic: call !== undefined,
  }));
});

function roomOf(path: string): string {
  if (!path.includes('/')) return path;
  const parts = path.split('/');
  return parts[0] === 'providers' ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

describe('the rooms of the source', () => {
  it('has imports to look at, and knows every room', () => {
    expect(imports.length).toBeGreaterThan(100);
    expect([...new Set(files.map(roomOf))].filter((room) => arrows[room] === undefined)).toEqual(
      [],
    );
  });

  it('has no import against the arrows', () => {
    const wrong = imports.filter(({ file, target }) => {
      if (!/\.(ts|mjs|json)$/.test(target)) return false;
      const from = roomOf(file);
      const allowed = [from, ...(arrows[from] ?? [])];
      return !allowed.some(
        (room) => target === room || target === `${room}.ts` || target.startsWith(`${room}/`),
      );
    });
    expect(wrong).toEqual([]);
  });

  it('loads providers by dynamic import only', () => {
    const early = imports.filter(
      ({ file, target, dynamic }) =>
        !dynamic && roomOf(target).startsWith('providers/') && !file.startsWith('providers/'),
    );
    expect(early).toEqual([]);
  });

  it('imports each package in its room only', () => {
    const strays = imports.filter(({ file, target }) => {
      const name = target.split('/')[0] ?? '';
      const room = packages[name];
      return room !== undefined && !target.endsWith('.ts') && !room.test(file);
    });
    expect(strays).toEqual([]);
  });

  it('has words and messages that any browser can load: nothing that they reach needs Node', () => {
    const reached = new Set(files.filter((file) => /^(text|protocol)\//.test(file)));
    // A set grows while it is walked.
    for (const file of reached)
      for (const one of imports) if (one.file === file) reached.add(one.target);
    expect(reached.size).toBeGreaterThan(20);
    expect(
      [...reached].filter((file) => !/^(text|protocol|model|base)\/[\w/-]+\.ts$/.test(file)),
    ).toEqual([]);
  });

  it('has one room of words for people: hosts take their formatters from there', () => {
    const formatters = /\b(memoryText|kindText|durationText|dollars|hourly)\b/;
    const taken = files
      .filter((file) => /^(cli|extension)(\/|\.ts$)/.test(file))
      .flatMap((file) =>
        [
          ...readFileSync(join(source, file), 'utf8').matchAll(
            /^import \{([^}]*)\} from '[./]+\/model\/[^']+'/gm,
          ),
        ].map(([, names = '']) => ({ file, names })),
      );
    expect(taken.length).toBeGreaterThan(50);
    expect(taken.filter(({ names }) => formatters.test(names))).toEqual([]);
  });

  it('has no folder that can’t be looked over: fifteen files, but for lists of verbs and commands', () => {
    const counts = new Map<string, number>();
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    const flat = [...counts].filter(
      ([folder, number]) => number > 15 && !/\/(verbs|commands)$/.test(folder),
    );
    expect(flat).toEqual([]);
  });

  it('is as CONTRIBUTING.md draws it', () => {
    const text = readFileSync(join(source, '..', 'CONTRIBUTING.md'), 'utf8');
    const drawn: string[] = [];
    const path: string[] = [];
    for (const [, indent = '', name = ''] of text.matchAll(/^( *)([\w-]+)\/(?: {2,}.*)?$/gm)) {
      path.splice(indent.length / 2);
      path.push(name);
      drawn.push(path.join('/'));
    }
    const folders = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => relative(join(source, '..'), join(entry.parentPath, entry.name)));
    expect(drawn.filter((one) => one.startsWith('src/')).sort()).toEqual(folders.sort());
  });

  it('has every file that CONTRIBUTING.md and AGENTS.md name', () => {
    const root = join(source, '..');
    const named = ['CONTRIBUTING.md', 'AGENTS.md'].flatMap((file) =>
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /`((?:src|test|webview|scripts)\/[\w./-]+)`/g,
        ),
      ].map(([, name = '']) => name),
    );
    expect(named.length).toBeGreaterThan(30);
    expect(named.filter((name) => !existsSync(join(root, name)))).toEqual([]);
  });

  it('has no cycles', () => {
    const graph = new Map<string, string[]>(files.map((file) => [file, []]));
    // A type costs nothing at run time, but a cycle of types is a cycle of thoughts all the same.
    for (const { file, target } of imports) graph.get(file)?.push(target);
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) if (graph.has(next)) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) walk(file, []);
    expect(cycles).toEqual([]);
  });

  it('has no barrel but index.ts, and no utils', () => {
    const barrels = files.filter(
      (file) =>
        file !== 'index.ts' &&
        /^export (\*|(type )?\{[^}]*\}) from '\./m.test(readFileSync(join(source, file), 'utf8')),
    );
    expect(barrels).toEqual([]);
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|index)\.ts$/.test(file))).toEqual([
      'index.ts',
    ]);
  });
});

/** What only one door may do, and where that stands: each kind of text that others can write comes in, or goes out, by one file. */
const doors: readonly {
  readonly what: string;
  readonly pattern: RegExp;
  /** Files that are looked at. */
  readonly where: RegExp;
  readonly door: RegExp;
}[] = [
  {
    what: 'writes a filter for EC2, in which others’ texts would be patterns',
    pattern: /\bFilters\s*:/,
    where: /^providers\/ec2\//,
    door: /^providers\/ec2\/api\/(filters|aws)\.ts$/,
  },
  {
    what: 'reads a tag without looking at its form',
    pattern: /readTags\([^)]*\)\[tagKeys\.(?!name\b|launch\b|lock\b)/,
    where: /^providers\/ec2\//,
    door: /^providers\/ec2\/api\/tags\.ts$/,
  },
  {
    what: 'gives events a meaning',
    pattern: /case '(?:node\.phase|download\.progress|cleanup\.started)'/,
    where: /./,
    door: /^(model\/progress|text\/events)\.ts$/,
  },
  {
    what: 'makes a path',
    pattern: /from 'node:path'/,
    where: /^providers\/ec2\//,
    door: /^providers\/ec2\/(api\/(local-state|shared-config)|nodes\/ec2-jobs)\.ts$/,
  },
  {
    what: 'writes to the terminal',
    pattern: /\b(stdout|stderr|output)\b(\))?\.write\(/,
    where: /^cli(\.ts$|\/)/,
    door: /^cli(\.ts|\/(rendering\/(write|views\/live-view)|attach)\.ts)$/,
  },
];

describe('the doors', () => {
  it.each(doors)('nothing else $what', ({ pattern, where, door }) => {
    const looked = files.filter((file) => where.test(file));
    const found = looked.filter((file) => pattern.test(readFileSync(join(source, file), 'utf8')));
    // A door that isn't found any more guards nothing.
    expect(looked.some((file) => door.test(file))).toBe(true);
    expect(found.filter((file) => !door.test(file))).toEqual([]);
  });
});
