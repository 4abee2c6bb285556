import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, commandsOf, runDocumented } from '../helpers/documentation.ts';
import { LocalLab } from '../helpers/local-lab.ts';
import { S3Store } from '../helpers/s3-store.ts';

describe('docs/s3.md', () => {
  const lab = new LocalLab();
  let store: S3Store;
  beforeAll(async () => {
    store = await S3Store.start();
    await store.createBucket('my-bucket');
    Object.assign(lab.env, {
      AWS_ENDPOINT_URL: store.endpoint,
      AWS_SHARED_CREDENTIALS_FILE: join(lab.home, 'credentials'),
      AWS_CONFIG_FILE: join(lab.home, 'config'),
    });
    for (const [name, text] of Object.entries({
      credentials: '[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s3cret\n',
      config: '[default]\nregion = us-east-1\n',
      'write.py': blocksOf('s3.md', 'python')[0] ?? '',
      // On a machine that may be small.
      'flintrock.yaml':
        'provider: local\nlaunch:\n  num-slaves: 1\nproviders:\n  local:\n    worker-cores: 1\n    worker-memory: 1g\n',
    }))
      writeFileSync(join(lab.home, name), text);
  });
  afterAll(async () => {
    await lab.close();
    store.close();
  });

  it('has commands that do what they say', async () => {
    const commands = commandsOf('s3.md');
    expect(commands.length).toBeGreaterThan(3);
    for (const line of commands) {
      const { code, stdout, stderr } = await runDocumented(lab, line, { config: 'flintrock.yaml' });
      expect([line, code, stderr]).toEqual([line, 0, expect.not.stringContaining('can’t be read')]);
      if (line.includes('submit')) expect(stdout).toBe('1000\n');
      if (line.includes('destroy'))
        expect(stderr).toContain('The event logs remain in s3a://my-bucket/event-logs');
    }
    expect(await store.text('my-bucket', 'numbers/_SUCCESS')).toContain('"committer":"magic"');
    expect(await store.keys('my-bucket', 'event-logs/')).not.toEqual([]);
  });
});
