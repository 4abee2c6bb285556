import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Flintrock, isClusterError } from '../../../src/index.ts';
import { RecordingHost } from '../../helpers/recording-host.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** What an engine says that asks a server which answers everything in one way. */
async function listing(status: number, type: string, body: string): Promise<string> {
  server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const flintrock = new Flintrock({
    host: new RecordingHost(),
    surroundings: {
      home: '/nonexistent',
      cwd: '/nonexistent',
      env: {
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_REGION: 'us-east-1',
      },
      // Retries wait, which takes no time here.
      clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    },
  });
  try {
    const { clusters } = await flintrock.describe(undefined, { values: { provider: 'ec2' } });
    return `${clusters.length} clusters`;
  } catch (error) {
    return isClusterError(error) ? `${error.code}: ${error.message}` : String(error);
  }
}

const xml = (inner: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${inner}</DescribeInstancesResponse>`;

describe('an answer in AWS’s place', () => {
  it.each([
    ['a login page with 200', 200, 'text/html', '<!DOCTYPE html><html><body>Log in</body></html>'],
    ['a login page that is XML', 200, 'text/html', '<?xml version="1.0"?><html></html>'],
    ['a gateway’s page with 502', 502, 'text/html', '<html><h1>502 Bad Gateway</h1></html>'],
    ['nothing at all', 200, 'text/xml', ''],
    ['words', 200, 'text/plain', 'OK'],
    ['a redirect', 302, 'text/html', '<html>Moved</html>'],
  ])('%s is an error, and never an empty list', async (_, status, type, body) => {
    expect(await listing(status, type, body)).toMatch(
      /^AWS_UNREACHABLE: The response to ec2:DescribeInstances did not come from AWS: HTTP \d+ with /,
    );
  });

  it('that is AWS’s own is read, with clusters or without', async () => {
    expect(await listing(200, 'text/xml', xml('<reservationSet/>'))).toBe('0 clusters');
  });

  it.each([
    [503, ''],
    [
      403,
      '<Response><Errors><Error><Code>UnauthorizedOperation</Code></Error></Errors></Response>',
    ],
  ])('that is an error of AWS’s (%i) stays one', async (status, body) => {
    expect(await listing(status, 'text/xml', body)).toMatch(
      /^AWS_(REQUEST_FAILED|PERMISSION_DENIED)/,
    );
  });
});
