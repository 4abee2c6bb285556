import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConnectSession } from '../../../src/engine/connect/connect-session.ts';
import type { FlintrockEngine } from '../../../src/engine/flintrock.ts';
import { attachableFolder } from '../../../src/extension/attach/attachable-folder.ts';
import { Attachments } from '../../../src/extension/attach/attachments.ts';
import type { LocatedCluster } from '../../../src/extension/clusters/cluster-ref.ts';
import { ClusterError } from '../../../src/model/errors.ts';
import { extensionServices } from '../../helpers/extension-services.ts';
import { shown, workspace } from '../../helpers/vscode-stand-in.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));

const demo: LocatedCluster = { name: 'demo', provider: 'local' };
const other: LocatedCluster = { name: 'other', provider: 'local' };
const folder = {
  ...{ name: 'work', index: 0 },
  uri: { fsPath: '/home/user/work', toString: () => 'file:///home/user/work' },
} as never;

/** A session whose end a test decides. */
class Session {
  readonly ledTo: string[] = [];
  isClosed = false;
  lose: (error: Error) => void = () => undefined;
  readonly ended = new Promise<void>((_, reject) => (this.lose = reject));
  readonly pages = [];

  switchTo(name: string): Promise<void> {
    if (name === 'missing')
      return Promise.reject(new ClusterError('CLUSTER_NOT_FOUND', 'It does not exist.'));
    this.ledTo.push(name);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

describe('the attachments of a window', () => {
  let sessions: Session[];
  let refusals: ClusterError[];
  let variables: Map<string, string>;
  let kept: Record<string, unknown>;

  beforeEach(() => {
    sessions = [];
    refusals = [];
    variables = new Map();
    kept = {};
    shown.texts.length = 0;
    (workspace as { workspaceFolders: unknown }).workspaceFolders = [folder];
  });

  /** Attachments of a window of its own, over an engine whose connections tests decide about. */
  function window(): Attachments {
    const engine = {
      connectEndpoint: () => Promise.resolve({ remote: 'sc://localhost:20001', token: 'secret' }),
      connect: (name: string) => {
        const refusal = refusals.shift();
        if (refusal !== undefined) return Promise.reject(refusal);
        const session = new Session();
        session.ledTo.push(name);
        sessions.push(session);
        return Promise.resolve(session as unknown as ConnectSession);
      },
    } as unknown as FlintrockEngine;
    const listing = { clusters: [], problems: [], profile: undefined };
    const { engines, operations, log } = extensionServices({
      engine: () => engine,
      listing: () => listing,
    });
    return new Attachments({
      ...{ engines, operations, log },
      memory: {
        get: (key: string, otherwise: unknown) => kept[key] ?? otherwise,
        update: (key: string, value: unknown) => {
          kept[key] = JSON.parse(JSON.stringify(value));
          return Promise.resolve();
        },
      } as never,
      variables: {
        getScoped: () => ({
          replace: (name: string, value: string) => variables.set(name, value),
          clear: () => variables.clear(),
        }),
      } as never,
    });
  }

  it('gives terminals a connection, and takes it back', async () => {
    const attachments = window();
    expect(await attachments.attach(folder, demo)).toMatchObject({ ok: true });
    expect(Object.fromEntries(variables)).toEqual({
      SPARK_REMOTE: 'sc://localhost:20001',
      SPARK_CONNECT_AUTHENTICATE_TOKEN: 'secret',
    });
    expect(attachments.all).toMatchObject([{ ref: demo, state: 'connected' }]);
    // A secret is kept nowhere but in the engine's own file.
    expect(JSON.stringify(kept)).not.toContain('secret');
    await attachments.detach(folder);
    expect(variables.size).toBe(0);
    expect(sessions[0]?.isClosed).toBe(true);
    expect(attachments.all).toEqual([]);
    expect(kept).toEqual({ attachments: {} });
  });

  it('leaves nothing where the first connection fails', async () => {
    refusals = [new ClusterError('CONNECT_UNSUPPORTED', 'It runs Spark 3.5.')];
    const attachments = window();
    expect(await attachments.attach(folder, demo)).toMatchObject({
      ok: false,
      error: { code: 'CONNECT_UNSUPPORTED' },
    });
    expect(attachments.all).toEqual([]);
    expect(variables.size).toBe(0);
    expect(kept).toEqual({});
  });

  it('leads to another cluster by the same connection, and stays where it is if there is none', async () => {
    const attachments = window();
    await attachments.attach(folder, demo);
    await attachments.attach(folder, other);
    expect(sessions.map(({ ledTo }) => ledTo)).toEqual([['demo', 'other']]);
    expect(attachments.all).toMatchObject([{ ref: other, state: 'connected' }]);
    const gone: LocatedCluster = { name: 'missing', provider: 'local' };
    expect(await attachments.attach(folder, gone)).toMatchObject({ ok: false });
    expect(attachments.all).toMatchObject([{ ref: other, state: 'connected' }]);
  });

  it('is found again by the next window, which waits until the one before has let go of the port', async () => {
    await window().attach(folder, demo);
    variables.clear();
    refusals = [new ClusterError('PORT_TAKEN', 'Port 20001 is in use.')];
    const next = window();
    next.restore();
    await vi.waitFor(() => expect(next.all).toMatchObject([{ state: 'connected' }]), 10_000);
    expect(variables.get('SPARK_REMOTE')).toBe('sc://localhost:20001');
    expect(sessions.at(-1)?.ledTo).toEqual(['demo']);
    next.dispose();
    expect(sessions.at(-1)?.isClosed).toBe(true);
    expect(kept).toMatchObject({ attachments: { 'file:///home/user/work': { ref: demo } } });
  });

  it('stays attached when the connection is lost for good, and says so once', async () => {
    const attachments = window();
    await attachments.attach(folder, demo);
    shown.texts.length = 0;
    sessions[0]?.lose(new ClusterError('CLUSTER_NOT_FOUND', 'Cluster "demo" was not found.'));
    await vi.waitFor(() => expect(attachments.all).toMatchObject([{ state: 'disconnected' }]));
    expect(shown.texts.filter((text) => text.includes('was not found'))).toHaveLength(1);
    expect(shown.texts).toContain('Detach');
    await attachments.attach(folder, demo);
    expect(attachments.all).toMatchObject([{ state: 'connected' }]);
  });
});

describe('the folder to attach', () => {
  it('can’t be one whose terminals run elsewhere: it is said what to do', async () => {
    shown.texts.length = 0;
    expect(await attachableFolder(true)).toBeUndefined();
    expect(shown.texts.join()).toContain('remote.extensionKind');
  });

  it('must be one of this machine', async () => {
    shown.texts.length = 0;
    const virtual = { name: 'web', index: 0, uri: { scheme: 'vscode-vfs' } };
    (workspace as { workspaceFolders: unknown }).workspaceFolders = [virtual];
    expect(await attachableFolder(false)).toBeUndefined();
    expect(shown.texts).toContain('Open a local folder to attach a cluster to it.');
  });
});
