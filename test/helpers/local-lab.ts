import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../src/base/surroundings.ts';
import { Flintrock } from '../../src/index.ts';
import { quickJava } from './quick-java.ts';
import { RecordingHost } from './recording-host.ts';

/** A fresh home and state folder for one test file; the downloads are shared with all others. */
export class LocalLab {
  readonly home = mkdtempSync(join(tmpdir(), 'flintrock-lab-'));
  readonly state = join(this.home, 'state');
  readonly env: Record<string, string>;

  constructor(env: Record<string, string> = {}) {
    // A developer who runs the tests may have an account: nothing of it is to be seen.
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')),
    ) as Record<string, string>;
    delete inherited['SPARK_HOME'];
    const java = quickJava();
    if (java !== undefined) inherited['JAVA_HOME'] = java;
    const platform = process.platform === 'darwin' ? 'darwin' : 'linux';
    this.env = {
      ...inherited,
      FLINTROCK_STATE: this.state,
      FLINTROCK_CACHE: cacheFolder({ env: process.env, home: homedir(), platform }),
      AWS_EC2_METADATA_DISABLED: 'true',
      ...env,
    };
  }

  /** An engine of its own host, as another process would have it: nothing is shared but the files. */
  open(host: RecordingHost = new RecordingHost()): { flintrock: Flintrock; host: RecordingHost } {
    const flintrock = new Flintrock({
      host,
      surroundings: { env: this.env, home: this.home, cwd: this.home },
    });
    return { flintrock, host };
  }

  /** Removes every cluster and the home; to be called after all tests of the file. */
  async close(): Promise<void> {
    const { flintrock } = this.open();
    const { clusters } = await flintrock.describe();
    for (const { name } of clusters) await flintrock.destroy(name);
    // What was killed a moment ago may still write.
    await rm(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** Processes that name this lab's folders on their command line or run in them: what clusters of it left behind. */
  processes(): string[] {
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(this.home) ? [`${pid} ${command.replace(/-cp \S+/, '-cp …')}`] : [];
      } catch {
        return [];
      }
    });
  }
}
