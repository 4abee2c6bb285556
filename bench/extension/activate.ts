// Prints how long it takes to load the extension as it ships and to activate it, in milliseconds.
import { performance } from 'node:perf_hooks';
import { exit, stdout } from 'node:process';

const begin = performance.now();
// Beside the bundle of this file; here there is none.
const shipped = './extension.cjs';
// eslint-disable-next-line @typescript-eslint/no-require-imports
const { activate } = require(shipped) as { activate: (context: unknown) => unknown };
activate({
  subscriptions: [],
  extensionUri: {},
  globalState: { get: () => undefined },
  globalStorageUri: {},
  extension: { packageJSON: { version: '0' } },
});
stdout.write(`${performance.now() - begin}\n`);
exit();
