import { describe, expect, it } from 'vitest';
import { type ConfigChange, editConfig } from '../../../src/config/editing/edit.ts';
import { buildTemplate } from '../../../src/config/generated/template.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { isClusterError } from '../../../src/model/errors.ts';

const set = (text: string, option: string, value: ConfigChange['value']): string =>
  editConfig(text, [{ option, value }]);

describe('a value that is there', () => {
  it.each([
    [
      'keeps comments and spaces',
      'launch:\n  num-slaves:   1  # few\n',
      'numWorkers',
      3,
      'launch:\n  num-slaves:   3  # few\n',
    ],
    [
      'keeps the key’s spelling',
      'launch: {num_workers: 1}',
      'launch.num-slaves',
      3,
      'launch: {num_workers: 3}',
    ],
    [
      'keeps single quotes',
      "ec2:\n  key-name: 'a'\n",
      'ec2KeyName',
      "it's",
      "ec2:\n  key-name: 'it''s'\n",
    ],
    [
      'keeps double quotes',
      'ec2:\n  key-name: "a"\n',
      'ec2KeyName',
      'b\t',
      'ec2:\n  key-name: "b\\t"\n',
    ],
    [
      'quotes what would be misread',
      'services:\n  spark:\n    version: 3.5.0\n',
      'sparkVersion',
      '3.10',
      'services:\n  spark:\n    version: "3.10"\n',
    ],
    [
      'keeps the way of saying yes',
      'ec2:\n  ebs-optimized: No  # c\n',
      'ec2EbsOptimized',
      true,
      'ec2:\n  ebs-optimized: Yes  # c\n',
    ],
    ['keeps TRUE and FALSE', 'debug: TRUE', 'debug', false, 'debug: FALSE'],
    [
      'keeps CRLF',
      'launch:\r\n  num-slaves: 1\r\ndebug: no\r\n',
      'numWorkers',
      2,
      'launch:\r\n  num-slaves: 2\r\ndebug: no\r\n',
    ],
    ['keeps a byte order mark', '\uFEFFdebug: no\n', 'debug', true, '\uFEFFdebug: yes\n'],
    [
      'fills an empty one',
      'ec2:\n  region:  # where?\n  user: me\n',
      'ec2Region',
      'eu-west-1',
      'ec2:\n  region: eu-west-1  # where?\n  user: me\n',
    ],
    [
      'fills one between brackets',
      'ec2: {region: , user: me}\n',
      'ec2Region',
      'eu-west-1',
      'ec2: {region: eu-west-1 , user: me}\n',
    ],
    [
      'replaces block text',
      'ec2:\n  key-name: |\n    old\n  user: me\n',
      'ec2KeyName',
      'new',
      'ec2:\n  key-name: new\n  user: me\n',
    ],
    [
      'replaces one in place of an alias',
      'x-r: &r eu-west-1\nec2: {region: *r}\n',
      'ec2Region',
      'us-west-2',
      'x-r: &r eu-west-1\nec2: {region: us-west-2}\n',
    ],
    [
      'hands an anchor on',
      'ec2:\n  region: &r eu-west-1\nlaunch:\n  ec2-key-name: *r\n',
      'ec2Region',
      'us-west-2',
      'ec2:\n  region: us-west-2\nlaunch:\n  ec2-key-name: &r eu-west-1\n',
    ],
    [
      'changes the one that counts',
      'services: {spark: {version: 4.0.1}}\nlaunch: {spark-version: 3.5.0}\n',
      'sparkVersion',
      '4.1.4',
      'services: {spark: {version: 4.1.4}}\nlaunch: {spark-version: 3.5.0}\n',
    ],
    ['changes the last of two', 'debug: no\ndebug: no\n', 'debug', true, 'debug: no\ndebug: yes\n'],
    [
      'mends a faulty one',
      'launch:\n  num-slaves: two # !\n',
      'numWorkers',
      2,
      'launch:\n  num-slaves: 2 # !\n',
    ],
    [
      'leaves the same value alone',
      'launch:\n  num-slaves: 0x2\n',
      'numWorkers',
      2,
      'launch:\n  num-slaves: 0x2\n',
    ],
  ])('%s', (_, text, option, value, edited) => {
    expect(set(text, option, value)).toBe(edited);
  });
});

