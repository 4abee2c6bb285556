import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bootstrapScript } from '../../../src/node/bootstrap/bootstrap.ts';
import { readConfiguration } from '../../../src/node/bootstrap/launch-record.ts';
import { buildUserData, userDataLimit } from '../../../src/node/bootstrap/user-data.ts';
import { nodeSettings } from './node-settings.ts';

interface Part {
  readonly type: string;
  readonly text: string;
}

// Reads a document as cloud-init does: unpack, decode as UTF-8, walk over the parts of a message.
const reader = `
import email, gzip, json, sys
text = gzip.decompress(sys.stdin.buffer.read()).decode('utf-8')
parts = []
for part in email.message_from_string(text).walk():
    if part.is_multipart(): continue
    parts.append({'type': part.get_content_type(), 'text': part.get_payload(decode=True).decode(part.get_content_charset() or 'utf-8')})
print(json.dumps(parts))
`;

function read(data: Uint8Array): Part[] {
  const { stdout, stderr } = spawnSync('python3', ['-c', reader], { input: data });
  expect(stderr.toString()).toBe('');
  return JSON.parse(stdout.toString()) as Part[];
}

/** What comes of the user's own user data. */
function own(data: string | Uint8Array): Part[] {
  const parts = read(buildUserData(nodeSettings(), Buffer.from(data)));
  expect(parts[0]?.type).toBe('text/cloud-boothook');
  expect(parts.at(-1)?.type).toBe('text/cloud-config');
  return parts.slice(1, -1);
}

