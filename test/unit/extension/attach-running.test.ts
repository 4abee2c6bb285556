import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { attachedConfiguration } from '../../../src/extension/attach/running/attached-debugging.ts';
import { replText } from '../../../src/extension/attach/running/repl-text.ts';

vi.mock('vscode', () => import('../../helpers/vscode-stand-in.ts'));

const environment = {
  SPARK_REMOTE: 'sc://localhost:20001',
  SPARK_CONNECT_AUTHENTICATE_TOKEN: 'a'.repeat(64),
};
const launch = { type: 'debugpy', request: 'launch', name: 'a' };

describe('a debug configuration in an attached folder', () => {
  it('has no secret that would be typed into a terminal', () => {
    for (const console of [undefined, 'integratedTerminal', 'externalTerminal']) {
      const made = attachedConfiguration(
        { ...launch, ...(console !== undefined && { console }) },
        environment,
        '/venv/python',
      );
      expect(made).toMatchObject({
        console: 'integratedTerminal',
        python: '/venv/python',
        env: { SPARK_REMOTE: environment.SPARK_REMOTE },
      });
      expect(JSON.stringify(made)).not.toContain(environment.SPARK_CONNECT_AUTHENTICATE_TOKEN);
    }
  });

  it('has all of it where the program runs in no terminal', () => {
    const internal = { ...launch, console: 'internalConsole' };
    expect(attachedConfiguration(internal, environment, undefined)).toEqual({
      ...internal,
      env: environment,
    });
  });

  it('keeps what the user wrote', () => {
    const own = {
      ...launch,
      pythonPath: '/own/python',
      env: { SPARK_REMOTE: 'sc://other', A: '1' },
    };
    const made = attachedConfiguration(own, environment, '/own/python');
    expect(made['env']).toEqual({ SPARK_REMOTE: 'sc://other', A: '1' });
    expect(made['python']).toBeUndefined();
  });
});

describe('lines for Python’s prompt', () => {
  it.each([
    ['x = 1', 'x = 1'],
    ['    x = 1\n    y = 2', 'x = 1\ny = 2'],
    ['if x:\n    a()\n\n    b()\nc()', 'if x:\n    a()\n    b()\n\nc()'],
    ['if x:\n    a()\nelse:\n    b()', 'if x:\n    a()\nelse:\n    b()\n'],
    ['t = """\nfirst\n\n  last"""\nu()', 't = """\nfirst\n\n  last"""\nu()'],
    ['df = (\n    a\n    .b()\n)\r\ndf.show()', 'df = (\n    a\n    .b()\n)\ndf.show()'],
  ])('are %j as %j', (selection, text) => {
    expect(replText(selection)).toBe(text);
  });

  it('are taken by Python as they were meant', () => {
    const text = replText(
      '    def f(n):\n        for i in range(n):\n            yield i\n\n        yield "end"\n    print(list(f(2)))',
    );
    const python = execFileSync('python3', ['-i', '-q'], {
      input: `${text}\n`,
      stdio: 'pipe',
      encoding: 'utf8',
      env: { ...process.env, PYTHON_BASIC_REPL: '1' },
    });
    expect(python).toContain("[0, 1, 'end']");
  });
});

describe('the program that runs files with a connection', () => {
  const script = fileURLToPath(
    new URL('../../../src/extension/attach/running/connected.py', import.meta.url),
  );
  const sqlScript = fileURLToPath(new URL('../../../src/python/run_sql.py', import.meta.url));
  const ask = (program: string, input: string, file = script): unknown =>
    JSON.parse(
      execFileSync(
        'python3',
        ['-c', `import json, runpy, sys; m = runpy.run_path(${JSON.stringify(file)})\n${program}`],
        { input, encoding: 'utf8' },
      ),
    );
  const split = (sql: string) =>
    ask('print(json.dumps(list(m["statements"](sys.stdin.read()))))', sql, sqlScript);

  it('splits SQL where Spark’s own command line does', () => {
    expect(split('')).toEqual([]);
    expect(split('-- only; a comment\n/* and; /* another; */ */ ;;')).toEqual([]);
    expect(split('SELECT 1; SELECT 2')).toEqual(['SELECT 1', 'SELECT 2']);
    expect(split(`SELECT ';', "a\\";b", \`c;d\`; -- e;\nSELECT 2;`)).toEqual([
      `SELECT ';', "a\\";b", \`c;d\``,
      'SELECT 2',
    ]);
    expect(split("SELECT 'it''s; one'; SELECT 'it\\'s; two'")).toHaveLength(2);
  });

  it('leaves a script of SQL whole', () => {
    const script =
      'BEGIN DECLARE x INT; IF x > 1 THEN SELECT CASE WHEN x > 2 THEN 1 END; END IF; BEGIN SELECT 1; END; END';
    expect(split(`SELECT 1; ${script}; SELECT CASE WHEN true THEN 1 END; SELECT 3`)).toEqual([
      'SELECT 1',
      script,
      'SELECT CASE WHEN true THEN 1 END',
      'SELECT 3',
    ]);
  });

  it('says what to do about errors that Connect has of its own', () => {
    const hint = (error: string) => ask(`print(json.dumps(m["hint"](${error})))`, '');
    expect(hint('Exception("[JVM_ATTRIBUTE_NOT_SUPPORTED] Attribute `rdd`")')).toMatch(
      /not available through Spark Connect/,
    );
    expect(hint('Exception("details = UNAUTHENTICATED")')).toMatch(/Attach the cluster again/);
    expect(hint('ModuleNotFoundError("No module named", name="pyspark.sql")')).toMatch(
      /-m pip install pyspark-client$/,
    );
    expect(
      hint('type("PySparkImportError", (Exception,), {})("Pandas >= 2.2.0 must be installed")'),
    ).toMatch(/-m pip install pandas$/);
    expect(hint('ValueError("mine")')).toBeNull();
    expect(hint('ModuleNotFoundError("No module named", name="mine")')).toBeNull();
  });
});
