import { describe, expect, it } from 'vitest';
import { MemoryProvider } from '../../helpers/memory-provider.ts';
import { runCli } from '../../helpers/run-cli.ts';

const show = (frames: readonly string[]): string => `\n${frames.join('\n────\n')}\n`;

const withoutRandom = (text: string): string => text.replaceAll(/Z-[0-9a-f]{8}/g, 'Z-01234567');

describe('flintrock launch on a terminal', () => {
  it('shows its phases by node, the time and what is waited for, then where the cluster is', async () => {
    const run = await runCli('launch demo --num-slaves 3', { tty: true, lookAt: [0.3, 3.2] });
    expect(show([...run.frames, run.screen])).toMatchInlineSnapshot(`
      "
      No configuration file; provider local
      demo  1 + 3 × 1 core, 1 GiB  this machine                                   0 s
        Starting                                                   0 of 4
        Ready                                                      0 of 4
      ────
      No configuration file; provider local
      demo  1 + 3 × 1 core, 1 GiB  this machine                                   3 s
        Starting    ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       4 of 4       0.4 s
        Ready       ━━━━━━━━━━━━━━━━━━━━                           2 of 4
        Waiting for 2 of 3 workers: worker-2, worker-3
      ────
      No configuration file; provider local
      demo  1 + 3 × 1 core, 1 GiB  this machine                                 4.4 s
        Starting    ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       4 of 4       0.4 s
        Ready       ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       4 of 4       4.4 s

      demo is running: 3 workers with 3 cores, 3 GiB.
        master  spark://127.0.0.1:7077
        UI      http://127.0.0.1:8080

        flintrock submit demo JOB.py   run a job
        flintrock login demo           open a shell on the master
        flintrock destroy demo         destroy the cluster

      "
    `);
    expect(run.code).toBe(0);
    expect(run.cursorShown).toBe(true);
  });

  it('shows how far a download is and how fast, in a line that stays', async () => {
    const provider = new MemoryProvider({ fetchBytes: 437_000_000 });
    const run = await runCli('launch demo', { provider, tty: true, lookAt: [0.3, 12] });
    expect(show([...run.frames, run.screen.slice(0, 400)])).toMatchInlineSnapshot(`
      "
      No configuration file; provider local
      demo  1 + 2 × 1 core, 1 GiB  this machine                                   0 s
        Spark 4.1.4                                                   0 %
        Starting                                                   0 of 3
        Ready                                                      0 of 3
      ────
      No configuration file; provider local
      demo  1 + 2 × 1 core, 1 GiB  this machine                                  11 s
        Spark 4.1.4 ━━━━━━━━━━━━━━━━━━━━━╸                           54 %     20 MB/s
        Starting                                                   0 of 3
        Ready                                                      0 of 3
      ────
      No configuration file; provider local
      demo  1 + 2 × 1 core, 1 GiB  this machine                                  25 s
        Spark 4.1.4 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       437 MB        22 s
        Starting    ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       3 of 3        22 s
        Ready       ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       3 of 3        25 s

      demo is running: 2 workers with 2 cores, 
      "
    `);
  });

  it('fits a hundred workers on the screen: bars by phase, trouble by name', async () => {
    const provider = new MemoryProvider({
      aliveAfter: (worker) => (worker > 97 ? 60 : 2),
      onCreate: ({ emit }) => {
        for (let worker = 90; worker <= 100; worker += 1)
          emit('node.trouble', {
            node: `worker-${worker}`,
            message: 'the CDN answered 503\nand a second line',
            remedies: [],
          });
      },
    });
    const run = await runCli('launch demo --num-workers 100', {
      provider,
      tty: true,
      rows: 12,
      lookAt: [1.5, 30],
    });
    expect(show(run.frames)).toMatchInlineSnapshot(`
      "
      No configuration file; provider local
      demo  1 + 100 × 1 core, 1 GiB  this machine                                 1 s
        Starting    ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   101 of 101       0.4 s
        Ready                                                    1 of 101
        worker-90: the CDN answered 503 and a second line
        worker-91: the CDN answered 503 and a second line
        worker-92: the CDN answered 503 and a second line
        worker-93: the CDN answered 503 and a second line
        and 7 more nodes with warnings
        Waiting for 100 of 100 workers
      ────
      No configuration file; provider local
      demo  1 + 100 × 1 core, 1 GiB  this machine                                29 s
        Starting    ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━   101 of 101       0.4 s
        Ready       ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╸     98 of 101
        worker-98: the CDN answered 503 and a second line
        worker-99: the CDN answered 503 and a second line
        worker-100: the CDN answered 503 and a second line
        Waiting for 3 of 100 workers: worker-98, worker-99, worker-100
      "
    `);
    expect(run.code).toBe(0);
  });

  it('stays silent with --quiet but for the result', async () => {
    const run = await runCli('launch demo --quiet', { tty: true });
    expect(run.raw).toBe('');
    expect(run.screen).toContain('demo is running');
  });
});