describe('user data', () => {
  it('carries the bootstrap and the host key', () => {
    const settings = nodeSettings();
    const parts = read(buildUserData(settings, null));
    expect(parts.map(({ type }) => type)).toEqual(['text/cloud-boothook', 'text/cloud-config']);
    expect(parts[0]?.text).toBe(bootstrapScript(settings, { givesHostKey: true }));
    const [, config] = parts;
    // cloud-init makes the public half itself.
    expect(config?.text).not.toContain(settings.hostKey.publicKey);
    expect(config?.text).toContain(settings.hostKey.privateKey.trim().split('\n').join('\n    '));
    expect(config?.text).toContain(settings.authorizedKey);
  });

  it('leaves room to the user, at the price of the beacon’s program', () => {
    // Random digits, of which compression leaves about half.
    const script = (bytes: number): string =>
      `#!/bin/sh\n: ${randomBytes(bytes).toString('hex')}\n`;
    const lifetime = { idleSeconds: 1800, longestSeconds: 28_800, cost: null };
    for (const [bytes, withBeacon, settings] of [
      // Keys are random, and by some bytes more or less than others: nothing here is at the very limit.
      [0, true, nodeSettings({ authorizedKey: null })],
      [0, false, nodeSettings({ lifetime })],
      [2500, false, nodeSettings()],
      [2000, false, nodeSettings({ lifetime })],
    ] as const) {
      const own = script(bytes);
      const data = buildUserData(settings, Buffer.from(own));
      expect(data.length).toBeLessThanOrEqual(userDataLimit);
      const parts = read(data);
      expect(parts[0]?.text).toBe(bootstrapScript(settings, { withBeacon, givesHostKey: true }));
      expect(parts[1]?.text).toBe(own);
    }
  });

  it('has properties in it, and says so if they are too long', () => {
    const properties = (count: number): Record<string, string> =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`spark.x${n}`, randomBytes(20).toString('hex')]),
      );
    const few = nodeSettings({ configuration: { 'spark-defaults': properties(30) } });
    expect(readConfiguration(buildUserData(few, null))).toEqual(few.configuration);
    const configuration = { 'spark-defaults': properties(400), 'spark-env': { A: '1' } };
    const build = (own: string | null): Uint8Array =>
      buildUserData(nodeSettings({ configuration }), own === null ? null : Buffer.from(own));
    expect(() => build(null)).toThrow(
      /^The properties of spark-defaults, spark-env have \d+ bytes after compression, but only about [234]\d{3} of/,
    );
    expect(() => build('#!/bin/sh\n')).toThrow(
      /^Your user data and the properties of spark-defaults, spark-env have/,
    );
  });

  it.each([
    ['#!/bin/sh\necho hello\n', 'text/x-shellscript'],
    ['\n#!/bin/sh\necho hello', 'text/x-shellscript'],
    ['#!/bin/bash\r\necho hello\r\n', 'text/x-shellscript'],
    ['#cloud-config\npackages: [htop]\n', 'text/cloud-config'],
    ['#Cloud-Config\npackages: [htop]\n', 'text/cloud-config'],
    ['#cloud-config-archive\n- type: text/x-shellscript\n', 'text/cloud-config-archive'],
    ['#cloud-boothook\necho hello\n', 'text/cloud-boothook'],
    ['#include\nhttps://example.com/setup.sh\n', 'text/x-include-url'],
    ['#include-once\nhttps://example.com/setup.sh\n', 'text/x-include-once-url'],
    ['#part-handler\ndef list_types(): return []\n', 'text/part-handler'],
    ['## template: jinja\n#cloud-config\nfqdn: {{ v1.region }}\n', 'text/jinja2'],
  ])('keeps the type of %j', (text, type) => {
    expect(own(text)).toEqual([{ type, text }]);
    expect(own(gzipSync(text))).toEqual([{ type, text }]);
  });

  it.each([
    '#!/bin/sh\necho "größer, 大きい, 🚀" = "=C3"  \n\techo \t\n',
    '#!/bin/sh\n# Ünd kein Zeilenende ',
    `#!/bin/sh\n--=flintrock\n--\n${'x'.repeat(5000)}\n`,
  ])('keeps every byte of %j', (text) => {
    expect(own(text)).toEqual([{ type: 'text/x-shellscript', text }]);
  });

  it('keeps the parts of a document', () => {
    const document = `From nobody Tue Dec  3 12:00:00 2024
Content-Type: multipart/mixed; boundary="===1=="
MIME-Version: 1.0

--===1==
Content-Type: text/x-shellscript; charset="us-ascii"
MIME-Version: 1.0
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="a.sh"

${Buffer.from('#!/bin/sh\necho hello\n').toString('base64')}
--===1==
Content-Type: text/cloud-config

#cloud-config
packages: [htop]

--===1==--
`;
    const expected = [
      { type: 'text/x-shellscript', text: '#!/bin/sh\necho hello\n' },
      { type: 'text/cloud-config', text: '#cloud-config\npackages: [htop]\n' },
    ];
    expect(own(document)).toEqual(expected);
    expect(own(gzipSync(document))).toEqual(expected);
  });

  it('has nothing where the user’s is empty', () => {
    expect(own('')).toEqual([]);
    expect(own('\n \n')).toEqual([]);
  });

  it.each([
    ['echo hello\n', /begins with "echo hello"/],
    ['<powershell>\n', /begins with "<powershell>"/],
    [Buffer.from([0x1f, 0x8b, 1, 2, 3]), /can’t be decompressed/],
    [gzipSync(Buffer.alloc(8 * 1024 * 1024)), /can’t be decompressed/],
    [Buffer.from([0x23, 0x21, 0xff, 0xfe]), /not UTF-8 text/],
  ])('refuses what is no user data (%#)', (data, message) => {
    expect(() => buildUserData(nodeSettings(), Buffer.from(data))).toThrow(
      expect.objectContaining({
        code: 'USER_DATA_INVALID',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });

  it('says how much room there is', () => {
    // Random, so that it can't be made smaller.
    const noise = Array.from({ length: 12_000 }, () => Math.random().toString(36)).join('\n');
    const script = `#!/bin/sh\n: ${noise}`;
    expect(() => buildUserData(nodeSettings(), Buffer.from(script))).toThrow(
      expect.objectContaining({
        code: 'USER_DATA_TOO_LARGE',
        message: expect.stringMatching(
          /has \d{5,6} bytes after compression, but only about [3-9]\d{3} of EC2’s limit of 16384 bytes/,
        ) as string,
      }) as Error,
    );
  });

  it('holds nothing in the clear that a boundary could be confused with', () => {
    const text = gunzipSync(buildUserData(nodeSettings(), null)).toString();
    const boundary = /boundary="([^"]+)"/.exec(text)?.[1] ?? '';
    expect(text.split(`--${boundary}`)).toHaveLength(4);
  });
});
