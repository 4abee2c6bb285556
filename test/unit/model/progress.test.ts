import { describe, expect, it } from 'vitest';
import type { EngineEvent, NodePhase, Verb } from '../../../src/model/events.ts';
import { Progress } from '../../../src/model/progress.ts';
import { anEvent } from '../../helpers/events.ts';
import { ec2Plan, localPlan } from '../../helpers/plans.ts';

type Timed = readonly [seconds: number, event: EngineEvent];

function progressOf(verb: Verb, events: readonly Timed[], added = 0): Progress {
  const progress = new Progress('demo', verb, 0, added);
  for (const [seconds, event] of events) progress.apply(event, seconds * 1000);
  return progress;
}

const phase = (node: string, name: NodePhase, detail: string | null = null): EngineEvent =>
  anEvent('node.phase', { node, phase: name, detail });
const started = (verb: Verb, ...nodes: string[]): EngineEvent =>
  anEvent('verb.started', { verb, nodes });
const tasks = (progress: Progress): string[] =>
  progress.tasks.map(({ kind, done, total }) => `${kind} ${done}/${total}`);

describe('the progress of a launch', () => {
  it('has all nodes and phases from the plan on', () => {
    const local = progressOf('launch', [[0, anEvent('plan.ready', { plan: localPlan })]]);
    expect(local.nodes.map(({ name }) => name)).toEqual(['master', 'worker-1', 'worker-2']);
    expect(tasks(local)).toEqual(['starting 0/3', 'alive 0/3']);
    const remote = progressOf('launch', [[0, anEvent('plan.ready', { plan: ec2Plan })]]);
    expect(tasks(remote)).toHaveLength(5);
  });

  it('counts a node as through a phase when the next one begins, and as ready when it is', () => {
    const progress = progressOf('launch', [
      [0, anEvent('plan.ready', { plan: ec2Plan })],
      [1, phase('master', 'booting')],
      [2, phase('worker-1', 'downloading')],
      [3, phase('worker-2', 'starting')],
      [4, phase('master', 'alive')],
    ]);
    expect(tasks(progress)).toEqual([
      'booting 3/3',
      'downloading 2/3',
      'configuring 2/3',
      'starting 2/3',
      'alive 1/3',
    ]);
    expect(progress.tasks.map(({ seconds }) => seconds)).toEqual([4, null, null, null, null]);
    expect(progress.share).toBeCloseTo((1 + 1.4 / 5 + 3.4 / 5) / 3);
  });

  it('keeps when a node was in which phase; its end closes the last one', () => {
    const progress = progressOf('launch', [
      [1, phase('master', 'starting')],
      [2, phase('master', 'starting', 'still')],
      [3, phase('master', 'alive')],
    ]);
    progress.finish(null);
    expect(progress.nodes[0]?.stretches).toEqual([
      { phase: 'starting', from: 1000, to: 3000 },
      { phase: 'alive', from: 3000, to: 3000 },
    ]);
    expect(progress.elapsedSeconds(99_000)).toBe(3);
  });

  it('says what goes on: a step before what is waited for, a clean-up before all', () => {
    const progress = progressOf('launch', [
      [0, anEvent('plan.ready', { plan: localPlan })],
      [0, started('launch', 'master', 'worker-1', 'worker-2')],
      [1, anEvent('waiting', { reason: '2 of 2 workers' })],
    ]);
    expect(progress.activity).toEqual({
      kind: 'waiting',
      reason: '2 of 2 workers',
      late: ['master', 'worker-1', 'worker-2'],
    });
    progress.apply(anEvent('step.started', { step: 'unpacking Spark' }), 2000);
    expect(progress.activity).toEqual({ kind: 'step', step: 'unpacking Spark' });
    progress.apply(anEvent('cleanup.started', { reason: 'stopped' }), 3000);
    expect(progress.activity).toEqual({ kind: 'cleanup' });
    progress.apply(anEvent('node.removed', { node: 'worker-2' }), 4000);
    expect(tasks(progress)).toEqual(['removed 1/3']);
    progress.apply(anEvent('cleanup.finished', { left: ['i-1'] }), 5000);
    expect(progress.left).toEqual(['i-1']);
    progress.finish(6000);
    expect(progress.activity).toBeNull();
  });

  it('keeps problems by node, until the node is ready', () => {
    const trouble = (node: string, message: string): EngineEvent =>
      anEvent('node.trouble', { node, message, remedies: [] });
    const progress = progressOf('launch', [
      [0, started('launch', 'master', 'worker-1')],
      [1, trouble('worker-1', 'first')],
      [2, trouble('worker-1', 'second')],
      [3, trouble('elsewhere', 'third')],
    ]);
    expect(progress.firstProblem?.message).toBe('first');
    expect(progress.openProblems.map(({ message }) => message)).toEqual(['second', 'third']);
    // Who isn't part of the work isn't counted.
    expect(progress.nodes.map(({ problems }) => problems.length)).toEqual([0, 2]);
    progress.apply(phase('worker-1', 'alive'), 4000);
    expect(progress.openProblems.map(({ message }) => message)).toEqual(['third']);
  });
});

