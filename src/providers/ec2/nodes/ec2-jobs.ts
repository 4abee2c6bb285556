import { basename } from 'node:path';
import { shellWord } from '../../../base/shell-word.ts';
import { stampedId } from '../../../base/stamped-id.ts';
import { timeLimit } from '../../../base/time-limit.ts';
import type {
  JobRequest,
  OutputListener,
  RunningJob,
  WorkContext,
} from '../../../engine/provider.ts';
import { abortError, ClusterError } from '../../../model/errors.ts';
import { advice } from '../../../model/remedy.ts';
import { nodeLayout, nodeUnits } from '../../../node/layout.ts';
import type { CommandListener, SshConnection } from '../../../ssh/connection.ts';
import { upload } from '../../../ssh/transfer.ts';
import { transferOptions } from '../access/transfer-options.ts';

/** Folder of all jobs, in the home folder of the user who logs in. */
const jobsFolder = '.flintrock/jobs';
/** Where an image sets no locale, arguments, file names and output are UTF-8 all the same: a JVM takes them for ASCII then. */
const utf8 =
  'case "${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" in C|POSIX) LC_ALL=C.UTF-8; export LC_ALL;; esac; ';
/** How long a job may take to end by itself when it is cancelled, in seconds. */
const cancelPatienceSeconds = 5;

/**
 * Starts a job on the master: its file is uploaded, its driver runs there in a session of its own and goes on if the client that
 * submitted it dies. Its output and exit code are in files, which this process follows.
 */
export async function startEc2Job(
  ssh: SshConnection,
  request: JobRequest,
  context: WorkContext,
): Promise<RunningJob> {
  const { clock, signal } = context;
  const id = `job-${stampedId(clock.now(), 2)}`;
  const folder = `${jobsFolder}/${id}`;
  // In a path Spark takes what follows `#` for the fragment of a URI.
  const file = `${folder}/${basename(request.file).replaceAll('#', '_')}`;
  const what = 'The master could not prepare the job';
  const remedies = advice(
    'Check the home folder of the SSH user on the master: its permissions and its free disk space.',
  );
  await requireMaster(ssh, signal);
  await ssh.execOrThrow(`umask 077; mkdir -p ${folder}`, what, signal, { remedies });
  await upload(ssh, request.file, file, transferOptions({ name: 'master' }, context));
  const command = [
    nodeLayout.sparkSubmit,
    ...(request.className === undefined ? [] : ['--class', request.className]),
    ...Object.entries(request.conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
    file,
    ...request.args,
  ];
  // The exit code gets its name only when it is there whole.
  const script = `${utf8}${command.map(shellWord).join(' ')}; echo $? > ${folder}/exit.part; mv ${folder}/exit.part ${folder}/exit`;
  await ssh.execOrThrow(
    `: > ${folder}/stdout; : > ${folder}/stderr; setsid sh -c ${shellWord(`echo $$ > ${folder}/pid; ${script}`)} > ${folder}/stdout 2> ${folder}/stderr < /dev/null & until [ -s ${folder}/pid ]; do sleep 0.05; done`,
    what,
    signal,
    { remedies },
  );
  const follow = async (onOutput: OutputListener): Promise<number> => {
    try {
      const listener: CommandListener = {
        stdout: (chunk) => onOutput('stdout', chunk),
        stderr: (chunk) => onOutput('stderr', chunk),
      };
      const code = await (await ssh.run(followScript(folder), listener, signal)).exited;
      if (signal.aborted) throw abortError(signal, `running ${id}`);
      return code;
    } catch (error) {
      if (signal.aborted) throw abortError(signal, `running ${id}`);
      throw new ClusterError(
        'SSH_UNREACHABLE',
        `The connection to the master was lost; ${id} may still be running.`,
        { cause: error, remedies: advice(`Its output is on the master in ~/${folder}.`) },
      );
    }
  };
  return {
    id,
    follow,
    cancel: async () => {
      await ssh.exec(cancelScript(folder), timeLimit(30_000));
    },
  };
}

/**
 * A job would ask a master that doesn't run for minutes.
 *
 * @throws ClusterError `CLUSTER_STATE_UNFIT`
 */
async function requireMaster(ssh: SshConnection, signal: AbortSignal): Promise<void> {
  const unit = nodeUnits.sparkMaster;
  const ask = `systemctl is-active ${unit} 2>/dev/null`;
  // Without a message bus only root is answered.
  const { stdout } = await ssh.exec(
    `s=$(${ask}); [ -n "$s" ] || s=$(sudo -n ${ask}); echo "$s"`,
    signal,
  );
  const state = stdout.trim();
  if (state !== 'inactive' && state !== 'failed') return;
  throw new ClusterError(
    'CLUSTER_STATE_UNFIT',
    `The Spark master is not running (${unit} is ${state}); jobs can’t be submitted.`,
    { remedies: advice(`Start the service ${unit} on the master, or restart the cluster.`) },
  );
}

/** Prints a job's output until it ends, and ends with its exit code; 137 if it was killed so that it left none. */
function followScript(folder: string): string {
  const tail = (name: string): string => `tail -q -s 0.1 --pid="$p" -n +1 -f ${folder}/${name}`;
  return `p=$(cat ${folder}/pid); ${tail('stdout')} & ${tail('stderr')} >&2 & wait; exit "$(cat ${folder}/exit 2>/dev/null || echo 137)"`;
}

/** Ends the session of a job: asks first, then forces. */
function cancelScript(folder: string): string {
  return `p=$(cat ${folder}/pid); kill -TERM -- "-$p" 2>/dev/null; i=0; while kill -0 -- "-$p" 2>/dev/null && [ $i -lt ${cancelPatienceSeconds * 5} ]; do i=$((i+1)); sleep 0.2; done; kill -KILL -- "-$p" 2>/dev/null; true`;
}
