// What of others' is bundled into what ships: found by the bundler's own list of inputs, told with its licences, and as an SBOM.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { root } from './prepare.mjs';

/** Files in the project's folder that both packages hold. */
export const noticesFile = 'THIRD-PARTY-NOTICES.txt';
export const sbomFile = 'sbom.cdx.json';

/**
 * A package of which something is bundled.
 *
 * @typedef {object} BundledPackage
 * @property {string} name
 * @property {string} version
 * @property {string} license as its manifest says it: an SPDX expression
 * @property {string} homepage
 * @property {string} text of its licence and notices
 */

/**
 * The packages that the bundler took something of.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @returns {BundledPackage[]} by name and version
 */
export function bundledPackages(metafiles) {
  /** @type {Map<string, BundledPackage>} */
  const found = new Map();
  for (const { outputs } of metafiles)
    for (const { inputs } of Object.values(outputs))
      for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
        const folder = bytesInOutput > 0 ? packageFolder(file) : undefined;
        if (folder === undefined) continue;
        const one = readPackage(folder);
        found.set(`${one.name}@${one.version}`, one);
      }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/**
 * Writes the notices and the SBOM of what is bundled.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 */
export async function writeThirdParty(metafiles) {
  const packages = bundledPackages(metafiles);
  await writeFile(join(root, noticesFile), notices(packages));
  await writeFile(join(root, sbomFile), sbom(packages));
}

/** @param {string} file as the bundler names it: from the project's folder */
function packageFolder(file) {
  const at = file.lastIndexOf('node_modules/');
  if (at === -1) return undefined;
  const [scope = '', name = ''] = file.slice(at + 'node_modules/'.length).split('/');
  return join(root, file.slice(0, at), 'node_modules', scope, scope.startsWith('@') ? name : '');
}

/**
 * @param {string} folder
 * @returns {BundledPackage}
 */
function readPackage(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { name, version, homepage = '' } = manifest;
  // "licenses" is what old manifests have.
  const license = manifest.license ?? manifest.licenses?.[0]?.type;
  const files = licenceFiles(folder);
  if (typeof license !== 'string') throw new Error(`${name} ${version} doesn’t say its licence.`);
  return {
    name,
    version,
    license,
    homepage,
    text: files.map((file) => readFileSync(file, 'utf8').trim()).join('\n\n'),
  };
}

/**
 * A package's licence and notices; of a part of a larger project that keeps them at its top, none.
 *
 * @param {string} folder
 */
function licenceFiles(folder) {
  return readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(name))
    .sort()
    .map((name) => join(folder, name))
    .filter((file) => existsSync(file) && dirname(relative(root, file)) !== '.');
}

/**
 * Packages that bring the same text of a licence share it.
 *
 * @param {readonly BundledPackage[]} packages
 */
function notices(packages) {
  /** @type {Map<string, BundledPackage[]>} */
  const byText = new Map();
  for (const one of packages) byText.set(one.text, [...(byText.get(one.text) ?? []), one]);
  const sections = [...byText].map(([text, sharing]) => [
    '-'.repeat(80),
    ...sharing.map(({ name, version, license, homepage }) =>
      [`${name} ${version}`, `License: ${license}`, homepage, ''].join('\n'),
    ),
    text === '' ? '(No text of the licence comes with these packages.)' : text,
  ]);
  return [
    'Flintrock contains parts of the following packages.',
    'This file is made from the list of what the bundler took (npm run build).',
    ...sections.flat(),
    '',
  ].join('\n\n');
}

/** @param {readonly BundledPackage[]} packages */
function sbom(packages) {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const bom = new Models.Bom();
  bom.metadata.component = new Models.Component(Enums.ComponentType.Application, name, {
    version,
    bomRef: `${name}@${version}`,
  });
  for (const one of packages) {
    const component = new Models.Component(Enums.ComponentType.Library, one.name, {
      version: one.version,
      bomRef: `${one.name}@${one.version}`,
      // Package URL specification, type npm: the @ of a scope is encoded.
      purl: /** @type {any} */ (`pkg:npm/${one.name.replace('@', '%40')}@${one.version}`),
    });
    component.licenses.add(new Models.LicenseExpression(one.license));
    bom.components.add(component);
  }
  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );
  return serializer.serialize(bom, { sortLists: true, space: 2 });
}
