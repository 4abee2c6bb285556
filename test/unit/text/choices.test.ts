import { expect, it } from 'vitest';
import { formatChoice } from '../../../src/text/engine/choices.ts';
import { choiceFacts } from '../../helpers/engine-data.ts';

it('says what is known of a value to choose', () => {
  const lines = choiceFacts.map((facts) => {
    const { description, detail } = formatChoice({ value: 'x', facts });
    return `${facts.kind}: ${description} | ${detail}`;
  });
  expect(lines).toEqual([
    'key-pair: ed25519 | 1f:51',
    'subnet: demo · us-east-1a · default · public | vpc-1 · 10.0.0.0/24 · 250 available addresses',
    'subnet: us-east-1a · private | vpc-1 · 10.0.0.0/24 · 1 available address',
    'subnets: default · 1 subnet | ',
    'subnets: 3 subnets | ',
    'image: demo · arm64 | latest',
    'image:  | 2026-01-31',
    'instance-type: 2 cores, 8 GiB · arm64 · $0.082/h | ',
    'instance-type: 2 cores, 8 GiB · arm64 | ',
  ]);
  expect(formatChoice({ value: 'eu-west-1' })).toEqual({ description: '', detail: '' });
});
