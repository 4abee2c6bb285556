import type { WebPage } from '../../model/cluster/web-page.ts';
import { english, type Translate } from '../../text/translate.ts';

/** The name of a web UI: `Spark master`, `Running applications`. */
export function webPageLabel({ id }: Pick<WebPage, 'id'>, translate: Translate = english): string {
  switch (id) {
    case 'spark':
      return translate('Spark master');
    case 'jobs':
      return translate('Running applications');
    case 'history':
      return translate('History server');
    case 'hdfs':
      return 'HDFS';
    case 'yarn':
      return 'YARN';
  }
}
