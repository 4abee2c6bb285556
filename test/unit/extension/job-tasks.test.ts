import { describe, expect, it } from 'vitest';
import { jobOfDefinition, readJobDefinition } from '../../../src/extension/tasks/job-definition.ts';
import { findFrame } from '../../../src/extension/terminals/frame.ts';

describe('a job in tasks.json', () => {
  it('is one of spark-submit, with numbers as Spark properties', () => {
    const definition = readJobDefinition({
      type: 'flintrock',
      file: 'etl.jar',
      args: ['2026'],
      class: 'org.example.Etl',
      conf: { 'spark.executor.cores': 2, 'spark.speculation': true },
      packages: ['org.example:parts:1.0'],
    });
    expect(jobOfDefinition(definition)).toMatchObject({
      file: 'etl.jar',
      args: ['2026'],
      className: 'org.example.Etl',
      conf: { 'spark.executor.cores': '2', 'spark.speculation': 'true' },
      packages: ['org.example:parts:1.0'],
    });
  });

  it.each([
    [{}, 'The task’s "file" must be the path of a file.'],
    [{ file: 'a.py', args: 'x' }, 'The task’s "args" must be a list of strings.'],
    [{ file: 'a.py', args: [1] }, 'The task’s "args" must be a list of strings.'],
    [{ file: 'a.py', cluster: 3 }, 'The task’s "cluster" must be a string.'],
    [{ file: 'a.py', connected: 'yes' }, 'The task’s "connected" must be true or false.'],
    [{ file: 'a.py', conf: ['a=b'] }, 'The task’s "conf" must be an object of Spark properties.'],
    [
      { file: 'a.py', conf: { a: {} } },
      'The task’s "conf.a" must be a string, a number, or true or false.',
    ],
  ])('is refused where it says what none can be: %j', (definition, message) => {
    expect(() => readJobDefinition({ type: 'flintrock', ...definition })).toThrow(message);
  });
});

describe('a line of a traceback in a terminal', () => {
  it.each([
    ['  File "./modules.zip/parts/shares.py", line 5, in share', 'parts/shares.py', 5],
    ['File "/srv/jobs/job-20261130T121500Z-1f0c/1/share.py", line 12', 'share.py', 12],
    ['File "/mnt/spark/app-1/0/jobs.zip/a/b.py", line 1, in f', 'a/b.py', 1],
  ])('is a link to a file of the workspace: %s', (line, path, lineNumber) => {
    const found = findFrame(line);
    expect(found).toMatchObject({ path, lineNumber });
    expect(line.slice(found?.startIndex).startsWith('File "')).toBe(true);
  });

  it.each([
    'File "/home/ann/jobs/share.py", line 5, in share',
    'File "./modules.zip/**/{a,b}.py", line 5',
    'File "<stdin>", line 1, in <module>',
    'shares.py:5: error',
  ])('is none of ours: %s', (line) => {
    expect(findFrame(line)).toBeUndefined();
  });
});
