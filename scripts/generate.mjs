// Writes what is made from the code: the JSON schema, the reference, the list of errors, the README's IAM policy, the extension's texts
// for translators, and the list of all texts that users read.
// With --check it writes nothing, and exits with 1 if a file isn't what it would write.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import prettier from 'prettier';
import { exportTexts } from './export-texts.mjs';
import { userStrings } from './user-strings.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');

/**
 * The generated files' texts, by path.
 *
 * @returns {Promise<Record<string, string>>}
 */
async function generate() {
  const folder = await mkdtemp(join(tmpdir(), 'flintrock-generate-'));
  try {
    const outfile = join(folder, 'config.mjs');
    await build({
      stdin: {
        contents: `
          export { buildSchema } from './config/generated/schema.ts';
          export { buildReference } from './config/generated/reference.ts';
          export { errorCodes } from './model/errors.ts';
          export { optionGroups } from './config/options/option.ts';
          export { optionNames, options } from './config/options/options.ts';
          export { choiceLabel, labelOf } from './extension/configuration/labels.ts';
          export { iamPolicy } from './providers/ec2/api/iam-policy.ts';
        `,
        resolveDir: join(root, 'src'),
        loader: 'ts',
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
      logLevel: 'error',
    });
    const config = await import(pathToFileURL(outfile).href);
    return {
      'schema/config.schema.json': `${JSON.stringify(config.buildSchema(), null, 2)}\n`,
      'docs/options.md': config.buildReference(),
      'docs/errors.md': buildErrors(config.errorCodes),
      'l10n/bundle.l10n.json': exportTexts(root, optionTexts(config)),
      'README.md': await withPolicy(config.iamPolicy()),
      'test/fixtures/strings.txt': userStrings(root),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * The texts that the form of a configuration has from the option table.
 *
 * @param {any} config
 * @returns {string[]}
 */
function optionTexts({ choiceLabel, labelOf, optionGroups, optionNames, options }) {
  const texts = [...optionGroups];
  const keep = (/** @type {string} */ text) => {
    texts.push(text);
    return text;
  };
  for (const name of optionNames) {
    const { help, details, unset, choices = [], verbs } = options[name];
    if (!verbs.includes('launch')) continue;
    texts.push(...[help, details, unset].filter((text) => text !== undefined));
    labelOf(name, keep);
    for (const choice of choices) choiceLabel(name, choice, keep);
  }
  return texts;
}

/**
 * @param {Record<string, readonly [string, string]>} codes
 */
function buildErrors(codes) {
  const rows = Object.entries(codes).map(
    ([code, [source, meaning]]) => `| \`${code}\` | ${source} | ${meaning} |`,
  );
  return `# Errors

Generated from \`src/model/errors.ts\` by \`npm run generate\`; edit that file instead.

All expected errors are a \`ClusterError\` with one of these codes. Its \`source\` says where the cause is: \`user\` (the same request
fails again), \`environment\` (it may work later or elsewhere), \`bug\` (a defect in Flintrock). Test for it with
\`isClusterError(error, code)\`, which also works across bundles. Its \`remedies\` say what to do, as data: a text and, if a
program can do it, an action: a verb of the engine with its options, an option to set, or a program to run.

| Code | Source | Meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}

/**
 * The README with the IAM policy in its place.
 *
 * @param {unknown} policy
 */
async function withPolicy(policy) {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const options = { ...(await prettier.resolveConfig(join(root, 'README.md'))), parser: 'json' };
  const json = (await prettier.format(JSON.stringify(policy), options)).trim();
  return readme.replace(
    /(<!-- iam-policy.*?-->\n)[^]*?(<!-- end -->)/,
    `$1\n\`\`\`json\n${json}\n\`\`\`\n\n$2`,
  );
}

for (const [path, text] of Object.entries(await generate())) {
  const file = join(root, path);
  const present = await readFile(file, 'utf8').catch(() => undefined);
  if (present === text) continue;
  if (check) {
    console.error(`${path} is not what the code makes: run "npm run generate".`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    console.error(`${path} written`);
  }
}
