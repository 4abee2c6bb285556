import * as vscode from 'vscode';
import { type ProviderKind } from '../../model/cluster/cluster.ts';
import { askSteps, inputStep, keep, pickStep, type Choice } from '../ui/multi-step.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { countProblem } from '../clusters/worker-count.ts';
import { launch } from '../launches/launch.ts';
import { nameProblem, freeName } from '../launches/cluster-name-input.ts';
import { configFile } from '../configuration/config-file.ts';

interface Answers {
  readonly provider: ProviderKind;
  readonly name: string;
  readonly workers: string;
}

/** Launch Cluster…: asks where, what it is called and how large it is. */
export async function launchCluster(services: ExtensionServices): Promise<void> {
  const { clusters } = await services.model.known();
  const where: readonly Choice<ProviderKind>[] = [
    {
      icon: 'device-desktop',
      label: vscode.l10n.t('This machine'),
      description: vscode.l10n.t('processes of yours, no account needed'),
      value: 'local',
    },
    {
      icon: 'cloud',
      label: vscode.l10n.t('Amazon EC2'),
      description: vscode.l10n.t('instances, as the configuration says; they cost money'),
      value: 'ec2',
    },
  ];
  const answers = await askSteps<Answers>(
    'Launch Cluster',
    { provider: 'local', name: freeName(clusters), workers: '2' },
    [
      keep(
        ({ provider }) => pickStep(where, 'Where are its machines?', provider),
        (known, provider) => ({ ...known, provider }),
      ),
      keep(
        ({ name }) =>
          inputStep({
            prompt: vscode.l10n.t('Name of the cluster'),
            value: name,
            problem: nameProblem(clusters),
          }),
        (known, name) => ({ ...known, name }),
      ),
      keep(
        ({ workers }) =>
          inputStep({
            prompt: vscode.l10n.t('How many workers beside the master?'),
            value: workers,
            problem: (text) => countProblem(text, 5000),
          }),
        (known, workers) => ({ ...known, workers }),
      ),
    ],
  );
  if (answers === undefined) return;
  const { name, provider, workers } = answers;
  await launch(services, {
    name,
    values: {
      provider,
      numWorkers: Number(workers),
      ...(provider === 'ec2' &&
        services.settings.profile !== undefined && { ec2Profile: services.settings.profile }),
    },
    config: provider === 'ec2' ? await configFile(services) : undefined,
  });
}