describe('the progress of a download', () => {
  const load = (source: string, bytes: number): EngineEvent =>
    anEvent('download.progress', { what: 'Spark', source, bytes, total: 100e6 });

  it('is there before its first byte, if the plan has it', () => {
    const progress = progressOf('launch', [[0, anEvent('plan.ready', { plan: localPlan })]]);
    expect(progress.download).toMatchObject({ what: 'Spark 4.1.4', bytes: 0, isActive: false });
  });

  it('is measured over its last seconds, and from the start at another source', () => {
    const progress = progressOf('launch', [
      [0, load('a', 0)],
      [1, load('a', 1e6)],
    ]);
    expect(progress.download?.bytesPerSecond).toBe(1e6);
    for (let second = 2; second <= 8; second += 1)
      progress.apply(load('a', 1e6 + (second - 1) * 5e6), second * 1000);
    expect(progress.download?.bytesPerSecond).toBe(5e6);
    progress.apply(load('b', 0), 9000);
    expect(progress.download?.bytesPerSecond).toBeNull();
    const end = anEvent('download.finished', { what: 'Spark', source: 'b', seconds: 9 });
    progress.apply(end, 9500);
    expect(progress.download).toMatchObject({ bytes: 100e6, seconds: 9, isActive: false });
  });
});

describe('the progress of other verbs', () => {
  it('counts the new workers of a growth, and not those that were there', () => {
    const progress = progressOf(
      'addWorkers',
      [
        [0, started('addWorkers')],
        [1, phase('worker-1', 'alive')],
        [2, phase('worker-3', 'booting')],
        [3, phase('worker-3', 'alive')],
      ],
      2,
    );
    expect(tasks(progress)).toEqual(['booting 1/2', 'starting 1/2', 'alive 1/2']);
  });

  it('counts workers that are removed when they are gone, and says what the others still do', () => {
    const progress = progressOf('removeWorkers', [
      [0, started('removeWorkers', 'worker-1', 'worker-2')],
      [1, anEvent('node.draining', { node: 'worker-1', coresInUse: 0 })],
      [1, anEvent('node.draining', { node: 'worker-2', coresInUse: 1, blocksToMove: 3 })],
      [2, anEvent('node.stopped', { node: 'worker-1' })],
    ]);
    expect(tasks(progress)).toEqual(['removed 0/2']);
    expect(progress.activity).toMatchObject({
      kind: 'draining',
      nodes: [{ node: 'worker-2', coresInUse: 1, blocksToMove: 3 }],
    });
    progress.apply(anEvent('node.removed', { node: 'worker-2' }), 3000);
    expect([tasks(progress), progress.activity]).toEqual([['removed 1/2'], null]);
  });

  it('counts nodes that stopped, and nodes that have a file', () => {
    const stop = progressOf('stop', [
      [0, started('stop', 'master', 'worker-1')],
      [1, anEvent('node.stopped', { node: 'master' })],
    ]);
    expect(tasks(stop)).toEqual(['stopped 1/2']);
    const copy = progressOf('copyFile', [
      [0, started('copyFile', 'master')],
      [1, anEvent('file.copied', { node: 'master', path: 'a', bytes: 1 })],
    ]);
    expect(tasks(copy)).toEqual(['copied 1/1']);
  });

  it('leaves out the time in which the user was asked', () => {
    const progress = progressOf('stop', [[0, started('stop', 'master')]]);
    progress.leaveOut(60_000);
    progress.apply(anEvent('node.stopped', { node: 'master' }), 61_000);
    expect([progress.tasks[0]?.seconds, progress.elapsedSeconds(62_000)]).toEqual([1, 2]);
  });
});
