import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { ClusterError, isClusterError } from '../../../model/errors.ts';
import { setOption } from '../../../model/remedy.ts';
import { fetchText, type WebAccess } from '../../../node/bootstrap/download.ts';

/** AWS's own page that says where a request came from, in one line. */
const checkPage = 'https://checkip.amazonaws.com/';

/**
 * This machine's address as the world sees it: `FLINTROCK_CLIENT_ADDRESS`, for users behind a VPN that shows another one,
 * else what AWS sees.
 *
 * @throws ClusterError `CLIENT_ADDRESS_UNKNOWN`
 */
export async function clientAddress(web: WebAccess): Promise<string> {
  const given = web.env['FLINTROCK_CLIENT_ADDRESS'];
  const seen = given ?? (await fetchText(checkPage, web).catch((error: unknown) => unknown(error)));
  const address = (seen ?? '').trim();
  if (isIP(address) === 0) unknown(new Error(`"${address}" is not an IP address`));
  return address;
}

/**
 * This machine's address on the way to another one, as the system would choose it: what hosts see of it inside one network, or behind
 * a VPN that translates nothing. Nothing is sent.
 *
 * @returns `undefined` if there is no way
 */
export function addressTowards(host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
    socket.once('error', () => {
      socket.close();
      resolve(undefined);
    });
    // A connected datagram socket only settles the route.
    socket.connect(9, host, () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
  });
}

/** One address as a network, as a security group's rule wants it. */
export function asNetwork(source: string): string {
  if (source.includes('/')) return source;
  return `${source}/${isIP(source) === 6 ? 128 : 32}`;
}

function unknown(error: unknown): never {
  throw new ClusterError(
    'CLIENT_ADDRESS_UNKNOWN',
    `This machine’s public IP address could not be determined (${(error as Error).message}).`,
    {
      cause: error,
      remedies: [
        ...(isClusterError(error) ? error.remedies : []),
        setOption(
          'Configure where SSH access is allowed from.',
          'providers.ec2.authorize-access-from',
          '203.0.113.7/32',
        ),
      ],
    },
  );
}
