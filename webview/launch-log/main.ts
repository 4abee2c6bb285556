import type { ClusterState } from '../../src/model/cluster/cluster.ts';
import type {
  LaunchAction,
  LaunchLogMessage,
  LaunchLogRequest,
} from '../../src/protocol/launch-log.ts';
import { formatDuration } from '../../src/text/durations.ts';
import { formatPhase } from '../../src/text/states.ts';
import { axisMarks } from '../shared/axis-marks.ts';
import { openChannel } from '../shared/channel.ts';
import { element, setText } from '../shared/element.ts';
import { t } from '../shared/texts.ts';
import { timeAxis } from '../shared/time-axis.ts';
import { registerElements } from '../shared/toolkit.ts';
import { LaneRow } from './lane-row.ts';
import { LaunchView } from './launch-view.ts';

registerElements('button');
const channel = openChannel<LaunchLogRequest, LaunchLogMessage>({ type: 'ready' });

/** So many nodes are shown at full height; more are drawn closer together. */
const denseThreshold = 24;

const title = element('h1');
const shape = element('span', { class: 'dim shape' });
const clock = element('span', { class: 'clock' });
const usual = element('span', { class: 'dim' });
const actions = element('div', { class: 'actions' });
const bar = element('i');
const activity = element('div', { class: 'activity' });
const note = element('section', { class: 'note hidden' });
const axis = element('div', { class: 'axis', 'aria-hidden': true });
const lanes = element('ul', { class: 'lanes', 'aria-label': t('Nodes') });
const legend = element('div', { class: 'legend', 'aria-hidden': true });
const log = element('pre', { tabindex: 0, 'aria-label': t('Events'), role: 'region' });
const spoken = element('div', { class: 'spoken', role: 'status', 'aria-live': 'polite' });

document
  .getElementById('root')
  ?.append(
    element(
      'main',
      {},
      element(
        'header',
        {},
        title,
        shape,
        element('span', { class: 'grow' }),
        clock,
        usual,
        actions,
      ),
      element('div', { class: 'bar', 'aria-hidden': true }, bar),
      activity,
      note,
      axis,
      lanes,
      legend,
      log,
      spoken,
    ),
  );

let view: LaunchView | undefined;
let isOurs = false;
/** How the cluster is now; `null` if that isn't known. */
let cluster: ClusterState | 'gone' | null = null;
let rows = new Map<string, LaneRow>();
let shownActions = '';
let shownNote = '';
let shownLines = 0;
let shownLegend = '';
let ticking: ReturnType<typeof setInterval> | undefined;

channel.begin((message) => {
  switch (message.type) {
    case 'launch':
      view = new LaunchView(message.header, t);
      isOurs = message.isOurs;
      for (const event of message.events) view.apply(event);
      if (message.end !== null) view.finish(message.end);
      channel.keep({ id: message.header.id });
      rows = new Map();
      lanes.replaceChildren();
      log.replaceChildren();
      shownLines = 0;
      break;
    case 'event':
      view?.apply(message.event);
      break;
    case 'end':
      view?.finish(message.end);
      break;
    case 'cluster':
      cluster = message.state;
      break;
  }
  // Only a running launch has a clock that moves; a page that is hidden is gone, with its timer.
  clearInterval(ticking);
  if (view?.end === null) ticking = setInterval(draw, 500);
  draw();
});

function draw(): void {
  if (view === undefined) return;
  const { header, plan, end } = view;
  const elapsed = view.elapsed(Date.now());
  setText(title, header.cluster);
  setText(shape, plan);
  setText(clock, formatDuration(Math.floor(elapsed)));
  setText(
    usual,
    header.usualSeconds === null
      ? ''
      : t('typically {0}', formatDuration(Math.floor(header.usualSeconds))),
  );
  bar.style.width = `${100 * view.progress}%`;
  bar.className = end?.status === 'failed' ? 'failed' : end?.status === 'ready' ? 'ready' : '';
  setText(activity, view.activity);
  setText(spoken, view.activity);
  drawActions();
  drawNote();
  drawLanes(elapsed);
  drawLegend();
  drawLog();
}

