import { formatMeasuredDuration } from '../../src/text/durations.ts';
import { formatStage } from '../../src/text/history/findings.ts';
import { formatBytes } from '../../src/text/sizes.ts';
import { element } from '../shared/element.ts';
import { t } from '../shared/texts.ts';
import {
  bytesRead,
  type DurationBox,
  type Extent,
  type StageRow,
  type StageRows,
} from './stage-rows.ts';

/** The stages as a table: each number stands beside its picture, so that both say the same. */
export function stageTable({ rows, axis, longestMs }: StageRows): HTMLElement {
  const heads = [
    t('Stage'),
    t('Time'),
    t('Tasks'),
    t('Task duration'),
    t('Read'),
    t('Shuffle written'),
    t('Spilled'),
  ];
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': t('Stages') },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...heads.map((text, index) =>
            element(
              'th',
              { scope: 'col' },
              text,
              index === 1
                ? element('span', { class: 'to dim' }, ` 0–${formatMeasuredDuration(axis.length)}`)
                : index === 3
                  ? element(
                      'span',
                      { class: 'to dim' },
                      ` 0–${formatMeasuredDuration(longestMs / 1000)}`,
                    )
                  : null,
            ),
          ),
        ),
      ),
      element('tbody', {}, ...rows.map(stageRow)),
    ),
  );
}

function stageRow({
  stage,
  when,
  waited,
  durations,
  read,
  written,
  spilled,
  findings,
}: StageRow): HTMLElement {
  const ended = stage.completedAt === null ? null : (stage.completedAt - stage.submittedAt) / 1000;
  const failed = stage.failedTasks === 0 ? '' : ` (${t('{0} failed', stage.failedTasks)})`;
  const name = formatStage(stage, t);
  return element(
    'tr',
    { class: findings.length > 0 ? 'named' : null },
    element(
      'th',
      { scope: 'row', title: name },
      ...findings.map((number) =>
        element(
          'a',
          { href: `#finding-${number}`, 'aria-label': t('Finding {0}', number) },
          String(number),
        ),
      ),
      name,
    ),
    element(
      'td',
      { class: 'wide' },
      element(
        'span',
        { class: 'track', 'aria-hidden': true },
        waited === null ? null : part('waited', waited),
        part('ran', when),
      ),
      element('span', {}, ended === null ? t('not completed') : formatMeasuredDuration(ended)),
    ),
    element('td', { class: 'number' }, `${stage.tasks}${failed}`),
    element(
      'td',
      { class: 'wide' },
      durations === null ? null : box(durations),
      element(
        'span',
        {},
        durations === null
          ? ''
          : t(
              'median {0}, longest {1}',
              formatMeasuredDuration(stage.durations.median / 1000),
              formatMeasuredDuration(stage.durations.max / 1000),
            ),
      ),
    ),
    size(bytesRead(stage), read, 'read'),
    size(stage.shuffleWriteBytes, written, 'written'),
    size(stage.diskSpilledBytes, spilled, 'spilled'),
  );
}

function part(name: string, { from, length }: Extent): HTMLElement {
  const made = element('i', { class: name });
  made.style.left = `${100 * from}%`;
  made.style.width = `${100 * length}%`;
  return made;
}

function box({ range, middle, median }: DurationBox): HTMLElement {
  return element(
    'span',
    { class: 'track box', 'aria-hidden': true },
    part('range', range),
    part('middle', middle),
    part('median', { from: median, length: 0 }),
  );
}

function size(bytes: number, share: number, name: string): HTMLElement {
  return element(
    'td',
    { class: 'number' },
    bytes === 0 ? '–' : formatBytes(Math.round(bytes)),
    bytes === 0
      ? null
      : element(
          'span',
          { class: 'track', 'aria-hidden': true },
          part(name, { from: 0, length: share }),
        ),
  );
}