describe('a value that isn’t there', () => {
  it.each([
    [
      'goes to the end of its section',
      'launch:\n    num-slaves: 1 # few\n\n# next\ndebug: no\n',
      'javaVersion',
      17,
      'launch:\n    num-slaves: 1 # few\n    java-version: 17\n\n# next\ndebug: no\n',
    ],
    [
      'goes between brackets',
      'launch: {num-slaves: 1}  # c\n',
      'javaVersion',
      17,
      'launch: {num-slaves: 1, java-version: 17}  # c\n',
    ],
    ['goes into empty brackets', 'launch: {}\n', 'javaVersion', 17, 'launch: {java-version: 17}\n'],
    [
      'goes into an empty section, as deep as its comments',
      'launch: # c\n    # num-slaves: 1\ndebug: no\n',
      'javaVersion',
      17,
      'launch: # c\n    java-version: 17\n    # num-slaves: 1\ndebug: no\n',
    ],
    [
      'gets its section',
      'debug: no\n',
      'sparkVersion',
      '4.1.4',
      'debug: no\nservices:\n  spark:\n    version: 4.1.4\n',
    ],
    [
      'gets part of its section',
      'services:\n    spark:\n        version: 4.1.4\n',
      'hdfsVersion',
      '3.4.1',
      'services:\n    spark:\n        version: 4.1.4\n    hdfs:\n        version: 3.4.1\n',
    ],
    [
      'keeps the early shape',
      'provider: ec2\nec2:\n  region: eu-west-1\n',
      'ec2User',
      'me',
      'provider: ec2\nec2:\n  region: eu-west-1\n  user: me\n',
    ],
    [
      'keeps the early shape for the other provider',
      'ec2:\n  region: eu-west-1\n',
      'localWorkerCores',
      2,
      'ec2:\n  region: eu-west-1\nlocal:\n  worker-cores: 2\n',
    ],
    ['starts a file', '', 'numWorkers', 2, 'launch:\n  num-slaves: 2\n'],
    ['goes behind comments', '# mine', 'debug', true, '# mine\ndebug: true\n'],
    ['goes before the end mark', '---\n# c\n...\n', 'debug', true, '---\n# c\ndebug: true\n...\n'],
    [
      'adds no newline at the end',
      'launch:\n  num-slaves: 1',
      'debug',
      true,
      'launch:\n  num-slaves: 1\ndebug: true',
    ],
    [
      'keeps a blank line between sections',
      'launch:\n  num-slaves: 1\n\nec2:\n  user: me\n',
      'debug',
      true,
      'launch:\n  num-slaves: 1\n\nec2:\n  user: me\n\ndebug: true\n',
    ],
    [
      'goes behind the commented keys of the section above',
      'launch:\n  num-slaves: 1\n  # java-version: 8\n',
      'debug',
      true,
      'launch:\n  num-slaves: 1\n  # java-version: 8\ndebug: true\n',
    ],
    [
      'covers what comes by an alias',
      'x-b: &b {user: me}\nec2: *b\n',
      'ec2User',
      'you',
      'x-b: &b {user: me}\nec2: {<<: *b, user: you}\n',
    ],
    [
      'covers what is merged in',
      'x-b: &b {user: me}\nec2:\n  <<: *b\n',
      'ec2User',
      'you',
      'x-b: &b {user: me}\nec2:\n  <<: *b\n  user: you\n',
    ],
  ])('%s', (_, text, option, value, edited) => {
    expect(set(text, option, value)).toBe(edited);
  });
});

describe('a value that goes', () => {
  it.each([
    [
      'takes its line and the comment on it',
      'launch:\n  # above\n  num-slaves: 1 # few\n  java-version: 17\n',
      'numWorkers',
      'launch:\n  # above\n  java-version: 17\n',
    ],
    [
      'leaves an empty section',
      'launch:\n  num-slaves: 1\ndebug: no\n',
      'numWorkers',
      'launch:\ndebug: no\n',
    ],
    [
      'goes from brackets',
      'launch: {num-slaves: 1, java-version: 17}\n',
      'numWorkers',
      'launch: {java-version: 17}\n',
    ],
    [
      'goes from the end of brackets',
      'launch: {num-slaves: 1, java-version: 17}\n',
      'javaVersion',
      'launch: {num-slaves: 1}\n',
    ],
    ['leaves empty brackets', 'launch: {num-slaves: 1}\n', 'numWorkers', 'launch: {}\n'],
    [
      'goes with its list',
      'ec2:\n  tags:\n  - a,b\n  - c,d\n  user: me\n',
      'ec2Tags',
      'ec2:\n  user: me\n',
    ],
    [
      'goes wherever it is',
      'services: {spark: {version: 4.1.4}}\nlaunch: {spark-version: 3.5.0, num-slaves: 1}\n',
      'sparkVersion',
      'services: {spark: {}}\nlaunch: {num-slaves: 1}\n',
    ],
    [
      'goes from the last line',
      'launch:\n  num-slaves: 1\ndebug: no',
      'debug',
      'launch:\n  num-slaves: 1',
    ],
    [
      'is covered if it is merged in',
      'x-b: &b {user: me}\nec2: *b\n',
      'ec2User',
      'x-b: &b {user: me}\nec2: {<<: *b, user: null}\n',
    ],
    ['needn’t be there', '# nothing\n', 'debug', '# nothing\n'],
  ])('%s', (_, text, option, edited) => {
    expect(set(text, option, null)).toBe(edited);
  });
});

