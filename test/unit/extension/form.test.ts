import { describe, expect, it } from 'vitest';
import { configService } from '../../../src/extension/configuration/config-service.ts';
import { smallestEdit } from '../../../src/extension/configuration/smallest-edit.ts';
import type { FormField, FormState } from '../../../src/protocol/config-form.ts';

const { formOf, editText, launchValues, withPicked, buildTemplate } = configService;

function form(text: string): FormState {
  return formOf({ text, file: '/project/flintrock.yaml' }, { cwd: '/project', home: '/home/me' });
}

function field(text: string, name: string): FormField {
  const found = form(text)
    .groups.flatMap(({ fields }) => fields)
    .find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no field ${name}`);
  return found;
}

describe('the form of a configuration', () => {
  it('shows the groups of the provider in use only', () => {
    expect(form('provider: local\n').groups.map(({ title }) => title)).toEqual([
      'Cluster',
      'Spark',
      'HDFS',
      'This machine',
      'Tags',
    ]);
    expect(form('provider: ec2\n').groups.map(({ title }) => title)).toContain('Network');
  });

  it('has the template without a problem, and can change it', () => {
    const state = form(buildTemplate());
    expect(state).toMatchObject({ ok: true, editable: true, problems: [] });
    expect(
      state.groups.flatMap(({ fields }) => fields.flatMap(({ problems }) => problems)),
    ).toEqual([]);
  });

  it('shows values as the file has them, whatever key they stand under', () => {
    expect(field('launch:\n  num-workers: 3\n', 'numWorkers').value).toBe('3');
    expect(field('services:\n  spark:\n    version: 4.1.10\n', 'sparkVersion').value).toBe(
      '4.1.10',
    );
    expect(field('launch:\n  install-hdfs: no\n', 'installHdfs').value).toBe('no');
    expect(
      field('providers:\n  local:\n    tags:\n      - a,1\n      - b,2\n', 'localTags').value,
    ).toBe('a,1\nb,2');
    expect(field('', 'numWorkers')).toMatchObject({ value: null, unset: '2' });
  });

  it('has problems beside the field they are about, without its name', () => {
    expect(field('launch:\n  num-slaves: 0\n', 'numWorkers').problems).toMatchObject([
      { severity: 'error', message: expect.not.stringContaining('num-slaves') as string },
    ]);
  });

  it('has other problems on top, with their place', () => {
    const state = form('launch:\n  num-slave: 2\n');
    expect(state.ok).toBe(false);
    expect(state.problems).toMatchObject([
      { severity: 'error', message: expect.stringMatching(/^Line 2: Unknown key/) as string },
    ]);
  });

  it('has labels in sentence case, and help only where it adds to them', () => {
    const all = form('provider: ec2\n').groups.flatMap(({ fields }) => fields);
    for (const { label, help } of all) {
      expect(label).toMatch(/^[A-Z]/);
      expect(help.toLowerCase()).not.toBe(`${label.toLowerCase()}.`);
    }
    expect(all.map(({ label }) => label)).not.toContain('Regions');
  });

  it('has boxes for yes and no, and names for what is chosen', () => {
    expect(field('', 'installHdfs')).toMatchObject({ kind: 'checkbox', unset: 'no', choices: [] });
    expect(field('', 'provider').choices).toEqual([
      { value: 'local', label: 'Local' },
      { value: 'ec2', label: 'Amazon EC2' },
    ]);
  });

  it('can’t change what is no sound YAML', () => {
    expect(form('launch: [\n')).toMatchObject({ ok: false, editable: false });
  });
});

describe('a change of a field', () => {
  it('changes nothing else in the text', () => {
    const before = '# mine\nlaunch:\n  num-slaves: 2   # few\n  stray: 1\n';
    expect(editText(before, 'numWorkers', ' 5 ')).toEqual({
      ok: true,
      text: before.replace('2 ', '5 '),
    });
  });

  it('takes an option out', () => {
    expect(editText('launch:\n  num-slaves: 2\n  java-version: 17\n', 'javaVersion', null)).toEqual(
      {
        ok: true,
        text: 'launch:\n  num-slaves: 2\n',
      },
    );
  });

  it('takes lists a line each', () => {
    const result = editText('provider: local\n', 'localTags', 'team,search\nowner,me');
    expect(result.ok && field(result.text, 'localTags').value).toBe('team,search\nowner,me');
  });

  it('takes properties a line each, and keeps the section of the file', () => {
    const text = 'services:\n  spark:\n    spark-defaults:\n      spark.a: 1 # one\n';
    expect(field(text, 'sparkDefaults')).toMatchObject({ kind: 'lines', value: 'spark.a=1' });
    expect(editText(text, 'sparkDefaults', 'spark.a=1\nspark.b=x=y\n')).toEqual({
      ok: true,
      text: `${text}      spark.b: x=y\n`,
    });
    expect(editText(text, 'sparkDefaults', 'spark.master=x')).toMatchObject({
      ok: false,
      problem: { message: expect.stringContaining('set by the cluster') as string },
    });
  });

  it('shows durations and volumes as the file has them', () => {
    const ec2 = 'provider: ec2\n';
    const timed = editText(ec2, 'idleTimeout', '90 min');
    expect(timed.ok && field(timed.text, 'idleTimeout')).toMatchObject({
      kind: 'text',
      value: '1 h 30 min',
    });
    const stored = editText(ec2, 'ec2Volumes', 'size=500\nsize=8,type=gp2');
    expect(stored.ok && field(stored.text, 'ec2Volumes')).toMatchObject({
      kind: 'lines',
      value: 'size=500\nsize=8,type=gp2',
    });
  });

  it('is refused with the words of the command line', () => {
    expect(editText('', 'numWorkers', 'many')).toMatchObject({
      ok: false,
      problem: { severity: 'error' },
    });
    expect(editText('', 'constructor', 'x')).toMatchObject({ ok: false });
  });
});

describe('what is launched', () => {
  it('is what the text says of the provider in use', () => {
    expect(
      launchValues({
        text: 'provider: local\nlaunch:\n  num-slaves: 3\nproviders:\n  ec2:\n    region: us-east-1\n',
        file: '/project/flintrock.yaml',
      }),
    ).toEqual({ provider: 'local', numWorkers: 3 });
  });
});

describe('the smallest edit', () => {
  it.each([
    ['abc', 'abc'],
    ['', 'abc'],
    ['abc', ''],
    ['aaa', 'aa'],
    ['a\r\nb\r\n', 'a\r\nc\r\nb\r\n'],
    ['x: 1\ny: 2\n', 'x: 10\ny: 2\n'],
  ])('%j → %j', (before, after) => {
    const change = smallestEdit(before, after);
    const made =
      change === undefined
        ? before
        : before.slice(0, change.from) + change.text + before.slice(change.to);
    expect(made).toBe(after);
  });
});

describe('a value that was picked', () => {
  it('is one more of a list, and the only one elsewhere', () => {
    const text = 'providers:\n  ec2:\n    subnet-id: subnet-1\n    instance-type: m5.large\n';
    const from = { text, file: '/project/flintrock.yaml' };
    expect(withPicked(from, 'ec2SubnetId', 'subnet-2')).toBe('subnet-1\nsubnet-2');
    expect(withPicked(from, 'ec2SubnetId', 'subnet-1')).toBe('subnet-1');
    expect(withPicked(from, 'ec2InstanceType', 'm5a.large')).toBe('m5a.large');
  });
});
