import { describe, expect, it } from 'vitest';
import { asNetwork, clientAddress } from '../../../src/providers/ec2/security/client-address.ts';

const signal = new AbortController().signal;

describe('clientAddress', () => {
  it.each(['203.0.113.7', '2001:db8::7'])('takes %s from the environment', async (address) => {
    const env = { FLINTROCK_CLIENT_ADDRESS: ` ${address}\n` };
    expect(await clientAddress({ env, signal })).toBe(address);
  });

  it.each(['nonsense', '203.0.113', '0.0.0.0/0', ''])('refuses %j', async (given) => {
    const env = { FLINTROCK_CLIENT_ADDRESS: given };
    await expect(clientAddress({ env, signal })).rejects.toMatchObject({
      code: 'CLIENT_ADDRESS_UNKNOWN',
      remedies: [{ action: { option: 'providers.ec2.authorize-access-from' } }],
    });
  });
});

describe('asNetwork', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    ['2001:db8::7', '2001:db8::7/128'],
    ['10.0.0.0/8', '10.0.0.0/8'],
  ])('%s is %s', (source, network) => {
    expect(asNetwork(source)).toBe(network);
  });
});
