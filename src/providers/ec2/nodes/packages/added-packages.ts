import { shellWord } from '../../../../base/shell-word.ts';
import { ClusterError } from '../../../../model/errors.ts';
import { packageForm } from '../../../../model/software/packages/package-forms.ts';
import { type PackageSet, withPackages } from '../../../../model/software/packages/package-set.ts';
import { isRequirementLine } from '../../../../model/software/packages/python-requirements.ts';
import { nodeLayout } from '../../../../node/layout.ts';
import type { SshConnection } from '../../../../ssh/connection.ts';
import type { RecordedPackages } from '../../inventory/launch-record.ts';

/**
 * Packages that a cluster got after its launch, kept on its master: root’s there, so that what can be changed by tags doesn’t count. A
 * master can’t be replaced, and keeps it over stops.
 */
export interface AddedPackages {
  /** For Spark: coordinates and URLs. */
  readonly packages: readonly string[];
  /** Maven repository that comes before Maven Central; `null` for that of the launch. */
  readonly repository: string | null;
  /** For Python: requirements, and paths of wheels on the nodes. */
  readonly requirements: readonly string[];
  /** URL of the package index; `null` for pip’s own choice. */
  readonly index: string | null;
}

/** Of a cluster that is as its launch made it. */
export const nothingAdded: AddedPackages = {
  packages: [],
  repository: null,
  requirements: [],
  index: null,
};

const file = `${nodeLayout.stateFolder}/packages.json`;

/**
 * Reads what was added to a cluster.
 *
 * @param master the connection to its master
 * @throws ClusterError `CLUSTER_STATE_UNFIT` if the record is there and isn’t one
 */
export async function readAddedPackages(
  master: SshConnection,
  signal: AbortSignal,
): Promise<AddedPackages> {
  const text = await master.execOrThrow(
    `if sudo -n test -e ${file}; then sudo -n cat ${file}; fi`,
    'The master could not tell its packages',
    signal,
  );
  if (text.trim() === '') return nothingAdded;
  const added = parse(text);
  if (added !== undefined) return added;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The record of installed packages on the master (${file}) can’t be read.`,
  );
}

/** Records what was added to a cluster. */
export async function writeAddedPackages(
  master: SshConnection,
  added: AddedPackages,
  signal: AbortSignal,
): Promise<void> {
  const command = `cat >${file}.new && sync ${file}.new && mv ${file}.new ${file}`;
  await master.execOrThrow(
    `sudo -n sh -c ${shellWord(command)}`,
    'The master could not record the packages',
    signal,
    { input: JSON.stringify({ format: 1, ...added }) },
  );
}

/** What Spark is to have beside itself: what the launch recorded, and what was added; `undefined` if that is nothing. */
export function allPackages(
  recorded: RecordedPackages | undefined,
  { packages, repository }: AddedPackages,
): RecordedPackages | undefined {
  if (packages.length === 0) return recorded;
  const none: RecordedPackages & PackageSet = { tables: [], packages: [] };
  const set = withPackages(recorded ?? none, packages);
  return repository === null ? set : { ...set, repository };
}

function parse(text: string): AddedPackages | undefined {
  try {
    const raw = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const { format, packages, repository, requirements, index } = raw;
    const isText = (one: unknown): one is string | null => one === null || typeof one === 'string';
    return format === 1 &&
      isList(packages, (one) => packageForm.pattern.test(one)) &&
      isList(requirements, isRequirementLine) &&
      isText(repository) &&
      isText(index)
      ? { packages, repository, requirements, index }
      : undefined;
  } catch {
    return undefined;
  }
}

function isList(value: unknown, fits: (one: string) => boolean): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && fits(one));
}
