import { describe, expect, it } from 'vitest';
import {
  fitsMetadata,
  launchTime,
  ownTags,
  packagesTag,
  readClusterTags,
  readTags,
  tagKeys,
  writeTags,
} from '../../../src/providers/ec2/api/tags.ts';

describe('tags', () => {
  it('survive writing and reading', () => {
    const tags = { a: '1', 'b c/d': '' };
    expect(readTags(writeTags(tags))).toEqual(tags);
    expect(readTags(undefined)).toEqual({});
  });

  it('of the user are all but ours and AWS’s', () => {
    expect(ownTags({ 'flintrock-x': '1', 'aws:x': '2', Name: '3', mine: '4' })).toEqual({
      mine: '4',
    });
  });

  it.each([
    ['project', true],
    ['a+b-c=d.e,f_g:h@i', true],
    ['cost center', false],
    ['team/name', false],
    ['ä', false],
    ['.', false],
    ['..', false],
    ['_index', false],
    ['', false],
  ])('%j in instance metadata: %s', (key, fits) => {
    expect(fitsMetadata(key)).toBe(fits);
  });

  it('tell when a launch began', () => {
    expect(launchTime('20260701T115900Z-0a1b2c3d')).toBe(Date.parse('2026-07-01T11:59:00Z'));
    for (const other of ['', 'x', '2026-07-01T11:59:00Z', '20260701-1'])
      expect(launchTime(other)).toBeUndefined();
  });
});

describe('the tag of event logs', () => {
  it.each([
    ['s3a://data/events', 's3a://data/events'],
    ['s3a://data/events $(reboot)', undefined],
    ['\u001b[31ms3a://data/events', undefined],
    ['file:///tmp', undefined],
  ])('%j names the folder %j', (Value, folder) => {
    expect(readClusterTags([{ Key: tagKeys.eventLogs, Value }]).eventLogs).toBe(folder);
  });
});

describe('the tag of packages', () => {
  it('has as many names as AWS takes, and is read back', () => {
    const names = ['a:b:1', 'https://example.com/x%20y.jar?z', 'c:d:2'];
    const value = packagesTag(names);
    expect(value).toBe('a:b:1 https://example.com/x_20y.jar_z c:d:2');
    expect(readClusterTags([{ Key: tagKeys.packages, Value: value }]).packages).toEqual([
      'a:b:1',
      'https://example.com/x_20y.jar_z',
      'c:d:2',
    ]);
    const many = packagesTag(Array.from({ length: 40 }, (_, n) => `group:artifact-${n}:1.0`));
    expect(many.length).toBeLessThanOrEqual(256);
    expect(many.length).toBeGreaterThan(200);
  });

  it('is no word of anybody’s that isn’t a name', () => {
    const value = '\u001b[31m a:b:1 $(reboot) -rf';
    expect(readClusterTags([{ Key: tagKeys.packages, Value: value }]).packages).toEqual(['a:b:1']);
  });
});
