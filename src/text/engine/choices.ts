import type { Choice, ChoiceFacts } from '../../model/choice.ts';
import { formatCount } from '../counts.ts';
import { formatHourlyPrice } from '../money.ts';
import { formatCapacity } from '../sizes.ts';
import { english, type Translate } from '../translate.ts';

/** What is said beside a value to choose; both may be empty. */
export interface ChoiceText {
  /** What it is, in few words: `2 cores, 8 GiB · arm64 · $0.082/h`. */
  readonly description: string;
  /** What more there is to say: `vpc-1 · 10.0.0.0/24 · 250 available addresses`. */
  readonly detail: string;
}

/** What is said beside a value to choose. */
export function formatChoice({ facts }: Choice, translate: Translate = english): ChoiceText {
  if (facts === undefined) return { description: '', detail: '' };
  return {
    description: descriptionOf(facts, translate).filter(Boolean).join(' · '),
    detail: detailOf(facts, translate).filter(Boolean).join(' · '),
  };
}

function descriptionOf(facts: ChoiceFacts, translate: Translate): readonly (string | null)[] {
  switch (facts.kind) {
    case 'key-pair':
      return [facts.type];
    case 'subnet':
      return [
        facts.name,
        facts.zone,
        facts.isDefault ? translate('default') : null,
        facts.isPublic ? translate('public') : translate('private'),
      ];
    case 'subnets':
      return [
        facts.hasDefault ? translate('default') : null,
        formatCount(facts.count, 'subnet', translate),
      ];
    case 'image':
      return [facts.name, facts.architecture];
    case 'instance-type':
      return [
        formatCapacity(facts, translate),
        facts.architecture,
        facts.pricePerHour === null ? null : formatHourlyPrice(facts.pricePerHour),
      ];
  }
}

function detailOf(facts: ChoiceFacts, translate: Translate): readonly string[] {
  switch (facts.kind) {
    case 'key-pair':
      return [facts.fingerprint];
    case 'subnet':
      return [
        facts.vpc,
        facts.cidr,
        formatCount(facts.freeAddresses, 'available address', translate),
      ];
    case 'image':
      return [facts.created ?? translate('latest')];
    case 'subnets':
    case 'instance-type':
      return [];
  }
}
