// npm run audit: asks the registry for known vulnerabilities of exactly what ships. `npm audit` looks at what is installed, which for
// a bundled package is either everything or nothing.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildProject, installPackages, requireNode, root } from './prepare.mjs';

requireNode();
installPackages();
buildProject();

const file = join(root, 'sbom.cdx.json');
if (!existsSync(file)) throw new Error('There is no SBOM: run "npm run build".');
/** @type {{ components: { name: string, group?: string, version: string }[] }} */
const { components } = JSON.parse(readFileSync(file, 'utf8'));
/** @type {Record<string, string[]>} */
const asked = {};
for (const { name, version } of components) (asked[name] ??= []).push(version);

const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
/** @type {Record<string, { severity: string, title: string, url: string, vulnerable_versions: string }[]>} */
let found;
try {
  // The end point that `npm audit` asks too.
  const answer = await fetch(new URL('-/npm/v1/security/advisories/bulk', registry), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(asked),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  found = /** @type {typeof found} */ (await answer.json());
} catch (error) {
  console.error(
    `The registry can’t be asked for advisories: ${error instanceof Error ? error.message : String(error)}`,
  );
  process.exit(2);
}
for (const [name, advisories] of Object.entries(found))
  for (const { severity, title, url, vulnerable_versions: versions } of advisories)
    console.log(`${severity}: ${name} ${versions}: ${title} (${url})`);
const count = Object.values(found).flat().length;
console.log(`${components.length} packages ship; ${count} advisories`);
process.exitCode = count === 0 ? 0 : 1;
