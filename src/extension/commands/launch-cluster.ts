import * as vscode from 'vscode';
import { type ProviderKind } from '../../model/cluster/cluster.ts';
import { countProblem } from '../clusters/worker-count.ts';
import { configFile } from '../configuration/config-file.ts';
import type { ExtensionServices } from '../extension-services.ts';
import { freeName, nameProblem } from '../launches/cluster-name-input.ts';
import { launch } from '../launches/launch.ts';
import { askSteps, type Choice, inputStep, keep, pickStep } from '../ui/multi-step.ts';

interface Answers {
  readonly provider: ProviderKind;
  readonly name: string;
  readonly workers: string;
}

/** Launch Cluster…: asks for location, name and number of workers. */
export async function launchCluster(services: ExtensionServices): Promise<void> {
  const { clusters } = await services.model.known();
  const locations: readonly Choice<ProviderKind>[] = [
    {
      icon: 'device-desktop',
      label: vscode.l10n.t('Local machine'),
      description: vscode.l10n.t('Local Spark processes; no AWS account required'),
      value: 'local',
    },
    {
      icon: 'cloud',
      label: vscode.l10n.t('Amazon EC2'),
      description: vscode.l10n.t('EC2 instances as configured; AWS charges apply'),
      value: 'ec2',
    },
  ];
  const answers = await askSteps<Answers>(
    vscode.l10n.t('Launch cluster'),
    { provider: 'local', name: freeName(clusters), workers: '2' },
    [
      keep(
        ({ provider }) =>
          pickStep(locations, vscode.l10n.t('Select where to run the cluster'), provider),
        (known, provider) => ({ ...known, provider }),
      ),
      keep(
        ({ name }) =>
          inputStep({
            prompt: vscode.l10n.t('Cluster name'),
            value: name,
            problem: nameProblem(clusters),
          }),
        (known, name) => ({ ...known, name }),
      ),
      keep(
        ({ workers }) =>
          inputStep({
            prompt: vscode.l10n.t('Number of workers'),
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
