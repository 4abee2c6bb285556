import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bootstrapScript } from '../../../src/node/bootstrap/bootstrap.ts';
import { setUpFrom } from '../../../src/node/bootstrap/ssh-bootstrap.ts';
import { bootstrapCommand } from '../../../src/node/layout.ts';
import { nodeSettings } from './node-settings.ts';

describe('how nodes are set up, made of what one of them keeps', () => {
  const ownScript = '#!/bin/bash\nFIXED_ROLE=mine\n';
  const settings = nodeSettings({});
  const { launchId } = settings;
  const scriptOf = (role: 'master' | 'worker', masterAddress: string): string =>
    bootstrapScript({ ...settings, role, masterAddress }, { ownScript });

  it.each(['master', 'worker'] as const)('is the same from a %s', (role) => {
    const setUp = setUpFrom(scriptOf(role, '10.0.0.4'), launchId);
    expect(setUp?.('worker', '10.0.0.7')).toBe(scriptOf('worker', '10.0.0.7'));
    expect(setUp?.('master', '10.0.0.7')).toBe(scriptOf('master', '10.0.0.7'));
  });

  it('is nothing where it is another cluster’s, or none at all', () => {
    expect(setUpFrom(scriptOf('worker', '10.0.0.4'), '20200101T000000Z-00000000')).toBeUndefined();
    expect(setUpFrom('', launchId)).toBeUndefined();
  });
});

it('a script that broke off on its way is not run', () => {
  const script = bootstrapScript(nodeSettings({ role: 'worker', masterAddress: '10.0.0.4' }));
  // What the command looks at before it runs anything.
  const check = /tail -n 1 \S+ \| (grep -q "[^"]+")/.exec(bootstrapCommand)?.[1] ?? 'false';
  const passes = (text: string): boolean => {
    try {
      execFileSync('sh', ['-c', `tail -n 1 | ${check}`], { input: text });
      return true;
    } catch {
      return false;
    }
  };
  expect(passes(script)).toBe(true);
  for (const part of [0.3, 0.6, 0.95, 0.999])
    expect(passes(script.slice(0, Math.floor(script.length * part)))).toBe(false);
});
