import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Linter } from 'eslint';
import { describe, expect, it } from 'vitest';
import { translatedText } from '../../../scripts/lint/translated-text.mjs';
import { clusterHover } from '../../../src/extension/clusters/tree/tooltip.ts';
import { childItems, rootItems } from '../../../src/extension/clusters/tree/tree-item.ts';
import { webPageLabel } from '../../../src/extension/clusters/web-page-label.ts';
import { configService } from '../../../src/extension/configuration/config-service.ts';
import { remedyCommand } from '../../../src/extension/ui/remedy-commands.ts';
import { clusterStates } from '../../../src/model/cluster/cluster.ts';
import { webPageIds } from '../../../src/model/cluster/web-page.ts';
import { Progress } from '../../../src/model/progress.ts';
import type { RemedyVerb, VerbAction } from '../../../src/model/remedy.ts';
import {
  formatCluster,
  formatNode,
  formatWorkerResources,
  formatWorkersState,
} from '../../../src/text/clusters.ts';
import {
  destroyQuestion,
  growthQuestion,
  launchQuestion,
  removeQuestion,
  stopQuestion,
} from '../../../src/text/engine/change-questions.ts';
import { formatChoice } from '../../../src/text/engine/choices.ts';
import { formatPlannedChange } from '../../../src/text/engine/planned-changes.ts';
import { formatEvent } from '../../../src/text/events.ts';
import {
  formatExtended,
  formatLifetime,
  formatLifetimeBriefly,
  formatLifetimeSentence,
} from '../../../src/text/lifetimes.ts';
import { formatActivity, formatProgress } from '../../../src/text/progress.ts';
import { planFacts } from '../../../webview/config-form/plan-facts.ts';
import { LaunchView } from '../../../webview/launch-log/launch-view.ts';
import { aCluster, aNode } from '../../helpers/clusters.ts';
import {
  choiceFacts,
  plannedChanges,
  stepSubjects,
  waitSubjects,
} from '../../helpers/engine-data.ts';
import { anEvent } from '../../helpers/events.ts';
import { ec2Plan, localPlan } from '../../helpers/plans.ts';
import { pseudo, untranslated } from '../../helpers/pseudo-locale.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const now = Date.parse('2026-05-04T12:00:00.000Z');

const lifetime = {
  action: 'terminate' as const,
  idleTimeoutSeconds: 1800,
  maxLifetimeSeconds: 36_000,
  maxCost: null,
  costLeft: null,
  idleEndsAt: '2026-05-04T12:30:00.000Z',
  endsAt: '2026-05-04T14:00:00.000Z',
};
const onEc2 = aCluster('demo', {
  provider: 'ec2',
  region: 'us-east-1',
  vpcId: 'vpc-1',
  pricePerHour: 0.6,
  accountId: '123456789012',
  lifetime,
  tags: { team: 'search' },
  master: aNode('master', { instanceType: 'm5.large', market: 'on-demand' }),
  workers: [aNode('worker-1', { instanceType: 'm5.large', market: 'spot' })],
});
const local = aCluster('busy', { applications: [{ id: 'app-1', name: 'demo', cores: 2 }] });

