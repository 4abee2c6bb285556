import * as fc from 'fast-check';
import { type OptionName, options, type OptionValue } from '../../src/config/options/options.ts';
import { volumeTypes } from '../../src/model/volume.ts';

const words = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const awkwardText = fc.oneof(
  words,
  fc.constantFrom(
    'yes',
    '010',
    '3.10',
    '~',
    'null',
    'a: b',
    'x #y',
    "it's",
    '"q"',
    '- a',
    '[x]',
    '{v}',
    '*z',
    '&z',
    '!t',
    '%d',
    '@a',
    '`b',
    ' lead',
    'trail ',
    'é',
    '日本',
    'tab\there',
    'a\\b',
    '1:30',
    '2001-01-01',
    '=',
    '<<',
    'k:',
    '?',
    ':',
    '🎉',
    'a, b',
    '#c',
  ),
  fc.string({ minLength: 1, maxLength: 12 }),
);

/** A value that the option takes and the file can hold. */
export function valueFor(name: OptionName): fc.Arbitrary<OptionValue> {
  const definition = options[name];
  const example = definition.example;
  switch (definition.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'memory':
    case 'duration':
      return fc.integer({ min: definition.min, max: definition.max });
    case 'number':
      return fc.double({ min: definition.above, minExcluded: true, max: 1e6, noNaN: true });
    case 'enum':
      return fc.constantFrom(...definition.choices);
    case 'version':
      return fc.constantFrom(
        ...['3.10', '4.1.4', '3.5', '4', '4.2.0-preview1', '3.5.10', '0.10'].filter(
          (text) => definition.form?.pattern.test(text) ?? true,
        ),
      );
    case 'url':
      return fc.constantFrom(
        'https://e.org/s/{v}/',
        's3://b/k',
        'http://h:8080/a?b=c&d#e',
        'file:///x/{v}.tgz',
      );
    case 'path':
      return awkwardText;
    case 'string':
      return definition.form === undefined ? awkwardText : fc.constant(example);
    case 'list':
      if (definition.form === undefined)
        return fc.array(
          awkwardText.filter((text) => text.trim() !== ''),
          { maxLength: 4 },
        );
      return fc.uniqueArray(
        definition.form === 'access-source'
          ? fc.constantFrom('10.0.0.1', '10.0.0.0/16', '::1', 'sg-12', '192.168.0.0/24')
          : fc.constant(example),
        { maxLength: 4 },
      );
    case 'volumes':
      return fc.array(
        fc.record(
          {
            sizeGiB: fc.integer({ min: 1, max: 65_536 }),
            type: fc.constantFrom(...volumeTypes),
            iops: fc.integer({ min: 100, max: 256_000 }),
            throughput: fc.integer({ min: 125, max: 2_000 }),
          },
          { requiredKeys: ['sizeGiB'] },
        ),
        { maxLength: 4 },
      );
    case 'properties': {
      const name = words.map((word) => {
        if (definition.file === 'spark-env') return `A_${word.replaceAll('-', '_')}`;
        return `${definition.file === 'spark-defaults' ? 'spark' : 'my'}.${word}`;
      });
      const value = fc.oneof(
        // Flags and the form have the spaces around it taken off.
        awkwardText.filter((text) => text === text.trim()),
        fc.constantFrom('64', '0', 'true', '4g', '010', '1e3', ''),
      );
      return fc
        .array(fc.tuple(name, value), { maxLength: 4 })
        .map((pairs) => Object.fromEntries(pairs));
    }
    case 'tags': {
      const part = awkwardText.map((text) => text.replaceAll(',', '').trim());
      return fc
        .array(
          fc.tuple(
            part.filter((key) => key !== '' && !/^aws:/i.test(key)),
            part,
          ),
          { maxLength: 4 },
        )
        .map((pairs) => Object.fromEntries(pairs));
    }
  }
}

interface Leaf {
  readonly key: string;
  readonly value: string | readonly string[];
}

const comment = fc.option(fc.constantFrom(' # why', '  # two words: "here"', ' #'), { nil: '' });

const launchLeaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc.record({
    key: fc.constantFrom('num-slaves', 'num_slaves', 'num-workers'),
    value: fc.constantFrom('1', '0x10', '1_0', '"3"', "'4'", ''),
  }),
  fc.record({
    key: fc.constantFrom('install-hdfs', 'install_spark', 'assume-yes'),
    value: fc.constantFrom('no', 'Yes', 'TRUE', 'off', "'on'", '~', ''),
  }),
  fc.record({
    key: fc.constantFrom('spark-version', 'spark-executor-instances', 'java-version'),
    value: fc.constantFrom('17', '8', '"9"', ''),
  }),
  fc.record({
    key: fc.constantFrom('stray', 'x y z'),
    value: fc.constantFrom('1', 'text here', '[1, 2]', '{a: b}', '|\n      block\n      text', ''),
  }),
);
const providerLeaf: fc.Arbitrary<Leaf> = fc.oneof(
  fc
    .record({
      key: fc.constantFrom('region', 'availability-zone'),
      value: fc.constantFrom('us-east-1', '"eu-west-1"', "'us-west-2'", ''),
    })
    .map((leaf) => (leaf.key === 'region' ? leaf : { key: leaf.key, value: 'us-east-1a' })),
  fc.record({
    key: fc.constantFrom('key-name', 'key_name', 'identity-file', 'placement-group'),
    value: fc.constantFrom('k', "'my key'", '"a\\tb"', '~/k.pem', ''),
  }),
  fc.record({
    key: fc.constant('tags'),
    value: fc.constantFrom([], ['a,b'], ['a,b', '"c d, e"', "'f,'"], [
      'a,1',
      'a,2',
      'b,3',
    ] as readonly string[]),
  }),
  fc.record({
    key: fc.constantFrom('security-groups', 'security_groups'),
    value: fc.constantFrom(['x'], ['x', '"y z"', 'w'], 'alone', ['p', 'p', 'q']),
  }),
  fc.record({
    key: fc.constantFrom('ebs-optimized', 'stray_key'),
    value: fc.constantFrom('no', 'False', ''),
  }),
);
const sparkLeaf: fc.Arbitrary<Leaf> = fc
  .record({
    key: fc.constantFrom(
      'version',
      'executor-instances',
      'download-source',
      'git-commit',
      'spark-defaults',
      'spark-env',
    ),
    value: fc.constantFrom('4', '3', '"5"', ''),
  })
  .chain((leaf) => {
    if (!leaf.key.startsWith('spark-')) return fc.constant(leaf);
    const [a, b] = leaf.key === 'spark-env' ? ['A', 'B'] : ['spark.a', 'spark.b.c'];
    return fc
      .constantFrom<Leaf['value']>('', '{}', `{${a}: 1}`, `{${a}: yes, "${b}": 'x y'}`, [
        `"${a}=1"`,
        `${b}=2`,
      ])
      .map((value) => ({ ...leaf, value }));
  })
  .map((leaf) =>
    leaf.key === 'download-source'
      ? { ...leaf, value: '"https://x/{v}/"' }
      : leaf.key === 'git-commit'
        ? { ...leaf, value: 'latest' }
        : leaf,
  );

interface Style {
  readonly indent: number;
  readonly flow: boolean;
  readonly indentless: boolean;
  readonly comments: readonly string[];
  readonly lead: boolean;
}

const style: fc.Arbitrary<Style> = fc.record({
  indent: fc.constantFrom(2, 4, 3),
  flow: fc.boolean(),
  indentless: fc.boolean(),
  comments: fc.array(comment, { minLength: 4, maxLength: 4 }),
  lead: fc.boolean(),
});

