import { dollars, hourly } from '../model/cluster/cost.ts';
import { english, type Translate } from './translate.ts';

/** An amount of US dollars: `$1.53`, and with three digits what is small: `$0.034`. */
export function formatDollars(amount: number): string {
  return dollars(amount);
}

/** A price an hour: `$1.53/h`, `$0.034/h`; `Price unavailable` if it isn't known. */
export function formatHourlyPrice(amount: number | null, translate: Translate = english): string {
  return amount === null ? translate('Price unavailable') : hourly(amount);
}