describe('in another language there is no word of English in', () => {
  it('the rows and hovers of the tree', () => {
    for (const state of clusterStates)
      for (const cluster of [
        { ...local, state },
        { ...onEc2, state },
        { ...onEc2, state, launchedAt: null, lifetime: null, master: null },
      ]) {
        const { heading, rows } = clusterHover(cluster, pseudo);
        const shown = [
          formatCluster(cluster, now, undefined, pseudo),
          formatWorkersState(cluster, pseudo),
          formatWorkerResources(cluster, pseudo),
          heading,
          ...rows.flat(),
        ];
        expect(untranslated(...shown)).toEqual([]);
      }
    for (const state of ['pending', 'draining', 'stopped', 'dead', 'terminated'] as const)
      expect(untranslated(formatNode(aNode('worker-1', { state }), pseudo))).toEqual([]);
    for (const id of webPageIds) expect(untranslated(webPageLabel({ id }, pseudo))).toEqual([]);
    for (const groupBy of ['place', 'team']) {
      const clusters = [local, onEc2];
      const items = rootItems({ clusters, problems: [] }, { groupBy, filter: undefined }, pseudo);
      const labels = items.map((item) => ('label' in item ? item.label : ''));
      expect(untranslated(...labels)).toEqual([]);
      expect(items.flatMap(childItems)).toHaveLength(2);
    }
  });

  it('the questions before something is done', () => {
    const price = { currency: 'USD', perHour: 0.12, parts: [] } as const;
    const growth = { count: 2, type: 'm5.large', market: 'spot', price } as const;
    const ends = { afterSeconds: 3600 } as const;
    const many = Array.from({ length: 9 }, (_, index) => ({
      ...{ id: `app-${index}`, name: 'demo', cores: 1 },
    }));
    const questions = [
      ...[ec2Plan, { ...ec2Plan, price: null }].flatMap((plan) => [
        launchQuestion(plan, pseudo),
        launchQuestion({ ...plan, profile: 'analytics', accountId: '1' }, pseudo),
        launchQuestion({ ...plan, end: { ...ends, action: 'stop' } }, pseudo),
        launchQuestion({ ...plan, end: { ...ends, action: 'terminate' } }, pseudo),
      ]),
      growthQuestion(onEc2, growth, undefined, now, pseudo),
      growthQuestion(onEc2, { ...growth, price: null }, 'analytics', now, pseudo),
      ...[[local], [onEc2], [local, onEc2], [{ ...local, applications: many }]].flatMap((some) => [
        stopQuestion(some, pseudo),
        destroyQuestion(some, pseudo),
      ]),
      stopQuestion([{ ...local, applications: [] }], pseudo),
      removeQuestion(aCluster('busy'), 1, pseudo),
      removeQuestion(local, 2, pseudo),
    ];
    for (const { text, detail } of questions) expect(untranslated(text, detail)).toEqual([]);
  });

  it('what the engine waits for, does, says of nodes and would make', () => {
    const events = [
      ...waitSubjects.map((subject) => anEvent('waiting', { reason: 'workers', subject })),
      ...stepSubjects.flatMap((subject) => [
        anEvent('step.started', { step: 'unpacking', subject }),
        anEvent('step.finished', { step: 'unpacking', subject, seconds: 1 }),
      ]),
      anEvent('node.phase', {
        node: 'worker-1',
        phase: 'alive',
        detail: '2 cores',
        resources: { cores: 2, memoryMiB: 4096 },
      }),
    ];
    const view = new LaunchView(
      { id: 'x', cluster: 'demo', startedAt: '2026-05-04T12:00:00.000Z', usualSeconds: null },
      pseudo,
    );
    for (const event of events) {
      const { text = '' } = formatEvent(event, { translate: pseudo }) ?? {};
      const progress = new Progress('demo', 'launch', now);
      progress.apply(event, now);
      view.apply(event);
      const { activity } = progress;
      expect(text).not.toBe('');
      expect(
        untranslated(
          text,
          activity === null ? '' : formatActivity(activity, pseudo),
          formatProgress(progress, pseudo),
          view.activity,
          ...view.lanes.map((lane) => lane.text),
        ),
      ).toEqual([]);
    }
    for (const change of plannedChanges)
      expect(untranslated(formatPlannedChange(change, pseudo))).toEqual([]);
  });

  it('how a cluster ends', () => {
    for (const action of ['terminate', 'stop', null] as const)
      for (const given of [lifetime, { ...lifetime, endsAt: null, idleEndsAt: null }]) {
        const ending = { ...given, action };
        const cluster = { ...onEc2, lifetime: ending };
        const growth = { count: 2, type: 'm5.large', market: 'spot', price: null } as const;
        expect(
          untranslated(
            formatLifetime(ending, now, pseudo),
            formatLifetimeBriefly(ending, now, pseudo),
            formatLifetimeSentence(ending, now, pseudo),
            formatExtended('demo', ending, now, pseudo),
            ...clusterHover(cluster, pseudo).rows.flat(),
            growthQuestion(cluster, growth, undefined, now, pseudo).detail,
          ),
        ).toEqual([]);
      }
  });

  it('the buttons of remedies', () => {
    const actions: readonly (readonly [RemedyVerb, object])[] = [
      ...(
        ['addWorkers', 'describe', 'destroy', 'removeWorkers', 'repair', 'resume', 'start'] as const
      ).map((verb) => [verb, {}] as const),
      ...[{}, { fix: true }].map((given) => ['doctor', given] as const),
      ...[{}, { dropSpotWorkers: true }, { discardHdfsData: true }].map(
        (given) => ['stop', given] as const,
      ),
      ['runCommand', {}],
    ];
    for (const [verb, given] of actions)
      for (const cluster of [null, { name: 'demo' }]) {
        const action = { verb, cluster, options: given } as unknown as VerbAction;
        expect(untranslated(remedyCommand(action, pseudo)[1])).toEqual([]);
      }
  });

  it('the form of a configuration and its plan', () => {
    for (const provider of ['local', 'ec2']) {
      const form = configService.formOf(
        { text: `provider: ${provider}\nlaunch:\n  stray: 1\n`, file: '/project/flintrock.yaml' },
        { cwd: '/project', home: '/home/me' },
        pseudo,
      );
      for (const { title, fields } of form.groups)
        for (const { label, help, details, choices } of fields) {
          const shown = [title, label, help, details];
          expect(untranslated(...shown)).toEqual([]);
          // Values of AWS's stay as the file has them.
          expect(choices.every(({ value, label }) => label === value || !/[a-z]/.test(label))).toBe(
            true,
          );
        }
    }
    for (const plan of [localPlan, ec2Plan, { ...ec2Plan, price: null }]) {
      const { rows, price } = planFacts(plan, pseudo);
      expect(untranslated(...rows.flat(), price)).toEqual([]);
    }
  });

  it('values to choose from', () => {
    for (const facts of choiceFacts) {
      const { description, detail } = formatChoice({ value: 'demo', facts }, pseudo);
      expect(untranslated(description, detail)).toEqual([]);
    }
  });

  it('the log of a launch', () => {
    const startedAt = '2026-05-04T12:00:00.000Z';
    const header = { id: 'x', cluster: 'demo', startedAt, usualSeconds: null };
    const events = [
      anEvent('plan.ready', { plan: ec2Plan }),
      anEvent('node.phase', { node: 'master', phase: 'booting', detail: null }),
      anEvent('download.finished', { what: 'Spark', source: 'EC2', seconds: 3 }),
      anEvent('node.phase', { node: 'worker-1', phase: 'configuring', detail: null }),
      anEvent('node.trouble', { node: 'worker-1', message: 'demo', remedies: [] }),
      anEvent('node.phase', { node: 'master', phase: 'alive', detail: null }),
      anEvent('node.removed', { node: 'worker-1' }),
      anEvent('cleanup.started', { reason: 'demo' }),
      anEvent('cleanup.finished', { left: [] }),
    ];
    const error = { code: 'NODE_DIED', message: 'demo', hint: null, left: [] };
    for (const status of [null, 'ready', 'failed', 'cancelled', 'interrupted'] as const) {
      const view = new LaunchView(header, pseudo);
      const check = (): void => {
        const { plan, activity, lanes } = view;
        const lines = view.lines.map((line) => line.slice(5));
        expect(untranslated(plan, activity, ...lanes.map(({ text }) => text), ...lines)).toEqual(
          [],
        );
      };
      for (const event of events) {
        view.apply(event);
        check();
      }
      if (status !== null)
        view.finish({ status, time: startedAt, error: status === 'failed' ? error : null });
      check();
    }
  });
});

