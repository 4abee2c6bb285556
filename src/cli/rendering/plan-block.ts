import type { Plan, PlanProblem } from '../../model/plan.ts';
import { formatPlannedChange } from '../../text/engine/planned-changes.ts';
import { formatPlace } from '../../text/places.ts';
import {
  formatConfiguration,
  formatPlannedDownload,
  formatPlannedNodes,
  formatPlanPrice,
  formatPriceParts,
  formatScratch,
  formatSoftware,
  formatWorkerOffer,
} from '../../text/plans.ts';
import type { ClusterFlag } from './command-line.ts';
import { remedyLines } from './errors.ts';
import { type Line } from './palette.ts';
import { oneLine, padEnd, wrap } from './text-layout.ts';
import { textWidth } from './width.ts';

const labelWidth = 12;

/**
 * What a launch would do, and what is wrong with it.
 *
 * @param given the flags of the call that asked for it
 */
export function planLines(plan: Plan, width: number, given: readonly ClusterFlag[]): Line[] {
  const { ok, cluster, nodes, software, plannedChanges, problems, suggestions = [] } = plan;
  const where = formatPlace(plan);
  const workers = nodes.filter(({ role }) => role === 'worker');
  const head: Line = [
    [cluster, 'bold'],
    [ok ? ` can be launched on ${where}.` : ` can’t be launched on ${where}.`],
  ];
  return [
    head,
    [],
    ...(['master', 'worker'] as const).flatMap((role) =>
      labelled(
        role === 'master' ? 'master' : 'workers',
        nodes.filter((one) => one.role === role).map((one) => formatPlannedNodes(one)),
      ),
    ),
    ...labelled('for Spark', workers.map((one) => formatWorkerOffer(one)).filter(Boolean)),
    ...labelled(
      'scratch',
      workers
        .map((one) => oneLine(formatScratch(one)))
        .filter(Boolean)
        .flatMap((text) => wrap(text, width - labelWidth)),
    ),
    ...labelled('software', softwareTexts(plan, width - labelWidth)),
    ...labelled('settings', formatConfiguration(plan.configuration).map(oneLine)),
    ...labelled(
      'download',
      software.length === 0 ? [] : [formatPlannedDownload(plan) || 'nothing'],
    ),
    ...labelled('price', [
      formatPlanPrice(plan),
      ...formatPriceParts(plan).map((part) => `  ${part}`),
    ]),
    ...labelled(
      'changes',
      plannedChanges.flatMap((change) =>
        wrap(oneLine(formatPlannedChange(change)), width - labelWidth),
      ),
    ),
    ...(problems.length + suggestions.length === 0 ? [] : [[]]),
    ...problems.flatMap((problem) => noteLines(problem.severity, problem, width, given)),
    ...suggestions.flatMap((one) => noteLines('suggestion', one, width, given)),
  ];
}

const noteColors = { error: 'red', warning: 'yellow', suggestion: 'cyan' } as const;

/** A problem of a plan or a suggestion: how bad, what, and what to do. */
function noteLines(
  word: keyof typeof noteColors,
  { message, remedies }: Pick<PlanProblem, 'message' | 'remedies'>,
  width: number,
  given: readonly ClusterFlag[],
): Line[] {
  const [first = '', ...more] = wrap(oneLine(message), width - word.length - 2);
  return [
    [[`${word}: `, noteColors[word]], [first]],
    ...more.map((line): Line => [[`  ${line}`]]),
    ...remedyLines(remedies, width, given),
  ];
}

function labelled(label: string, texts: readonly string[]): Line[] {
  return texts.map((text, index) => [
    [padEnd(index === 0 ? `  ${label}` : '', labelWidth), 'dim'],
    [text],
  ]);
}

function softwareTexts({ software }: Plan, width: number): string[] {
  const names = software.map(({ chosenBy, ...one }) =>
    chosenBy === undefined
      ? formatSoftware(one)
      : `${formatSoftware(one)} · from ${oneLine(chosenBy)}`,
  );
  const widest = Math.max(0, ...names.map(textWidth));
  return software.flatMap(({ source }, index) => {
    const sources = source.split(/(?<=,) /);
    return sources.map((text, at) => {
      const line = `${padEnd(at === 0 ? (names[index] ?? '') : '', widest)}  ${oneLine(text)}`;
      return at === 0 || textWidth(line) <= width ? line : `    ${oneLine(text)}`;
    });
  });
}
