import { describe, expect, it } from 'vitest';
import { bootstrapScript } from '../../../src/node/bootstrap/bootstrap.ts';
import { buildUserData } from '../../../src/node/bootstrap/user-data.ts';
import { withSharing } from '../../../src/node/services/sharing.ts';
import { sparkDefaultsTemplate } from '../../../src/node/services/spark.ts';
import {
  parseYarnStatus,
  yarnExcludeFile,
  yarnTemplates,
} from '../../../src/node/services/yarn/yarn.ts';
import { endYarnJob, yarnJob } from '../../../src/node/services/yarn/yarn-job.ts';
import { nodeSettings } from './node-settings.ts';

const hdfs = { version: '3.5.0', sources: [], sha512: null, replication: 2 };

describe('YARN', () => {
  it('reads what a ResourceManager says', () => {
    // Of Hadoop 3.5.0, shortened.
    const node = (address: string, state: string, more = {}): unknown => ({
      id: `${address}:8041`,
      nodeHostName: address,
      state,
      healthReport: '',
      usedVirtualCores: 0,
      ...more,
    });
    const page = {
      nodes: {
        node: [
          node('10.0.0.2', 'RUNNING', { usedVirtualCores: 3 }),
          node('10.0.0.3', 'DECOMMISSIONING'),
          node('10.0.0.4', 'UNHEALTHY', { healthReport: '1/1 local-dirs are bad' }),
        ],
      },
    };
    expect(parseYarnStatus(JSON.stringify(page))?.nodeManagers).toEqual([
      { address: '10.0.0.2', state: 'in service', report: '', coresInUse: 3 },
      { address: '10.0.0.3', state: 'leaving', report: '', coresInUse: 0 },
      {
        address: '10.0.0.4',
        state: 'unhealthy',
        report: '1/1 local-dirs are bad',
        coresInUse: 0,
      },
    ]);
  });

  it.each([
    ['{"nodes":null}', { nodeManagers: [] }],
    ['{"nodes":{}}', { nodeManagers: [] }],
    ['{"nodes":{"node":[7]}}', { nodeManagers: [expect.objectContaining({ address: '' })] }],
    ['{"about":1}', undefined],
    ['[]', undefined],
  ])('takes %s for what it can be', (page, status) => {
    expect(parseYarnStatus(page)).toEqual(status);
  });

  it('is in the user data only where it is asked for, and fits', () => {
    const files = (yarn: boolean): string =>
      bootstrapScript(nodeSettings({ hdfs: { ...hdfs, yarn } }));
    expect(files(false)).not.toMatch(/put yarn-site|^YARN_|put yarn\.sh/m);
    expect(files(true)).toMatch(
      /put yarn\.sh[^]*put yarn-site\.xml|put yarn-site\.xml[^]*put yarn\.sh/,
    );
    expect(
      buildUserData(nodeSettings({ hdfs: { ...hdfs, yarn: true } }), null).length,
    ).toBeLessThanOrEqual(16_384);
  });

  it('calls nodes by their addresses, and has no page that ends applications', () => {
    const site = yarnTemplates()[0]?.[1] ?? '';
    expect(site).toContain(
      `<name>yarn.resourcemanager.nodes.exclude-path</name><value>${yarnExcludeFile}</value>`,
    );
    expect(site).toContain('<value>@ADDRESS@:8041</value>');
    expect(site).toContain(
      '<name>yarn.resourcemanager.webapp.ui-actions.enabled</name><value>false</value>',
    );
    // What a node fills in, and nothing else.
    expect(new Set(site.match(/@[A-Z_]+@/g))).toEqual(
      new Set([
        '@MASTER@',
        '@ADDRESS@',
        '@YARN_MEMORY@',
        '@YARN_CORES@',
        '@YARN_FOLDERS@',
        '@YARN_LOG_FOLDERS@',
      ]),
    );
  });

  it('has Spark use the jars of each node, and drivers listen where they run', () => {
    const settings = {
      executorOptions: 'x',
      mavenRepository: undefined,
      eventsFolder: '/e',
      own: {},
    };
    const on = sparkDefaultsTemplate({ ...settings, yarn: true }, undefined);
    expect(on).toContain('spark.yarn.jars local:/opt/spark/jars/*\n');
    expect(on).not.toContain('spark.driver.bindAddress');
    const off = sparkDefaultsTemplate({ ...settings, yarn: false }, undefined);
    expect(off).not.toContain('spark.yarn.');
    expect(off).toContain('spark.driver.bindAddress');
  });
});

describe('a job on YARN', () => {
  const id = 'job-20261201T014141Z-fb60';

  it('can be found by its tag, as YARN writes it', () => {
    const tag = 'flintrock-job-20261201t014141z-fb60';
    const { words, conf } = yarnJob(id, 'cluster', { 'spark.yarn.tags': 'mine' });
    expect(words).toEqual(['--master', 'yarn', '--deploy-mode', 'cluster']);
    expect(conf).toEqual({ 'spark.yarn.tags': `mine,${tag}` });
    expect(yarnJob(id, 'client', {}).conf).toEqual({ 'spark.yarn.tags': tag });
    expect(endYarnJob(id)).toContain(`applicationTags=${tag}$2`);
  });

  it('begins with few executors', () => {
    const first = 'spark.dynamicAllocation.initialExecutors';
    expect(withSharing({}, new Set())[first]).toBe('10000');
    expect(withSharing({}, new Set(), true)).toMatchObject({
      'spark.dynamicAllocation.enabled': 'true',
    });
    expect(withSharing({}, new Set(), true)[first]).toBeUndefined();
  });
});
