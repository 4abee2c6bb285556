import { describe, expect, it } from 'vitest';
import { clusterLines } from '../../../src/cli/rendering/cluster-block.ts';
import { type Line, paint } from '../../../src/cli/rendering/palette.ts';
import { planLines } from '../../../src/cli/rendering/plan-block.ts';
import { doneLine, workersText } from '../../../src/cli/rendering/summary.ts';
import { clustersTable } from '../../../src/cli/rendering/tables/clusters-table.ts';
import { frame } from '../../../src/cli/rendering/views/frame.ts';
import { PlainView } from '../../../src/cli/rendering/views/plain-view.ts';
import { clusterHover } from '../../../src/extension/clusters/tree/tooltip.ts';
import type { EngineEvent } from '../../../src/model/events.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { Progress } from '../../../src/model/progress.ts';
import { formatCluster, formatWorkersState } from '../../../src/text/clusters.ts';
import { launchQuestion } from '../../../src/text/engine/change-questions.ts';
import { formatProgress } from '../../../src/text/progress.ts';
import { planFacts } from '../../../webview/config-form/plan-facts.ts';
import { LaunchView } from '../../../webview/launch-log/launch-view.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';
import { anEvent } from '../../helpers/events.ts';
import { ec2Plan, localPlan } from '../../helpers/plans.ts';
import { VirtualClock } from '../../helpers/virtual-clock.ts';

// One thing reads the same wherever it is seen: on the command line, in the tree, the form, the launch log and questions.

const startedAt = Date.parse('2026-05-04T10:00:00.000Z');
const written = (lines: readonly Line[]): string =>
  lines.map((line) => paint(line, false)).join('\n');

/** All that events make visible, by where. */
function seen(events: readonly EngineEvent[]): Record<string, string> {
  const progress = new Progress('demo', 'launch', startedAt);
  const page = new LaunchView({
    id: 'x',
    cluster: 'demo',
    startedAt: new Date(startedAt).toISOString(),
    usualSeconds: null,
  });
  let pipe = '';
  const clock = new VirtualClock();
  const plain = new PlainView({
    clusterFlags: [],
    output: {
      write: (text) => void (pipe += String(text)),
      isTTY: false,
      columns: undefined,
      rows: undefined,
    },
    color: false,
    clock,
    progress: new Progress('demo', 'launch', clock.now()),
    quiet: false,
  });
  for (const event of events) {
    progress.apply(event, Date.parse(event.time));
    page.apply(event);
    plain.notify(event);
  }
  plain.end();
  const now = Date.parse(events.at(-1)?.time ?? '');
  return {
    'picture in a terminal': written(frame(progress, now, { width: 200, height: 24 }, null)),
    'lines in a pipe': pipe,
    'head of the launch log': `${page.plan}\n${page.activity}`,
    'lines of the launch log': page.lines.join('\n'),
    'lanes of the launch log': page.lanes.map(({ text }) => text).join('\n'),
    'notification and status bar': formatProgress(progress),
  };
}

/** All that shows a plan before it is carried out. */
function shown(plan: Plan): Record<string, string> {
  const { rows, price, priceParts } = planFacts(plan);
  const { text, detail } = launchQuestion(plan);
  return {
    'plan on the command line': written(planLines(plan, 200, [])),
    form: [...rows.flat(), price, ...priceParts].join('\n'),
    question: `${text}\n${detail}`,
  };
}

function expectIn(places: Readonly<Record<string, string>>, text: string): void {
  const without = Object.entries(places).filter(([, content]) => !content.includes(text));
  expect(without).toEqual([]);
}

function pick(
  places: Readonly<Record<string, string>>,
  ...names: readonly string[]
): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, places[name] ?? '']));
}

const workers = ['worker-1', 'worker-2'].map((name) =>
  aNode(name, { instanceType: 'r7g.2xlarge', market: 'spot', cores: 8, memoryMiB: 65_536 }),
);
const onEc2 = aCluster('demo', {
  provider: 'ec2',
  region: 'us-east-1',
  pricePerHour: 0.0341,
  master: aNode('master', { instanceType: 'm7g.large', market: 'on-demand' }),
  workers,
  launchedAt: new Date(startedAt).toISOString(),
});

