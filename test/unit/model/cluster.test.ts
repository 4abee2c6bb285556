import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clusterNameProblem,
  type ClusterNode,
  clusterState,
  type NodeState,
} from '../../../src/model/cluster/cluster.ts';

function node(name: string, state: NodeState): ClusterNode {
  return {
    name,
    role: name === 'master' ? 'master' : 'worker',
    id: name,
    state,
    address: '10.0.0.1',
    port: 1,
    cores: 1,
    memoryMiB: 1,
    reason: state === 'dead' ? 'it was killed' : null,
  };
}

function state(
  master: NodeState | null,
  workers: readonly NodeState[],
  facts: { ready?: boolean; removing?: boolean; activity?: string | null } = {},
): string {
  const seen = clusterState(
    {
      master: master === null ? null : node('master', master),
      workers: workers.map((one, index) => node(`worker-${index + 1}`, one)),
    },
    { ready: true, removing: false, activity: null, ...facts },
  );
  return seen.reason === null ? seen.state : `${seen.state}: ${seen.reason}`;
}

describe('clusterState', () => {
  it('says what a cluster is doing, and why', () => {
    expect(state('running', ['running', 'running'])).toBe('running');
    expect(state('running', ['running', 'draining'], { activity: 'removeWorkers' })).toBe(
      'running',
    );
    expect(state('running', ['running', 'draining'])).toBe(
      'degraded: worker-2: its removal was interrupted',
    );
    expect(state('running', ['running', 'dead'])).toBe('degraded: worker-2: it was killed');
    expect(state('dead', ['running'])).toBe('degraded: master: it was killed');
    expect(state('running', ['running', 'pending'])).toBe('starting');
    expect(state('running', ['running', 'pending'], { activity: 'addWorkers' })).toBe('running');
    expect(state('stopped', ['stopped'])).toBe('stopped');
    expect(state('running', ['stopped', 'running'])).toBe('mixed: 1 of 3 nodes are stopped');
    expect(state('stopping', ['stopped'])).toBe('stopping');
    expect(state(null, ['running'])).toBe('malformed: it has no master');
  });

  it('tells a launch that goes on from one that nobody works on any more', () => {
    expect(state('running', ['pending'], { ready: false, activity: 'launch' })).toBe('launching');
    expect(state('running', ['pending'], { ready: false })).toBe(
      'half-launched: its launch was not completed; 1 of 2 nodes are running',
    );
  });

  it('tells a removal that goes on from one that was interrupted', () => {
    expect(state('running', ['running'], { activity: 'destroy' })).toBe('destroying');
    expect(state('running', ['running'], { removing: true })).toBe(
      'destroying: its removal was interrupted; destroy it again',
    );
  });
});

describe('clusterNameProblem', () => {
  it('takes names that fit a folder, a tag and a security group', () => {
    expect(['a', 'Demo-1', 'x.y_z', '0', 'a'.repeat(63)].map(clusterNameProblem)).toEqual(
      Array(5).fill(undefined),
    );
  });

  it('says what is wrong with others', () => {
    expect(clusterNameProblem('')).toMatch(/can’t be empty/);
    expect(clusterNameProblem('-x')).toMatch(/doesn’t begin with a letter or digit/);
    expect(clusterNameProblem('a b')).toMatch(/other characters/);
    expect(clusterNameProblem('a'.repeat(64))).toMatch(/64 characters/);
  });

  it('lets nothing through that means something to a shell, a path or a tag filter', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        if (clusterNameProblem(name) === undefined)
          expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
      }),
    );
    for (const name of ['../x', 'a/b', 'a*', 'a\n', 'a:resize', 'ä', '$(x)'])
      expect(clusterNameProblem(name)).toBeDefined();
  });
});