describe('a list', () => {
  const list =
    'ec2:\n  tags: # mine\n    # first\n    - a,1 # one\n    - "b c, 2"\n\n    # last\n    - d,\n  user: me\n';
  it('changes item by item', () => {
    expect(set(list, 'ec2Tags', { a: '1', 'b c': '3', d: '', e: 'x' })).toBe(
      'ec2:\n  tags: # mine\n    # first\n    - a,1 # one\n    - "b c,3"\n\n    # last\n    - d,\n    - e,x\n  user: me\n',
    );
    expect(set(list, 'ec2Tags', { d: '' })).toBe(
      'ec2:\n  tags: # mine\n    # first\n\n    # last\n    - d,\n  user: me\n',
    );
    expect(set(list, 'ec2Tags', {})).toBe('ec2:\n  tags: [] # mine\n    # first\n  user: me\n');
    expect(set('ec2: {security-groups: [a, b, c]}', 'ec2SecurityGroups', ['x', 'b', 'c, d'])).toBe(
      'ec2: {security-groups: [x, b, "c, d"]}',
    );
    expect(
      set('ec2:\n  security-groups:\n  - a # first\n  - b\n', 'ec2SecurityGroups', [
        'z',
        'a',
        'y',
        'b',
      ]),
    ).toBe('ec2:\n  security-groups:\n  - z\n  - a # first\n  - y\n  - b\n');
  });

  it('of volumes keeps those that are only written in another way', () => {
    const volumes = 'ec2:\n  volumes:\n    - size=500,iops=4000,type=gp3 # data\n    - size=8\n';
    const data = { sizeGiB: 500, type: 'gp3', iops: 4000 } as const;
    expect(set(volumes, 'ec2Volumes', [data, { sizeGiB: 9, throughput: 200 }])).toBe(
      'ec2:\n  volumes:\n    - size=500,iops=4000,type=gp3 # data\n    - size=9,throughput=200\n',
    );
  });

  it('comes, and replaces a single value', () => {
    expect(set('ec2:\n  user: me\n', 'ec2SecurityGroups', ['a', 'b: c'])).toBe(
      'ec2:\n  user: me\n  security-groups:\n    - a\n    - "b: c"\n',
    );
    expect(
      set('ec2:\n  security-groups: a # c\n  user: me\n', 'ec2SecurityGroups', ['a', 'b']),
    ).toBe('ec2:\n  security-groups: # c\n    - a\n    - b\n  user: me\n');
    expect(set('ec2: {security-groups: a}', 'ec2SecurityGroups', ['a', 'b'])).toBe(
      'ec2: {security-groups: [a, b]}',
    );
    expect(set('ec2:\n  security-groups: []\n', 'ec2SecurityGroups', ['a'])).toBe(
      'ec2:\n  security-groups: [a]\n',
    );
  });
});

describe('a duration', () => {
  it('is written with units, and stays as it is if it is the same', () => {
    const text = 'launch:\n  max-lifetime: 90 min # a session\n';
    expect(set(text, 'maxLifetime', 5_400)).toBe(text);
    expect(set(text, 'maxLifetime', 28_830)).toBe(
      'launch:\n  max-lifetime: 8 h 30 s # a session\n',
    );
  });
});

describe('editConfig', () => {
  it('writes an empty list into an empty file', () => {
    const text = editConfig('', [{ option: 'localTags', value: {} }]);
    expect(parseConfig(text, '').values).toEqual({ localTags: {} });
  });

  it('makes several changes, one after the other', () => {
    expect(
      editConfig('', [
        { option: 'provider', value: 'ec2' },
        { option: 'providers.ec2.region', value: 'eu-west-1' },
        { option: 'provider', value: null },
      ]),
    ).toBe('providers:\n  ec2:\n    region: eu-west-1\n');
  });

  it('changes the template as a user would', () => {
    const template = buildTemplate();
    const edited = editConfig(template, [
      { option: 'provider', value: 'ec2' },
      { option: 'launch.num-slaves', value: 5 },
    ]);
    expect(edited).toBe(
      template
        .replace('provider: local', 'provider: ec2')
        .replace('num-slaves: 2', 'num-slaves: 5'),
    );
  });

  it.each([
    ['an unknown option', 'debug: no\n', 'nonsense', 1, 'ARGUMENT_INVALID'],
    ['a wrong value', 'debug: no\n', 'numWorkers', 0, 'ARGUMENT_INVALID'],
    ['a wrong type', 'debug: no\n', 'numWorkers', true, 'ARGUMENT_INVALID'],
    ['a tag with a comma', 'debug: no\n', 'ec2Tags', { a: 'b,c' }, 'ARGUMENT_INVALID'],
    ['a text that is no YAML', 'debug: [no\n', 'numWorkers', 1, 'CONFIG_INVALID'],
    ['a tab', 'launch:\n\tnum-slaves: 1\n', 'numWorkers', 1, 'CONFIG_INVALID'],
    ['a list at the top', '- a\n', 'numWorkers', 1, 'CONFIG_INVALID'],
    [
      'a section that is two options’',
      'x: &x {tags: [a]}\nproviders: {ec2: &e {tags: ["a,b"]}, local: *e}\n',
      'ec2Tags',
      { c: 'd' },
      'CONFIG_INVALID',
    ],
  ] as const)('refuses %s', (_, text, option, value, code) => {
    try {
      set(text, option, value);
      expect.unreachable();
    } catch (error) {
      expect(isClusterError(error, code), String(error)).toBe(true);
    }
  });
});
