import { join } from 'node:path';
import type { FlintrockEngine } from '../../src/engine/flintrock.ts';
import { Attachments } from '../../src/extension/attach/attachments.ts';
import { ClusterJobs } from '../../src/extension/clusters/cluster-jobs.ts';
import { ClustersModel } from '../../src/extension/clusters/clusters-model.ts';
import { Descriptions } from '../../src/extension/clusters/descriptions.ts';
import type { Listing } from '../../src/extension/clusters/listing.ts';
import { ViewOptions } from '../../src/extension/clusters/view-options.ts';
import { configService } from '../../src/extension/configuration/config-service.ts';
import { OpenForms } from '../../src/extension/configuration/open-forms.ts';
import { Settings } from '../../src/extension/configuration/settings.ts';
import { EngineFactory } from '../../src/extension/engine/engine-factory.ts';
import { Operations } from '../../src/extension/engine/operations.ts';
import type { ExtensionServices } from '../../src/extension/extension-services.ts';
import { ExplanationPanels } from '../../src/extension/history/explanation-panels.ts';
import { LaunchLogPanels } from '../../src/extension/launches/launch-log-panels.ts';
import { Launches } from '../../src/extension/launches/launches.ts';
import { TargetCluster } from '../../src/extension/tasks/target-cluster.ts';
import { OpenPages } from '../../src/extension/terminals/open-pages.ts';
import { Terminals } from '../../src/extension/terminals/terminals.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What is behind the extension in a test. */
interface Behind {
  readonly engine: () => FlintrockEngine;
  readonly listing: () => Listing;
  /** Default: launches of a folder of its own. */
  readonly launches?: Launches | undefined;
}

/** What commands work with, with the stand-in for VS Code; to be loaded after it. */
export function extensionServices({ engine, listing, launches }: Behind): ExtensionServices {
  const silent = (): void => undefined;
  const log = { error: silent, warn: silent, info: silent, debug: silent, trace: silent };
  const channel = { ...log, show: silent } as unknown as ExtensionServices['log'];
  const settings = new Settings();
  const home = temporaryFolder('home');
  const engines = new EngineFactory(
    {
      makeEngine: () => Promise.resolve(engine()),
      loadConfiguration: () => Promise.resolve(configService),
      places: { env: {}, home, platform: 'linux' },
    },
    settings,
  );
  const model = new ClustersModel(
    () => Promise.resolve(listing()),
    () => false,
    silent,
  );
  const memento = { get: (_: string, otherwise?: unknown) => otherwise, update: silent };
  const operations = new Operations(engines, channel);
  const kept = launches ?? new Launches(join(home, 'launches'), { pid: 1, isAlive: () => false });
  const attachments = new Attachments({
    ...{ engines, operations, log: channel, memory: memento as never },
    variables: { getScoped: () => new Map() } as never,
  });
  return {
    ...{ log: channel, settings, engines, model, launches: kept },
    jobs: new ClusterJobs(engines, channel),
    view: new ViewOptions(memento as never),
    operations,
    attachments,
    target: new TargetCluster(memento as never, model, attachments),
    isElsewhere: false,
    connectedScript: join(home, 'connected.py'),
    launchLogs: new LaunchLogPanels({} as never, kept, model, silent),
    explanations: new ExplanationPanels({} as never),
    terminals: new Terminals(engines, channel),
    pages: new OpenPages(engines, channel),
    descriptions: new Descriptions(),
    forms: new OpenForms(),
    sshConfig: join(home, 'ssh', 'config'),
  };
}
