import type { Plan, PlannedNodes, ScratchDisks } from '../model/plan.ts';
import type { ServiceProperties } from '../model/software/properties.ts';
import { formatCount } from './counts.ts';
import { formatHourlyPrice } from './money.ts';
import { formatPlace } from './places.ts';
import { formatPlannedKind, formatPlannedShape } from './shapes.ts';
import { formatBytes, formatCapacity } from './sizes.ts';
import { english, type Translate } from './translate.ts';

/** From so many bytes on, what is known of a download says something beside what isn't. */
const knownFromBytes = 1_000_000;

/** Names of software that aren't a word with a capital. */
const names: Readonly<Record<string, string>> = {
  hdfs: 'HDFS',
  yarn: 'YARN',
  'python-packages': 'Python packages',
  packages: 'Packages',
};

/** A plan in a line: `1 + 8 × m7g.xlarge · EC2 us-east-1 · $1.53/h`. */
export function formatPlan(plan: Plan, translate: Translate = english): string {
  return [
    formatPlannedShape(plan, translate),
    formatPlace(plan, translate),
    // That nothing is charged on this machine goes without saying.
    ...(plan.provider === 'local' ? [] : [formatPlanPrice(plan, translate)]),
  ].join(' · ');
}

/** Nodes of a plan: `8 × m7g.xlarge (spot) · 4 cores, 16 GiB each`, `2 processes · 1 core, 1 GiB each`. */
export function formatPlannedNodes(nodes: PlannedNodes, translate: Translate = english): string {
  const kind = formatPlannedKind(nodes);
  const machines =
    kind === '' ? formatCount(nodes.count, 'process', translate) : `${nodes.count} × ${kind}`;
  const size = formatCapacity(nodes, translate);
  if (size === '') return machines;
  return `${machines} · ${nodes.count === 1 ? size : translate('{0} each', size)}`;
}

/** What a worker offers to Spark: `2 cores, 7 GiB per worker · 2 executors with 1 core, 3.5 GiB`; empty if that isn't known. */
export function formatWorkerOffer(
  { offer }: Pick<PlannedNodes, 'offer'>,
  translate: Translate = english,
): string {
  if (offer === undefined) return '';
  const { executors } = offer;
  const count = formatCount(executors.perWorker, 'executor', translate);
  return [
    translate('{0} per worker', formatCapacity(offer, translate)),
    translate('{0} with {1}', count, formatCapacity(executors, translate)),
  ].join(' · ');
}

/** Where workers keep shuffle data: `2 instance store volumes of 900 GB per worker`; empty if that isn't known. */
export function formatScratch(
  { offer }: Pick<PlannedNodes, 'offer'>,
  translate: Translate = english,
): string {
  return (offer?.scratch ?? []).map((disks) => scratchText(disks, translate)).join(' + ');
}

function scratchText(disks: ScratchDisks, translate: Translate): string {
  switch (disks.kind) {
    case 'instance-store': {
      const count = formatCount(disks.count, 'instance store volume', translate);
      return translate('{0} of {1} per worker', count, `${disks.sizeGB} GB`);
    }
    case 'volumes': {
      const count = formatCount(disks.count, 'EBS volume', translate);
      return translate('{0} of {1} per worker', count, `${disks.sizeGiB} GiB`);
    }
    case 'root-volume':
      return translate('root volume of each worker, {0}', `${disks.sizeGiB} GiB`);
    case 'folder':
      return disks.path;
  }
}

/** A piece of software: `Spark 4.1.4`, `HDFS 3.4.2`, `Java`. */
export function formatSoftware({
  name,
  version,
}: {
  readonly name: string;
  readonly version: string | null;
}): string {
  const title = names[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return version === null ? title : `${title} ${version}`;
}

/** What was put into configuration files, a line each: `spark-defaults  spark.sql.shuffle.partitions=64`. */
export function formatConfiguration(configuration: ServiceProperties = {}): string[] {
  return Object.entries(configuration).flatMap(([file, properties]) =>
    Object.entries(properties).map(([name, value]) => `${file}  ${name}=${value}`),
  );
}

/** What a plan has to download: `437 MB`, `437 MB and more`, `Size unknown`; empty if there is nothing. */
export function formatPlannedDownload(
  { software }: Pick<Plan, 'software'>,
  translate: Translate = english,
): string {
  const known = software.reduce((sum, { fetchBytes }) => sum + (fetchBytes ?? 0), 0);
  if (software.every(({ fetchBytes }) => fetchBytes !== null))
    return known === 0 ? '' : formatBytes(known);
  // A few scripts say nothing of how large the rest is.
  return known < knownFromBytes
    ? translate('Size unknown')
    : translate('{0} and more', formatBytes(known));
}

/** What a plan costs: `$1.53/h`, `Price unavailable`, `No charge (runs locally)`. */
export function formatPlanPrice(
  { provider, price }: Pick<Plan, 'provider' | 'price'>,
  translate: Translate = english,
): string {
  return price === null && provider === 'local'
    ? translate('No charge (runs locally)')
    : formatHourlyPrice(price?.perHour ?? null, translate);
}

/** What the price of a plan is made of, a line each: `8 × m7g.xlarge: $1.31/h`. */
export function formatPriceParts({ price }: Pick<Plan, 'price'>): string[] {
  return (price?.parts ?? []).map(({ name, perHour }) => `${name}: ${formatHourlyPrice(perHour)}`);
}