function drawActions(): void {
  const wanted = actionsOf().join(' ');
  if (wanted === shownActions) return;
  shownActions = wanted;
  actions.replaceChildren(
    ...actionsOf().map((action, index) =>
      element(
        'vscode-button',
        {
          appearance: index === 0 && action !== 'cancel' ? 'primary' : 'secondary',
          'data-action': action,
          onclick: () => channel.send({ type: 'do', action }),
        },
        actionTitles[action],
      ),
    ),
  );
}

const actionTitles: Readonly<Record<LaunchAction, string>> = {
  cancel: t('Cancel Launch…'),
  login: t('Open Terminal on Master'),
  openUi: t('Open Web UI'),
  resume: t('Resume Launch'),
  cleanUp: t('Delete Resources…'),
  showLog: t('Show Output'),
};

function actionsOf(): readonly LaunchAction[] {
  const end = view?.end ?? null;
  if (end === null) return view?.cleaning === true || !isOurs ? [] : ['cancel'];
  switch (end.status) {
    case 'ready':
      return cluster === null || runs(cluster) ? ['login', 'openUi'] : ['showLog'];
    case 'interrupted':
      if (cluster === 'gone') return ['showLog'];
      return cluster !== null && runs(cluster)
        ? ['login', 'openUi']
        : ['resume', 'showLog', 'cleanUp'];
    case 'failed':
    case 'cancelled':
      return (end.error?.left.length ?? 0) > 0 ? ['showLog', 'cleanUp'] : ['showLog'];
  }
}

function runs(state: ClusterState | 'gone'): boolean {
  return state === 'running' || state === 'degraded';
}

/** What is left of a launch whose window was closed. */
function remainsText(): string {
  if (cluster === 'gone') return t('No resources are left.');
  return cluster !== null && runs(cluster)
    ? t('The cluster is running.')
    : t('Resume it, or delete what was created.');
}

function drawNote(): void {
  const error = view?.error ?? null;
  const interrupted = view?.end?.status === 'interrupted';
  const key = `${JSON.stringify(error)}${interrupted}${cluster ?? ''}`;
  if (key === shownNote) return;
  shownNote = key;
  note.classList.toggle('hidden', error === null && !interrupted);
  note.classList.toggle('error', error?.severity === 'error');
  const left = view?.end?.error?.left ?? [];
  if (error !== null)
    note.replaceChildren(
      element(
        'div',
        {},
        error.subject === '' ? null : element('b', {}, error.subject),
        error.subject === '' ? null : ' · ',
        error.message,
      ),
      error.remedy === null ? '' : element('div', { class: 'dim' }, error.remedy),
      left.length === 0 ? '' : element('div', {}, t('Not deleted: {0}', left.join('; '))),
    );
  else if (interrupted)
    note.replaceChildren(
      element('div', {}, t('Launch was interrupted when the window closed.')),
      element('div', { class: 'dim' }, remainsText()),
    );
}

function drawLanes(elapsed: number): void {
  if (view === undefined) return;
  const length = Math.max(elapsed, view.header.usualSeconds ?? 0, 4);
  const scale = timeAxis(length);
  axis.replaceChildren(...axisMarks(scale));
  const all = view.lanes;
  lanes.classList.toggle('dense', all.length > denseThreshold);
  for (const lane of all) {
    let row = rows.get(lane.node);
    if (row === undefined) {
      row = new LaneRow(lane.node);
      rows.set(lane.node, row);
      lanes.append(row.root);
    }
    row.draw(lane, { elapsed, length: scale.length, usual: view.header.usualSeconds });
  }
}

/** Only what is to be seen is explained. */
function drawLegend(): void {
  if (view === undefined) return;
  const troubled = view.lanes.some(({ troubles }) => troubles.length > 0);
  const wanted = [
    ...view.phases.map((phase) => ({ name: phase, text: formatPhase(phase, t) })),
    ...(troubled ? [{ name: 'trouble', text: t('Warning') }] : []),
  ];
  const key = wanted.map(({ name }) => name).join();
  if (key === shownLegend) return;
  shownLegend = key;
  legend.replaceChildren(
    ...wanted.map(({ name, text }) => element('span', {}, element('i', { class: name }), text)),
  );
}

function drawLog(): void {
  if (view === undefined) return;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
  for (const line of view.lines.slice(shownLines)) log.append(`${line}\n`);
  shownLines = view.lines.length;
  if (atEnd) log.scrollTop = log.scrollHeight;
}
