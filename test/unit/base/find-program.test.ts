import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { cwd } from 'node:process';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../../src/base/machine/find-program.ts';
import { findJavas } from '../../../src/providers/local/software/find-java.mjs';
import { findPython } from '../../../src/python/find-python.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

describe('programs on the path', () => {
  // A folder as it may be cloned, with programs in it that anybody would run by mistake.
  const folder = temporaryFolder('cloned');
  const answer = '#!/bin/sh\necho /evil/python3\necho 3.11.0\n';
  for (const name of ['ssh', 'tar', 'python3', 'java'])
    writeFileSync(join(folder, name), answer, { mode: 0o755 });
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'java'), answer, { mode: 0o755 });
  writeFileSync(join(folder, 'release'), 'JAVA_VERSION="17.0.1"\n');

  it.each(['', '.', relative(cwd(), folder), relative(cwd(), join(folder, 'bin'))])(
    'are not looked for in %j',
    async (place) => {
      const env = { PATH: ['/nowhere', place].join(delimiter) };
      for (const name of ['ssh', 'tar', 'python3'])
        expect(await findProgram(name, { env, platform: 'linux' })).toBeUndefined();
      expect(await findPython({ env, cwd: folder })).toBeUndefined();
      expect(findJavas(env, '/nowhere').filter(({ home }) => home.includes(folder))).toEqual([]);
    },
  );

  it('are found in the folders that are named whole', async () => {
    const env = { PATH: ['/nowhere', folder].join(delimiter) };
    expect(await findProgram('ssh', { env, platform: 'linux' })).toBe(join(folder, 'ssh'));
    expect(await findPython({ env, cwd: '/' })).toMatchObject({ program: '/evil/python3' });
  });
});
