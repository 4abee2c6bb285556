import { describe, expect, it } from 'vitest';
import { explainFailure, explainMismatch } from '../../../src/engine/connect/client-failures.ts';
import type { Cluster } from '../../../src/model/cluster/cluster.ts';

function cluster(provider: Cluster['provider']): Cluster {
  return {
    name: 'demo',
    provider,
    state: 'running',
    reason: null,
    master: null,
    workers: [],
    services: [],
    tags: {},
    launchId: null,
    launchedAt: null,
  };
}

describe('the failure of a Spark Connect client', () => {
  // As Spark 4.1.4 words them.
  it.each([
    [
      '[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.11 than that in driver: 3.12, PySpark cannot run with different minor versions.',
      'PYTHON_MISMATCH',
      'pythonEnv',
    ],
    [
      "Job aborted due to stage failure: … ModuleNotFoundError: No module named 'pandas'",
      'PYTHON_PACKAGE_MISSING',
      undefined,
    ],
    [
      '[INVALID_HANDLE.SESSION_NOT_FOUND] The handle 7c0c is invalid. Session not found. SQLSTATE: HY000',
      'CONNECT_SESSION_ENDED',
      undefined,
    ],
  ])('%s', (text, kind, verb) => {
    const explained = explainFailure(text, cluster('ec2'));
    expect(explained).toMatchObject({ kind });
    const [first] = explained?.remedies ?? [];
    const action = first?.action;
    expect(action !== undefined && 'verb' in action ? action.verb : undefined).toBe(verb);
  });

  it('speaks for itself where it says what is wrong', () => {
    const text = '[TABLE_OR_VIEW_NOT_FOUND] The table or view `t` cannot be found.';
    expect(explainFailure(text, cluster('local'))).toBeUndefined();
  });

  it('that lacks a package on this machine is mended by an environment', () => {
    const text = "No module named 'pyarrow'";
    expect(explainFailure(text, cluster('local'))?.remedies[0]).toMatchObject({
      action: { verb: 'pythonEnv' },
    });
  });
});

describe('a Python that isn’t the cluster’s', () => {
  it('is told by its minor version', () => {
    const demo = cluster('local');
    expect(explainMismatch('3.12.1', '3.11.7', demo)?.message).toBe(
      'This machine’s Python is 3.12.1, but "demo" uses Python 3.11.7. DataFrames and SQL work; Python functions (UDFs) need Python 3.11.',
    );
    expect(explainMismatch('3.11.2', '3.11.7', demo)).toBeUndefined();
    expect(explainMismatch('3.11.2', null, demo)).toBeUndefined();
  });
});
