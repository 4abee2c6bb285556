import { shellWord } from '../../base/shell-word.ts';
import type { PlannedSoftware } from '../../model/plan.ts';
import { advice, setOption } from '../../model/remedy.ts';
import { packageProblems, packageRemedy } from '../../model/software/packages/package-fit.ts';
import { packageNames, type PackageSet } from '../../model/software/packages/package-set.ts';
import { s3Library } from '../../model/software/packages/s3-libraries.ts';
import { tableRelease } from '../../model/software/packages/table-formats.ts';
import { shareProgram } from '../beacon/share-program.ts';
import installScript from './install-packages.sh';
import script from './spark-packages.sh';
import type { Report } from './spark-release.ts';

/** The program that fetches jars; it takes their folder, that of Spark’s jars, Java’s home, a Maven repository or nothing, and packages. */
export const sparkPackagesProgram = script;

/** The program that gives a node’s Spark the jars; it takes the name of their folder, the master’s address and port, and properties. */
export const installPackagesProgram = `SHARE=${shellWord(shareProgram)}\n${installScript}`;

/** Reports packages that don’t fit the Spark of a cluster. */
export function checkPackages(
  { tables, packages, s3 }: PackageSet,
  sparkVersion: string,
  report: Report,
): void {
  if (s3 === true && s3Library(sparkVersion) === undefined)
    report(
      'error',
      'PACKAGE_MISMATCH',
      `No libraries of S3 for Spark ${sparkVersion} are known.`,
      [setOption('Use another Spark version.', 'services.spark.version')],
      'launch.s3',
    );
  for (const format of tables)
    if (tableRelease(format, sparkVersion) === undefined)
      report(
        'error',
        'PACKAGE_MISMATCH',
        `No release of ${format === 'delta' ? 'Delta Lake' : 'Apache Iceberg'} for Spark ${sparkVersion} is known.`,
        [setOption('Use another Spark version.', 'services.spark.version')],
        'launch.tables',
      );
  for (const problem of packageProblems(packages, sparkVersion))
    report(
      problem.severity,
      'PACKAGE_MISMATCH',
      problem.message,
      packageRemedy(problem, sparkVersion),
      'launch.packages',
    );
}

/** The packages as a part of a plan. */
export function plannedPackages(
  set: PackageSet,
  sparkVersion: string,
  repository: string | undefined,
): PlannedSoftware {
  const names = packageNames(set, sparkVersion).join(', ');
  return {
    name: 'packages',
    version: null,
    source: repository === undefined ? names : `${names} from ${repository}`,
    fetchBytes: null,
  };
}

/** What can be done if packages can’t be fetched. */
export const unfetchedRemedies = [
  ...advice('Check the coordinates, and the network connection.'),
  setOption(
    'Or name a Maven repository that has them and can be reached.',
    'services.spark.maven-repository',
  ),
];

/** Reports paths on S3 that options name without S3 itself. */
export function checkS3Paths(
  {
    s3,
    eventLogFolder,
    sparkWarehouse,
  }: {
    readonly s3: boolean;
    readonly eventLogFolder?: string | undefined;
    readonly sparkWarehouse?: string | undefined;
  },
  report: Report,
): void {
  if (s3) return;
  const remedies = [setOption('Install what Spark needs for S3.', 'launch.s3', true)];
  if (eventLogFolder !== undefined)
    report(
      'error',
      'PLAN_REFUSED',
      'The event logs are to be on S3, which is not enabled.',
      remedies,
      'services.spark.event-log-folder',
    );
  if (sparkWarehouse?.startsWith('s3a://') === true)
    report(
      'warning',
      'PLAN_REFUSED',
      'The warehouse is on S3, which is not enabled.',
      remedies,
      'services.spark.warehouse',
    );
}
