import { english, type Translate } from './translate.ts';

/** One and several of what is counted, as whole messages: a language may need other words than a plural's ending. */
const messages = {
  application: ['{0} application', '{0} applications'],
  'available address': ['{0} available address', '{0} available addresses'],
  block: ['{0} block', '{0} blocks'],
  cluster: ['{0} cluster', '{0} clusters'],
  core: ['{0} core', '{0} cores'],
  'EBS volume': ['{0} EBS volume', '{0} EBS volumes'],
  error: ['{0} error', '{0} errors'],
  executor: ['{0} executor', '{0} executors'],
  finding: ['{0} finding', '{0} findings'],
  'instance store volume': ['{0} instance store volume', '{0} instance store volumes'],
  instance: ['{0} instance', '{0} instances'],
  job: ['{0} job', '{0} jobs'],
  'new worker': ['{0} new worker', '{0} new workers'],
  node: ['{0} node', '{0} nodes'],
  problem: ['{0} problem', '{0} problems'],
  process: ['{0} process', '{0} processes'],
  'running cluster': ['{0} running cluster', '{0} running clusters'],
  stage: ['{0} stage', '{0} stages'],
  subnet: ['{0} subnet', '{0} subnets'],
  warning: ['{0} warning', '{0} warnings'],
  worker: ['{0} worker', '{0} workers'],
} as const satisfies Readonly<Record<string, readonly [one: string, several: string]>>;

/** What can be counted. */
export type CountedNoun = keyof typeof messages;

/** A number with its noun: `1 worker`, `3 workers`. */
export function formatCount(
  number: number,
  noun: CountedNoun,
  translate: Translate = english,
): string {
  return translate(messages[noun][number === 1 ? 0 : 1], number);
}
