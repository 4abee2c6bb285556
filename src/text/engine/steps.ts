import type { EventPayloads } from '../../model/events.ts';
import { formatCount } from '../counts.ts';
import { english, type Translate } from '../translate.ts';

/**
 * A step on this machine: `Unpacking Spark 4.1.4`.
 *
 * @param told its step is used if there is no subject: an earlier version wrote the event
 */
export function formatStep(
  { subject, step = '' }: Partial<EventPayloads['step.started']>,
  translate: Translate = english,
): string {
  switch (subject?.kind) {
    case undefined:
      return step;
    case 'unpack':
      return translate('Unpacking Spark {0}', subject.version);
    case 'python-environment':
      return translate('Creating a Python {0} environment', subject.version);
    case 'python-packages':
      return translate('Installing Python packages');
    case 'node-packages':
      return translate(
        'Installing pandas and pyarrow on {0}',
        formatCount(subject.nodes, 'node', translate),
      );
    case 'spark-packages':
      return translate('Installing packages for Spark');
    case 'python-check':
      return translate('Checking the Python environment');
  }
}
