import { describe, expect, it, vi } from 'vitest';
import { sessionEnvironment } from '../../../src/engine/connect/connect-session.ts';
import { attachmentStatus } from '../../../src/extension/attach/attachment-status.ts';
import { localClusterName } from '../../../src/extension/attach/local-cluster-name.ts';
import { sparkEnvironment } from '../../../src/extension/attach/spark-environment.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));

const connection = { remote: 'sc://localhost:20001', token: 'a'.repeat(64) };
const folder = { name: 'work', uri: { fsPath: '/home/user/work' }, index: 0 } as never;
const environment = sparkEnvironment(connection);

describe('what the status bar says of an attached folder', () => {
  it('is the cluster’s name, with the address and never the token in the tooltip', () => {
    const ref = { name: 'demo', provider: 'ec2', region: 'us-east-1' } as const;
    const status = attachmentStatus({ folder, ref, state: 'connected', environment });
    expect(status).toMatchObject({ icon: 'plug', text: 'demo' });
    expect(status.tooltip).toContain('"work" is attached to the Spark cluster "demo" (us-east-1)');
    expect(status.tooltip).toContain('sc://localhost:20001');
    expect(status.tooltip).not.toContain(connection.token);
  });

  it('is this machine for the folder’s own local cluster, and for no other', () => {
    const text = (name: string, provider: 'local' | 'ec2') =>
      attachmentStatus({ folder, ref: { name, provider }, state: 'connected', environment }).text;
    expect(text('work', 'local')).toBe('This machine');
    expect(text('demo', 'local')).toBe('demo');
    expect(text('work', 'ec2')).toBe('work');
  });

  it('tells a connection that is made from one that is lost', () => {
    const ref = { name: 'demo', provider: 'local' } as const;
    const states = (['connecting', 'connected', 'reconnecting', 'disconnected'] as const).map(
      (state) => attachmentStatus({ folder, ref, state, environment }),
    );
    expect(new Set(states.map(({ tooltip }) => tooltip)).size).toBe(4);
    expect(states.map(({ icon }) => icon)).toEqual([
      'sync~spin',
      'plug',
      'sync~spin',
      'debug-disconnect',
    ]);
  });
});

describe('the environment of attached programs', () => {
  it('is the one that the engine’s own connections have', () => {
    expect(environment).toEqual(sessionEnvironment(connection));
  });
});

describe('the local cluster of a folder', () => {
  it('has the folder’s name, as far as a cluster can have it', () => {
    expect(localClusterName('/home/user/my project (2)')).toBe('my-project-2-');
    expect(localClusterName('/home/user/.config')).toBe('config');
    expect(localClusterName('/home/user/über')).toBe('ber');
    expect(localClusterName('/')).toBe('workspace');
    expect(localClusterName(`/home/${'x'.repeat(100)}`)).toHaveLength(63);
  });
});
