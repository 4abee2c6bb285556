import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What Spark Connect's own Python client needs, in versions that fit the default Spark; and what a notebook needs. */
const packages = [
  'pyspark-client==4.1.3',
  'pandas>=2.2,<3',
  'pyarrow>=15',
  'grpcio>=1.76',
  'grpcio-status',
  'googleapis-common-protos',
  'ipykernel',
  'jupyter_client',
];

/** A Python environment with Spark Connect's client, made once and kept: half a gigabyte. Gives its folder. */
export function sparkClient(): string {
  const folder = join(homedir(), '.cache', 'flintrock-test', 'spark-client-4.1.3');
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(join(folder, '..'), { recursive: true });
  try {
    // A copy that is moved would name its old place in its scripts: only the interpreter is used, which doesn't mind.
    execFileSync('python3', ['-m', 'venv', draft], { stdio: 'pipe' });
    execFileSync(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages], {
      stdio: 'pipe',
    });
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  return folder;
}
