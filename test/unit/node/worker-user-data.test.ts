import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isClusterError } from '../../../src/model/errors.ts';
import { buildUserData } from '../../../src/node/bootstrap/user-data.ts';
import { workerUserData } from '../../../src/node/bootstrap/worker-user-data.ts';
import { nodeSettings } from './node-settings.ts';

/** What cloud-init reads: only a part that says so is quoted. */
function read(bytes: Uint8Array): string {
  return gunzipSync(bytes)
    .toString('utf8')
    .split(/^(?=Content-Type: )/m)
    .map((part) =>
      part.includes('\nContent-Transfer-Encoding: quoted-printable\n')
        ? part.replace(/=([0-9A-F]{2})/g, (_, code: string) =>
            String.fromCharCode(Number.parseInt(code, 16)),
          )
        : part,
    )
    .join('');
}

describe('the user data of further workers', () => {
  it('is the master’s with another role, and the master’s address', () => {
    const own = Buffer.from('#!/bin/bash\necho "größer"\n');
    const master = buildUserData(nodeSettings({ role: 'by-index', masterAddress: null }), own);
    const worker = read(workerUserData(master, '10.0.0.7'));
    expect(worker).toMatch(/^FIXED_ROLE=worker$/m);
    expect(worker).toMatch(/^FIXED_MASTER=10\.0\.0\.7$/m);
    const rest = (text: string): string =>
      text
        .replace(/^FIXED_(ROLE|MASTER)=.*$/gm, '')
        .replace(/^put beacon[\s\S]*?\nEND_OF_FILE_*\n/m, '');
    expect(rest(worker)).toBe(rest(read(master)));
    expect(worker).not.toContain('BaseHTTPRequestHandler');
    // What was made of it makes the same again.
    expect(read(workerUserData(workerUserData(master, '10.0.0.6'), '10.0.0.7'))).toBe(worker);
  });

  it('is refused where the master’s is none of ours', () => {
    for (const other of [Buffer.alloc(0), Buffer.from('#!/bin/sh\n'), gzipSync('#!/bin/sh\n')]) {
      let code = '';
      try {
        workerUserData(other, '10.0.0.7');
      } catch (error) {
        code = isClusterError(error) ? error.code : 'none of ours';
      }
      expect(code).toBe('CLUSTER_STATE_UNFIT');
    }
  });
});