describe('flintrock launch in a pipe', () => {
  it('says little: plain lines on standard error, the result on standard output', async () => {
    const provider = new MemoryProvider({
      fetchBytes: 437_000_000,
      aliveAfter: (worker) => 8 * worker,
    });
    const { code, stdout, stderr } = await runCli('launch demo --num-workers 2', { provider });
    expect(code).toBe(0);
    expect(stdout).toMatchInlineSnapshot(`
      "Cluster master: 127.0.0.1
      Login with: flintrock login demo
      "
    `);
    expect(stderr).toMatchInlineSnapshot(`
      "demo: Launching 1 + 2 × 1 core, 1 GiB · this machine
      demo: Downloading Spark 4.1.4 (437 MB) from https://dlcdn.example/spark-4.1.4.tgz
      demo: Downloading Spark 4.1.4: 200 MB of 437 MB
      demo: Downloading Spark 4.1.4: 400 MB of 437 MB
      demo: Downloaded Spark 4.1.4 in 22 s
      demo: Waiting for 2 of 2 workers: worker-1, worker-2
      demo is running: 2 workers with 2 cores, 2 GiB, in 38 s.
        master  spark://127.0.0.1:7077
        UI      http://127.0.0.1:8080
      "
    `);
  });

  it('prints one JSON object with --json', async () => {
    const { code, stdout } = await runCli('launch demo --json');
    expect(code).toBe(0);
    expect(JSON.parse(withoutRandom(stdout))).toMatchInlineSnapshot(`
      {
        "cluster": {
          "launchId": "20260504T100000Z-01234567",
          "launchedAt": "2026-05-04T10:00:00.000Z",
          "master": {
            "address": "127.0.0.1",
            "cores": null,
            "id": "id-0",
            "memoryMiB": null,
            "name": "master",
            "pid": 100,
            "port": 7077,
            "reason": null,
            "role": "master",
            "state": "running",
          },
          "name": "demo",
          "provider": "local",
          "reason": null,
          "services": [
            {
              "healthy": true,
              "name": "spark",
              "ui": "http://127.0.0.1:8080",
              "version": "4.1.4",
            },
          ],
          "state": "running",
          "tags": {},
          "workers": [
            {
              "address": "127.0.0.1",
              "cores": 1,
              "id": "id-1",
              "memoryMiB": 1024,
              "name": "worker-1",
              "pid": 101,
              "port": 7078,
              "reason": null,
              "role": "worker",
              "state": "running",
            },
            {
              "address": "127.0.0.1",
              "cores": 1,
              "id": "id-2",
              "memoryMiB": 1024,
              "name": "worker-2",
              "pid": 102,
              "port": 7079,
              "reason": null,
              "role": "worker",
              "state": "running",
            },
          ],
        },
        "seconds": 3.4,
      }
    `);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  it('takes terminals without abilities for pipes', async () => {
    const run = await runCli('launch demo', { tty: true, env: { TERM: 'dumb' } });
    expect(run.raw).toBe(
      'No configuration file; provider local\ndemo: Launching 1 + 2 × 1 core, 1 GiB · this machine\n',
    );
  });

  it.each([
    [{ NO_COLOR: '1' }, true, false],
    [{}, true, true],
    [{}, false, false],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false, false],
  ])('colours with %j on a terminal: %s → %s', async (env, tty, colored) => {
    const run = await runCli('launch demo --output table', { env, tty });
    expect(/\u001B\[\d+m/.test(run.stdout)).toBe(colored);
  });
});

describe('flintrock launch that goes wrong', () => {
  it('tells warnings and sources that failed above the picture', async () => {
    const provider = new MemoryProvider({
      problems: [
        {
          severity: 'warning',
          code: 'PYTHON_NOT_FOUND',
          message: 'No Python.',
          remedies: [{ text: 'Install it.' }],
          key: null,
        },
      ],
      onCreate: ({ emit }) =>
        emit('source.failed', {
          source: 'https://a.example/spark.tgz',
          reason: 'https://a.example/spark.tgz: answered 503',
          next: 'https://b.example/spark.tgz',
        }),
    });
    const { screen } = await runCli('launch demo', { provider, tty: true });
    expect(screen.split('\n').slice(0, 6).join('\n')).toMatchInlineSnapshot(`
      "No configuration file; provider local
      warning: No Python.
        Install it.
      warning: https://a.example/spark.tgz: answered 503
        Trying https://b.example/spark.tgz
      demo  1 + 2 × 1 core, 1 GiB  this machine                                 3.4 s"
    `);
  });

  it('exits with 1 if the name is taken, with 2 if the request can’t be met', async () => {
    const taken = await runCli('launch demo', { provider: new MemoryProvider().add('demo') });
    expect(taken.code).toBe(1);
    expect(taken.stderr).toMatchInlineSnapshot(`
      "Cluster demo already exists.
      error: A local cluster named "demo" already exists.
        Choose another name, or remove it first: flintrock destroy demo
        CLUSTER_EXISTS
      "
    `);
    const problem = { severity: 'error', message: 'Too much.', remedies: [], key: null } as const;
    const codeOf = async (...codes: ('MACHINE_FULL' | 'JAVA_NOT_FOUND' | 'PORT_TAKEN')[]) => {
      const problems = codes.map((code) => ({ ...problem, code }));
      return (await runCli('launch demo', { provider: new MemoryProvider({ problems }) })).code;
    };
    expect(await codeOf('MACHINE_FULL')).toBe(2);
    expect(await codeOf('JAVA_NOT_FOUND')).toBe(1);
    expect(await codeOf('PORT_TAKEN')).toBe(1);
    expect(await codeOf('JAVA_NOT_FOUND', 'PORT_TAKEN')).toBe(2);
  });

  it('prints the error as JSON too with --json', async () => {
    const provider = new MemoryProvider().add('demo');
    const { code, stdout } = await runCli('launch demo --json', { provider });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        code: 'CLUSTER_EXISTS',
        source: 'user',
        hint: expect.stringContaining('destroy demo') as string,
      },
    });
  });

  it('shows stacks with --debug only', async () => {
    const options = () => ({ provider: new MemoryProvider().add('demo') });
    expect((await runCli('launch demo', options())).stderr).not.toContain('    at ');
    expect((await runCli('launch demo --debug', options())).stderr).toContain('    at ');
    expect((await runCli('--debug launch demo', options())).stderr).toContain('    at ');
  });
});