describe('the same plan, everywhere', () => {
  const events = (plan: Plan) => seen([anEvent('plan.ready', { plan })]);
  const linesOfPlan = [
    'picture in a terminal',
    'lines in a pipe',
    'head of the launch log',
    'lines of the launch log',
  ];

  it('has one shape, that of the cluster that comes of it', () => {
    const shape = '1 × m7g.large + 2 × r7g.2xlarge (spot)';
    expectIn(
      {
        ...pick(events(ec2Plan), ...linesOfPlan),
        ...pick(shown(ec2Plan), 'question'),
        tree: formatCluster(onEc2, startedAt),
      },
      shape,
    );
    const local = aCluster('demo', {
      workers: ['worker-1', 'worker-2'].map((name) => aNode(name, { cores: 1, memoryMiB: 1536 })),
    });
    expectIn(
      { ...pick(events(localPlan), ...linesOfPlan), tree: formatCluster(local, startedAt) },
      '1 + 2 × 1 core, 1.5 GiB',
    );
  });

  it('has one price, known or not', () => {
    const places = (plan: Plan) => ({ ...pick(events(plan), ...linesOfPlan), ...shown(plan) });
    expectIn(
      {
        ...places(ec2Plan),
        hover: clusterHover(onEc2).rows.flat().join('\n'),
        table: written(clustersTable([onEc2], startedAt, 200)),
        block: written(clusterLines(onEc2, startedAt, 200)),
      },
      '$0.034/h',
    );
    expectIn(places({ ...ec2Plan, price: null }), 'Price unavailable');
    const { 'plan on the command line': plan = '', form = '' } = shown(localPlan);
    expectIn({ plan, form }, 'No charge (runs locally)');
    expectIn(shown(ec2Plan), '2 × r7g.2xlarge, spot: $0.020/h');
  });

  it('has one place', () =>
    expectIn(
      {
        ...pick(events(ec2Plan), ...linesOfPlan),
        ...shown(ec2Plan),
        hover: clusterHover(onEc2).rows.flat().join('\n'),
        block: written(clusterLines(onEc2, startedAt, 200)),
      },
      'EC2 us-east-1',
    ));

  it('has the same nodes, sizes, software and download on the command line and in the form', () => {
    const both = (plan: Plan) => pick(shown(plan), 'plan on the command line', 'form');
    expectIn(both(ec2Plan), '1 × m7g.large · 2 cores, 8 GiB');
    expectIn(both(ec2Plan), '2 × r7g.2xlarge (spot) · 8 cores, 64 GiB each');
    expectIn(both(ec2Plan), 'HDFS 3.4.2');
    expectIn(both(ec2Plan), 'Size unknown');
    expectIn(both(localPlan), '2 processes · 1 core, 1.5 GiB each');
    expectIn(both(localPlan), 'Java 17.0.12');
    expectIn(both(localPlan), '437 MB');
  });
});

describe('the same cluster, everywhere', () => {
  it('has one state in words', () => {
    for (const [state, text] of [
      ['running', 'Running'],
      ['half-launched', 'Launch incomplete'],
      ['mixed', 'Partially running'],
      ['malformed', 'Invalid'],
    ] as const) {
      const cluster = { ...onEc2, state };
      expectIn(
        {
          tree: formatCluster(cluster, startedAt),
          hover: clusterHover(cluster).heading,
          table: written(clustersTable([cluster], startedAt, 200)),
        },
        text,
      );
    }
  });

  it('has one size', () =>
    expectIn(
      {
        tree: formatWorkersState(onEc2),
        hover: clusterHover(onEc2).rows.flat().join('\n'),
        result: workersText(onEc2),
      },
      '16 cores, 128 GiB',
    ));

  it('has one age', () =>
    expectIn(
      {
        tree: formatCluster(onEc2, startedAt + 7_860_000),
        table: written(clustersTable([onEc2], startedAt + 7_860_000, 200)),
        block: written(clusterLines(onEc2, startedAt + 7_860_000, 200)),
      },
      '2 h 11 min',
    ));
});

describe('the same moment of a launch, everywhere', () => {
  const after = (seconds: number): string => new Date(startedAt + seconds * 1000).toISOString();
  const phase = (node: string, name: 'starting' | 'alive', seconds: number): EngineEvent =>
    anEvent('node.phase', { node, phase: name, detail: null }, after(seconds));
  const begun = [
    anEvent('plan.ready', { plan: localPlan }, after(0)),
    anEvent('download.progress', { what: 'Spark', source: 'a', bytes: 0, total: 4e8 }, after(1)),
  ];

  it('has one phase, and one duration', () => {
    const places = seen([
      ...begun,
      anEvent('download.finished', { what: 'Spark', source: 'a', seconds: 130 }, after(131)),
      ...['master', 'worker-1', 'worker-2'].map((node) => phase(node, 'starting', 132)),
      ...['master', 'worker-1'].map((node) => phase(node, 'alive', 140)),
    ]);
    const { 'picture in a terminal': picture = '', ...others } = pick(
      places,
      'picture in a terminal',
      'lines in a pipe',
      'lines of the launch log',
    );
    expectIn(
      { picture, ...others, result: written([doneLine('demo', 'was done', 130)]) },
      '2 min 10 s',
    );
    expectIn(
      pick(places, 'picture in a terminal', 'lines of the launch log', 'lanes of the launch log'),
      'Ready',
    );
    expectIn(
      pick(places, 'head of the launch log', 'notification and status bar'),
      '2 of 3 nodes ready',
    );
    expect(picture).toMatch(/Ready .* 2 of 3/);
  });

  it('cleans up in the same words', () =>
    expectIn(
      pick(
        seen([...begun, anEvent('cleanup.started', { reason: 'stopped' }, after(2))]),
        'picture in a terminal',
        'lines in a pipe',
        'head of the launch log',
        'lines of the launch log',
        'notification and status bar',
      ),
      'Cleaning up',
    ));
});
