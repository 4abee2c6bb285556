import {
  type Cluster,
  type ClusterNode,
  nodesOf,
  type NodeState,
} from '../../model/cluster/cluster.ts';
import { costSoFar } from '../../model/cluster/cost.ts';
import { formatBlocks } from '../../text/clusters.ts';
import { formatCount } from '../../text/counts.ts';
import { formatApproximateDuration } from '../../text/durations.ts';
import { formatLifetime } from '../../text/lifetimes.ts';
import { formatDollars, formatHourlyPrice } from '../../text/money.ts';
import { formatPlace } from '../../text/places.ts';
import { formatConfiguration, formatSoftware } from '../../text/plans.ts';
import { formatNodeKind } from '../../text/shapes.ts';
import { formatMemory } from '../../text/sizes.ts';
import { formatState } from '../../text/states.ts';
import type { Line, Span, Style } from './palette.ts';
import { oneLine, padEnd, wrap } from './text-layout.ts';
import { cutText } from './width.ts';

/** How much of an application's name is shown, in characters. */
const longestName = 32;
/** So many applications are shown. */
const mostApplications = 10;

const styles: Readonly<Partial<Record<Cluster['state'] | NodeState, Style>>> = {
  running: 'green',
  degraded: 'yellow',
  mixed: 'yellow',
  'half-launched': 'yellow',
  malformed: 'red',
  dead: 'red',
};

/** Text in the colour of a state; the state itself, if no other text is given. */
export function stateSpan(state: Cluster['state'] | NodeState, text = formatState(state)): Span {
  const style = styles[state];
  return style === undefined ? [text] : [text, style];
}

/** The head of a sentence about a cluster: `demo is running`. */
function stateSentence({ name, state }: Cluster): Span[] {
  // The only state whose label isn't an adjective.
  if (state === 'half-launched')
    return [[name, 'bold'], [' was '], stateSpan(state, 'launch not completed')];
  return [[name, 'bold'], [' is '], stateSpan(state, formatState(state).toLowerCase())];
}

/** One cluster, all that is known of it. */
export function clusterLines(cluster: Cluster, now: number, width: number): Line[] {
  const nodes = nodesOf(cluster);
  const since =
    cluster.launchedAt === null
      ? ''
      : `, launched ${formatApproximateDuration((now - Date.parse(cluster.launchedAt)) / 1000)} ago`;
  const { lifetime = null } = cluster;
  const head: Line = [
    ...stateSentence(cluster),
    [` (${formatPlace(cluster)}${priceText(cluster, now)}${since})`],
  ];
  // What a node's own line says isn't said twice.
  const reasons = nodes.flatMap(({ name, reason }) =>
    reason === null ? [] : `${name}: ${reason}`,
  );
  const others = (cluster.foreign ?? []).map(({ id, reason }) => `${id}: ${reason}`);
  const reason =
    cluster.reason === null || [reasons, others].some((said) => said.join('; ') === cluster.reason)
      ? []
      : [cluster.reason];
  const end = lifetime === null ? [] : [formatLifetime(lifetime, now)];
  return [
    head,
    ...[...reason, ...end]
      .flatMap((text) => wrap(oneLine(text), width - 2))
      .map((text): Line => [[`  ${text}`]]),
    ...blockOf(nodes.length === 0 ? [] : nodeLines(nodes, width)),
    ...blockOf(foreignLines(cluster, width)),
    ...blockOf(
      cluster.services
        // On EC2 nothing but SSH is open.
        .map((service) => (cluster.provider === 'local' ? service : { ...service, ui: null }))
        .flatMap(serviceLines(width)),
    ),
    ...blockOf(
      (cluster.packages ?? []).map((name, index): Line => [
        [`  ${index === 0 ? 'packages  ' : '          '}`, 'dim'],
        [oneLine(name)],
      ]),
    ),
    ...blockOf(
      (cluster.pythonPackages ?? []).map((name, index): Line => [
        [`  ${index === 0 ? 'Python    ' : '          '}`, 'dim'],
        [oneLine(name)],
      ]),
    ),
    ...blockOf(
      cluster.eventLogFolder === undefined
        ? []
        : [[['  event logs  ', 'dim'], [oneLine(cluster.eventLogFolder)]] satisfies Line],
    ),
    ...blockOf(
      formatConfiguration(cluster.configuration)
        .flatMap((text) => wrap(oneLine(text), width - 12))
        .map((text, index): Line => [
          [`  ${index === 0 ? 'settings  ' : '          '}`, 'dim'],
          [text],
        ]),
    ),
    ...blockOf(applicationLines(cluster, now, width)),
    ...blockOf(
      Object.entries(cluster.tags).map(([key, value], index): Line => [
        [`  ${index === 0 ? 'tags  ' : '      '}`, 'dim'],
        [oneLine(`${key}=${value}`)],
      ]),
    ),
  ];
}

