/** What the command line's verbs are called in the editor: the command's id, and its title as the manifest has it. */
const commands: Readonly<Record<string, readonly [id: string, title: string]>> = {
  launch: ['flintrock.cluster.launch', 'Launch Cluster…'],
  describe: ['flintrock.clusters.refresh', 'Refresh'],
  start: ['flintrock.cluster.start', 'Start'],
  stop: ['flintrock.cluster.stop', 'Stop'],
  destroy: ['flintrock.cluster.destroy', 'Destroy…'],
  'add-workers': ['flintrock.cluster.addWorkers', 'Add Workers…'],
  'remove-workers': ['flintrock.cluster.removeWorkers', 'Remove Workers…'],
  resume: ['flintrock.cluster.resume', 'Finish Launch'],
  repair: ['flintrock.cluster.repair', 'Repair'],
  authorize: ['flintrock.cluster.authorize', 'Let My Address In'],
  doctor: ['flintrock.clusters.doctor', 'Find Out What Is Wrong'],
  login: ['flintrock.cluster.login', 'SSH to Master'],
  ui: ['flintrock.cluster.openUi', 'Open UI'],
  'run-command': ['flintrock.cluster.runCommand', 'Run Command…'],
  configure: ['flintrock.configuration.edit', 'Edit Configuration'],
};

/** Flags whose key in the file isn't made of the flag's own words. */
const otherKeys: Readonly<Record<string, string>> = {
  provider: 'provider',
  debug: 'debug',
  'num-workers': 'launch.num-slaves',
  'spark-home': 'providers.local.spark-home',
  'local-tag': 'providers.local.tags',
  'ec2-tag': 'providers.ec2.tags',
  'ec2-volume': 'providers.ec2.volumes',
  'ec2-security-group': 'providers.ec2.security-groups',
  'ec2-fallback-instance-type': 'providers.ec2.fallback-instance-types',
};
const sections = [
  ['ec2-', 'providers.ec2.'],
  ['local-', 'providers.local.'],
  ['spark-', 'services.spark.'],
  ['hdfs-', 'services.hdfs.'],
] as const;

/** A command of the editor that a hint speaks of. */
interface HintedCommand {
  readonly id: string;
  readonly title: string;
  /** The cluster that it is about, if the hint names one. */
  readonly cluster: string | undefined;
}

/** What to do about an error, in the editor's terms. */
export interface EditorHint {
  readonly text: string;
  readonly commands: readonly HintedCommand[];
}

// As in `flintrock add-workers demo --num-workers 2`, where the name may be a name's beginning or a whole sentence's end.
const commandLine =
  /"?\bflintrock ([a-z-]+)(?: ([A-Za-z0-9](?:[\w.-]*[\w-])?))?((?: --?[a-z][\w-]*(?: \d+)?)*)(?: -- [^"]*)?"?/g;
// A word behind a flag is its value where the clause ends with it.
const flag = /--(no-)?([a-z][a-z0-9-]*)(?:[ =]([\w.:/-]*[\w/])(?=[,.;)]| or |$))?/g;

/** A hint of the engine's, which speaks of commands and flags of the command line, in the words of the editor. */
export function editorHint(hint: string): EditorHint {
  const found: HintedCommand[] = [];
  const text = hint
    .replace(commandLine, (whole, verb: string, cluster: string | undefined) => {
      const command = commands[verb];
      if (command === undefined) return whole;
      const [id, title] = command;
      found.push({ id, title, cluster });
      return `“${title}”`;
    })
    .replace(flag, (_, no: string | undefined, name: string, value: string | undefined) => {
      const given = no === undefined ? value : 'no';
      return given === undefined ? `“${keyOf(name)}”` : `“${keyOf(name)}: ${given}”`;
    });
  return { text, commands: found };
}

/** The file's key for a flag, without its dashes. */
export function keyOf(name: string): string {
  const section = sections.find(([prefix]) => name.startsWith(prefix));
  return (
    otherKeys[name] ??
    (section === undefined ? `launch.${name}` : `${section[1]}${name.slice(section[0].length)}`)
  );
}
