import { JobFrames, type LastFrame } from '../../src/node/jobs/job-frames.ts';

/** What the frames of a followed job say, however they were cut into pieces; bytes stand as Latin-1. */
export function readFrames(...chunks: readonly Uint8Array[]): {
  readonly stdout: string;
  readonly stderr: string;
  readonly cuts: readonly string[];
  readonly last: LastFrame | undefined;
} {
  const texts = { stdout: '', stderr: '' };
  const cuts: string[] = [];
  const frames = new JobFrames({
    output: (stream, bytes) => {
      texts[stream] += Buffer.from(bytes).toString('latin1');
      return undefined;
    },
    cut: (stream, bytes) => void cuts.push(`${stream} ${bytes}`),
  });
  for (const chunk of chunks) void frames.push(chunk);
  return { ...texts, cuts, last: frames.last };
}
