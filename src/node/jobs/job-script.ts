import { shellWord } from '../../base/shell-word.ts';

/** Of a job's output so many bytes of its beginning and as many of its end are kept, each stream for itself. */
const keptByDefault = 512 * 1024 * 1024;

/**
 * A shell function that keeps a job's output from filling the disk: of one that is longer than a gigabyte its middle is given back to the
 * file system. Positions in the file stay what they are; which part is gone, stands in `cut.stdout` or `cut.stderr`. Where files can't
 * have holes (macOS has no `fallocate`), nothing is cut.
 */
const limitOutput = (keptBytes: number): string => `limit_output() {
  trap 'kill $sleeper; exit 0' TERM
  while :; do
    sleep 5 &
    sleeper=$!
    wait $sleeper
    for stream in stdout stderr; do
      size=$(wc -c <"$folder/$stream") || continue
      end=$((size - ${keptBytes}))
      [ $end -gt ${keptBytes + Math.ceil(keptBytes / 8)} ] || continue
      echo ${keptBytes} $end >"$folder/cut.part" && mv "$folder/cut.part" "$folder/cut.$stream" &&
        fallocate -p -o ${keptBytes} -l $((end - ${keptBytes})) "$folder/$stream" || return
    done
  done
}
if command -v fallocate >/dev/null 2>&1; then
  limit_output >/dev/null 2>&1 </dev/null &
  limiter=$!
fi
`;

/** Ends {@link limitOutput}. */
const endLimit = `[ -z "$limiter" ] || { kill $limiter; wait $limiter; } 2>/dev/null
`;

/** What a job's script is made of. */
export interface JobScript {
  /** Shell text that runs before the command, such as settings of its environment. */
  readonly before: string;
  /** The job's program and its arguments, as shell text. */
  readonly command: string;
  /** Shell text that runs after it, with the exit code in `$code`. */
  readonly after?: string;
  /** See {@link keptByDefault}. */
  readonly keptBytes?: number;
}

/**
 * Text of a script that runs a job and leaves in its folder, `$folder`: `pid`, `started` (Unix time), `stdout`, `stderr` and, when it has
 * ended, `exit`. Its command line names the job.
 *
 * @param folder shell text of the job's folder
 */
export function jobScript(
  folder: string,
  { before, command, after = '', keptBytes = keptByDefault }: JobScript,
): string {
  return `umask 077
folder=${folder}
: >>"$folder/stdout"
: >>"$folder/stderr"
date +%s >"$folder/started"
echo $$ >"$folder/pid.part" && mv "$folder/pid.part" "$folder/pid"
${before}
${limitOutput(keptBytes)}${command} </dev/null >>"$folder/stdout" 2>>"$folder/stderr"
code=$?
# The exit code gets its name only when it is there whole.
echo $code >"$folder/exit.part" && mv "$folder/exit.part" "$folder/exit"
${endLimit}${after}`;
}

/** A command line as shell text. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
