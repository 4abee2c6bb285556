import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Output } from '../../../src/cli/io.ts';
import { clusterLines } from '../../../src/cli/rendering/cluster-block.ts';
import { errorLines } from '../../../src/cli/rendering/errors.ts';
import type { Line } from '../../../src/cli/rendering/palette.ts';
import { clustersTable } from '../../../src/cli/rendering/tables/clusters-table.ts';
import { warningLines } from '../../../src/cli/rendering/warnings.ts';
import {
  writeJson,
  writeLine,
  writeProgramBytes,
  writeProgramText,
} from '../../../src/cli/rendering/write.ts';
import { ClusterError } from '../../../src/model/errors.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';

/** What a colleague, a job or a server may write. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '\u001B[2J\u001B[H',
    '\u009B31m',
    '\u001B]0;title\u0007',
    '\u001B]8;;http://evil\u001B\\link',
    'a\rb',
    'a\bb',
    '\u202Egnp.exe',
    'a\u200Bb',
    'line\nerror: forged',
    '\u0090q\u009C',
  ),
);

/** Anything that a terminal obeys, or that isn't seen, but line feeds. */
const obeyed =
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/;

/** An output that keeps what is written. */
class Kept implements Output {
  text = '';
  readonly columns = 80;
  readonly rows = 24;
  constructor(readonly isTTY: boolean) {}
  write(text: string | Uint8Array): void {
    this.text += String(Buffer.from(text as Uint8Array));
  }
}

function printed(lines: readonly Line[]): string {
  const output = new Kept(true);
  for (const line of lines) writeLine(output, line, false);
  return output.text;
}

describe('what others wrote', () => {
  it('reaches a terminal as text, and forges no line', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (one, two, three) => {
        const cluster = aCluster(one, {
          state: 'degraded',
          reason: two,
          tags: { [one]: two },
          region: three,
          services: [{ name: one, version: two, healthy: true, ui: three }],
          workers: [aNode('worker-1', { reason: three, instanceType: one })],
          foreign: [{ id: one, state: two, reason: three, isInGroup: true }],
        });
        const blocks = [
          clusterLines(cluster, 0, 80),
          clustersTable([cluster], 0, 80),
          warningLines(
            {
              code: 'warning',
              kind: 'INTERNAL',
              message: one,
              remedies: [{ text: two }],
              time: '',
              cluster: three,
              provider: 'ec2',
            },
            [],
          ),
        ];
        for (const lines of blocks) {
          const text = printed(lines);
          expect(text).not.toMatch(obeyed);
          expect(text.split('\n')).toHaveLength(lines.length + 1);
        }
        const error = new ClusterError('CLEANUP_INCOMPLETE', one, {
          remedies: [{ text: two }],
          details: { left: [three] },
        });
        expect(printed(errorLines(error, 80, []))).not.toMatch(obeyed);
      }),
      { numRuns: 300 },
    );
  });

  it('is JSON that a terminal shows as it is, and a program reads as it was', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const output = new Kept(true);
        writeJson(output, { text });
        expect(output.text.slice(0, -1)).not.toMatch(obeyed);
        expect(JSON.parse(output.text)).toEqual({ text });
      }),
    );
  });

  it('that is the output of a program goes byte for byte into a pipe, and as text to a terminal', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [pipe, terminal] = [new Kept(false), new Kept(true)];
        for (const output of [pipe, terminal]) {
          writeProgramBytes(output, Buffer.from(text));
          writeProgramText(output, text);
        }
        expect(pipe.text).toBe(text);
        expect(terminal.text.replaceAll(/[\r\t]/g, '')).not.toMatch(obeyed);
      }),
    );
  });
});
