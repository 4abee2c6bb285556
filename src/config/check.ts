import {
  defaultHadoopVersion,
  firstYarnHadoopVersion,
  isSupportedHadoop,
  isSupportedYarn,
  isYarnsJava,
  yarnJava,
} from '../model/software/hadoop-versions.ts';
import { javaRangeText, sparkLine } from '../model/software/spark-versions.ts';
import { sparkVersionProblem } from '../node/services/spark-release.ts';
import { type OptionName, optionNames, options, type OptionValue } from './options/options.ts';
import { pathsIn } from './options/paths.ts';
import type { ConfigProblem } from './problem.ts';
import { redact } from './redact.ts';
import type { Settings } from './resolve.ts';
import { shownValue, type WrittenValue } from './values/written-value.ts';

/** What `configure --check` prints. */
export interface CheckResult {
  /** Whether no problem is an error. */
  readonly ok: boolean;
  /** What a launch would use, by the file's keys; `null` where nothing is set and the provider decides. */
  readonly options: Readonly<Record<string, WrittenValue | null>>;
  readonly problems: readonly ConfigProblem[];
}

/** What the check may look at: this machine's files, and nothing else. */
export interface CheckLooks {
  /** Whether there is a file or folder. */
  readonly exists: (path: string) => boolean;
}

/**
 * What a launch would use, and what is wrong or doubtful about it.
 *
 * It asks nobody: what can't be launched anywhere is an error; what is only not there here and now is a warning, while a plan,
 * which looks at the world, refuses it.
 */
export function checkSettings(settings: Settings, looks: CheckLooks): CheckResult {
  const problems = [
    ...settings.problems,
    ...missingFiles(settings, looks),
    ...unsupportedSoftware(settings),
  ].map((problem) => ({ ...problem, message: redact(problem.message) }));
  return {
    ok: problems.every(({ severity }) => severity !== 'error'),
    options: Object.fromEntries(
      optionNames
        .filter((name) => (options[name].provider ?? settings.provider) === settings.provider)
        .map((name) => [options[name].key, printable(name, settings.values[name])]),
    ),
    problems,
  };
}

function printable(name: OptionName, value: OptionValue | undefined): WrittenValue | null {
  if (value === undefined) return null;
  const written = shownValue(options[name], value);
  return typeof written === 'string' ? redact(written) : written;
}

function* missingFiles(settings: Settings, { exists }: CheckLooks): Generator<ConfigProblem> {
  for (const name of optionNames) {
    const { provider = settings.provider } = options[name];
    if (provider !== settings.provider) continue;
    for (const path of pathsIn(options[name], settings.values[name]).filter((one) => !exists(one)))
      yield problem(
        'warning',
        settings,
        name,
        `"${path}" was not found on this machine.`,
        'A launch requires it. Relative paths are resolved from the folder of the file, then from the current folder.',
      );
  }
}

/** Versions that a launch refuses, and that the one who wrote them must change. */
function* unsupportedSoftware(settings: Settings): Generator<ConfigProblem> {
  if (settings.values.installSpark) yield* unsupportedSpark(settings);
  const { installHdfs, installYarn, hdfsVersion, javaVersion } = settings.values;
  // Clusters on this machine have no HDFS.
  if (settings.provider === 'ec2' && installHdfs && !isSupportedHadoop(hdfsVersion))
    yield problem(
      'error',
      settings,
      'hdfsVersion',
      `HDFS of Hadoop ${hdfsVersion} is not supported.`,
      `Use Hadoop ${defaultHadoopVersion}.`,
    );
  if (settings.provider !== 'ec2' || !installYarn) return;
  if (isSupportedHadoop(hdfsVersion) && !isSupportedYarn(hdfsVersion))
    yield problem(
      'error',
      settings,
      'hdfsVersion',
      `YARN of Hadoop ${hdfsVersion} does not support the Java that Spark requires.`,
      `Use Hadoop ${firstYarnHadoopVersion} or newer.`,
    );
  if (javaVersion !== undefined && !isYarnsJava(javaVersion))
    yield problem(
      'error',
      settings,
      'javaVersion',
      `YARN does not run on Java ${javaVersion}.`,
      `Use Java ${yarnJava.min} or ${yarnJava.max}.`,
    );
}

function* unsupportedSpark(settings: Settings): Generator<ConfigProblem> {
  const { sparkVersion, sparkGitCommit, javaVersion } = settings.values;
  if (sparkGitCommit !== undefined) {
    yield problem(
      'error',
      settings,
      'sparkGitCommit',
      'Spark can’t be built from a commit.',
      'Set services.spark.version to a release.',
    );
    return;
  }
  const wrong = sparkVersionProblem(sparkVersion);
  if (wrong !== undefined)
    yield problem(
      wrong.severity,
      settings,
      'sparkVersion',
      wrong.message,
      wrong.nearest && `The nearest supported release is ${wrong.nearest}.`,
    );
  const line = sparkLine(sparkVersion);
  if (
    line !== undefined &&
    javaVersion !== undefined &&
    (javaVersion < major(line.java.min) || javaVersion > major(line.java.max))
  )
    yield problem(
      // On this machine another Java is used, if there is one.
      settings.provider === 'ec2' ? 'error' : 'warning',
      settings,
      'javaVersion',
      `Spark ${sparkVersion} does not run on Java ${javaVersion}.`,
      `Spark ${line.line} requires Java ${javaRangeText(line.java)}.`,
    );
}

function major(version: string): number {
  return Number.parseInt(version, 10);
}

function problem(
  severity: ConfigProblem['severity'],
  settings: Settings,
  name: OptionName,
  message: string,
  hint: string | null,
): ConfigProblem {
  const position = settings.origin[name] === 'file' ? settings.positions[name] : undefined;
  const key =
    position?.key ?? (settings.origin[name] === 'flag' ? options[name].flag : options[name].key);
  return {
    severity,
    file: position === undefined ? null : settings.file,
    line: position?.line ?? null,
    column: position?.column ?? null,
    key,
    message: `${key}: ${message}`,
    hint,
  };
}
