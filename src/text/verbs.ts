import type { Verb } from '../model/events.ts';
import { type CountedNoun, formatCount } from './counts.ts';
import { english, type Translate } from './translate.ts';

/** Work on a number of nodes: the message takes what is counted, as in `Stopping 3 nodes`. */
const onNodes: Readonly<Partial<Record<Verb, readonly [message: string, noun: CountedNoun]>>> = {
  start: ['Starting {0}', 'node'],
  stop: ['Stopping {0}', 'node'],
  destroy: ['Destroying {0}', 'node'],
  addWorkers: ['Adding {0}', 'worker'],
  removeWorkers: ['Removing {0}', 'worker'],
};

const messages: Readonly<Record<Verb, string>> = {
  launch: 'Launching',
  describe: 'Describing',
  start: 'Starting',
  stop: 'Stopping',
  destroy: 'Destroying',
  addWorkers: 'Adding workers',
  removeWorkers: 'Removing workers',
  resume: 'Resuming launch',
  repair: 'Repairing',
  authorize: 'Authorizing access',
  extend: 'Extending lifetime',
  install: 'Installing packages',
  doctor: 'Running diagnostics',
  runCommand: 'Running command',
  copyFile: 'Copying files',
  login: 'Connecting',
  connect: 'Connecting',
  pythonEnv: 'Creating Python environment',
  plan: 'Planning',
  submit: 'Submitting job',
  explain: 'Reading event log',
};

/**
 * What a verb is doing: `Launching`, `Stopping 3 nodes`.
 *
 * @param nodes how many nodes it is about; 0 if that isn't known yet
 */
export function formatVerb(verb: Verb, nodes: number, translate: Translate = english): string {
  const [message, noun] = onNodes[verb] ?? [];
  return message === undefined || noun === undefined || nodes === 0
    ? translate(messages[verb])
    : translate(message, formatCount(nodes, noun, translate));
}
