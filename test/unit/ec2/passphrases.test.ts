import { expect, it } from 'vitest';
import type { WorkContext } from '../../../src/engine/provider.ts';
import { Passphrases } from '../../../src/providers/ec2/plan/login-key.ts';

it('asks once for all nodes, again if the answer was wrong, and remembers no wrong one', async () => {
  const asked: string[] = [];
  const answers = ['wrong', 'right', 'later'];
  const context = {
    ask: ({ message }: { message: string }) => {
      asked.push(message);
      return Promise.resolve(answers.shift() ?? null);
    },
  } as unknown as WorkContext;
  const { passphrase, forget } = new Passphrases().from(context);
  const both = (wrong: number) => Promise.all([passphrase('/k', wrong), passphrase('/k', wrong)]);
  expect(await both(0)).toEqual(['wrong', 'wrong']);
  expect(await both(1)).toEqual(['right', 'right']);
  // What was right is there at once for a caller that comes later.
  expect(await passphrase('/k', 0)).toBe('right');
  expect(asked).toEqual(['Passphrase of /k:', 'Incorrect passphrase. Passphrase of /k:']);
  forget('/k');
  expect(await passphrase('/k', 0)).toBe('later');
  expect(asked).toHaveLength(3);
});