describe('Ctrl-C during a launch', () => {
  it('stops and cleans up the first time', async () => {
    const provider = new MemoryProvider({ removeSeconds: 2 });
    const run = await runCli('launch demo', {
      provider,
      tty: true,
      interruptAt: [2],
      lookAt: [2.15, 3],
    });
    expect(show([...run.frames, run.screen])).toMatchInlineSnapshot(`
      "
      No configuration file; provider local
      demo  1 + 2 × 1 core, 1 GiB  this machine                                   2 s
        Removed                                                    0 of 3
        Cleaning up
        Stopping… Press Ctrl-C again to stop immediately.
      ────
      No configuration file; provider local
      demo  1 + 2 × 1 core, 1 GiB  this machine                                   2 s
        Removed                                                    0 of 3
        Cleaning up
        Stopping… Press Ctrl-C again to stop immediately.
      ────
      No configuration file; provider local
      demo  1 + 2 × 1 core, 1 GiB  this machine                                 4.0 s
        Removed     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━       3 of 3       4.0 s
      Stopped while waiting for 2 of 2 workers. All resources of "demo" were
        removed.

      "
    `);
    expect(run.code).toBe(130);
    expect(run.cursorShown).toBe(true);
    expect(provider.clusters.size).toBe(0);
  });

  it('stops at once the second time and says what is left', async () => {
    const provider = new MemoryProvider({ removeSeconds: 60 });
    const options = { provider, interruptAt: [2, 3] };
    const run = await runCli('launch demo', options);
    expect(run.stderr).toMatchInlineSnapshot(`
      "demo: Launching 1 + 2 × 1 core, 1 GiB · this machine
      Stopping… Press Ctrl-C again to stop immediately.
      demo: Cleaning up
      Stopped immediately; resources of "demo" that are left: master (process 100), worker-1 (process 101), worker-2 (process 102).
        Destroy the cluster: flintrock destroy demo
      "
    `);
    expect(run.code).toBe(130);
    expect(run.stdout).toBe('');
  });

  it('is an error object with --json', async () => {
    const run = await runCli('launch demo --json', { interruptAt: [2] });
    expect(JSON.parse(run.stdout)).toMatchInlineSnapshot(`
      {
        "error": {
          "code": "ABORTED",
          "details": {},
          "hint": null,
          "message": "Stopped while waiting for 2 of 2 workers. All resources of "demo" were removed.",
          "remedies": [],
          "source": "user",
        },
      }
    `);
  });

  it('names the nodes that never come up', async () => {
    const provider = new MemoryProvider({ aliveAfter: (worker) => (worker === 2 ? null : 2) });
    const { code, stderr } = await runCli('launch late --num-workers 3', { provider });
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Timed out after 600 s waiting for 1 of 3 workers. Not ready: worker-2.',
    );
    expect(provider.clusters.size).toBe(0);
  });

  it('names what could not be removed', async () => {
    const provider = new MemoryProvider({ left: ['process 4711 could not be terminated'] });
    const run = await runCli('launch demo', { provider, interruptAt: [2] });
    expect(run.stderr).toContain('not removed: process 4711 could not be terminated');
    expect(run.stderr).toContain('flintrock destroy demo');
    expect(run.code).toBe(130);
  });

  it('makes nothing if it comes while the launch is planned', async () => {
    const run = await runCli('launch demo', { interruptAt: [0] });
    expect(run.code).toBe(130);
  });
});
