import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Surroundings } from '../../base/surroundings.ts';
import type { OptionValues } from '../../config/options/options.ts';
import { ClusterError } from '../../model/errors.ts';
import { advice } from '../../model/remedy.ts';
import {
  packageForm,
  requirementForm,
  wheelName,
} from '../../model/software/packages/package-forms.ts';
import {
  readRequirementsFile,
  requirementName,
  withRequirements,
} from '../../model/software/packages/python-requirements.ts';
import type { PackageAdditions, WheelFile } from '../provider.ts';

/** A requirements file is read at once; one that is larger is none. */
const maxFileBytes = 1024 * 1024;

/**
 * Tells packages for Spark from those for Python by how they are written, and reads the files among them.
 *
 * @throws ClusterError `ARGUMENT_INVALID`, `FILE_NOT_FOUND`
 */
export async function readPackageRequest(
  texts: readonly string[],
  { cwd }: Pick<Surroundings, 'cwd'>,
): Promise<PackageAdditions> {
  const packages: string[] = [];
  const wheels: WheelFile[] = [];
  let requirements: string[] = [];
  for (const text of texts.map((one) => one.trim()))
    if (packageForm.pattern.test(text)) packages.push(text);
    else if (/\.whl$/i.test(text)) wheels.push(await readWheel(resolve(cwd, text)));
    else if (/\.txt$/i.test(text))
      requirements = withRequirements(requirements, await readFileOf(resolve(cwd, text)));
    else if (requirementForm.pattern.test(text))
      requirements = withRequirements(requirements, [text]);
    else
      throw new ClusterError('ARGUMENT_INVALID', `${JSON.stringify(text)} is not a package.`, {
        remedies: advice(
          `For Spark, use ${packageForm.words}.`,
          `For Python, use ${requirementForm.words}, a requirements file (.txt) or a wheel (.whl).`,
        ),
      });
  if (packages.length + requirements.length + wheels.length === 0)
    throw new ClusterError('ARGUMENT_INVALID', 'No package was named.');
  const named = new Set(wheels.map(({ name }) => requirementName(name)));
  return {
    given: texts,
    packages,
    // A wheel of one’s own comes before what an index has of that name.
    requirements: requirements.filter((one) => !named.has(requirementName(one))),
    wheels,
  };
}

/**
 * The options with the packages of the requirements file that they name.
 *
 * @throws ClusterError `ARGUMENT_INVALID`, `FILE_NOT_FOUND`
 */
export async function withRequirementsFile(values: OptionValues): Promise<OptionValues> {
  const { pythonRequirements: path, pythonPackages } = values;
  if (path === undefined) return values;
  return {
    ...values,
    pythonPackages: withRequirements(await readFileOf(path), pythonPackages),
  };
}

/**
 * The wheels that options name.
 *
 * @throws ClusterError `ARGUMENT_INVALID`, `FILE_NOT_FOUND`
 */
export function readWheels({
  pythonWheels,
}: Pick<OptionValues, 'pythonWheels'>): Promise<readonly WheelFile[]> {
  return Promise.all(pythonWheels.map(readWheel));
}

async function readFileOf(path: string): Promise<readonly string[]> {
  await requireFile(path, maxFileBytes);
  const found = readRequirementsFile(await readFile(path, 'utf8'));
  if (!('line' in found)) return found;
  throw new ClusterError(
    'ARGUMENT_INVALID',
    `${path}, line ${found.line}: ${JSON.stringify(found.text.slice(0, 100))} is not a requirement such as pandas>=2.2,<3.`,
    { remedies: advice('Options of pip, URLs, paths and hashes are not supported in this file.') },
  );
}

async function readWheel(path: string): Promise<WheelFile> {
  await requireFile(path, Number.MAX_SAFE_INTEGER);
  const name = basename(path);
  if (!wheelName.test(name))
    throw new ClusterError('ARGUMENT_INVALID', `${path} doesn’t have the file name of a wheel.`, {
      remedies: advice('Don’t rename wheels; the name is such as own-1.0-py3-none-any.whl.'),
    });
  const file = await open(path);
  try {
    const start = await file.read({ buffer: Buffer.alloc(2), position: 0 });
    if (start.buffer.toString('latin1') !== 'PK')
      throw new ClusterError('ARGUMENT_INVALID', `${path} is not a wheel.`);
  } finally {
    await file.close();
  }
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { path, name, key: hash.digest('hex').slice(0, 16) };
}

async function requireFile(path: string, limit: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true)
    throw new ClusterError('FILE_NOT_FOUND', `File not found: ${path}.`, {
      details: { local: path },
    });
  if (found.size > limit)
    throw new ClusterError('ARGUMENT_INVALID', `${path} is too large for a requirements file.`);
}
