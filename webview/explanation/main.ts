import type {
  ExplanationMessage,
  ExplanationPage,
  ExplanationRequest,
} from '../../src/protocol/explanation.ts';
import { formatCount } from '../../src/text/counts.ts';
import { formatMeasuredDuration } from '../../src/text/durations.ts';
import { formatCost, formatUse } from '../../src/text/history/findings.ts';
import { axisMarks } from '../shared/axis-marks.ts';
import { openChannel } from '../shared/channel.ts';
import { element, setText } from '../shared/element.ts';
import { t } from '../shared/texts.ts';
import { registerElements } from '../shared/toolkit.ts';
import { coreChart } from './core-chart.ts';
import { findingCard } from './finding-card.ts';
import { stageRows } from './stage-rows.ts';
import { stageTable } from './stage-table.ts';

registerElements('button');
const channel = openChannel<ExplanationRequest, ExplanationMessage>({ type: 'ready' });

const title = element('h1');
const place = element('span', { class: 'dim' });
const actions = element('div', { class: 'actions' });
const facts = element('dl', { class: 'facts' });
const findings = element('ol', { class: 'findings' });
const pictures = element('div');
const spoken = element('div', { class: 'spoken', role: 'status', 'aria-live': 'polite' });

document
  .getElementById('root')
  ?.append(
    element(
      'main',
      {},
      element('header', {}, title, place, element('span', { class: 'grow' }), actions),
      facts,
      findings,
      pictures,
      spoken,
    ),
  );

channel.begin(({ page }) => {
  const { application } = page;
  setText(title, application.name || application.id);
  setText(place, page.cluster);
  actions.replaceChildren(
    button(t('Refresh'), { type: 'refresh' }),
    ...(page.hasOthers ? [button(t('Other Applications…'), { type: 'others' })] : []),
  );
  drawFacts(page);
  drawFindings(page);
  drawPictures(page);
});

function button(text: string, request: ExplanationRequest): HTMLElement {
  return element(
    'vscode-button',
    { appearance: 'secondary', onclick: () => channel.send(request) },
    text,
  );
}

function drawFacts({ application, use, savedAt }: ExplanationPage): void {
  const { id, sparkVersion, jobs, stages, executors, endedAt } = application;
  const duration = formatMeasuredDuration(use.durationMs / 1000);
  const work = [
    formatCount(jobs.count, 'job', t),
    ...(jobs.failed === 0 ? [] : [t('{0} failed', jobs.failed)]),
    formatCount(stages.length, 'stage', t),
  ];
  const values: readonly (readonly [string, string])[] = [
    [t('Application'), sparkVersion === '' ? id : `${id} · Spark ${sparkVersion}`],
    ...(savedAt === null ? [] : [[t('Saved'), new Date(savedAt).toLocaleString()] as const]),
    [t('Duration'), endedAt === null ? t('{0} so far, not completed', duration) : duration],
    [t('Work'), work.join(', ')],
    [
      t('Executors'),
      t('{0}, with up to {1}', String(executors.count), formatCount(executors.maxCores, 'core', t)),
    ],
    [t('Use'), formatUse(use, t)],
    [t('Cost'), formatCost(use, t)],
  ];
  facts.replaceChildren(
    ...values.map(([name, value]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, value)),
    ),
  );
}

function drawFindings({ findings: found, application }: ExplanationPage): void {
  const isIncomplete = application.isCut || application.skippedEvents > 0;
  findings.replaceChildren(
    ...found.map((finding, index) =>
      findingCard(finding, index + 1, (request) => channel.send(request)),
    ),
    ...(found.length === 0 ? [element('li', { class: 'note done' }, t('No problems found.'))] : []),
    ...(isIncomplete
      ? [
          element(
            'li',
            { class: 'note' },
            t('Parts of the event log could not be read; there may be more.'),
          ),
        ]
      : []),
  );
  setText(
    spoken,
    found.length === 0 ? t('No problems found.') : formatCount(found.length, 'finding', t),
  );
}

function drawPictures(page: ExplanationPage): void {
  const { application } = page;
  const { maxCores } = application.executors;
  const rows = stageRows(application, page.findings);
  if (rows.rows.length === 0) {
    pictures.replaceChildren();
    return;
  }
  const busy = page.use.busyShare;
  const label =
    busy === null
      ? t('Cores over time')
      : t('Cores over time: up to {0}, {1} % busy', maxCores, Math.round(busy * 100));
  pictures.replaceChildren(
    element('h2', {}, t('Cores')),
    element(
      'div',
      { class: 'chart' },
      element(
        'div',
        { class: 'scale', 'aria-hidden': true },
        element('span', {}, String(maxCores)),
        element('span', {}, '0'),
      ),
      coreChart(application.cores, rows.axis, maxCores, label),
    ),
    element('div', { class: 'axis', 'aria-hidden': true }, ...axisMarks(rows.axis)),
    element(
      'div',
      { class: 'legend', 'aria-hidden': true },
      element('span', {}, element('i', { class: 'held' }), t('Held')),
      element('span', {}, element('i', { class: 'busy' }), t('Running tasks')),
    ),
    element('h2', {}, t('Stages')),
    stageTable(rows),
    rows.rows.some(({ waited }) => waited !== null)
      ? element(
          'div',
          { class: 'legend', 'aria-hidden': true },
          element('span', {}, element('i', { class: 'waited' }), t('Waiting for cores')),
          element('span', {}, element('i', { class: 'ran' }), t('Running tasks')),
        )
      : '',
    page.hiddenStages === 0
      ? ''
      : element('p', { class: 'dim' }, t('{0} shorter stages are not shown.', page.hiddenStages)),
  );
}
