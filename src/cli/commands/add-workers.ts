import type { Command } from '../command.ts';
import { assumeYes, takeOver } from '../parsing/common-flags.ts';
import { clusterName } from '../parsing/positionals.ts';
import { requireNumber, workerCount } from '../parsing/worker-count.ts';
import { type AddWorkersJson, clusterJson } from '../rendering/json.ts';
import { resizedLine } from '../rendering/summary.ts';

/** `flintrock add-workers` */
export const addWorkersCommand: Command = {
  name: 'add-workers',
  description: [
    'Adds workers of the same kind as the existing ones, and returns when they have registered with the master. Running jobs continue, and can use them.',
  ],
  positionals: [clusterName],
  verb: 'addWorkers',
  flags: [workerCount('add'), takeOver, { ...assumeYes, hidden: true }],
  examples: [{ command: 'flintrock add-workers demo --num-workers 2', does: 'Add two workers' }],
  async run({ args: [name = ''], flags, values, session }) {
    const { signal } = session;
    const number = requireNumber(flags, 'add-workers');
    const engine = await session.engine();
    const { cluster, added, seconds } = await session.watch(
      name,
      'addWorkers',
      () => engine.addWorkers(name, number, { values, signal, takeOver: flags.has('take-over') }),
      number,
    );
    const json: AddWorkersJson = { cluster: clusterJson(cluster), added, seconds };
    session.result(json, () => [resizedLine(cluster, added, 'added', seconds)]);
    return 0;
  },
};
