import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bootstrapScript } from '../../../src/node/bootstrap/bootstrap.ts';
import { compactPython } from '../../../src/node/bootstrap/compact.ts';
import {
  executorsMemoryMiB,
  executorsOf,
  sharesOfServices,
  yarnRoomMiB,
} from '../../../src/node/services/executors.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { nodeSettings } from './node-settings.ts';

const source = new URL('../../../src/node/bootstrap/bootstrap.sh', import.meta.url);
const yarnSource = new URL('../../../src/node/services/yarn/yarn.sh', import.meta.url);

function bash(script: string, input = ''): string {
  // bash takes the socket that its stdin is for a remote shell’s, and would read the user’s own start-up file.
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-euc', script], {
    input,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

/** Functions of the bootstrap by their names, as text for another script. */
function functions(...names: string[]): string {
  const text = readFileSync(source, 'utf8');
  return names
    .map((name) => new RegExp(`^${name}\\(\\) \\{(.*\\}$|\\n[^]*?\\n\\}$)`, 'm').exec(text)?.[0])
    .join('\n');
}

/** Writes what a script would put under `/usr/local/lib/flintrock` into a folder instead, and doesn't start it. */
function unpack(script: string): string {
  const folder = temporaryFolder('node');
  const moved = script
    .replace(/^folder=.*$/m, `folder=${folder}`)
    .replace(/^exec .* install$/m, 'exit 0');
  bash(moved);
  return folder;
}

describe('the bootstrap', () => {
  it('is whole after its comments are gone', () => {
    const folder = unpack(bootstrapScript(nodeSettings()));
    const check = `for one in ${folder}/*.sh; do bash -n $one; done; python3 -m py_compile ${folder}/*.py`;
    expect(bash(check)).toBe('');
    expect(readFileSync(join(folder, 'node.sh'), 'utf8')).not.toMatch(/^\s*# /m);
  });

  it('has programs in Python that say the same as their sources', () => {
    const sources = [
      'agent/request.py',
      'beacon/lifetime.py',
      'beacon/share.py',
      'beacon/beacon.py',
    ];
    for (const name of sources) {
      const text = readFileSync(new URL(`../../../src/node/${name}`, import.meta.url), 'utf8');
      const same = `import ast, json, sys
one, other = (ast.dump(ast.parse(text)) for text in json.load(sys.stdin))
print(one == other)`;
      const input = JSON.stringify([text, compactPython(text)]);
      const { stdout } = spawnSync('python3', ['-c', same], { input, encoding: 'utf8' });
      expect([name, stdout]).toEqual([name, 'True\n']);
    }
  });

  it.each([
    [1, 1900, 0, false],
    [2, 8192, 0, false],
    [4, 10_240, 0, true],
    [4, 10_241, 2, false],
    [16, 65_536, 0, true],
    [96, 786_432, 5, false],
    [16, 65_536, 0, false, 3],
    [2, 8192, 0, false, 1],
    [2, 8192, 0, 'yarn'],
    [16, 65_536, 0, 'yarn'],
    [96, 786_432, 7, 'yarn'],
  ])(
    'offers what a plan says: %i cores, %i MiB',
    (cores, memory, asked, hadoop, limit?: number) => {
      const yarn = hadoop === 'yarn';
      const services = { hdfs: hadoop !== false, yarn };
      const own = limit === undefined ? {} : { 'spark.cores.max': String(limit) };
      const folder = temporaryFolder('memory');
      writeFileSync(join(folder, 'meminfo'), `MemTotal:  ${memory * 1024} kB\n`);
      const measured = bash(`nproc() { echo ${cores}; }
EXTRA_MEMORY_MIB=${sharesOfServices(services)} EXECUTORS_PER_WORKER=${asked}
${yarn ? `YARN_PORT=1 YARN_ROOM_MIB=${yarnRoomMiB}\n${readFileSync(yarnSource, 'utf8')}` : ''}
${/^MOST_CORES=.*$/m.exec(bootstrapScript(nodeSettings({ configuration: { 'spark-defaults': own } })))?.[0] ?? ''}
${functions('measure').replace('/proc/meminfo', join(folder, 'meminfo'))}
measure
${yarn ? 'size_yarn_executors' : ''}
echo $CORES $MEMORY $EXECUTORS_PER_WORKER $EXECUTOR_CORES $EXECUTOR_MEMORY`);
      const worker = { cores, memoryMiB: executorsMemoryMiB(memory, services), yarn };
      const each = executorsOf(worker, asked || undefined, own);
      expect(measured.trim()).toBe(
        `${cores} ${worker.memoryMiB} ${each.perWorker} ${each.cores} ${each.memoryMiB}m`,
      );
    },
  );

  describe('the Python', () => {
    const folder = temporaryFolder('pythons');
    const python = (name: string, minor: number): void =>
      writeFileSync(join(folder, name), `#!/bin/sh\necho ${minor}\n`, { mode: 0o755 });
    python('python3', 11);
    python('python3.12', 12);
    // Its packages bring one more, and nothing else.
    python('hidden', 13);
    symlinkSync('/bin/readlink', join(folder, 'readlink'));
    const install = (asked: string | null): string => {
      const settings = nodeSettings({ python: { ...nodeSettings().python, asked } });
      const given = bootstrapScript(settings)
        .split('\n')
        .filter((line) => /^PYTHON_\w+=/.test(line));
      expect(given).toHaveLength(3);
      return bash(`PATH='${folder}' STATE='${folder}'
${given.join('\n')}
packages() { echo "installs $1"; [ "$1" != python3.13 ] || /bin/cp '${folder}/hidden' '${folder}/python3.13'; }
die() { echo "fails: $1"; exit; }
warn() { echo "warns: $1"; }
${functions('find_python', 'install_python')}
install_python
echo "$(<"$STATE/python")"`).trim();
    };

    it('is the usual one, if none was asked for', () => {
      expect(install(null)).toBe(`${folder}/python3`);
    });

    it('is the one that was asked for, by itself or from a package', () => {
      expect(install('3.11')).toBe(`${folder}/python3`);
      expect(install('3.12')).toBe(`${folder}/python3.12`);
      expect(install('3.13')).toBe(`installs python3.13\n${folder}/python3.13`);
    });

    it('is a reason to fail, if it was asked for and is not to be had', () => {
      expect(install('3.14')).toBe(
        'installs python3.14\nfails: Python 3.14 was not found and could not be installed',
      );
    });
  });

  it('keeps secrets to root', () => {
    const folder = unpack(bootstrapScript(nodeSettings()));
    expect(bash(`cd ${folder} && stat -c '%a %n' *`).trim().split('\n')).toEqual([
      '755 agent.sh',
      '755 beacon.py',
      '600 log4j2.properties',
      '755 node.sh',
      '755 request.py',
      '600 secret',
      '600 settings.sh',
      '600 spark-defaults.conf',
    ]);
  });

  it.each([
    `it's`,
    '"$(touch /tmp/owned)" `id` ${HOME} $1 !! \\',
    'a\nEND_OF_FILE\nb\nexit 1',
    ' spaces  and\ttabs * ? [a] ~ # & ; | < >',
    'größer 大',
    '-n',
    '=',
  ])('takes any text as it is: %j', (text) => {
    const settings = nodeSettings({
      cluster: text,
      loginUser: text,
      spark: {
        version: '4.1.4',
        sources: [
          { url: text, fetch: 'direct' },
          { url: 'b', fetch: 'via-master' },
        ],
        sha512: null,
        executorsPerWorker: 1,
        mavenRepository: null,
      },
    });
    const folder = unpack(bootstrapScript(settings));
    const values = bash(
      `. ${folder}/settings.sh; printf '%s\\0' "$CLUSTER" "$LOGIN_USER" "$FIXED_MASTER" "\${SPARK_SOURCES[@]}"`,
    );
    expect(values.split('\0')).toEqual([text, text, '', `direct ${text}`, 'via-master b', '']);
  });

  it('reads checksums in every format that Apache uses', () => {
    const hash = '0123456789abcdef'.repeat(8);
    const groups = hash.toUpperCase().match(/.{8}/g) ?? [];
    const read = (text: string): string =>
      bash(`${functions('checksum_in')}\nchecksum_in || echo none`, text).trim();
    for (const text of [
      `${hash}  spark-4.1.4-bin-hadoop3.tgz\n`,
      `${hash} *spark-4.1.4-bin-hadoop3.tgz`,
      `SHA512 (spark-4.1.4-bin-hadoop3.tgz) = ${hash}\n`,
      `${hash.toUpperCase()}\r\n`,
      `spark-3.5.9-bin-hadoop3.tgz: ${groups.slice(0, 8).join(' ')}\n      ${groups.slice(8).join(' ')}\n`,
      `hadoop-3.3.6.tar.gz:\n${groups.join('\n')}\n`,
    ])
      expect(read(text)).toBe(hash);
    for (const text of ['', '<html>not found</html>', hash.slice(1), `${hash}0`])
      expect(read(text)).toBe('none');
  });

  it('writes texts as JSON, whatever is in them', () => {
    const text = 'a "quoted" \\ back\tslash\nnew\u0007 $(id) größer';
    expect(
      JSON.parse(bash(`LC_ALL=C\n${functions('json')}\njson "$(cat)" && echo "$REPLY"`, text)),
    ).toBe('a "quoted" \\ back slash new  $(id) größer');
  });
});
