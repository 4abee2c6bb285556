import { plainText } from '../../../base/plain-text.ts';
import type { ExplainResult } from '../../../engine/verbs/explain.ts';
import type { ExplainFinding } from '../../../model/history/explanation.ts';
import { formatMeasuredDuration } from '../../../text/durations.ts';
import {
  formatCost,
  formatFinding,
  formatFindingAdvice,
  formatFindingTitle,
  formatGain,
  formatPythonLine,
  formatSetting,
  formatUse,
} from '../../../text/history/findings.ts';
import type { Line } from '../palette.ts';
import { oneLine, padEnd, padStart, wrap } from '../text-layout.ts';
import { cutText, textWidth } from '../width.ts';

const labelWidth = 11;
/** Wider text isn’t easier to read. */
const maxWidth = 100;
const indent = 3;

/** An explanation of `explain --json`: texts stand beside the data. */
export type ExplainJson = Omit<ExplainResult, 'findings'> & {
  readonly findings: readonly (ExplainFinding & {
    readonly message: string;
    readonly advice: string;
  })[];
};

/** An explanation as `--json` prints it. */
export function explainJson(result: ExplainResult): ExplainJson {
  return {
    ...result,
    findings: result.findings.map((finding) => ({
      ...finding,
      message: formatFinding(finding),
      advice: formatFindingAdvice(finding),
    })),
  };
}

/** Why an application took as long as it did, for a user. */
export function explanationLines(result: ExplainResult, terminalWidth: number): Line[] {
  const width = Math.min(terminalWidth, maxWidth);
  const { findings, application } = result;
  const unread = application.isCut || application.skippedEvents > 0;
  return [
    [
      [oneLine(application.name) || application.id, 'bold'],
      [`  ${result.cluster}`, 'dim'],
    ],
    ...summary(result, width),
    [],
    ...(findings.length === 0
      ? [[['No problems found.', 'green']] as Line]
      : findings.flatMap((finding, index) => [
          ...(index === 0 ? [] : [[] as Line]),
          ...findingLines(finding, index + 1, width),
        ])),
    ...(unread
      ? [[], [['Parts of the event log could not be read; there may be more.', 'yellow']] as Line]
      : []),
  ];
}

function summary({ application, use, savedAt }: ExplainResult, width: number): Line[] {
  const { id, sparkVersion, jobs, stages, executors, endedAt } = application;
  const state =
    endedAt !== null
      ? `ran ${formatMeasuredDuration(use.durationMs / 1000)}`
      : `${formatMeasuredDuration(use.durationMs / 1000)} so far, not completed`;
  const failed = jobs.failed === 0 ? '' : `, ${jobs.failed} failed`;
  const values: readonly (readonly [string, string])[] = [
    ['id', `${id}${sparkVersion === '' ? '' : ` · Spark ${sparkVersion}`}`],
    ...(savedAt === null
      ? []
      : [['saved', savedAt.replace('T', ' ').replace(/\..*/, ' UTC')] as const]),
    ['duration', state],
    ['work', `${plural(jobs.count, 'job')}${failed}, ${plural(stages.length, 'stage')}`],
    ['executors', `${executors.count}, with up to ${plural(executors.maxCores, 'core')}`],
    ['use', formatUse(use)],
    ['cost', formatCost(use)],
  ];
  return values.flatMap(([label, value]) =>
    wrap(oneLine(value), width - labelWidth - 2).map((text, index): Line => [
      [`  ${padEnd(index === 0 ? label : '', labelWidth)}`, 'dim'],
      [text],
    ]),
  );
}

function findingLines(finding: ExplainFinding, number: number, width: number): Line[] {
  const isError = finding.severity === 'error';
  const title = formatFindingTitle(finding.kind);
  const gain = formatGain(finding);
  const saving = gain === '' ? '' : `could save ${gain}`;
  const gap = width - indent - textWidth(title) - textWidth(saving);
  const head: Line = [
    [padEnd(`${number}.`, indent)],
    [title, isError ? 'red' : 'yellow'],
    ...(saving === ''
      ? []
      : [[gap > 1 ? padStart(saving, gap + textWidth(saving)) : `  ${saving}`, 'dim'] as const]),
  ];
  return [
    head,
    ...paragraph(formatFinding(finding), width),
    ...pythonLines(finding, width),
    ...paragraph(formatFindingAdvice(finding), width),
    ...finding.settings.map((one): Line => [
      [' '.repeat(indent + 2)],
      [oneLine(formatSetting(one)), 'cyan'],
    ]),
  ];
}

/** The line of the user’s own Python that a failure comes from. */
function pythonLines(finding: ExplainFinding, width: number): Line[] {
  if (finding.kind !== 'failed-tasks' || finding.python === null) return [];
  const { code, ...place } = finding.python;
  return [formatPythonLine({ ...place, code: null }), ...(code === null ? [] : [`  ${code}`])]
    .flatMap((text) => cutHard(plainText(text), width - indent - 2))
    .map((text): Line => [[' '.repeat(indent + 2)], [text, 'cyan']]);
}

/** Text in lines; what is longer than one, such as a path, goes on in the next. */
function paragraph(text: string, width: number): Line[] {
  return wrap(oneLine(text), width - indent)
    .flatMap((line) => cutHard(line, width - indent))
    .map((line): Line => [[' '.repeat(indent) + line]]);
}

/** A line in pieces that fit, wherever they break. */
function cutHard(line: string, width: number): string[] {
  const parts: string[] = [];
  let rest = line;
  while (textWidth(rest) > width) {
    // With one character more, which says that something is left out.
    const part = cutText(`${rest}…`, width + 1).slice(0, -1);
    if (part === '') break;
    parts.push(part);
    rest = rest.slice(part.length);
  }
  return [...parts, rest];
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
