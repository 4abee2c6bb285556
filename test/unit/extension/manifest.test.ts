import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  clusterContext,
  jobContext,
  nodeContext,
} from '../../../src/extension/clusters/tree/context-value.ts';
import { type ClusterNode, clusterStates } from '../../../src/model/cluster/cluster.ts';
import { editorToolName, editorTools } from '../../../src/text/agents/editor-tools.ts';
import { agentTools } from '../../../src/text/agents/tools.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: Readonly<
      Record<string, readonly { readonly command: string; readonly when?: string }[]>
    >;
    readonly viewsWelcome: readonly { readonly when: string; readonly contents: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    readonly languageModelTools: readonly {
      readonly name: string;
      readonly modelDescription: string;
      readonly inputSchema: unknown;
    }[];
    readonly mcpServerDefinitionProviders: readonly { readonly id: string }[];
    readonly walkthroughs: readonly {
      readonly steps: readonly {
        readonly completionEvents: readonly string[];
        readonly media: { readonly svg: string };
      }[];
    }[];
  };
  readonly capabilities: {
    readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] };
  };
}

const { contributes, capabilities } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as Manifest;
const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Record<
  string,
  string
>;
const declared = contributes.commands.map(({ command }) => command).sort();

/** The text of all that is said to VS Code. */
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /^extension(\.ts|\/)/.test(file) && file.endsWith('.ts'))
  .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
  .join('\n');

const nodeStates: readonly ClusterNode['state'][] = [
  'pending',
  'running',
  'draining',
  'stopping',
  'stopped',
  'dead',
  'terminated',
];

describe('the manifest of the extension', () => {
  it('declares every command that is registered, and the reverse', () => {
    const register = readFileSync(join(root, 'src/extension/register-commands.ts'), 'utf8');
    const registered = [...register.matchAll(/^ {2}'(flintrock\.[\w.]+)':/gm)].map(([, id]) => id);
    expect(registered.sort()).toEqual(declared);
  });

  it('has no menu, text or event that names a command which isn’t there', () => {
    const named = [
      ...Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command)),
      ...Object.values(texts).flatMap((text) =>
        [...text.matchAll(/\(command:([\w.]+)\)/g)].map(([, id = '']) => id),
      ),
      ...contributes.walkthroughs.flatMap(({ steps }) =>
        steps.flatMap(({ completionEvents }) =>
          completionEvents.flatMap((event) => /^onCommand:(.*)/.exec(event)?.[1] ?? []),
        ),
      ),
      ...[
        ...source.matchAll(
          /'(flintrock\.(?:cluster|node|clusters|configuration|profile|regions|log)\.\w+)'/g,
        ),
      ].map(([, id = '']) => id),
    ];
    expect(
      [...new Set(named)].filter(
        (id) => !declared.includes(id) && id !== 'flintrock.clusters.focus',
      ),
    ).toEqual([]);
  });

  it('has a menu for every context value that the tree makes, and none for others', () => {
    const ofClusters = (contributes.menus['view/item/context'] ?? []).filter(
      ({ when }) => when?.startsWith('view == flintrock.clusters') === true,
    );
    const patterns = ofClusters.map(({ when = '' }) => {
      const pattern = /viewItem =~ \/(.*)\/$/.exec(when)?.[1];
      if (pattern === undefined) throw new Error(`no pattern in: ${when}`);
      return new RegExp(pattern);
    });
    const clusters = clusterStates.flatMap((state) =>
      (['local', 'ec2'] as const).map((provider) =>
        clusterContext(aCluster('a', { state, provider })),
      ),
    );
    const lifetime = {
      action: null,
      idleTimeoutSeconds: 1800,
      maxLifetimeSeconds: null,
      maxCost: null,
      costLeft: null,
      idleEndsAt: null,
      endsAt: null,
    };
    const lasting = clusterStates.map((state) =>
      clusterContext(aCluster('a', { state, provider: 'ec2', lifetime })),
    );
    const nodes = nodeStates.flatMap((state) =>
      ['master', 'worker-1'].map((name) => nodeContext(aNode(name, { state }))),
    );
    const jobs = (['running', 'failed'] as const).map((state) => jobContext({ state }));
    const others = ['ui', 'problem.credentials', 'problem.other'];
    const made = [...clusters, ...lasting, ...nodes, ...jobs, ...others];
    expect(patterns.filter((pattern) => !made.some((value) => pattern.test(value)))).toEqual([]);
    // A node that doesn't run has nothing to offer, and no menu.
    const silent = made.filter((value) => !patterns.some((pattern) => pattern.test(value)));
    expect(silent.filter((value) => !/^node\.\w+\.(?!running)/.test(value))).toEqual([]);
  });

  it('has a welcome text for each reason of emptiness', () => {
    const view = readFileSync(join(root, 'src/extension/clusters/clusters-view.ts'), 'utf8');
    const reasons = /type Emptiness = ([^;]+);/.exec(view)?.[1] ?? '';
    const all = [...reasons.matchAll(/'(\w+)'/g)].map(([, reason]) => reason);
    expect(contributes.viewsWelcome.map(({ when }) => /'(\w+)'/.exec(when)?.[1]).sort()).toEqual(
      all.sort(),
    );
  });

  it('describes its tools as the MCP server does, and declares that server', () => {
    expect(
      contributes.languageModelTools.map(({ name, modelDescription, inputSchema }) => ({
        name,
        modelDescription,
        inputSchema,
      })),
    ).toEqual(
      editorTools.map((tool) => ({
        name: editorToolName(tool),
        modelDescription: agentTools[tool].description,
        inputSchema: agentTools[tool].input,
      })),
    );
    for (const tool of editorTools) expect(source).toContain(`'${tool}'`);
    expect(contributes.mcpServerDefinitionProviders).toHaveLength(1);
    for (const { id } of contributes.mcpServerDefinitionProviders)
      expect(source).toContain(`'${id}'`);
  });

  it('declares settings that are read, and lets no untrusted folder set one', () => {
    const settings = Object.keys(contributes.configuration.properties);
    for (const setting of settings)
      expect(source).toContain(`'${setting.replace('flintrock.', '')}'`);
    expect([...capabilities.untrustedWorkspaces.restrictedConfigurations].sort()).toEqual(
      settings.sort(),
    );
  });
});
