import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findJavas, javaFits, javaHint } from '../../../src/providers/local/software/find-java.mjs';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('java');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A folder that looks like an installed Java. */
function java(path: string, version: string): string {
  const home = join(folder, path);
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'java'), '#!/bin/sh\nexit 1\n');
  chmodSync(join(home, 'bin', 'java'), 0o755);
  writeFileSync(join(home, 'release'), `IMPLEMENTOR="somebody"\nJAVA_VERSION="${version}"\n`);
  return home;
}

/** Those that were found in this test's folder: the machine's own are of no interest. */
function found(env: Record<string, string>): string[] {
  return findJavas(env, join(folder, 'home'))
    .filter(({ home }) => home.startsWith(folder))
    .map(({ version }) => version);
}

describe('findJavas', () => {
  it('prefers JAVA_HOME, then the path, then the usual places', () => {
    const first = java('first', '17.0.15');
    const second = java('second', '21.0.2');
    java('home/.sdkman/candidates/java/11.0.2-open', '11.0.2');
    mkdirSync(join(folder, 'links'));
    symlinkSync(join(second, 'bin', 'java'), join(folder, 'links', 'java'));
    expect(found({ JAVA_HOME: first, PATH: `${join(folder, 'links')}:/nowhere` })).toEqual([
      '17.0.15',
      '21.0.2',
      '11.0.2',
    ]);
  });

  it('tells one installation once, by whatever way it is reached', () => {
    const home = java('one', '17.0.15');
    expect(found({ JAVA_HOME: home, PATH: join(home, 'bin') })).toEqual(['17.0.15']);
  });

  it('reads the old way of writing versions', () => {
    expect(found({ JAVA_HOME: java('old', '1.8.0_402') })).toEqual(['8.0.402']);
  });

  it('takes no folder for a Java that has no program or says no version', () => {
    mkdirSync(join(folder, 'empty'));
    const mute = java('mute', '17');
    writeFileSync(join(mute, 'release'), 'nothing of use');
    expect(found({ JAVA_HOME: join(folder, 'empty'), PATH: join(mute, 'bin') })).toEqual([]);
  });
});

describe('javaFits', () => {
  const range = { min: '17.0.11', max: '21' };
  it.each([
    ['17.0.10', false],
    ['17.0.11', true],
    ['17.0.15', true],
    ['18', true],
    ['21.0.9', true],
    ['22', false],
    ['11.0.20', false],
    ['8.0.402', false],
  ])('%s fits 17.0.11 to 21: %s', (version, fits) => {
    expect(javaFits({ home: '/', version, major: Number.parseInt(version, 10) }, range)).toBe(fits);
  });
});

it('requires the update of a major version that works', () => {
  const range = { min: '17.0.11', max: '25', updates: { '25': '25.0.3' } };
  const fits = (version: string) =>
    javaFits({ home: '/', version, major: Number.parseInt(version, 10) }, range);
  expect(['17.0.11', '21.0.9', '25.0.3', '25.1'].filter(fits)).toHaveLength(4);
  expect(['17.0.10', '25', '25.0.2', '26'].filter(fits)).toEqual([]);
});

it('says how to get a Java with one command', () => {
  expect(javaHint('darwin', { min: '17.0.11', max: '21' })).toBe(
    'Get it with: brew install --cask temurin@17',
  );
  expect(javaHint('linux', { min: '8', max: '17' })).toMatch(/17/);
});
