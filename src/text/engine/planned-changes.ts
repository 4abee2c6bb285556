import { secondsPaidFor } from '../../model/cluster/lifetime.ts';
import type {
  MasterFirstReason,
  PlannedChange,
  PlannedInstances,
  PlannedVolume,
} from '../../model/planned-change.ts';
import { formatCount } from '../counts.ts';
import { formatApproximateDuration, formatDuration } from '../durations.ts';
import { formatDollars, formatHourlyPrice } from '../money.ts';
import { formatPlannedKind } from '../shapes.ts';
import { formatCapacity } from '../sizes.ts';
import { english, type Translate } from '../translate.ts';

/** What a launch would make or do, as one sentence. */
export function formatPlannedChange(change: PlannedChange, translate: Translate = english): string {
  switch (change.kind) {
    case 'spark-download':
      return translate(
        'Spark {0} is downloaded, verified and stored in {1}.',
        change.version,
        change.folder,
      );
    case 'processes':
      return translate(
        '{0} are started under your account: a Spark master and {1}, reachable only from this machine.',
        formatCount(change.workers + 1, 'process', translate),
        formatCount(change.workers, 'worker', translate),
      );
    case 'security-group':
      return formatGroup(change, translate);
    case 'instances':
      return formatInstances(change, translate);
    case 'fallback':
      return formatFallback(change, translate);
    case 'root-volume': {
      const volume = formatVolume(change.volume);
      return change.hasPublicAddress
        ? translate('Each node has an encrypted root volume of {0} and a public address.', volume)
        : translate('Each node has an encrypted root volume of {0} and no public address.', volume);
    }
    case 'extra-volumes':
      return translate(
        'Each node has additional encrypted EBS storage of {0} for Spark and HDFS, which is deleted with the node.',
        joined(change.volumes.map(formatVolume), (one, other) =>
          translate('{0} and {1}', one, other),
        ),
      );
    case 'interruption':
      return change.action === 'terminate'
        ? translate('If the launch is interrupted, the nodes terminate after 15 minutes.')
        : translate(
            'If the launch is interrupted, the nodes stop after 15 minutes; charges for their volumes continue.',
          );
    case 'lifetime':
      return formatEnd(change, translate);
    case 'private-key':
      return translate('A private key for SSH is created and stored on this machine.');
  }
}

type Change<K extends PlannedChange['kind']> = Extract<PlannedChange, { readonly kind: K }>;

function formatGroup(
  { group, isRecreated, admitted }: Change<'security-group'>,
  translate: Translate,
): string {
  const from = admitted.join(', ') || translate('no address');
  return isRecreated
    ? translate(
        'Security group {0} is recreated, because an unused one exists; it allows SSH from {1}, and all traffic between the nodes.',
        group,
        from,
      )
    : translate(
        'Security group {0} is created; it allows SSH from {1}, and all traffic between the nodes.',
        group,
        from,
      );
}

function formatInstances(
  { instances, ami, amiName, region, zones, masterFirst }: Change<'instances'>,
  translate: Translate,
): string {
  const nodes = joined(
    instances.map((one) => formatRole(one, translate)),
    (one, other) => translate('{0} and {1}', one, other),
  );
  const where = joined(zones, (one, other) => translate('{0} or {1}', one, other));
  return masterFirst === null
    ? translate(
        '{0} with AMI {1} ({2}) are launched in {3}, in {4}.',
        nodes,
        ami,
        amiName,
        region,
        where,
      )
    : translate(
        '{0} with AMI {1} ({2}) are launched in {3}, in {4}, the master first, because {5}.',
        nodes,
        ami,
        amiName,
        region,
        where,
        formatMasterFirst(masterFirst, translate),
      );
}

function formatRole(instances: PlannedInstances, translate: Translate): string {
  const { role, count, type, market } = instances;
  const [one, several] = kinds[market];
  const nodes = translate(count === 1 ? one : several, count, type);
  const size = formatCapacity(instances, translate);
  const all = size === '' ? nodes : `${nodes} (${size})`;
  if (role === 'all') return all;
  return role === 'master' ? translate('{0} as master', all) : translate('{0} as workers', all);
}

const kinds = {
  'on-demand': ['{0} {1} instance', '{0} {1} instances'],
  spot: ['{0} {1} Spot Instance', '{0} {1} Spot Instances'],
} as const;

function formatMasterFirst(reason: MasterFirstReason, translate: Translate): string {
  switch (reason.kind) {
    case 'differs':
      return translate('it differs from the workers');
    case 'tags-disabled':
      return translate('tags in instance metadata are disabled');
    case 'tag-key':
      return translate('the tag key "{0}" is not allowed in instance metadata', reason.key);
    case 'tags-after-restart':
      return translate('{0} shows new tags in instance metadata only after a restart', reason.type);
  }
}

function formatFallback(
  { types, isOnDemand, morePerHour }: Change<'fallback'>,
  translate: Translate,
): string {
  const others = joined(types.map(formatPlannedKind), (one, other) =>
    translate('{0}, then {1}', one, other),
  );
  if (!isOnDemand) return translate('If capacity is insufficient, {0} is used instead.', others);
  return morePerHour === null
    ? translate('If capacity is insufficient, {0} is used instead (On-Demand).', others)
    : translate(
        'If capacity is insufficient, {0} is used instead (On-Demand, {1} more).',
        others,
        formatHourlyPrice(morePerHour),
      );
}

function formatEnd({ action, ...limits }: Change<'lifetime'>, translate: Translate): string {
  const when = formatEndTime(limits, translate);
  switch (action) {
    case 'terminate':
      return translate('The cluster terminates {0}.', when);
    case 'stop':
      return translate(
        'The cluster ends {0}: its nodes stop; charges for the volumes of stopped nodes continue.',
        when,
      );
    case 'mixed':
      return translate(
        'The cluster ends {0}: its Spot Instances terminate and its other nodes stop; charges for the volumes of stopped nodes continue.',
        when,
      );
  }
}

function formatEndTime(
  { idleSeconds, maxSeconds, maxCost, perHour }: Omit<Change<'lifetime'>, 'action'>,
  translate: Translate,
): string {
  const ends: string[] = [];
  if (idleSeconds !== null) ends.push(translate('after {0} idle', formatDuration(idleSeconds)));
  if (maxSeconds !== null) ends.push(translate('{0} after it starts', formatDuration(maxSeconds)));
  if (maxCost !== null) {
    const cost = formatDollars(maxCost);
    ends.push(
      perHour === null
        ? translate('after it has cost {0}', cost)
        : translate(
            'after it has cost {0} (about {1} at {2})',
            cost,
            formatApproximateDuration(secondsPaidFor(maxCost, perHour)),
            formatHourlyPrice(perHour, translate),
          ),
    );
  }
  return ends.reduce((one, other) => translate('{0}, or {1}', one, other));
}

/** An EBS volume: `500 GiB gp3, 6000 IOPS, 250 MiB/s`. */
export function formatVolume({ sizeGiB, type, iops, throughput }: PlannedVolume): string {
  return [
    `${sizeGiB} GiB ${type}`,
    ...(iops === undefined ? [] : [`${iops} IOPS`]),
    ...(throughput === undefined ? [] : [`${throughput} MiB/s`]),
  ].join(', ');
}

/** A list with words between its parts. */
function joined(texts: readonly string[], join: (one: string, other: string) => string): string {
  const [first = '', ...more] = texts;
  return more.reduce(join, first);
}
