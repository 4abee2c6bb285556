// npm run release -- 0.2.0: checks that a release is complete, sets the version, builds both packages and tags the commit. Publishes
// nothing: it prints the two commands that do.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const [version = ''] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version)) fail('Give the version, such as: npm run release -- 0.2.0');
if (git('status', '--porcelain') !== '')
  fail('Commit or stash the changes of the work tree first.');
if (git('tag', '--list', `v${version}`) !== '') fail(`There is a tag v${version} already.`);

const changes = notesOf(version);
if (changes.trim() === '') fail(`CHANGELOG.md has nothing to say about ${version}.`);

const file = join(root, 'package.json');
const manifest = JSON.parse(readFileSync(file, 'utf8'));
if (manifest.version !== version) {
  run('npm', 'version', version, '--no-git-tag-version');
  git('commit', '--all', '--message', `Release ${version}`);
}
run('npm', 'test', '--', 'check', 'unit', 'package');
run('npm', 'pack');
run('npm', 'run', 'package:vscode');
for (const name of [`flintrock-${version}.tgz`, `flintrock-${version}.vsix`])
  if (!existsSync(join(root, name))) fail(`${name} was not built.`);
git('tag', '--annotate', `v${version}`, '--message', `Flintrock ${version}\n\n${changes}`);
console.log(`
Tagged v${version}. To publish it:
  git push --follow-tags
  npm publish flintrock-${version}.tgz
  npx vsce publish --packagePath flintrock-${version}.vsix`);

/**
 * The section of a version in the changelog.
 *
 * @param {string} of
 * @returns {string}
 */
function notesOf(of) {
  const text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  const begin = text.indexOf(`\n## ${of}\n`);
  if (begin === -1) return '';
  const end = text.indexOf('\n## ', begin + 1);
  return text.slice(begin, end === -1 ? undefined : end).replace(/^\n## .*\n/, '');
}

/** @param {string[]} args */
function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, ...args) {
  execFileSync(program, args, { cwd: root, stdio: 'inherit' });
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}
