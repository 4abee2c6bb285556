import { remedyLines } from './errors.ts';
import type { Plan, PlannedNodes, PlanProblem } from '../../model/plan.ts';
import { capacity } from '../../model/size.ts';
import { hourly, place, plannedKind } from './nouns.ts';
import { textLength, type Line } from './palette.ts';
import { bytes } from './size.ts';
import { count } from '../../model/count.ts';
import { oneLine, padEnd, wrap } from './text.ts';

const labelWidth = 12;

/** What a launch would do, and what is wrong with it. */
export function planLines(plan: Plan, width: number): Line[] {
  const { ok, cluster, provider, nodes, software, price, changes, problems } = plan;
  const where = place(plan);
  const head: Line = [
    [cluster, 'bold'],
    [ok ? ` can be launched on ${where}.` : ` can’t be launched on ${where}.`],
  ];
  return [
    head,
    [],
    ...labelled('nodes', nodes.map(nodesText)),
    ...labelled('software', softwareTexts(plan, width - labelWidth)),
    ...labelled('to fetch', software.length === 0 ? [] : [fetchText(plan)]),
    ...labelled('price', [
      price === null ? (provider === 'local' ? 'nothing' : 'not known') : hourly(price.perHour),
      ...(price?.parts ?? []).map(({ name, perHour }) => `  ${name}: ${hourly(perHour)}`),
    ]),
    ...labelled(
      'changes',
      changes.flatMap((change) => wrap(oneLine(change), width - labelWidth)),
    ),
    ...(problems.length === 0 ? [] : [[]]),
    ...problems.flatMap((problem) => problemLines(problem, width)),
  ];
}

/** A problem of a plan: how bad, what, and what to do. */
function problemLines({ severity, message, remedies }: PlanProblem, width: number): Line[] {
  const [first = '', ...more] = wrap(oneLine(message), width - severity.length - 2);
  return [
    [[`${severity}: `, severity === 'error' ? 'red' : 'yellow'], [first]],
    ...more.map((line): Line => [[`  ${line}`]]),
    ...remedyLines(remedies, width),
  ];
}

function labelled(label: string, texts: readonly string[]): Line[] {
  return texts.map((text, index) => [
    [padEnd(index === 0 ? `  ${label}` : '', labelWidth), 'dim'],
    [text],
  ]);
}

function nodesText(nodes: PlannedNodes): string {
  const { role, count: number, cores, memoryMiB, type } = nodes;
  const size = cores === null || memoryMiB === null ? '' : `, ${capacity(cores, memoryMiB)}`;
  const each = number > 1 && size !== '' ? ' each' : '';
  return `${count(number, role)}${type === 'process' ? '' : ` on ${plannedKind(nodes)}`}${size}${each}`;
}

function softwareTexts({ software }: Plan, width: number): string[] {
  const names = software.map(({ name, version }) =>
    version === null ? name : `${name} ${version}`,
  );
  const widest = Math.max(0, ...names.map(textLength));
  return software.flatMap(({ source }, index) => {
    const sources = source.split(/(?<=,) /);
    return sources.map((text, at) => {
      const line = `${padEnd(at === 0 ? (names[index] ?? '') : '', widest)}  ${oneLine(text)}`;
      return at === 0 || textLength(line) <= width ? line : `    ${oneLine(text)}`;
    });
  });
}

function fetchText({ software }: Plan): string {
  const known = software.reduce((sum, { fetchBytes }) => sum + (fetchBytes ?? 0), 0);
  const unknown = software.some(({ fetchBytes }) => fetchBytes === null);
  if (unknown) return known === 0 ? 'size not known' : `${bytes(known)} and more`;
  return known === 0 ? 'nothing' : bytes(known);
}
