import { nodesOf, type Cluster, type ClusterNode, type NodeState } from '../../model/cluster.ts';
import { costSoFar, dollars } from '../../model/cost.ts';
import { roughDuration } from '../../model/duration.ts';
import { lifetimeText } from '../../model/lifetime.ts';
import { nodeKind } from '../../model/cluster-shape.ts';
import { hourly, place } from './nouns.ts';
import type { Line, Span, Style } from './palette.ts';
import { memoryText } from '../../model/size.ts';
import { count } from '../../model/count.ts';
import { oneLine, padEnd, wrap } from './text.ts';

const styles: Readonly<Partial<Record<Cluster['state'] | NodeState, Style>>> = {
  running: 'green',
  degraded: 'yellow',
  mixed: 'yellow',
  'half-launched': 'yellow',
  malformed: 'red',
  dead: 'red',
};

/** A state in its colour. */
export function stateSpan(state: Cluster['state'] | NodeState, width = 0): Span {
  const text = padEnd(state, width);
  const style = styles[state];
  return style === undefined ? [text] : [text, style];
}

/** One cluster, all that is known of it. */
export function clusterLines(cluster: Cluster, now: number, width: number): Line[] {
  const nodes = nodesOf(cluster);
  const since =
    cluster.launchedAt === null
      ? ''
      : `, launched ${roughDuration((now - Date.parse(cluster.launchedAt)) / 1000)} ago`;
  const { lifetime = null } = cluster;
  const head: Line = [
    [cluster.name, 'bold'],
    [' is '],
    stateSpan(cluster.state),
    [` (${place(cluster)}${priceText(cluster, now)}${since})`],
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
  const end = lifetime === null ? [] : [lifetimeText(lifetime, now)];
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
      Object.entries(cluster.tags).map(([key, value], index): Line => [
        [`  ${index === 0 ? 'tags  ' : '      '}`, 'dim'],
        [oneLine(`${key}=${value}`)],
      ]),
    ),
  ];
}

/** Instances that carry the cluster's name and aren't its nodes. */
function foreignLines({ foreign = [] }: Cluster, width: number): Line[] {
  if (foreign.length === 0) return [];
  return [
    [['  Not nodes of this cluster, though they carry its name:', 'yellow']],
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
  const soFar = cost === null || pricePerHour === 0 ? '' : `, ~${dollars(cost)} so far`;
  return `, ${hourly(pricePerHour)}${soFar}`;
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
    cores: node.cores === null ? '' : count(node.cores, 'core'),
    memory: node.memoryMiB === null ? '' : memoryText(node.memoryMiB),
    kind: nodeKind(node) ?? '',
  }));
  const widest = (of: (cell: (typeof cells)[number]) => string): number =>
    Math.max(...cells.map((cell) => of(cell).length));
  const nameWidth = widest(({ name }) => name);
  const stateWidth = widest(({ node }) => node.state);
  const addressWidth = widest(({ address }) => address);
  const coresWidth = widest(({ cores }) => cores);
  const kindWidth = widest(({ kind }) => kind);
  return cells.flatMap(({ node, name, address, kind, cores, memory: size }) => {
    const what = kindWidth === 0 ? '' : `  ${padEnd(kind, kindWidth)}`;
    const line: Line = [
      [`  ${padEnd(name, nameWidth)}  `],
      stateSpan(node.state, stateWidth),
      [trimmed(`  ${padEnd(address, addressWidth)}${what}  ${padEnd(cores, coresWidth)}  ${size}`)],
    ];
    if (node.reason === null) return [line];
    const why = wrap(oneLine(node.reason), width - nameWidth - 4);
    return [line, ...why.map((text): Line => [[`${' '.repeat(nameWidth + 4)}${text}`]])];
  });
}

function serviceLines(width: number) {
  return ({ name, version, healthy, ui }: Cluster['services'][number]): Line[] => {
    const title = `  ${name}${version === null ? '' : ` ${version}`}`;
    const health = healthy === null ? '' : healthy ? '  healthy' : '  does not answer';
    const line: Span[] = [[title], [health, healthy === true ? 'green' : 'red']];
    if (ui === null) return [line];
    return title.length + health.length + 2 + ui.length > width
      ? [line, [[`    ${ui}`]]]
      : [[...line, ['  '], [ui, 'cyan']]];
  };
}

function trimmed(text: string): string {
  return text.replace(/ +$/, '');
}
