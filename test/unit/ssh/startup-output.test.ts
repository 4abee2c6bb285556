import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { StartupFilter } from '../../../src/ssh/startup-output.ts';
import { download } from '../../../src/ssh/transfer.ts';
import { connectToHostileServer } from '../../helpers/sftp-server.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

describe('a node whose shell prints a greeting', () => {
  it.each(['Welcome to the team cluster\n', 'no end of line', 'W'.repeat(20_000)])(
    'runs commands and copies files as any other, after %j',
    async (greeting) => {
      const content = Buffer.from('\0\xff content\n', 'latin1');
      const { connection, close } = await connectToHostileServer(
        { kind: 'file', content },
        { greeting },
      );
      open.push(close);
      const { signal } = new AbortController();
      expect(await connection.exec('echo one; exit 3', signal)).toMatchObject({
        code: 3,
        stdout: 'one\n',
      });
      const target = join(temporaryFolder('greeted'), 'file');
      await download(connection, '/served', target, { signal, onSkipped: () => undefined });
      expect(readFileSync(target)).toEqual(content);
    },
  );
});

describe('what comes before a command’s own output', () => {
  it('is held back however it is cut, and told where the command never began', () => {
    const passed: string[] = [];
    const filter = (): StartupFilter => new StartupFilter((chunk) => passed.push(String(chunk)));
    const cut = filter();
    for (const char of 'hello\nflintrock-output-begins\nflintrock-output-begins\n')
      cut.push(Buffer.from(char));
    cut.end();
    expect(passed.splice(0).join('')).toBe('flintrock-output-begins\n');
    const refused = filter();
    refused.push(Buffer.from('This account is not available.\n'));
    refused.end();
    expect(passed).toEqual(['This account is not available.\n']);
  });
});
