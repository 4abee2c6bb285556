import { BlockList, isIP } from 'node:net';

/**
 * Whether an address is in a network, of its own family.
 *
 * @param network as `10.0.0.0/8` or `fd00::/8`; nothing is in what is none
 */
export function isInNetwork(address: string, network: string): boolean {
  const [, base = '', prefix = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(network) ?? [];
  const version = isIP(address);
  if (version === 0 || isIP(base) !== version) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (Number(prefix) > (version === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(prefix), family);
  return list.check(address, family);
}
