import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findConfigFile, isOurConfig, userConfigFile } from '../../../src/config/find.ts';
import { isClusterError } from '../../../src/model/errors.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let home: string;
let cwd: string;

beforeEach(() => {
  home = temporaryFolder('find');
  cwd = join(home, 'project');
  mkdirSync(cwd);
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

function write(file: string, text = 'launch:\nproviders:\n'): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const find = (explicit?: string): string | undefined =>
  findConfigFile({ explicit, cwd, home, env: {}, platform: 'linux' });

describe('findConfigFile', () => {
  it('takes the named file before all, then flintrock.yaml, then our config.yaml, then the user’s own', () => {
    expect(find()).toBeUndefined();
    const own = write(join(home, '.config/flintrock/config.yaml'));
    expect(find()).toBe(own);
    const shared = write(join(cwd, 'config.yaml'));
    expect(find()).toBe(shared);
    const named = write(join(cwd, 'flintrock.yaml'), '');
    expect(find()).toBe(named);
    const other = write(join(cwd, 'deep/other.yaml'), '');
    expect(find('deep/other.yaml')).toBe(other);
    expect(find(other)).toBe(other);
  });

  it('leaves other people’s config.yaml, and folders, alone', () => {
    const own = write(join(home, '.config/flintrock/config.yaml'));
    write(join(cwd, 'config.yaml'), 'services:\n  web: {}\n');
    mkdirSync(join(cwd, 'flintrock.yaml'));
    expect(find()).toBe(own);
  });

  it.each(['none.yaml', '', '.'])('throws if the named file "%s" isn’t there', (explicit) => {
    try {
      find(explicit);
      expect.unreachable();
    } catch (error) {
      expect(isClusterError(error, 'CONFIG_NOT_FOUND')).toBe(true);
    }
  });
});

describe('isOurConfig', () => {
  it.each([
    [
      '# yaml-language-server: $schema=https://unpkg.com/flintrock/schema/config.schema.json\n',
      true,
    ],
    ['#yaml-language-server: $schema=./Flintrock.json\n', true],
    [
      '# yaml-language-server: $schema=https://json.schemastore.org/github-workflow.json\nlaunch: 1\n',
      false,
    ],
    ['launch:\n  num-slaves: 1\nproviders:\n  ec2:\n    ami: x\n', true],
    ['launch:\n  num-slaves: 1\nprovider: ec2\n', false],
    ['services:\r\n  spark:\r\nproviders:\r\n  ec2:\r\n', true],
    ['"launch": {}\nec2: {}\n', true],
    ['services:\n  web:\n    image: x\nvolumes: {}\n', false],
    ['services:\n  web:\n    provider: x\n', false],
    ['providers:\n  ec2: {}\n', false],
    ['# launch:\n# ec2:\n', false],
    // Of other programs.
    ['services:\n  web:\n    image: x\nproviders:\n  mail: {}\n', false],
    ['services:\n  spark-master:\n    image: x\nec2:\n  profile: x\n', false],
    ['launch:\n  browser: firefox\nproviders:\n  ec2: {}\n', false],
    ['services: {web: {image: x}}\nec2: {region: us-east-1}\n', false],
    ['services: {spark: {version: 4.1.4}}\nec2: {region: us-east-1}\n', true],
    [
      'services:\n    spark:\n        version: 4.1.4\n    odd: 1\nproviders:\n    ec2:\n        x: 1\n',
      true,
    ],
    ['', false],
  ])('%j: %s', (text, ours) => {
    expect(isOurConfig(text)).toBe(ours);
  });
});

describe('userConfigFile', () => {
  it.each([
    ['linux', {}, '/home/me/.config/flintrock/config.yaml'],
    ['linux', { XDG_CONFIG_HOME: '/etc/me' }, '/etc/me/flintrock/config.yaml'],
    ['linux', { XDG_CONFIG_HOME: '' }, '/home/me/.config/flintrock/config.yaml'],
    [
      'darwin',
      { XDG_CONFIG_HOME: '/etc/me' },
      '/home/me/Library/Application Support/Flintrock/config.yaml',
    ],
    [
      'win32',
      { APPDATA: 'C:\\Users\\me\\AppData\\Roaming' },
      'C:\\Users\\me\\AppData\\Roaming\\Flintrock\\config.yaml',
    ],
  ])('on %s with %j is %s', (platform, env, file) => {
    expect(userConfigFile({ platform, env, home: '/home/me' })).toBe(file);
  });
});
