import { isIP } from 'node:net';

const hint =
  'Use an IP address (10.0.0.42), a CIDR block (10.0.0.0/16) or a security group ID (sg-…).';

/**
 * What is wrong with `text` as a source that may reach the cluster, or `undefined` if it fits: an IPv4 or IPv6 address, a
 * network in CIDR notation, or a security group's id.
 */
export function accessSourceFault(text: string): { message: string; hint: string } | undefined {
  if (text.startsWith('sg-')) return undefined;
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = isIP(address);
  if (family === 0)
    return { message: 'is neither an IP address, a CIDR block nor a security group ID.', hint };
  if (slash < 0) return undefined;
  const bits = family === 4 ? 32 : 128;
  const length = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits)
    return { message: `must have a prefix length between 0 and ${bits} after the slash.`, hint };
  if (family === 4) {
    const network = networkOf(address, Number(length));
    if (network !== address)
      return {
        message: 'is an address inside a CIDR block, not the block itself.',
        hint: `Use ${network}/${length} for the whole block, or ${address}/32 for the single address.`,
      };
  }
  return undefined;
}

function networkOf(address: string, length: number): string {
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - length);
  const network = number - (number % size);
  return [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join('.');
}
