import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Makes the wheel of a package with one module, whose `answer()` gives a text; gives its path. */
export function makeWheel(folder: string, name: string, version: string, answer: string): string {
  const path = join(folder, `${name}-${version}-py3-none-any.whl`);
  const info = `${name}-${version}.dist-info`;
  const files = {
    [`${name}.py`]: `def answer():\n    return ${JSON.stringify(answer)}\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]:
      'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: [`${name}.py`, 'METADATA', 'WHEEL', 'RECORD']
      .map((file) => `${file === `${name}.py` ? file : `${info}/${file}`},,\n`)
      .join(''),
  };
  const program =
    'import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n  for n, t in json.loads(sys.argv[2]).items(): z.writestr(n, t)';
  execFileSync('python3', ['-c', program, path, JSON.stringify(files)]);
  return path;
}