function writeSection(
  key: string,
  leaves: readonly Leaf[],
  depth: number,
  { indent, flow, indentless, comments, lead }: Style,
): string[] {
  const pad = ' '.repeat(depth);
  if (
    flow &&
    leaves.length > 0 &&
    leaves.every(({ value }) => typeof value !== 'string' || !value.includes('\n'))
  )
    return [
      `${pad}${key}: {${leaves.map(({ key: k, value }) => `${k}: ${typeof value === 'string' ? value : `[${value.map(quoted).join(', ')}]`}`).join(', ')}}${comments[0] ?? ''}`,
    ];
  const lines = [`${pad}${key}:${comments[0] ?? ''}`];
  const inner = ' '.repeat(depth + indent);
  if (lead) lines.push(`${inner}# num-slaves: 5`, '');
  for (const [index, leaf] of leaves.entries()) {
    const tail = comments[index % comments.length] ?? '';
    if (typeof leaf.value === 'string') {
      const [first, ...more] = leaf.value.split('\n');
      lines.push(
        `${inner}${leaf.key}:${first === '' ? '' : ` ${first ?? ''}`}${more.length === 0 ? tail : ''}`,
      );
      lines.push(...more.map((line) => `${pad}      ${line}`));
    } else if (leaf.value.length === 0) lines.push(`${inner}${leaf.key}: []${tail}`);
    else {
      lines.push(`${inner}${leaf.key}:${tail}`);
      const dash = indentless ? inner : `${inner}  `;
      for (const item of leaf.value) lines.push(`${dash}- ${item}${tail}`);
      lines.push(`${inner}# behind the list`);
    }
  }
  return lines;
}

function quoted(item: string): string {
  return /^["']/.test(item) ? item : `"${item}"`;
}

const uniqueLeaves = (leaf: fc.Arbitrary<Leaf>): fc.Arbitrary<Leaf[]> =>
  fc.uniqueArray(leaf, { selector: ({ key }) => key, maxLength: 4 });

/** Files as people write them: both shapes, brackets or not, comments, empty sections, strays, any line ends. */
export const configText: fc.Arbitrary<string> = fc
  .record({
    early: fc.boolean(),
    launch: fc.option(uniqueLeaves(launchLeaf), { nil: undefined }),
    ec2: fc.option(uniqueLeaves(providerLeaf), { nil: undefined }),
    spark: fc.option(uniqueLeaves(sparkLeaf), { nil: undefined }),
    top: fc.constantFrom(
      [],
      ['provider: ec2'],
      ['debug: yes  # loud'],
      ['# only a comment', ''],
      ['x-base: &b {region: eu-west-1, key-name: based}'],
    ),
    style,
    order: fc.boolean(),
    blank: fc.boolean(),
    eol: fc.constantFrom('\n', '\n', '\r\n'),
    ending: fc.constantFrom('eol', 'eol', 'none', 'blank', 'comment', 'marker'),
    bom: fc.constantFrom('', '', '\uFEFF'),
    start: fc.constantFrom('', '', '---'),
    merge: fc.boolean(),
  })
  .map((plan) => {
    const blocks: string[][] = [];
    const merges = plan.merge && plan.top[0]?.startsWith('x-base') === true;
    if (plan.launch !== undefined) blocks.push(writeSection('launch', plan.launch, 0, plan.style));
    if (plan.ec2 !== undefined) {
      const leaves = merges ? [{ key: '<<', value: '*b' }, ...plan.ec2] : plan.ec2;
      const depth = plan.early ? 0 : plan.style.indent;
      const lines =
        merges && plan.ec2.length === 0
          ? [`${' '.repeat(depth)}ec2: *b`]
          : writeSection('ec2', leaves, depth, plan.style);
      blocks.push(plan.early ? lines : ['providers:', ...lines]);
    }
    if (plan.spark !== undefined)
      blocks.push([
        'services:',
        ...writeSection('spark', plan.spark, plan.style.indent, plan.style),
      ]);
    if (plan.order) blocks.reverse();
    const top = [...(plan.start === '' ? [] : [plan.start]), ...plan.top];
    const body = [...top, ...blocks.flatMap((block) => (plan.blank ? [...block, ''] : block))];
    const lines =
      plan.ending === 'comment'
        ? [...body, '# the end']
        : plan.ending === 'marker' && body.length > 0
          ? [...body, '...']
          : body;
    const joined = lines.join('\n').replace(/\n+$/, '');
    const text =
      joined === '' || plan.ending === 'none'
        ? joined
        : `${joined}\n${plan.ending === 'blank' ? '\n\n' : ''}`;
    return plan.bom + text.replaceAll('\n', plan.eol);
  });