/** What runs on a cluster, who holds most of it first: `the holder  4 cores, 2 GiB per executor  ann  12 min`. */
function applicationLines({ applications = [] }: Cluster, now: number, width: number): Line[] {
  const sorted = [...applications].sort((a, b) => b.cores - a.cores);
  const lines = sorted.slice(0, mostApplications).map((application, index): Line => {
    const { name, id, cores, executorMemoryMiB = 0, user = '', startedAt = null } = application;
    const memory =
      executorMemoryMiB === 0 ? '' : `, ${formatMemory(executorMemoryMiB)} per executor`;
    const time =
      startedAt === null
        ? ''
        : formatApproximateDuration(Math.max(0, (now - Date.parse(startedAt)) / 1000));
    const rest = [`${formatCount(cores, 'core')}${memory}`, oneLine(user), time, id].filter(
      Boolean,
    );
    const head = `  ${index === 0 ? 'applications  ' : '              '}`;
    return [
      [head, 'dim'],
      [cutText(`${cutText(oneLine(name), longestName)}  ${rest.join('  ')}`, width - head.length)],
    ];
  });
  const more = applications.length - lines.length;
  return more > 0 ? [...lines, [[`                ${more} more`, 'dim']]] : lines;
}

/** Instances that carry the cluster's name and aren't its nodes. */
function foreignLines({ foreign = [] }: Cluster, width: number): Line[] {
  if (foreign.length === 0) return [];
  return [
    [['  Instances that have the cluster’s name in their tags but aren’t its nodes:', 'yellow']],
    ...foreign
      .flatMap(({ id, state, reason }) => wrap(`${id}  ${state}  ${oneLine(reason)}`, width - 4))
      .map((text): Line => [[`    ${text}`]]),
  ];
}

/** What it costs, and about what it has cost so far: `, $1.53/h, ~$3.10 so far`; empty if that isn't known. */
function priceText(cluster: Cluster, now: number): string {
  const { pricePerHour = null } = cluster;
  if (pricePerHour === null) return '';
  const cost = costSoFar(cluster, now);
  // What doesn't run now costs nothing now, and what it did cost can't be told by that.
  const soFar = cost === null || pricePerHour === 0 ? '' : `, ~${formatDollars(cost)} so far`;
  return `, ${formatHourlyPrice(pricePerHour)}${soFar}`;
}

function blockOf(lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [[], ...lines];
}

function nodeLines(nodes: readonly ClusterNode[], width: number): Line[] {
  const cells = nodes.map((node) => ({
    node,
    name: node.name,
    address:
      node.publicAddress === undefined
        ? `${node.address ?? ''}${node.address === null || node.port === null ? '' : `:${node.port}`}`
        : // Its port is closed to the outside.
          [node.publicAddress, node.address].filter((address) => address !== null).join('  '),
    cores: node.cores === null ? '' : formatCount(node.cores, 'core'),
    memory: node.memoryMiB === null ? '' : formatMemory(node.memoryMiB),
    kind: formatNodeKind(node),
  }));
  const widest = (of: (cell: (typeof cells)[number]) => string): number =>
    Math.max(...cells.map((cell) => of(cell).length));
  const nameWidth = widest(({ name }) => name);
  const stateWidth = widest(({ node }) => formatState(node.state));
  const addressWidth = widest(({ address }) => address);
  const coresWidth = widest(({ cores }) => cores);
  const kindWidth = widest(({ kind }) => kind);
  return cells.flatMap(({ node, name, address, kind, cores, memory: size }) => {
    const what = kindWidth === 0 ? '' : `  ${padEnd(kind, kindWidth)}`;
    const line: Line = [
      [`  ${padEnd(name, nameWidth)}  `],
      stateSpan(node.state, padEnd(formatState(node.state), stateWidth)),
      [trimmed(`  ${padEnd(address, addressWidth)}${what}  ${padEnd(cores, coresWidth)}  ${size}`)],
    ];
    if (node.reason === null) return [line];
    const why = wrap(oneLine(node.reason), width - nameWidth - 4);
    return [line, ...why.map((text): Line => [[`${' '.repeat(nameWidth + 4)}${text}`]])];
  });
}

function serviceLines(width: number) {
  return ({ name, version, healthy, ui, blocks }: Cluster['services'][number]): Line[] => {
    const title = `  ${formatSoftware({ name, version })}`;
    const health = healthy === null ? '' : healthy ? '  healthy' : '  not responding';
    const line: Span[] = [[title], [health, healthy === true ? 'green' : 'red']];
    const amiss: Line[] = blocks === undefined ? [] : [[[`    ${formatBlocks(blocks)}`, 'yellow']]];
    if (ui === null) return [line, ...amiss];
    return title.length + health.length + 2 + ui.length > width
      ? [line, [[`    ${ui}`]], ...amiss]
      : [[...line, ['  '], [ui, 'cyan']], ...amiss];
  };
}

function trimmed(text: string): string {
  return text.replace(/ +$/, '');
}
