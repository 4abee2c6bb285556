import type { EventPayloads } from '../../model/events.ts';
import { formatCount } from '../counts.ts';
import { english, type Translate } from '../translate.ts';

/**
 * What is waited for, as it follows "Waiting for": `2 of 3 workers`, `SSH on the master`.
 *
 * @param waiting its reason is used if there is no subject: an earlier version wrote the event
 */
export function formatWait(
  { subject, reason = '' }: Partial<EventPayloads['waiting']>,
  translate: Translate = english,
): string {
  switch (subject?.kind) {
    case undefined:
      return reason;
    case 'workers': {
      const { missing, total } = subject;
      return translate('{0} of {1}', missing, formatCount(total, 'worker', translate));
    }
    case 'spark-master':
      return translate('Spark’s master');
    case 'master-services':
      return translate('the master’s services');
    case 'master-setup':
      return translate('the master to be set up');
    case 'hdfs-safe-mode':
      return translate('HDFS to leave safe mode');
    case 'master-instance':
      return translate('the master to run');
    case 'ssh':
      if (subject.lastError === 'closed')
        return translate('SSH on the master, which its security groups don’t allow from here');
      return subject.lastError === null
        ? translate('SSH on the master')
        : translate('SSH on the master ({0})', subject.lastError);
    case 'other-download':
      return translate(
        'process {0}, which is also downloading Spark {1}',
        subject.pid,
        subject.version,
      );
  }
}
