import { describe, expect, it } from 'vitest';
import type { EngineEvent, Verb } from '../../../src/model/events.ts';
import { Progress } from '../../../src/model/progress.ts';
import { formatProgress } from '../../../src/text/progress.ts';
import type { Translate } from '../../../src/text/translate.ts';
import { anEvent } from '../../helpers/events.ts';
import { localPlan } from '../../helpers/plans.ts';

/** What a status bar says after each event. */
function said(verb: Verb, events: readonly EngineEvent[], translate?: Translate): string[] {
  const progress = new Progress('demo', verb, 0);
  return [
    formatProgress(progress, translate),
    ...events.map((event) => {
      progress.apply(event, 0);
      return formatProgress(progress, translate);
    }),
  ];
}

const unpack = { kind: 'unpack', version: '4.1.4' } as const;
const launch = [
  anEvent('plan.ready', { plan: localPlan }),
  anEvent('verb.started', { verb: 'launch', nodes: ['master', 'worker-1', 'worker-2'] }),
  anEvent('download.progress', { what: 'Spark', source: 'a', bytes: 2, total: 8 }),
  anEvent('download.finished', { what: 'Spark', source: 'a', seconds: 3 }),
  anEvent('step.started', { step: 'unpacking', subject: unpack }),
  anEvent('step.finished', { step: 'unpacking', subject: unpack, seconds: 1 }),
  anEvent('node.phase', { node: 'master', phase: 'starting', detail: null }),
  anEvent('waiting', { reason: 'the master', subject: { kind: 'spark-master' } }),
  anEvent('node.phase', { node: 'master', phase: 'alive', detail: null }),
  anEvent('cleanup.started', { reason: 'stopped' }),
];

describe('progress in a few words', () => {
  it('is how far a launch is, and what goes on', () =>
    expect(said('launch', launch)).toEqual([
      'Planning',
      'Creating nodes',
      'Creating nodes',
      'Downloading Spark: 25 %',
      'Creating nodes',
      'Unpacking Spark 4.1.4',
      'Creating nodes',
      '0 of 3 nodes ready',
      'Waiting for Spark’s master: master, worker-1, worker-2',
      '1 of 3 nodes ready',
      'Cleaning up',
    ]));

  it('counts what is stopped, and names who isn’t yet', () =>
    expect([
      ...said('stop', [
        anEvent('verb.started', { verb: 'stop', nodes: ['master', 'worker-1'] }),
        anEvent('node.stopped', { node: 'worker-1' }),
      ]),
      ...said('removeWorkers', [
        anEvent('verb.started', { verb: 'removeWorkers', nodes: ['worker-1'] }),
        anEvent('node.draining', { node: 'worker-1', coresInUse: 2, blocksToMove: 1 }),
        anEvent('node.removed', { node: 'worker-1' }),
      ]),
    ]).toEqual([
      '',
      '',
      '1 of 2 nodes stopped',
      '',
      '',
      'Waiting for worker-1 (2 cores in use, 1 block to move)',
      '1 of 1 node removed',
    ]));

  it('is in the language of who reads it: nothing comes from elsewhere but names', () => {
    const shout: Translate = (message, ...args) =>
      message
        .toUpperCase()
        .replaceAll(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)]));
    expect(said('launch', launch, shout)).toEqual([
      'PLANNING',
      'CREATING NODES',
      'CREATING NODES',
      'DOWNLOADING Spark: 25 %',
      'CREATING NODES',
      'UNPACKING SPARK 4.1.4',
      'CREATING NODES',
      '0 OF 3 NODES READY',
      'WAITING FOR SPARK’S MASTER: master, worker-1, worker-2',
      '1 OF 3 NODES READY',
      'CLEANING UP',
    ]);
  });
});