describe('the manifest', () => {
  it('shows nothing but the texts of package.nls.json, and all of them', () => {
    const texts = Object.keys(JSON.parse(read('package.nls.json')) as object);
    const { contributes, capabilities } = JSON.parse(read('package.json')) as Record<
      'contributes' | 'capabilities',
      object
    >;
    const named: string[] = [];
    const bare: string[] = [];
    JSON.stringify({ contributes, capabilities }, function (this: object, key, value: unknown) {
      if (typeof value !== 'string') return value;
      const [, name] = /^%(.*)%$/.exec(value) ?? [];
      if (name !== undefined) named.push(name);
      else if (
        /^(title|category|contents|contextualTitle|displayName|userDescription|markdownDescription|altText)$/.test(
          key,
        ) &&
        value !== 'Flintrock'
      )
        bare.push(value);
      return value;
    });
    expect(bare).toEqual([]);
    expect([...new Set(named)].sort()).toEqual(texts.sort());
  });
});

describe('the lint rule for texts', () => {
  const messages = (code: string): string[] =>
    new Linter()
      .verify(code, {
        plugins: { flintrock: { rules: { 'translated-text': translatedText } } },
        rules: { 'flintrock/translated-text': 'error' },
      })
      .map(({ message }) => message);

  it('refuses a bare text where one is shown', () => {
    for (const code of [
      `showInformation('No cluster.')`,
      'showFailure(`Stopping ${name}`, error)',
      `ask({ text: 'Stop it?' }, button)`,
      `pickOne(items, { title: on ? t('On') : 'Off' })`,
      `element('p', { class: 'dim' }, 'Plan')`,
      `element('p', { 'aria-label': 'Plan' })`,
      `setText(node, state ?? 'none')`,
    ])
      expect(messages(code)).toHaveLength(1);
  });

  it('takes texts that are translated, marks and names', () => {
    for (const code of [
      `showInformation(vscode.l10n.t('No cluster.'))`,
      `element('p', { class: 'dim' }, t('Plan'), ' · ', name)`,
      'pickOne(items, { title: `${name} · ${region}` })',
    ])
      expect(messages(code)).toEqual([]);
  });
});
