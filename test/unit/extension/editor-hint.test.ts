import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { options } from '../../../src/config/options.ts';
import { editorHint, keyOf } from '../../../src/extension/editor-hint.ts';

describe('a hint in the editor', () => {
  it.each([
    ['Remove it: flintrock destroy demo', 'Remove it: “Destroy…”', ['demo']],
    [
      'Finish it: flintrock resume my.demo. Or remove it: flintrock destroy my.demo',
      'Finish it: “Finish Launch”. Or remove it: “Destroy…”',
      ['my.demo', 'my.demo'],
    ],
    [
      'Add them once it is ready: flintrock add-workers demo --num-workers 2',
      'Add them once it is ready: “Add Workers…”',
      ['demo'],
    ],
    [
      'Check the path, or write a file with "flintrock configure".',
      'Check the path, or write a file with “Edit Configuration”.',
      [undefined],
    ],
    ['Remove it: flintrock doctor --fix', 'Remove it: “Find Out What Is Wrong”', [undefined]],
    ['It is a flintrock thing.', 'It is a flintrock thing.', []],
  ])('names the editor’s commands: %s', (hint, text, clusters) => {
    const shown = editorHint(hint);
    expect(shown.text).toBe(text);
    expect(shown.commands.map(({ cluster }) => cluster)).toEqual(clusters);
  });

  it.each([
    ['Launch on this machine: --provider local', 'Launch on this machine: “provider: local”'],
    [
      'Say which one: --ec2-region eu-west-1, without --ec2-regions.',
      'Say which one: “providers.ec2.region: eu-west-1”, without “providers.ec2.regions”.',
    ],
    [
      'Say who may reach it: --ec2-authorize-access-from 203.0.113.7/32',
      'Say who may reach it: “providers.ec2.authorize-access-from: 203.0.113.7/32”',
    ],
    ['It needs: --no-ec2-cloud-init', 'It needs: “providers.ec2.cloud-init: no”'],
    [
      'Name a subnet and its VPC: --ec2-subnet-id and --ec2-vpc-id. There are two.',
      'Name a subnet and its VPC: “providers.ec2.subnet-id” and “providers.ec2.vpc-id”. There are two.',
    ],
    ['the key (--ec2-identity-file).', 'the key (“providers.ec2.identity-file”).'],
  ])('names the file’s keys: %s', (hint, text) => expect(editorHint(hint).text).toBe(text));

  it('knows the key of every flag', () => {
    for (const { flag, key } of Object.values(options)) expect(keyOf(flag.slice(2))).toBe(key);
  });

  it('has the manifest’s own titles', () => {
    const titles = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
    const { commands } = editorHint(
      'launch describe start stop destroy add-workers remove-workers resume repair authorize doctor login ui run-command configure'
        .split(' ')
        .map((verb) => `flintrock ${verb}.`)
        .join(' '),
    );
    expect(commands).toHaveLength(15);
    for (const { id, title } of commands)
      expect(titles[id.replace('flintrock.', 'command.')]).toBe(title);
  });
});
