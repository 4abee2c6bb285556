import { existsSync } from 'node:fs';
import { checkSettings } from '../config/check.ts';
import { findConfigFile } from '../config/find.ts';
import { loadConfig } from '../config/load.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { resolveSettings } from '../config/resolve.ts';
import type { WrittenValue } from '../config/values/written-value.ts';
import { formatCount } from '../text/counts.ts';
import type { Call } from './command.ts';
import { exitCodes } from './exit-code.ts';
import { problemLines } from './rendering/errors.ts';
import type { CheckJson } from './rendering/json.ts';
import type { Line } from './rendering/palette.ts';
import { padEnd } from './rendering/text-layout.ts';

/** Prints what a launch would use, and what is wrong with the configuration. */
export function checkConfiguration({ flags, values, session }: Call): number {
  const { io } = session;
  const { cwd, home } = io;
  const file = findConfigFile({ ...io, explicit: flags.text('config') });
  const settings = resolveSettings({
    config: file === undefined ? undefined : loadConfig(file),
    overrides: values,
    verb: 'launch',
    cwd,
    home,
    exists: existsSync,
  });
  const { ok, options, problems } = checkSettings(settings, { exists: existsSync });
  const { provider, providerReason } = settings;
  // In a pipe lines aren't broken: a message is to be found by its words.
  const width = io.stdout.isTTY ? session.width : Infinity;
  const json: CheckJson = { ok, file: file ?? null, provider, options, problems };
  session.result(json, () => [
    [['file', 'dim'], [`      ${file ?? 'none'}`]],
    [['provider', 'dim'], [`  ${provider} (${providerReason})`]],
    [],
    ...optionLines(options),
    ...problems.flatMap((problem) => labelledProblem(problem, width)),
    [],
    [[verdict(problems)]],
  ]);
  return ok ? exitCodes.done : exitCodes.usage;
}

function optionLines(options: CheckJson['options']): Line[] {
  const entries = Object.entries(options);
  const widest = Math.max(...entries.map(([key]) => key.length));
  return entries.map(([key, value]) => [
    [`  ${padEnd(key, widest)}  `],
    value === null ? ['not set', 'dim'] : [valueText(value)],
  ]);
}

function valueText(value: WrittenValue): string {
  if (typeof value !== 'object') return String(value);
  const items = Array.isArray(value)
    ? value
    : Object.entries(value).map(([key, text]) => `${key}=${text}`);
  return items.length === 0 ? 'none' : items.join(', ');
}

function labelledProblem(problem: ConfigProblem, width: number): Line[] {
  return [
    [],
    [[problem.severity, problem.severity === 'error' ? 'red' : 'yellow']],
    ...problemLines(problem, width),
  ];
}

function verdict(problems: readonly ConfigProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  if (problems.length === 0) return 'No problems found.';
  return `${formatCount(errors, 'error')}, ${formatCount(warnings, 'warning')}.`;
}
