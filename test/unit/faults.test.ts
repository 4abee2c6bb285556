import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Rows of docs/faults.md: number, test file, title. */
const rows = readFileSync('docs/faults.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| F\d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, number = '', , , file = '', title = '']) => ({
    number,
    file: file.replaceAll('`', ''),
    title,
  }));

it('every fault of the catalogue has its row', () => {
  const wanted = Array.from({ length: 42 }, (_, index) => `F${index + 1}`);
  const numbers = rows.map(({ number }) => number);
  expect([...numbers].sort()).toEqual([...wanted].sort());
});

it.each(rows)('$number is shown by a test that exists', ({ file, title }) => {
  // A title is the first thing that a test is given.
  expect(readFileSync(file, 'utf8')).toMatch(new RegExp(`\\(\\s*'${escaped(title)}',`));
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
