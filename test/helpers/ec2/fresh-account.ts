import { afterAll, beforeAll, beforeEach } from 'vitest';
import { Account, fastClock, type Person } from './account.ts';

/**
 * An empty account without machines behind its instances, and a person whose waits are over eight times as fast, before each test of a
 * file.
 *
 * @param take is given both, before each test
 */
export function freshAccount(take: (account: Account, person: Person) => void): void {
  let account: Account;
  beforeAll(async () => {
    account = await Account.open();
  });
  beforeEach(async () => {
    await account.reset({ hosts: false });
    take(account, account.person({}, fastClock(8)));
  });
  afterAll(() => account.reset());
}
