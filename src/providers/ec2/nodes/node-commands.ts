import { nodeLayout, nodePorts, nodeUnits } from '../../../node/layout.ts';

// What is run on nodes over SSH.

/** What tells how a node is, by the name of the file that it is collected in. */
export const logCommands = {
  'node.log': `tail -c 400000 ${nodeLayout.log}`,
  'events.jsonl': `tail -c 400000 ${nodeLayout.stateFolder}/events.jsonl`,
  'journal.log': "journalctl -q --no-pager -n 3000 -u 'flintrock-*'",
  'cloud-init.log': 'tail -c 100000 /var/log/cloud-init-output.log',
  'machine.txt': "sh -c 'uptime; free -m; df -h; ps axo pid,user,etime,rss,args | cut -c-200'",
} as const;

/** Asks Spark's master to give workers no more work: it allows that from its own machine (`spark.master.ui.decommission.allow.mode`). */
export function decommissionCommand(master: string, workers: readonly string[]): string {
  const page = `http://${master}:${nodePorts.masterUi}/workers/kill/`;
  return `for host in ${workers.join(' ')}; do curl -sSf --noproxy '*' -m 20 -o /dev/null -X POST "${page}?host=$host" || exit; done`;
}

/** Makes the executors on a worker leave their drivers by themselves (`spark.executor.decommission.signal`). */
export const decommissionExecutorsCommand =
  "sudo -n pkill -PWR -f 'org[.]apache[.]spark[.]executor[.](Yarn)?CoarseGrainedExecutorBackend'";

/** Begins Spark on a worker anew. */
export const restartWorkerCommand = `sudo -n systemctl restart --no-block ${nodeUnits.sparkWorker}`;

/** Starts the daemons as the Python tool does, once every worker's SSH is there, by which the master reaches it. */
export function theirStartCommand(workers: readonly string[]): string {
  const wait = `for h in ${workers.join(' ')}; do until timeout 1 bash -c "exec 3<>/dev/tcp/$h/22" 2>/dev/null; do sleep 0.5; done; done`;
  return `timeout 240 sh -c '${wait}' && { [ ! -x hadoop/sbin/start-dfs.sh ] || hadoop/sbin/start-dfs.sh; } && { [ ! -x spark/sbin/start-all.sh ] || spark/sbin/start-all.sh; }`;
}

/** Where the Python tool, and the versions of Spark and Hadoop that it installs, list the workers that are to be started. */
const theirWorkerLists = [
  'spark/conf/slaves',
  'spark/conf/workers',
  'hadoop/conf/slaves',
  'hadoop/conf/workers',
  'hadoop/etc/hadoop/slaves',
  'hadoop/etc/hadoop/workers',
];

/**
 * Takes workers out of the lists of the Python tool, which have them by name, and asks Spark to give them no more work; one that is
 * too old for that goes on until they are gone.
 */
export function theirForgetCommand(master: string, workers: readonly string[]): string {
  const page = `http://${master}:${nodePorts.masterUi}/workers/kill/`;
  const ask = `curl -s --noproxy '*' -m 20 -o /dev/null -X POST "${page}?host=$host" || true`;
  const sort = `while read -r host || [ -n "$host" ]; do address=$(getent ahostsv4 "$host"); case " ${workers.join(' ')} " in *" \${address%% *} "*) ${ask} ;; *) kept="$kept$host
" ;; esac; done <"$list"`;
  return `for list in ${theirWorkerLists.join(' ')}; do [ -f "$list" ] || continue; kept=; ${sort}; printf %s "$kept" >"$list" || exit; done`;
}
