import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplainResult, FindingKind } from '../../src/index.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { inSteps } from '../helpers/steps.ts';

const start = `from pyspark.sql import SparkSession
from pyspark.sql import functions as f
spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext
`;

/** Jobs that are made wrong, each in one way. */
const shapes: readonly {
  readonly kind: FindingKind;
  readonly job: string;
  readonly conf?: Readonly<Record<string, string>>;
}[] = [
  {
    kind: 'failed-tasks',
    job: `def price(text):
    return float(text)
context.parallelize([str(i) for i in range(99)] + ['n/a'], 8).map(price).sum()
`,
  },
  {
    kind: 'idle-cores',
    job: `def work(i):
    return sum((i * step) % 7 for step in range(700))
print(context.parallelize(range(60000), 1).map(work).sum())
`,
  },
  {
    kind: 'skew',
    job: `def work(pair):
    return sum((value * step) % 7 for value in pair[1] for step in range(300))
pairs = context.parallelize(range(160000), 8).map(lambda i: (0 if i % 10 else i % 80, i))
print(pairs.groupByKey(8).map(work).sum())
`,
  },
  {
    kind: 'spill',
    job: `text = f.lpad(f.hash('id').cast('string'), 300, '0')
rows = spark.range(0, 600000, 1, 4).select(f.hash('id').alias('key'), text.alias('text'))
rows.repartition(4, 'key').sortWithinPartitions('text').write.format('noop').mode('overwrite').save()
`,
    conf: { 'spark.executor.memory': '512m', 'spark.memory.fraction': '0.2' },
  },
];

describe('the history of a local cluster', () => {
  inSteps();
  const lab = new LocalLab();
  const { flintrock, host } = lab.open();
  const explained = new Map<string, ExplainResult>();

  beforeAll(async () => {
    await flintrock.launch('demo', {
      values: {
        provider: 'local',
        numWorkers: 2,
        localWorkerCores: 2,
        localWorkerMemory: 1024,
      },
    });
  });
  afterAll(() => lab.close());

  const write = (name: string, text: string): string => {
    const path = join(lab.home, name);
    writeFileSync(path, start + text);
    return path;
  };

  it('is empty before anything has run', async () => {
    await expect(flintrock.explain('demo')).rejects.toMatchObject({
      code: 'APPLICATION_NOT_FOUND',
    });
  });

  it.each(shapes)('has $kind as the first finding of a job that is made so', async (shape) => {
    const file = write(`${shape.kind}.py`, shape.job);
    const { exitCode, job } = await flintrock.submit('demo', { file, conf: shape.conf });
    expect(exitCode === 0).toBe(shape.kind !== 'failed-tasks');
    const result = await flintrock.explain('demo', { application: job });
    expect(result.application.job).toBe(job);
    explained.set(result.application.id, result);
    const [first] = result.findings;
    expect(first?.kind).toBe(shape.kind);
    expect(result.application.skippedEvents).toBe(0);
    expect(result.application.endedAt).not.toBeNull();
    expect(result.use).toMatchObject({ isFree: true, dollars: null });
    if (first?.kind === 'failed-tasks')
      expect(first).toMatchObject({
        severity: 'error',
        isFatal: true,
        tasks: 4,
        error: "ValueError: could not convert string to float: 'n/a'",
        python: { file, line: 6, function: 'price', code: 'return float(text)' },
      });
    else expect(first?.settings[0]?.value).not.toBeNull();
  });

  it('tells of a job that waits while another one holds all cores, as long as it does', async () => {
    const gate = join(lab.home, 'gate');
    const holder = write(
      'holder.py',
      `import os, time
context.parallelize(range(4), 4).sum()
print('holds', flush=True)
while not os.path.exists('${gate}'):
    time.sleep(0.1)
`,
    );
    const waiter = write('waiter.py', 'print(context.parallelize(range(4), 4).sum())\n');
    // Others would give cores back that they don’t use.
    const conf = { 'spark.dynamicAllocation.enabled': 'false' };
    const holding = flintrock.submit('demo', { file: holder, conf });
    await expect
      .poll(() => host.of('job.output').some(({ text }) => text.includes('holds')), {
        timeout: 120_000,
      })
      .toBe(true);
    const waiting = flintrock.submit('demo', { file: waiter });
    const first = async (): Promise<unknown> => (await flintrock.explain('demo')).findings[0];
    await expect
      .poll(first, { timeout: 120_000, interval: 2_000 })
      .toMatchObject({ kind: 'waiting-for-cores', isWaiting: true });
    writeFileSync(gate, '');
    expect((await holding).exitCode).toBe(0);
    expect((await waiting).exitCode).toBe(0);
    const { findings } = await flintrock.explain('demo');
    expect(findings[0]).toMatchObject({ kind: 'waiting-for-cores', isWaiting: false });
  });

  it('comes home when the cluster is destroyed, and says the same', async () => {
    const { history } = await flintrock.destroy('demo');
    expect(history).toMatchObject({ applications: 6 });
    expect(host.of('history.saved')).toMatchObject([{ applications: 6 }]);
    for (const [application, before] of explained) {
      const after = await flintrock.explain('demo', { application });
      expect(after.savedAt).not.toBeNull();
      expect(after.findings).toEqual(before.findings);
      expect(after.use).toEqual(before.use);
    }
  });

  it('is shown without any cluster, and the server ends with who asked for it', async () => {
    const saved = await flintrock.openSavedHistory('demo');
    const all = await flintrock.openSavedHistory();
    try {
      expect(saved.applications).toBe(6);
      for (const { pages } of [saved, all]) {
        const listed = async (): Promise<readonly string[]> => {
          const reply = await fetch(`${pages[0]?.address ?? ''}api/v1/applications`);
          return ((await reply.json()) as { id: string }[]).map(({ id }) => id);
        };
        // It has read the last of them a little after its page is there.
        await expect
          .poll(listed, { timeout: 60_000 })
          .toEqual(expect.arrayContaining([...explained.keys()]));
      }
    } finally {
      await saved.close();
      await all.close();
    }
    expect(lab.processes()).toEqual([]);
  });
});
