import type { RemedyVerb, VerbAction } from '../../model/remedy.ts';
import type { Translate } from '../../text/translate.ts';

type ActionOf<V extends RemedyVerb> = Extract<VerbAction, { readonly verb: V }>;

/** A command, and what its button says. */
type CommandButton = readonly [command: string, title: string];

const buttons: {
  readonly [V in RemedyVerb]: (action: ActionOf<V>, t: Translate) => CommandButton;
} = {
  addWorkers: ({ options: { takeOver } }, t) => [
    'flintrock.cluster.addWorkers',
    takeOver === true ? t('Take Over…') : t('Add Workers…'),
  ],
  authorize: (_, t) => ['flintrock.cluster.authorize', t('Allow SSH from My IP')],
  describe: ({ cluster }, t) =>
    cluster === null
      ? ['flintrock.clusters.refresh', t('Refresh Clusters')]
      : ['flintrock.cluster.describe', t('Show Cluster Details')],
  destroy: (_, t) => ['flintrock.cluster.destroy', t('Destroy Cluster…')],
  doctor: ({ options: { fix } }, t) => [
    'flintrock.clusters.doctor',
    fix === true ? t('Fix…') : t('Run Diagnostics'),
  ],
  install: ({ options: { takeOver } }, t) => [
    'flintrock.cluster.install',
    takeOver === true ? t('Take Over…') : t('Install Packages…'),
  ],
  pythonEnv: (_, t) => [
    'flintrock.cluster.createPythonEnvironment',
    t('Create Python Environment…'),
  ],
  removeWorkers: ({ options: { takeOver } }, t) => [
    'flintrock.cluster.removeWorkers',
    takeOver === true ? t('Take Over…') : t('Remove Workers…'),
  ],
  repair: ({ options: { takeOver } }, t) => [
    'flintrock.cluster.repair',
    takeOver === true ? t('Take Over') : t('Replace Failed Workers'),
  ],
  resume: (_, t) => ['flintrock.cluster.resume', t('Resume Launch')],
  runCommand: (_, t) => ['flintrock.cluster.runCommand', t('Run Command…')],
  start: (_, t) => ['flintrock.cluster.start', t('Start Cluster')],
  stop: ({ options: { dropSpotWorkers, discardHdfsData, takeOver } }, t) => [
    'flintrock.cluster.stop',
    takeOver === true
      ? t('Take Over…')
      : dropSpotWorkers === true
        ? t('Stop and Remove Spot Workers…')
        : discardHdfsData === true
          ? t('Stop and Lose HDFS Data…')
          : t('Stop Cluster…'),
  ],
};

/**
 * The command that carries out an action, and what its button says. The command is called with the action as its argument, and does
 * exactly that.
 */
export function remedyCommand(action: VerbAction, t: Translate): CommandButton {
  const button = buttons[action.verb] as (one: VerbAction, translate: Translate) => CommandButton;
  return button(action, t);
}
