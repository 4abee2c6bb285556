import type { ExplainFinding } from '../../src/model/history/explanation.ts';
import type { ExplanationRequest } from '../../src/protocol/explanation.ts';
import {
  formatFinding,
  formatFindingAdvice,
  formatFindingTitle,
  formatGain,
  formatPythonLine,
  formatSetting,
} from '../../src/text/history/findings.ts';
import { element } from '../shared/element.ts';
import { t } from '../shared/texts.ts';

/** A finding: what it is, what it costs, where it comes from, and what to change. */
export function findingCard(
  finding: ExplainFinding,
  number: number,
  send: (request: ExplanationRequest) => void,
): HTMLElement {
  const gain = formatGain(finding, t);
  return element(
    'li',
    { class: finding.severity === 'error' ? 'note error' : 'note', id: `finding-${number}` },
    element(
      'div',
      { class: 'head' },
      element('h2', {}, `${number}. ${formatFindingTitle(finding.kind, t)}`),
      gain === '' ? null : element('span', { class: 'dim' }, t('could save {0}', gain)),
    ),
    element('p', {}, formatFinding(finding, t)),
    pythonPlace(finding, send),
    element('p', {}, formatFindingAdvice(finding, t)),
    finding.settings.length === 0
      ? null
      : element(
          'ul',
          { class: 'settings' },
          ...finding.settings.map((one) => {
            const { setting, value } = one;
            const text = value === null ? setting : `${setting}=${value}`;
            return element(
              'li',
              {},
              element('code', {}, formatSetting(one, t)),
              element(
                'vscode-button',
                {
                  appearance: 'secondary',
                  'aria-label': t('Copy {0}', text),
                  onclick: () => send({ type: 'copy', text }),
                },
                t('Copy'),
              ),
            );
          }),
        ),
  );
}

/** The line of the user’s own Python that a failure comes from: a click opens it. */
function pythonPlace(
  finding: ExplainFinding,
  send: (request: ExplanationRequest) => void,
): HTMLElement | null {
  if (finding.kind !== 'failed-tasks' || finding.python === null) return null;
  const { file, line, code } = finding.python;
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return element(
    'p',
    { class: 'place' },
    element(
      'button',
      { class: 'link', onclick: () => send({ type: 'open', file, line }) },
      formatPythonLine({ ...finding.python, file: name, code: null }),
    ),
    code === null ? null : element('code', {}, code),
  );
}
