import { spawn } from 'node:child_process';
import { pid } from 'node:process';
import type { Surroundings } from '../../../base/surroundings.ts';
import { launchMark } from '../daemons/environment.ts';
import type { LocalCluster } from '../records/records.ts';

/** How often it is looked whether a cluster is still there and has work, in seconds. */
const longestPause = 30;

/**
 * Ends a cluster when its client is gone and no job has run for a while. `$1` is the cluster's folder, `$2` its launch, `$3` that while and
 * `$4` the pause between two looks, in seconds, `$5` the client's process id; stdin ends when the client does.
 * The record says whose cluster it is: somebody may have removed it, and launched another one of its name. JVMs are found by the word that
 * all of the launch have on their command line.
 */
const script = `jvms='${launchMark('').replaceAll('.', '[.]')}'
command -v pkill >/dev/null || exit
exec 3<&0
cat <&3 &
client=$!
is_there() { grep -qs "$2" "$1/cluster.json"; }
is_used() {
  kill -0 $client 2>/dev/null && return
  for job in "$1"/jobs/*; do
    [ -e "$job/exit" ] || ! kill -0 "$(cat "$job/pid")" 2>/dev/null || return 0
  done
  return 1
}
idle=0
while is_there "$@" && [ $idle -le "$3" ]; do
  sleep "$4"
  idle=$((idle + $4))
  is_used "$@" && idle=0
done
kill $client
is_there "$@" || exit
for signal in TERM KILL; do
  pkill -$signal -f -- "$jvms$2" && sleep 5
done
pgrep -f -- "$jvms$2" && exit
rm -rf "$1"
# What a client that was killed in its launch held.
lock="\${1%/*}/.\${1##*/}.lock"
grep -qs '"pid":'"$5"',' "$lock" && rm -f "$lock"
`;

/**
 * Has a cluster end by itself when this process is gone, however it ended, and no job has run for so long.
 *
 * @param seconds how long
 */
export function guardOrphan(
  { folder, record }: Pick<LocalCluster, 'folder' | 'record'>,
  seconds: number,
  { env }: Pick<Surroundings, 'env'>,
): void {
  const limit = Number(env['FLINTROCK_DEAD_MAN_SECONDS']) || seconds;
  const pause = Math.max(1, Math.min(longestPause, Math.floor(limit / 10)));
  const guard = spawn(
    '/bin/sh',
    ['-c', script, 'flintrock-guard', folder, record.launchId, `${limit}`, `${pause}`, `${pid}`],
    // A session of its own: neither Ctrl-C in this terminal nor the end of this process reaches it.
    { cwd: '/', env: { PATH: env['PATH'] }, detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  // Without it the cluster is only left to its user, as any other.
  guard.once('error', () => undefined);
  guard.unref();
  (guard.stdin as unknown as { unref: () => void }).unref();
}
